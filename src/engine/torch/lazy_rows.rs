//! Rows of a linear map that no pass holds: the logits of a long prompt.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use tch::Tensor;

use super::linear::{capped, clipped, linear, times};
use super::{Result, dtype_of};
use crate::trace::tensor::Dtype;

/// The rows that are computed together. Fewer rows would read the weights more often than the product takes.
const ROWS: i64 = 64;

/// The rows `clip(cap((x · weightᵀ + bias) · scale))`, `[token, out]`, computed when they are looked at.
///
/// Rows are computed in the same parts whoever asks for them, so that a row has the same bits whether it is asked
/// for alone or with all others.
pub struct LazyRows {
    pub map: Map,
    /// The rows that were looked at last: the first one, and their values.
    last: Arc<Mutex<Option<(i64, Tensor)>>>,
}

/// A linear map of rows.
pub struct Map {
    /// `[token, in]`
    pub x: Tensor,
    /// `[out, in]`
    pub weight: Tensor,
    /// `[out]`
    pub bias: Option<Tensor>,
    pub scale: f64,
    pub cap: Option<f64>,
    pub clip: Option<f64>,
}

impl Map {
    /// All rows. `[token, out]`
    pub fn all(&self) -> Result<Tensor> {
        self.of(&self.x)
    }

    fn size(&self) -> [i64; 2] {
        [&self.x, &self.weight].map(|matrix| matrix.size()[0])
    }

    fn of(&self, x: &Tensor) -> Result<Tensor> {
        let rows = linear(x, &self.weight, self.bias.as_ref())?; // [token, out]
        clipped(capped(times(rows, self.scale)?, self.cap)?, self.clip)
    }
}

impl Clone for LazyRows {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> LazyRows {
        let map = &self.map;
        LazyRows {
            map: Map {
                x: map.x.shallow_clone(),
                weight: map.weight.shallow_clone(),
                bias: map.bias.as_ref().map(Tensor::shallow_clone),
                ..*map
            },
            last: self.last.clone(),
        }
    }
}

/// The number of rows that are held at once.
pub fn held(tokens: usize) -> usize {
    tokens.min(ROWS as usize)
}

impl LazyRows {
    pub fn new(map: Map) -> LazyRows {
        LazyRows {
            map,
            last: Arc::default(),
        }
    }

    /// The shape of all rows: `[token, out]`.
    pub fn size(&self) -> [i64; 2] {
        self.map.size()
    }

    pub fn dtype(&self) -> Result<Dtype> {
        dtype_of(self.map.x.kind())
    }

    /// The bytes of the rows that are kept.
    pub fn bytes(&self) -> usize {
        let [tokens, outputs] = self.size().map(|n| n as usize);
        held(tokens) * outputs * self.map.x.kind().elt_size_in_bytes()
    }

    /// Some rows. `[token, out]`
    pub fn rows(&self, rows: Range<i64>) -> Result<Tensor> {
        let first = rows.start / ROWS * ROWS;
        let parts = (first..rows.end.max(first + 1)).step_by(ROWS as usize);
        let parts = parts.map(|start| {
            let part = self.part(start)?;
            let end = (start + part.size()[0]).min(rows.end);
            let from = rows.start.max(start);
            Ok(part.f_narrow(0, from - start, (end - from).max(0))?)
        });
        let parts: Vec<Tensor> = parts.collect::<Result<_>>()?;
        match &parts[..] {
            [part] => Ok(part.shallow_clone()),
            _ => Ok(Tensor::f_cat(&parts, 0)?),
        }
    }

    /// All rows in turn, in parts that may be held at once.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Tensor>> + '_ {
        let starts = (0..self.size()[0]).step_by(ROWS as usize);
        starts.map(|start| self.part(start))
    }

    /// The rows that are computed together from `start` on.
    fn part(&self, start: i64) -> Result<Tensor> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept, part)) = &*last
            && *kept == start
        {
            return Ok(part.shallow_clone());
        }
        let count = ROWS.min(self.size()[0] - start);
        let part = self.map.of(&self.map.x.f_narrow(0, start, count)?)?;
        *last = Some((start, part.shallow_clone()));
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    fn map(tokens: i64) -> Map {
        let numbers = |shape: [i64; 2]| Tensor::randn(shape, (Kind::Float, Device::Cpu));
        Map {
            x: numbers([tokens, 6]),
            weight: numbers([50, 6]),
            bias: Some(numbers([1, 50]).squeeze_dim(0)),
            scale: 0.5,
            cap: Some(3.0),
            clip: None,
        }
    }

    #[test]
    fn rows_have_the_same_bits_alone_as_among_all() {
        let map = map(2 * ROWS + 7);
        let near = map.all().unwrap();
        let rows = LazyRows::new(map);
        let [tokens, _] = rows.size();
        let all = rows.rows(0..tokens).unwrap();
        assert!((&all - near).abs().max().double_value(&[]) < 1e-5);
        for row in [0, ROWS - 1, ROWS, 2 * ROWS + 6] {
            let alone = rows.rows(row..row + 1).unwrap();
            assert!(alone.equal(&all.narrow(0, row, 1)), "{row}");
        }
        let across = rows.rows(ROWS - 3..ROWS + 2).unwrap();
        assert!(across.equal(&all.narrow(0, ROWS - 3, 5)));
        let blocks: Vec<Tensor> = rows.blocks().map(Result::unwrap).collect();
        assert!(Tensor::cat(&blocks, 0).equal(&all));
        assert_eq!(rows.rows(5..5).unwrap().size(), [0, 50]);
    }
}
