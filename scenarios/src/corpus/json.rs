//! An index report of a conformance run: objects three deep, five keys again and again.

use std::fmt::Write as _;

use super::random::Random;

const OCTETS: usize = 194_056;

/// What the last objects need to be closed, and one more case.
const RESERVE: usize = 300;

pub(super) fn make() -> String {
    let mut random = Random::new(1);
    let mut text = String::from("{");
    for agent in 1_u32.. {
        let comma = if agent == 1 { "" } else { "," };
        let _ = write!(text, "{comma}\n   \"echo-{agent}.{}\": {{", random.below(20));
        let cases = (1..14).flat_map(|section| (1..=12).map(move |case| (section, case)));
        for (at, (section, case)) in cases.enumerate() {
            let _ = write!(
                text,
                "{}\n      \"{section}.{case}\": {{\n         \"behavior\": \"{}\",\n         \
                 \"behaviorClose\": \"OK\",\n         \"duration\": {},\n         \
                 \"remoteCloseCode\": {},\n         \"reportfile\": \"echo_{agent}_case_{section}_{case}.json\"\n      }}",
                if at == 0 { "" } else { "," },
                if random.below(9) == 0 { "NON-STRICT" } else { "OK" },
                random.below(4000),
                if random.below(5) == 0 { "null" } else { "1000" },
            );
            if text.len() > OCTETS - RESERVE {
                break;
            }
        }
        text.push_str("\n   }");
        if text.len() > OCTETS - RESERVE {
            break;
        }
    }
    text.push_str("\n}");
    // Filled up with the space that JSON does not mind.
    text.extend(std::iter::repeat_n('\n', OCTETS - text.len()));
    text
}
