//! A document: objects whose streams are compressed already, which nothing shrinks further, and plain tables.

use std::io::Write as _;

use super::random::Random;

const OCTETS: usize = 1_042_328;

pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(5);
    let mut octets = b"%PDF-1.2\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    while octets.len() < OCTETS - 70_000 {
        offsets.push(octets.len());
        let len = 3000 + random.below(2000);
        let _ = write!(octets, "{} 0 obj\n<< /Length {len} /Filter /FlateDecode >>\nstream\n", offsets.len());
        octets.extend((0..len).map(|_| random.next() as u8));
        octets.extend_from_slice(b"\nendstream\nendobj\n");
        for _ in 0..8 {
            offsets.push(octets.len());
            let page = offsets.len();
            let _ = write!(
                octets,
                "{page} 0 obj\n<< /Type /Annot /Subtype /Link /Rect [ {}.{:02} {}.{:02} {}.{:02} {}.{:02} ] /Border [ 0 0 1 ] \
                 /Dest [ {} 0 R /XYZ 0 {} null ] >>\nendobj\n",
                random.below(600),
                random.below(100),
                random.below(800),
                random.below(100),
                random.below(600),
                random.below(100),
                random.below(800),
                random.below(100),
                page / 8,
                random.below(800)
            );
        }
    }
    let table = octets.len();
    let _ = write!(octets, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
    for offset in &offsets {
        let _ = writeln!(octets, "{offset:010} 00000 n ");
    }
    let _ =
        write!(octets, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", offsets.len() + 1);
    // Whatever is missing is white space, which may follow the end.
    octets.resize(OCTETS, b'\n');
    octets
}
