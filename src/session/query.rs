//! Questions to a [`Source`] that can be stored and compared, and their answers.

use std::fmt;

use crate::trace::source::{Control, Source, SourceError};
use crate::trace::tensor::{Distribution, Slice, Summary, Values};

/// A softmax temperature: finite and above zero, so that it can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Temperature(u64);

impl Temperature {
    /// `None` unless `value` is finite and above zero.
    pub fn new(value: f64) -> Option<Temperature> {
        (value.is_finite() && value > 0.0).then(|| Temperature(value.to_bits()))
    }

    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The next value up on a scale of tenths.
    pub fn up(self) -> Temperature {
        let up = ((self.get() * 10.0).floor() + 1.0) / 10.0;
        Temperature::new(up).unwrap_or(self)
    }

    /// The next value down on a scale of tenths, never below 0.1.
    pub fn down(self) -> Temperature {
        let tenths = (self.get() * 10.0).ceil() - 1.0;
        Temperature::new(tenths.max(1.0) / 10.0).unwrap_or(self)
    }
}

impl Default for Temperature {
    /// 1, which leaves the model's probabilities as they are.
    fn default() -> Temperature {
        Temperature(1f64.to_bits())
    }
}

impl fmt::Display for Temperature {
    /// With few digits, however large or small.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.get() {
            t if (1e-4..1e7).contains(&t) => write!(f, "{t}"),
            t => write!(f, "{t:e}"),
        }
    }
}

/// One question about one hook point of one pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    pub pass: usize,
    /// Index into the pass's plan.
    pub point: usize,
    pub what: What,
}

/// What a [`Query`] asks; see the methods of [`Source`] for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Values(Slice),
    Summary,
    /// Every head as a picture of at most `rows`×`cols`.
    Heads {
        rows: usize,
        cols: usize,
    },
    /// The `k` most probable tokens after token `row` of the pass, or in its place in an encoder, as
    /// read at the point.
    Lens {
        row: usize,
        k: usize,
        temperature: Temperature,
    },
}

/// The answer to a [`Query`], of the variant with the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Values(Values),
    Summary(Summary),
    Heads(Values),
    Lens(Distribution),
}

/// Run as far as the query needs and answer it.
///
/// # Errors
/// Whatever the source has to say, among it [`SourceError::Cancelled`].
pub fn answer(
    source: &mut dyn Source,
    query: &Query,
    control: &Control,
) -> Result<Answer, SourceError> {
    let Query { pass, point, .. } = *query;
    source.run_to(pass, point, control)?;
    match &query.what {
        What::Values(slice) => source.values(pass, point, slice).map(Answer::Values),
        What::Summary => source.summary(pass, point, control).map(Answer::Summary),
        What::Heads { rows, cols } => source
            .heads(pass, point, *rows, *cols, control)
            .map(Answer::Heads),
        What::Lens {
            row,
            k,
            temperature,
        } => source
            .lens(pass, point, *row, *k, temperature.get())
            .map(Answer::Lens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_stays_one_however_extreme() {
        for value in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Temperature::new(value), None, "{value}");
        }
        for (value, shown) in [
            (0.8, "0.8"),
            (1.0, "1"),
            (1e-310, "1e-310"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            let t = Temperature::new(value).unwrap();
            assert_eq!(t.to_string(), shown);
            for near in [t.up(), t.down()] {
                assert!(near.get().is_finite() && near.get() > 0.0, "{value}");
            }
        }
    }
}
