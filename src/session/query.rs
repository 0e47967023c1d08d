//! Questions to a [`Source`] that can be stored and compared, and their answers.

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
        Temperature((((self.get() * 10.0).floor() + 1.0) / 10.0).to_bits())
    }

    /// The next value down on a scale of tenths, never below 0.1.
    pub fn down(self) -> Temperature {
        let tenths = (self.get() * 10.0).ceil() - 1.0;
        Temperature((tenths.max(1.0) / 10.0).to_bits())
    }
}

impl Default for Temperature {
    /// 1, which leaves the model's probabilities as they are.
    fn default() -> Temperature {
        Temperature(1f64.to_bits())
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
