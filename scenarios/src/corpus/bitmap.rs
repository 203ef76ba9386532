//! A grey picture as an uncompressed BMP: slow shades under the grain of a film.

use super::random::Random;

const SIDE: usize = 512;
const HEADER: usize = 54;
const PALETTE: usize = 256 * 4;

pub(super) fn make() -> Vec<u8> {
    let size = HEADER + PALETTE + SIDE * SIDE;
    let mut octets = Vec::with_capacity(size);
    octets.extend_from_slice(b"BM");
    for field in [size as u32, 0, (HEADER + PALETTE) as u32, 40, SIDE as u32, SIDE as u32] {
        octets.extend_from_slice(&field.to_le_bytes());
    }
    // One plane, 8 bits a point, no compression.
    octets.extend_from_slice(&[1, 0, 8, 0]);
    for field in [0, (SIDE * SIDE) as u32, 2835, 2835, 256, 0_u32] {
        octets.extend_from_slice(&field.to_le_bytes());
    }
    for grey in 0..=255 {
        octets.extend_from_slice(&[grey, grey, grey, 0]);
    }
    let mut random = Random::new(2);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let wave = |n: usize, turns: f64| (n as f64 / SIDE as f64 * turns * std::f64::consts::TAU).sin();
            let shade = 128.0 + 70.0 * wave(x, 1.3) * wave(y + 90, 0.9) + 25.0 * wave(x + 2 * y, 2.1);
            // The sum of three is near the middle more often than not, as grain is.
            let grain = (0..3).map(|_| random.below(18) as f64 - 8.5).sum::<f64>();
            octets.push((shade + grain).clamp(0.0, 255.0) as u8);
        }
    }
    octets
}
