//! The numbers of operands, asked of the source.

use super::product::Vector;
use crate::trace::hook;
use crate::trace::operands::{Step, What};
use crate::trace::query::{Answer, Query};
use crate::trace::source::{Control, Source, SourceError};
use crate::trace::tensor::{Pick, Slice, Values};

/// The source, and what it was found to lack.
pub(super) struct Reader<'a> {
    pub source: &'a mut dyn Source,
    pub control: &'a Control,
    pub lacking: Vec<String>,
}

impl Reader<'_> {
    /// The numbers of a slice; `None` where the source does not have them.
    pub fn read(&mut self, query: &Query) -> Result<Option<Vec<f64>>, SourceError> {
        match self.source.answer(query, self.control) {
            Ok(Answer::Values(Values { data, .. }) | Answer::Weight(Values { data, .. })) => {
                Ok(Some(data))
            }
            Ok(_)
            | Err(
                SourceError::NotRecorded(_)
                | SourceError::NeedsEngine(_)
                | SourceError::NoSuchPoint { .. },
            ) => Ok(None),
            Err(why) => Err(why),
        }
    }

    fn lacks(&mut self, name: &str) {
        let name = hook::short(name);
        if !self.lacking.contains(&name) {
            self.lacking.push(name);
        }
    }

    pub fn vector(&mut self, vector: &Vector) -> Result<Vec<Option<f64>>, SourceError> {
        let mut out = Vec::new();
        for part in &vector.0 {
            let count = part.cells.len();
            match self.read(&part.query)? {
                Some(data) if data.len() == count => out.extend(data.into_iter().map(Some)),
                _ => {
                    self.lacks(&part.name);
                    out.extend(std::iter::repeat_n(None, count));
                }
            }
        }
        Ok(out)
    }

    /// The steps with the numbers of biases.
    pub fn steps(&mut self, steps: Vec<What>) -> Result<Vec<Step>, SourceError> {
        let steps = steps.into_iter().map(|what| {
            let what = match what {
                What::Bias { by, .. } => {
                    let slice = Slice(by.cell.iter().map(|&i| Pick::At(i)).collect());
                    let name = by.point.clone();
                    let found = self.read(&Query::Weight { name, slice })?;
                    let number = found.and_then(|data| data.first().copied());
                    if number.is_none() {
                        self.lacks(&by.point);
                    }
                    What::Bias { by, number }
                }
                what => what,
            };
            Ok(Step { what, result: None })
        });
        steps.collect()
    }
}
