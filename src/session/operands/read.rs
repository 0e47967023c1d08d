//! The numbers of operands, asked of the source.

use super::product::{Expert, Numbers, Vector};
use crate::trace::hook;
use crate::trace::operands::{Cell, Step, What};
use crate::trace::query::{Answer, Given, Query};
use crate::trace::source::{Control, Source, SourceError};
use crate::trace::tensor::{Dtype, HostTensor, Slice, Values};

/// The source, and what it was found to lack.
pub(in crate::session) struct Reader<'a> {
    pub source: &'a mut dyn Source,
    pub control: &'a Control,
    pub lacking: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a mut dyn Source, control: &'a Control) -> Reader<'a> {
        Reader {
            source,
            control,
            lacking: Vec::new(),
        }
    }

    /// The numbers of a slice; `None` where the source does not have them.
    pub fn read(&mut self, query: &Query) -> Result<Option<Vec<f64>>, SourceError> {
        match self.source.answer(query, self.control) {
            Ok(Answer::Values(Values { data, .. }) | Answer::Weight(Values { data, .. })) => {
                Ok(Some(data))
            }
            Ok(Answer::Evaluate(value)) => {
                let mut data = vec![0.0; value.numel()];
                value.read(0, &mut data);
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

    /// One number of a weight, by its place.
    pub fn weight(&mut self, cell: &Cell) -> Result<Option<f64>, SourceError> {
        let query = Query::Weight {
            name: cell.point.clone(),
            slice: Slice::at(&cell.cell),
        };
        let found = self.read(&query)?.and_then(|found| found.first().copied());
        if found.is_none() {
            self.lacks(&cell.point);
        }
        Ok(found)
    }

    /// One number of a value of a pass.
    fn value(&mut self, pass: usize, cell: &Cell) -> Result<Option<f64>, SourceError> {
        let query = Query::Values {
            pass,
            point: cell.point.clone(),
            slice: Slice::at(&cell.cell),
        };
        let found = self.read(&query)?.and_then(|found| found.first().copied());
        if found.is_none() {
            self.lacks(&cell.point);
        }
        Ok(found)
    }

    /// Note that a number of this name is not there.
    pub fn lacks(&mut self, name: &str) {
        let name = hook::short(name);
        if !self.lacking.contains(&name) {
            self.lacking.push(name);
        }
    }

    /// The numbers of a vector. `factors` are what each is multiplied with: an expert without a share is not run.
    pub(super) fn vector(
        &mut self,
        vector: &Vector,
        factors: &[Option<f64>],
    ) -> Result<Vec<Option<f64>>, SourceError> {
        let mut out = Vec::new();
        for part in &vector.0 {
            let count = part.cells.len();
            let found = match &part.numbers {
                Numbers::Asked(query) => self.read(query)?,
                Numbers::Expert(_) if factors.get(out.len()) == Some(&Some(0.0)) => Some(vec![0.0]),
                Numbers::Expert(expert) => self.expert(expert)?,
            };
            match found {
                Some(data) if data.len() == count => out.extend(data.into_iter().map(Some)),
                _ => {
                    self.lacks(&part.name);
                    out.extend(std::iter::repeat_n(None, count));
                }
            }
        }
        Ok(out)
    }

    /// The output of one expert: the mixture, evaluated with its share at 1 and the others at 0, without the factor of
    /// shares.
    fn expert(&mut self, expert: &Expert) -> Result<Option<Vec<f64>>, SourceError> {
        let pass = expert.pass;
        let mut whole = |point: &String| {
            let query = Query::Values {
                pass,
                point: point.clone(),
                slice: Slice::default(),
            };
            match self.source.answer(&query, self.control) {
                Ok(Answer::Values(values)) => Ok(Some(values)),
                Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
                _ => Ok(None),
            }
        };
        let (Some(x), Some(mut shares)) = (whole(&expert.x)?, whole(&expert.shares)?) else {
            return Ok(None);
        };
        let &[_, count] = &shares.shape[..] else {
            return Ok(None);
        };
        shares.data.fill(0.0);
        if let Some(share) = shares.data.get_mut(expert.row * count + expert.number) {
            *share = 1.0;
        }
        let given = [(&expert.x, x), (&expert.shares, shares)];
        let given = given.map(|(point, values)| Given {
            point: point.clone(),
            value: HostTensor {
                dtype: Dtype::F64,
                shape: values.shape,
                bytes: values.data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            },
        });
        let query = Query::Evaluate {
            pass,
            point: expert.mixture.clone(),
            given: given.into(),
        };
        let out = self.read(&query)?;
        let rows = self.source.passes()[pass].rows();
        let at = |data: Vec<f64>| {
            let width = data.len() / rows.max(1);
            data.get(expert.row * width + expert.column).copied()
        };
        Ok(out.and_then(at).map(|value| vec![value / expert.factor]))
    }

    /// The steps with the numbers of biases.
    pub(super) fn steps(&mut self, steps: Vec<What>) -> Result<Vec<Step>, SourceError> {
        let steps = steps.into_iter().map(|what| {
            let what = match what {
                What::Bias { by, .. } => {
                    let number = match by.pass {
                        Some(pass) => self.value(pass, &by)?,
                        None => self.weight(&by)?,
                    };
                    What::Bias { by, number }
                }
                what => what,
            };
            Ok(Step { what, result: None })
        });
        steps.collect()
    }
}
