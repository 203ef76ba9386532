//! What it costs to look at the distances in compressed messages: inflates the same ones so many times.
//!
//! ```text
//! cargo run --release -p wsproof-core --example inflate -- json 1024 9 checked 1000
//! ```
//!
//! The arguments are the kind of text (`json`, `words` or `noise`), octets in a message, the bits of the window, `checked` or
//! `plain`, and how often 64 such messages are inflated. With a sixth argument `fresh`, there is no context takeover. Count
//! instructions (`valgrind --tool=callgrind`) for two different counts: the difference is that of inflating alone.

use std::env;
use std::fmt::Write as _;
use std::time::Instant;

use wsproof_core::deflate::{Deflater, Inflater, Sending, Settings, WindowBits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [kind, octets, bits, check, times, rest @ ..] = &arguments[..] else {
        return Err("see the top of core/examples/inflate.rs".into());
    };
    let window = WindowBits::new(bits.parse()?).ok_or("the bits of a window are 8 to 15")?;
    let agreed = Sending { window, takeover: rest.is_empty() };
    let text = text(kind, octets.parse::<usize>()? * 64)?;
    let mut deflater = Deflater::new(agreed, Settings::default());
    let payloads: Vec<Vec<u8>> = text
        .chunks(octets.parse()?)
        .map(|message| {
            let mut payload = Vec::new();
            deflater.message(message, &mut payload);
            payload
        })
        .collect();
    let compressed: usize = payloads.iter().map(Vec::len).sum();
    let mut out = Vec::with_capacity(text.len());
    let begin = Instant::now();
    for _ in 0..times.parse::<u32>()? {
        out.clear();
        let mut inflater = Inflater::new(agreed).with_window_check(check == "checked");
        for payload in &payloads {
            inflater.message(payload, usize::MAX, &mut out)?;
        }
    }
    let nanoseconds = begin.elapsed().as_secs_f64() * 1e9 / (64.0 * times.parse::<f64>()?);
    println!("{:.3} of the size, {nanoseconds:.0} ns a message", compressed as f64 / text.len() as f64);
    Ok(())
}

/// Text of a kind, always the same.
fn text(kind: &str, octets: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = String::with_capacity(octets + 200);
    while text.len() < octets {
        match kind {
            "json" => {
                let (id, price, size) = (next(100_000), next(10_000), next(50));
                let side = if next(2) == 0 { "buy" } else { "sell" };
                writeln!(
                    text,
                    "{{\"id\":{id},\"side\":\"{side}\",\"price\":{price}.25,\"size\":{size},\"open\":true}}"
                )?;
            }
            // Words of different frequency, as a language has them.
            "words" => {
                let mut word = next(20_000) * next(20_000) / 20_000;
                while word > 0 {
                    text.push(char::from(b"etaoinshrdlucmfwypvbgkjqxz"[(word % 26) as usize]));
                    word /= 26;
                }
                text.push(if next(9) == 0 { '\n' } else { ' ' });
            }
            "noise" => text.push(char::from(b' ' + next(90) as u8)),
            other => return Err(format!("there is no kind {other:?}: json, words and noise").into()),
        }
    }
    text.truncate(octets);
    Ok(text.into_bytes())
}
