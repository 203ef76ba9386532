//! What the compression cases send: five corpora, made by rule.
//!
//! They are of the kinds and exactly the sizes of Autobahn's, and compress about as well, so that they ask as much of a
//! testee; their content is our own. Nothing is stored: each is made from a fixed seed when it is first needed.

mod bitmap;
mod compressed;
mod html;
mod json;
mod pdf;
mod prose;
mod random;
mod ring;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub(crate) use compressed::Compressed;
pub(crate) use ring::{Ring, Span};

/// A body of data from which messages are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corpus {
    /// A pretty-printed JSON report: the same keys again and again. ASCII, sent as text.
    Json,
    /// A grey picture of 512 by 512 points without compression. Sent as binary.
    Bitmap,
    /// Verse in UTF-8, sent as binary.
    Prose,
    /// A generated page of table rows with a few characters outside ASCII. Sent as text.
    Html,
    /// A document: mostly streams that are compressed already, between plain tables. Sent as binary.
    Pdf,
}

impl Corpus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Bitmap, Self::Prose, Self::Html, Self::Pdf];

    /// Whether its messages are binary; otherwise text, counted in characters.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Bitmap | Self::Prose | Self::Pdf)
    }

    /// The octets.
    pub fn octets(self) -> &'static [u8] {
        self.ring().octets()
    }

    pub(crate) fn ring(self) -> &'static Ring {
        static JSON: LazyLock<Ring> = LazyLock::new(|| Ring::of_text(json::make()));
        static BITMAP: LazyLock<Ring> = LazyLock::new(|| Ring::of_octets(bitmap::make()));
        static PROSE: LazyLock<Ring> = LazyLock::new(|| Ring::of_octets(prose::make().into_bytes()));
        static HTML: LazyLock<Ring> = LazyLock::new(|| Ring::of_text(html::make()));
        static PDF: LazyLock<Ring> = LazyLock::new(|| Ring::of_octets(pdf::make()));
        match self {
            Self::Json => &JSON,
            Self::Bitmap => &BITMAP,
            Self::Prose => &PROSE,
            Self::Html => &HTML,
            Self::Pdf => &PDF,
        }
    }
}

#[cfg(test)]
mod tests;
