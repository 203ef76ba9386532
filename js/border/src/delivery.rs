//! Messages as JavaScript is told of them: whole, or in pieces as they arrive.

use wsproof_core::message::{Collector, Data, DataKind, TextCutter};

/// What becomes of a piece that is not a whole message.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// It waits for the rest of its message.
    Whole(Collector),
    /// It is told of by itself, text cut between characters.
    Pieces(TextCutter),
}

impl Delivery {
    pub(crate) const fn new(pieces: bool) -> Self {
        if pieces { Self::Pieces(TextCutter::new()) } else { Self::Whole(Collector::new()) }
    }

    /// Gives back what a long message took, once it is told of.
    #[inline]
    pub(crate) fn release(&mut self) {
        if let Self::Whole(collector) = self {
            collector.release();
        }
    }

    /// What is to be told of now that this piece has come.
    #[cold]
    pub(crate) fn take<'a>(&'a mut self, data: Data<'a>) -> Option<Data<'a>> {
        match self {
            Self::Whole(collector) => {
                let message = collector.push(data)?;
                Some(Data {
                    kind: message.kind,
                    rsv: message.rsv,
                    payload: message.payload,
                    first: true,
                    last: true,
                })
            }
            Self::Pieces(cutter) if data.kind == DataKind::Text => cutter.cut(data),
            Self::Pieces(_) => Some(data),
        }
    }
}
