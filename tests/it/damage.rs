//! Files damaged by chance, each the same every time: by its number.

/// Numbers by chance, the same for the same seed (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Damages a file in one to eight ways. `words` are those that its format knows.
pub(crate) fn mutant(original: &[u8], seed: u64, words: &[&[u8]]) -> Vec<u8> {
    let mut chance = Chance(seed);
    let mut bytes = original.to_vec();
    for _ in 0..=chance.below(8) {
        damage(&mut bytes, &mut chance, words);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance, words: &[&[u8]]) {
    // an empty file has no place to damage
    if bytes.is_empty() {
        bytes.push(b'%');
    }
    let at = chance.below(bytes.len());
    let length = (1 + chance.below(64)).min(bytes.len() - at);
    match chance.below(8) {
        // a bit, a byte, some bytes
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
        2 => bytes[at..at + length].iter_mut().for_each(|b| *b = u8::try_from(chance.below(256)).unwrap()),
        // lost, doubled, moved
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let part = bytes[at..at + length].to_vec();
            let to = chance.below(bytes.len());
            drop(bytes.splice(to..to, part.repeat(1 + chance.below(20))));
        }
        5 => bytes.truncate(at.max(bytes.len() / 4)),
        // another number: lengths, offsets, counts, references
        6 => {
            let digits = |b: &u8| b.is_ascii_digit();
            if let Some(from) = bytes[at..].iter().position(digits).map(|n| at + n) {
                let end = bytes[from..].iter().position(|b| !digits(b)).map_or(bytes.len(), |n| from + n);
                let number = [0, 1, 7, 99, 65_536, 4_294_967_295, 99_999_999_999_u64][chance.below(7)];
                drop(bytes.splice(from..end, number.to_string().into_bytes()));
            }
        }
        // another word
        _ => {
            let word = words.get(chance.below(words.len())).copied().unwrap_or_default();
            let end = (at + word.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&word[..end - at]);
        }
    }
}

#[test]
fn a_seed_makes_one_mutant() {
    let words: [&[u8]; 2] = [b"stream", b"endobj"];
    let original: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    assert_eq!(mutant(&original, 7, &words), mutant(&original, 7, &words));
    let others = (0..100).filter(|seed| mutant(&original, *seed, &words) != original).count();
    assert!(others > 90, "{others}");
}

#[test]
fn what_is_empty_or_nearly_so_is_damaged_too() {
    for original in [b"".as_slice(), b"%", b"12"] {
        for seed in 0..2_000 {
            assert!(mutant(original, seed, &[b"/Type"]).len() < 1 << 20);
        }
    }
}
