//! Verse in a language that nobody speaks: words of a small vocabulary, the common ones often, in short lines.

use super::random::Random;

const OCTETS: usize = 222_218;

const SYLLABLES: [&str; 48] = [
    "ba", "be", "da", "der", "die", "du", "ein", "en", "er", "fa", "fe", "ga", "ge", "ha", "he", "ich", "in",
    "ja", "ke", "la", "le", "lie", "ma", "me", "mit", "na", "ne", "nicht", "o", "ra", "re", "sa", "sche",
    "se", "so", "ta", "te", "un", "ver", "wa", "we", "wie", "za", "ze", "ö", "ü", "ä", "ß",
];

pub(super) fn make() -> String {
    let mut random = Random::new(3);
    let words: Vec<String> = (0..4200)
        .map(|rank| {
            // Common words are short.
            let syllables = 1 + random.below(1 + usize::from(rank > 20) + usize::from(rank > 300));
            let mut word: String = (0..syllables).map(|_| *random.pick(&SYLLABLES)).collect();
            if random.below(3) == 0 {
                word.push(*random.pick(&['n', 't', 's', 'l', 'r', 'm']));
            }
            word
        })
        .collect();
    let mut text = String::from("\u{feff}");
    while text.len() < OCTETS {
        if random.below(14) == 0 {
            text.push_str(["\nERSTER.\n", "\nZWEITER.\n", "\nCHOR.\n"][random.below(3)]);
        }
        for place in 0..4 + random.below(4) {
            let word = &words[random.skewed(words.len())];
            if place == 0 {
                let mut letters = word.chars();
                text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                text.push_str(letters.as_str());
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text.push_str(random.pick::<&str>(&["", "", ",", ".", ";", "!", "?"]));
        text.push('\n');
    }
    // Cut between two characters, and filled up.
    while !text.is_char_boundary(OCTETS.min(text.len())) {
        text.pop();
    }
    text.truncate(OCTETS);
    text.extend(std::iter::repeat_n('\n', OCTETS - text.len()));
    text
}
