//! Random numbers that are the same on every machine: SplitMix64 (Steele et al. 2014).

/// A sequence of random numbers.
pub struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// Sequence number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Random {
        Random {
            seed: output(seed, 1) ^ output(0, stream),
            drawn: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.drawn += 1;
        output(self.seed, self.drawn)
    }

    /// A number from 0 to `n` - 1, for `n` far below 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number in (0, 1].
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// A number from the standard normal distribution (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// Shuffle `items` (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Number `n` of SplitMix64's sequence for `seed`.
pub fn output(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut random = Random::new(1, 2);
        let n = 20_000.0;
        let draws = [0; 20_000].map(|_| random.normal());
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        // The bound is five standard errors.
        assert!(mean.abs() < 5.0 / n.sqrt(), "{mean}");
        let far = (variance - 1.0).abs();
        assert!(far < 5.0 * (2.0 / n).sqrt(), "{variance}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [0; 8].map(|_: i32| random.below(1000))
        };
        assert_eq!(draw(3, 4), draw(3, 4));
        assert_ne!(draw(3, 4), draw(3, 5));
        assert_ne!(draw(3, 4), draw(4, 3));
    }
}
