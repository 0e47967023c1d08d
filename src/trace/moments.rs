//! Statistics of many elements, computed one block at a time.

use super::tensor::Summary;

/// The statistics so far. They cover finite elements unless a field says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The number of finite elements.
    pub finite: f64,
    /// The number of elements that are NaN.
    pub nan: usize,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// The sum of squared distances from the mean.
    pub m2: f64,
    pub squares: f64,
}

impl Default for Moments {
    /// The statistics of no elements.
    fn default() -> Moments {
        Moments {
            finite: 0.0,
            nan: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            m2: 0.0,
            squares: 0.0,
        }
    }
}

impl Moments {
    /// The statistics of one block, which should fit the processor's nearest cache: it is read twice.
    pub fn of(block: &[f64]) -> Moments {
        let mut m = Moments::default();
        let mut sum = 0.0;
        for &x in block {
            if x.is_finite() {
                m.finite += 1.0;
                sum += x;
                m.squares += x * x;
                m.min = m.min.min(x);
                m.max = m.max.max(x);
            } else if x.is_nan() {
                m.nan += 1;
            }
        }
        if m.finite > 0.0 {
            m.mean = sum / m.finite;
            let finite = block.iter().filter(|x| x.is_finite());
            m.m2 = finite.map(|x| (x - m.mean).powi(2)).sum();
        }
        m
    }

    /// Add the statistics of other elements. Means and squared distances are combined as in Chan, Golub &
    /// LeVeque (1983), which keeps the deviation exact if the mean is large.
    pub fn add(&mut self, other: &Moments) {
        self.nan += other.nan;
        if other.finite == 0.0 {
            return;
        }
        let finite = self.finite + other.finite;
        let delta = other.mean - self.mean;
        self.m2 += other.m2 + delta * delta * self.finite * other.finite / finite;
        self.mean += delta * other.finite / finite;
        self.finite = finite;
        self.squares += other.squares;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The summary of a tensor of `count` elements; NaN if none is finite.
    pub fn summary(&self, count: usize) -> Summary {
        let known = |x: f64| if self.finite > 0.0 { x } else { f64::NAN };
        Summary {
            count,
            min: known(self.min),
            max: known(self.max),
            mean: known(self.mean),
            std: known((self.m2 / self.finite).sqrt()),
            l2: known(self.squares.sqrt()),
            nan: self.nan,
            inf: count - self.nan - self.finite as usize,
        }
    }
}
