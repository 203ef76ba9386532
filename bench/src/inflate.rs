//! Inflating with and without a look at how far back each reference reaches.

use wsproof_core::deflate::{Deflater, Inflater, Sending, Settings, WindowBits};

use crate::clock;
use crate::table::{REFERENCE, Table};

const CHECKED: &str = "with the check of distances";

/// Messages that refer to one another, so many octets each.
const MESSAGES: usize = 8;
const SIZES: [usize; 4] = [125, 1024, 16 << 10, 1 << 20];

/// One table a window: 9 and 12 bits, where the check is on by default, and 15, where nothing can reach too far.
pub fn print(wanted: impl Fn(&str) -> bool, samples: usize) {
    for bits in [9, 12, 15] {
        let window = WindowBits::new(bits).expect("from 8 to 15");
        let agreed = Sending { window, takeover: true };
        let mut table = Table::new(&format!(
            "Inflate JSON, a window of {bits} bits: ns a message (× wsproof without the check)"
        ));
        for size in SIZES {
            if !wanted(&format!("inflate {bits} {size}")) {
                continue;
            }
            let messages = messages(agreed, size);
            let mut runs: Vec<Box<dyn FnMut()>> = Vec::new();
            for check in [false, true] {
                let mut inflater = Inflater::new(agreed).with_window_check(check);
                let (mut out, messages) = (Vec::new(), &messages);
                runs.push(Box::new(move || {
                    for message in messages {
                        out.clear();
                        inflater.message(message, size, &mut out).expect("it is well-formed");
                        assert_eq!(out.len(), size);
                    }
                }));
            }
            table.column(size, [REFERENCE, CHECKED].into_iter(), clock::best(&mut runs, samples, MESSAGES));
        }
        table.print();
    }
}

/// Compressed messages of records whose numbers differ. They can be inflated in turn again and again, since the first
/// refers to none before it that the last has not left there.
fn messages(agreed: Sending, size: usize) -> Vec<Vec<u8>> {
    let mut deflater = Deflater::new(agreed, Settings::default());
    let mut number = 1_u64;
    let mut next = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        number >> 44
    };
    let messages = (0..MESSAGES).map(|_| {
        let mut text = String::new();
        while text.len() < size {
            text.push_str(&format!(
                "{{\"id\":{},\"name\":\"user {}\",\"price\":{}}},",
                next(),
                next() % 512,
                next() % 4096
            ));
        }
        let mut compressed = Vec::new();
        deflater.message(&text.as_bytes()[..size], &mut compressed);
        compressed
    });
    messages.collect()
}
