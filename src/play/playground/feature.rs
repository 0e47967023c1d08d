//! Features: what the network is given of a point.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    X,
    Y,
    XSquared,
    YSquared,
    XTimesY,
    SinX,
    SinY,
}

/// All of them in the site's order, each with its key in a link and a name for people.
pub const FEATURES: [(Feature, &str, &str); 7] = [
    (Feature::X, "x", "x1"),
    (Feature::Y, "y", "x2"),
    (Feature::XSquared, "xSquared", "x1²"),
    (Feature::YSquared, "ySquared", "x2²"),
    (Feature::XTimesY, "xTimesY", "x1x2"),
    (Feature::SinX, "sinX", "sin x1"),
    (Feature::SinY, "sinY", "sin x2"),
];

impl Feature {
    pub fn of(self, x: f64, y: f64) -> f64 {
        match self {
            Feature::X => x,
            Feature::Y => y,
            Feature::XSquared => x * x,
            Feature::YSquared => y * y,
            Feature::XTimesY => x * y,
            Feature::SinX => x.sin(),
            Feature::SinY => y.sin(),
        }
    }

    /// Its name for people.
    pub fn label(self) -> &'static str {
        FEATURES[self as usize].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_features() {
        for (at, (feature, ..)) in FEATURES.iter().enumerate() {
            assert_eq!(*feature as usize, at);
        }
    }
}
