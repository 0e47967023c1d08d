//! Random numbers as TensorFlow Playground draws them: ARC4 as in the seedrandom library.

/// Outputs of ARC4 that are dropped first.
const DROPPED: usize = 256;
/// Bytes that a number starts from, and the bits that it has in the end.
const FIRST_BYTES: usize = 6;
const SIGNIFICANT: f64 = (1u64 << 52) as f64;

/// A generator, seeded by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    table: [u8; 256],
    i: u8,
    j: u8,
}

impl Random {
    pub fn seeded(seed: &str) -> Random {
        let key = mixed(seed);
        let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
        let mut j = 0u8;
        for i in 0..table.len() {
            j = j.wrapping_add(key[i % key.len()]).wrapping_add(table[i]);
            table.swap(i, usize::from(j));
        }
        let mut random = Random { table, i: 0, j: 0 };
        for _ in 0..DROPPED {
            random.byte();
        }
        random
    }

    fn byte(&mut self) -> u8 {
        self.i = self.i.wrapping_add(1);
        let (i, table) = (usize::from(self.i), &mut self.table);
        self.j = self.j.wrapping_add(table[i]);
        table.swap(i, usize::from(self.j));
        table[usize::from(table[i].wrapping_add(table[usize::from(self.j)]))]
    }

    /// The next number in [0, 1), with all 52 bits after its first one random.
    pub fn number(&mut self) -> f64 {
        let mut above = (0..FIRST_BYTES).fold(0.0, |n, _| n * 256.0 + f64::from(self.byte()));
        let mut below = 256f64.powi(FIRST_BYTES as i32);
        let mut last = 0u8;
        while above < SIGNIFICANT {
            above = (above + f64::from(last)) * 256.0;
            below *= 256.0;
            last = self.byte();
        }
        while above >= 2.0 * SIGNIFICANT {
            above /= 2.0;
            below /= 2.0;
            last >>= 1;
        }
        (above + f64::from(last)) / below
    }

    /// The next number in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.number() * (high - low) + low
    }

    /// The next number of a normal distribution, by the polar method.
    pub fn normal(&mut self, mean: f64, variance: f64) -> f64 {
        loop {
            let a = 2.0 * self.number() - 1.0;
            let b = 2.0 * self.number() - 1.0;
            let s = a * a + b * b;
            if s <= 1.0 {
                return mean + variance.sqrt() * ((-2.0 * s.ln() / s).sqrt() * a);
            }
        }
    }

    /// Put a list in random order (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (0..list.len()).rev() {
            let chosen = (self.number() * (last + 1) as f64) as usize;
            list.swap(last, chosen);
        }
    }

    /// A seed for another generator, with five digits after the point.
    pub fn seed(&mut self) -> String {
        format!("{:.5}", self.number())
    }
}

/// The key of a seed: its UTF-16 units, smeared over at most 256 bytes.
fn mixed(seed: &str) -> Vec<u8> {
    let mut key = Vec::new();
    let mut smear = 0u32;
    for (at, unit) in seed.encode_utf16().enumerate() {
        let at = at % 256;
        smear ^= u32::from(key.get(at).copied().unwrap_or(0)) * 19;
        let byte = smear.wrapping_add(u32::from(unit)) as u8;
        match key.get_mut(at) {
            Some(old) => *old = byte,
            None => key.push(byte),
        }
    }
    if key.is_empty() {
        key.push(0);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own documentation gives these two.
    #[test]
    fn numbers_are_those_of_the_library() {
        let mut random = Random::seeded("hello.");
        assert_eq!(random.number(), 0.928_257_879_579_245_4);
        assert_eq!(random.number(), 0.375_256_976_864_678_4);
    }

    #[test]
    fn every_seed_gives_numbers_below_one() {
        for seed in ["", "0.5", "种子", &"long".repeat(1000)] {
            let mut random = Random::seeded(seed);
            assert!((0..1000).all(|_| (0.0..1.0).contains(&random.number())));
        }
    }
}
