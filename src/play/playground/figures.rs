//! Figures that the site does not give: accuracy and confusion of classes, R² of numbers.

use serde::Serialize;

use super::data::Set;
use super::network::Network;

/// How many points of each class were taken for which. An output of zero or more means +1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    pub plus_as_plus: usize,
    pub plus_as_minus: usize,
    pub minus_as_plus: usize,
    pub minus_as_minus: usize,
}

impl Confusion {
    pub fn new(network: &Network, set: &Set) -> Confusion {
        let mut out = Confusion::default();
        for (output, label) in outputs(network, set) {
            let counted = match (label > 0.0, output >= 0.0) {
                (true, true) => &mut out.plus_as_plus,
                (true, false) => &mut out.plus_as_minus,
                (false, true) => &mut out.minus_as_plus,
                (false, false) => &mut out.minus_as_minus,
            };
            *counted += 1;
        }
        out
    }

    /// The part of the points that are taken for their own class; `None` where there are no points.
    pub fn accuracy(self) -> Option<f64> {
        let right = self.plus_as_plus + self.minus_as_minus;
        let all = right + self.plus_as_minus + self.minus_as_plus;
        (all > 0).then(|| right as f64 / all as f64)
    }
}

/// The part of the labels' variance that the outputs explain; `None` where the labels do not vary.
pub fn r_squared(network: &Network, set: &Set) -> Option<f64> {
    let n = set.points.len() as f64;
    let mean = set.points.iter().map(|p| p.label).sum::<f64>() / n;
    let whole: f64 = set.points.iter().map(|p| (p.label - mean).powi(2)).sum();
    let left = outputs(network, set).map(|(output, label)| (label - output).powi(2));
    let left: f64 = left.sum();
    (whole > 0.0).then(|| 1.0 - left / whole)
}

fn outputs<'a>(network: &'a Network, set: &'a Set) -> impl Iterator<Item = (f64, f64)> + 'a {
    let mut values = network.values();
    (0..set.points.len()).map(move |at| {
        let output = network.forward(set.inputs(at), &mut values);
        (output, set.points[at].label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::playground::data::Point;
    use crate::play::playground::feature::Feature;
    use crate::play::playground::random::Random;
    use crate::play::playground::state::{Problem, State};

    /// A network whose output is x (through tanh for classes), on points with these labels.
    fn identity(problem: Problem, points: &[(f64, f64)]) -> (Network, Set) {
        let mut state = State::new("1".into());
        state.problem = problem;
        state.hidden_layers.clear();
        state.switched_on = [true, false, false, false, false, false, false];
        let mut network = Network::new(&state, &mut Random::seeded("1"));
        network.layers[0].biases[0] = 0.0;
        network.layers[0].weights[0][0] = 1.0;
        let point = |(x, label): &(f64, f64)| Point {
            x: *x,
            y: 0.0,
            label: *label,
        };
        let points = points.iter().map(point).collect();
        (network, Set::new(points, &[Feature::X]))
    }

    #[test]
    fn classes_are_counted() {
        let points = [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (3.0, -1.0), (0.0, 1.0)];
        let (network, set) = identity(Problem::Classification, &points);
        let confusion = Confusion::new(&network, &set);
        let due = Confusion {
            plus_as_plus: 3,
            plus_as_minus: 1,
            minus_as_plus: 1,
            minus_as_minus: 0,
        };
        assert_eq!(confusion, due);
        assert_eq!(confusion.accuracy(), Some(0.6));
        assert_eq!(Confusion::default().accuracy(), None);
    }

    #[test]
    fn variance_is_explained() {
        let (network, set) = identity(Problem::Regression, &[(1.0, 1.0), (3.0, 2.0), (2.0, 3.0)]);
        // The squares about the mean add up to 2, and those about the outputs to 0 + 1 + 1.
        assert_eq!(r_squared(&network, &set), Some(0.0));
        let (network, set) = identity(Problem::Regression, &[(1.0, 1.0), (2.0, 2.0)]);
        assert_eq!(r_squared(&network, &set), Some(1.0));
        let (network, set) = identity(Problem::Regression, &[(1.0, 2.0), (2.0, 2.0)]);
        assert_eq!(r_squared(&network, &set), None);
    }
}
