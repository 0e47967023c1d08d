//! Arithmetic on host tensors: elements, slices, summaries, thumbnails and next-token distributions.
//!
//! Tensors may lie in a mapped file of many gigabytes. Every function here touches only the elements that it
//! needs, and widens them to f64 a small block at a time.

use std::borrow::Cow;

use half::{bf16, f16};

use super::moments::Moments;
use super::plan::Axis;
use super::source::SourceError;
use super::tensor::{Candidate, Distribution, Dtype, HostTensor, Pick, Slice, Summary, Values};

/// The number of elements widened at a time: 32 KiB of f64, which fits the first-level cache.
pub(super) const BLOCK: usize = 4096;

impl HostTensor<'_> {
    /// A tensor of `values`, row-major, rounded to `dtype`. `shape` must hold as many elements.
    pub fn new(
        dtype: Dtype,
        shape: Vec<usize>,
        values: impl IntoIterator<Item = f64>,
    ) -> HostTensor<'static> {
        let mut bytes = Vec::with_capacity(shape.iter().product::<usize>() * dtype.size());
        for x in values {
            match dtype {
                Dtype::F64 => bytes.extend(x.to_le_bytes()),
                Dtype::F32 => bytes.extend((x as f32).to_le_bytes()),
                Dtype::F16 => bytes.extend(f16::from_f64(x).to_le_bytes()),
                Dtype::BF16 => bytes.extend(bf16::from_f64(x).to_le_bytes()),
            }
        }
        HostTensor {
            dtype,
            shape,
            bytes: Cow::Owned(bytes),
        }
    }

    /// An f32 tensor of `values`, row-major. `shape` must hold as many elements.
    pub fn from_f32(shape: Vec<usize>, values: &[f32]) -> HostTensor<'static> {
        HostTensor::new(Dtype::F32, shape, values.iter().map(|&x| f64::from(x)))
    }

    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.bytes.len() / self.dtype.size()
    }

    /// Widen elements from `start` on into `out`. As many as `out` holds must exist.
    pub fn read(&self, start: usize, out: &mut [f64]) {
        let size = self.dtype.size();
        let bytes = &self.bytes[start * size..(start + out.len()) * size];
        match self.dtype {
            Dtype::F64 => widen(bytes, out, f64::from_le_bytes),
            Dtype::F32 => widen(bytes, out, |b| f64::from(f32::from_le_bytes(b))),
            Dtype::F16 => widen(bytes, out, |b| f16::from_le_bytes(b).to_f64()),
            Dtype::BF16 => widen(bytes, out, |b| bf16::from_le_bytes(b).to_f64()),
        }
    }

    /// Call `f` with all elements in order, one block at a time, and the index of each block's first element.
    pub(super) fn for_each_block(&self, mut f: impl FnMut(usize, &[f64])) {
        let numel = self.numel();
        let mut buffer = vec![0.0; BLOCK.min(numel)];
        for start in (0..numel).step_by(BLOCK) {
            let block = &mut buffer[..BLOCK.min(numel - start)];
            self.read(start, block);
            f(start, block);
        }
    }

    /// The elements of a slice.
    ///
    /// # Errors
    /// [`SourceError::Slice`] if `slice` reaches outside of an axis or has more parts than there are axes. It
    /// names the axis by its word from `axes`, and its length.
    pub fn values(&self, axes: &[Axis], slice: &Slice) -> Result<Values, SourceError> {
        let ranges = slice.ranges(axes, &self.shape)?;
        let shape = (ranges.iter().enumerate())
            .filter(|(i, _)| !matches!(slice.0.get(*i), Some(Pick::At(_))))
            .map(|(_, r)| r.len())
            .collect();
        let mut data = Vec::new();
        // A tensor without axes has one element.
        let Some((last, outer)) = ranges.split_last() else {
            data.resize(1, 0.0);
            self.read(0, &mut data);
            return Ok(Values::new(shape, data));
        };
        let count = ranges.iter().map(ExactSizeIterator::len).product();
        data.resize(count, 0.0);
        if count == 0 {
            return Ok(Values::new(shape, data));
        }
        let mut index: Vec<usize> = outer.iter().map(|r| r.start).collect();
        for row in data.chunks_exact_mut(last.len()) {
            let flat = (index.iter().zip(&self.shape)).fold(0, |flat, (i, n)| flat * n + i);
            self.read(flat * self.shape[outer.len()] + last.start, row);
            for (i, range) in index.iter_mut().zip(outer).rev() {
                *i += 1;
                if *i < range.end {
                    break;
                }
                *i = range.start;
            }
        }
        Ok(Values::new(shape, data))
    }

    /// The summary of the tensor. Statistics are NaN if no element is finite.
    pub fn summary(&self) -> Summary {
        self.moments().summary(self.numel())
    }

    /// The moments of its elements.
    pub fn moments(&self) -> Moments {
        let mut all = Moments::default();
        self.for_each_block(|_, block| all.add(&Moments::of(block)));
        all
    }

    /// Every head as a picture `[head, rows, cols]` of at most this size. A cell holds the element of largest
    /// magnitude that it covers, NaN before any other; masked places (−∞) count as 0. Neighbouring cells that
    /// share a row or column both cover it.
    ///
    /// `head_axis` is the axis of three that counts heads; the other two are the picture's.
    ///
    /// # Errors
    /// [`SourceError::Slice`] if the tensor does not have three axes.
    pub fn heads(&self, head_axis: usize, rows: usize, cols: usize) -> Result<Values, SourceError> {
        let (&[a, b, width], 0 | 1) = (self.shape.as_slice(), head_axis) else {
            return Err(SourceError::Slice("this hook point has no heads".into()));
        };
        let (heads, height) = if head_axis == 0 { (a, b) } else { (b, a) };
        let (rows, cols) = (rows.clamp(1, height.max(1)), cols.clamp(1, width.max(1)));
        let mut data = vec![0.0; heads * rows * cols];
        let mut line = vec![0.0; width];
        for (cell_row, cells) in data.chunks_exact_mut(cols).enumerate() {
            let (head, row) = (cell_row / rows, cell_row % rows);
            for y in row * height / rows..((row + 1) * height).div_ceil(rows) {
                let start = if head_axis == 0 {
                    head * height + y
                } else {
                    y * heads + head
                };
                self.read(start * width, &mut line);
                for (col, cell) in cells.iter_mut().enumerate() {
                    let end = ((col + 1) * width).div_ceil(cols);
                    let covered = line[col * width / cols..end].iter().copied();
                    let seen = covered.filter(|&x| x != f64::NEG_INFINITY);
                    *cell = seen.fold(*cell, larger);
                }
            }
        }
        Ok(Values::new(vec![heads, rows, cols], data))
    }
}

impl Slice {
    /// The range that the slice takes of each axis.
    ///
    /// # Errors
    /// The errors of [`HostTensor::values`].
    pub fn ranges(
        &self,
        axes: &[Axis],
        shape: &[usize],
    ) -> Result<Vec<std::ops::Range<usize>>, SourceError> {
        let words = || {
            let words: Vec<_> = axes.iter().map(|a| a.word()).collect();
            words.join(", ")
        };
        if self.0.len() > shape.len() {
            return Err(SourceError::Slice(format!(
                "{} indices for {} axes [{}]",
                self.0.len(),
                shape.len(),
                words(),
            )));
        }
        let outside = |axis: usize, what: String| {
            SourceError::Slice(format!(
                "{what} is outside axis {axis} ({}), which has {} elements",
                axes.get(axis).map_or("?", |a| a.word()),
                shape[axis],
            ))
        };
        (shape.iter().enumerate())
            .map(|(axis, &n)| match self.0.get(axis) {
                None => Ok(0..n),
                Some(&Pick::At(i)) if i < n => Ok(i..i + 1),
                Some(Pick::At(i)) => Err(outside(axis, i.to_string())),
                Some(Pick::Span(r)) if r.start <= r.end && r.end <= n => Ok(r.clone()),
                Some(Pick::Span(r)) => Err(outside(axis, format!("{}:{}", r.start, r.end))),
            })
            .collect()
    }
}

fn widen<const N: usize>(bytes: &[u8], out: &mut [f64], f: impl Fn([u8; N]) -> f64) {
    for (x, b) in out.iter_mut().zip(bytes.as_chunks().0) {
        *x = f(*b);
    }
}

/// The number of larger magnitude; NaN before any other.
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a.abs() >= b.abs() {
        a
    } else {
        b
    }
}

/// The ids of the `k` largest logits, the largest first. NaN comes before all others, and the lower id first
/// among equals.
pub fn largest(logits: &[f64], k: usize) -> Vec<usize> {
    let rank = |x: f64| if x.is_nan() { f64::INFINITY } else { x };
    let order = |&a: &usize, &b: &usize| {
        let (x, y) = (logits[a], logits[b]);
        (y.is_nan().cmp(&x.is_nan()))
            .then(rank(y).total_cmp(&rank(x)))
            .then(a.cmp(&b))
    };
    let mut ids: Vec<usize> = (0..logits.len()).collect();
    if k < ids.len() {
        ids.select_nth_unstable_by(k, order);
        ids.truncate(k);
    }
    ids.sort_unstable_by(order);
    ids
}

/// The `k` most probable tokens of one row of logits at `temperature` > 0, and the entropy of the whole row.
///
/// A NaN among the logits makes every probability NaN, as in softmax, and comes first. The lower id comes
/// first among equal logits.
pub fn distribution(
    logits: &[f64],
    k: usize,
    temperature: f64,
    text: impl Fn(u32) -> String,
) -> Distribution {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weight = |x: f64| ((x - max) / temperature).exp();
    let total: f64 = logits.iter().map(|&x| weight(x)).sum();
    // -Σ p ln p with ln p = (x - max)/t - ln Z; a weight of 0 adds nothing.
    let weighted: f64 = (logits.iter())
        .map(|&x| (x, weight(x)))
        .filter(|(_, w)| *w != 0.0)
        .map(|(x, w)| w * (x - max) / temperature)
        .sum();
    let entropy = total.ln() - weighted / total;

    let top = (largest(logits, k).into_iter())
        .map(|i| Candidate {
            id: i as u32,
            text: text(i as u32),
            logit: logits[i],
            prob: weight(logits[i]) / total,
        })
        .collect();
    Distribution {
        top,
        entropy: if entropy > 0.0 || entropy.is_nan() {
            entropy
        } else {
            0.0
        },
        temperature,
        lens: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: [Axis; 3] = [Axis::Head, Axis::Query, Axis::Key];

    fn cube() -> HostTensor<'static> {
        HostTensor::new(Dtype::F32, vec![2, 3, 4], (0..24).map(f64::from))
    }

    #[test]
    fn every_dtype_reads_back_what_it_can_hold() {
        for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
            let values = [0.0, -1.5, 256.0, f64::INFINITY];
            let t = HostTensor::new(dtype, vec![4], values);
            let mut out = [0.0; 4];
            t.read(0, &mut out);
            assert_eq!(out, values, "{dtype}");
            assert_eq!(t.bytes.len(), 4 * dtype.size());
        }
    }

    #[test]
    fn a_slice_takes_indices_ranges_and_whole_axes() {
        let slice = Slice(vec![Pick::At(1), Pick::Span(1..3)]);
        let v = cube().values(&AXES, &slice).unwrap();
        assert_eq!(v.shape, [2, 4]);
        assert_eq!(v.data, [16., 17., 18., 19., 20., 21., 22., 23.]);
        let all = Pick::Span(0..2);
        let v = cube().values(&AXES, &Slice(vec![all, Pick::At(2), Pick::Span(3..4)]));
        assert_eq!(v.as_ref().unwrap().shape, [2, 1]);
        assert_eq!(v.unwrap().data, [11., 23.]);
        let v = cube().values(&AXES, &Slice::default()).unwrap();
        assert_eq!((v.shape.len(), v.data.len()), (3, 24));
        let v = cube()
            .values(&AXES, &Slice(vec![Pick::Span(1..1)]))
            .unwrap();
        assert_eq!((v.shape, v.data.len()), (vec![0, 3, 4], 0));
    }

    #[test]
    fn a_slice_outside_names_the_axis_its_word_and_its_length() {
        let error = |picks| cube().values(&AXES, &Slice(picks)).unwrap_err().to_string();
        assert_eq!(
            error(vec![Pick::At(0), Pick::At(3)]),
            "3 is outside axis 1 (query), which has 3 elements"
        );
        assert_eq!(
            error(vec![Pick::Span(0..3)]),
            "0:3 is outside axis 0 (head), which has 2 elements"
        );
        assert_eq!(
            error(vec![Pick::At(0); 4]),
            "4 indices for 3 axes [head, query, key]"
        );
    }

    #[test]
    fn a_summary_counts_nan_and_infinity_apart_and_is_stable_far_from_zero() {
        let values = (0..10_000).map(|i| 1e9 + f64::from(i % 2));
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let t = HostTensor::new(Dtype::F64, vec![10_003], values.chain(odd));
        let s = t.summary();
        assert_eq!((s.count, s.nan, s.inf), (10_003, 1, 2));
        assert_eq!((s.min, s.max, s.mean), (1e9, 1e9 + 1.0, 1e9 + 0.5));
        assert!((s.std - 0.5).abs() < 1e-9, "{}", s.std);
        assert!((s.l2 / (1e9 + 0.5) / 100.0 - 1.0).abs() < 1e-12);
        let none = HostTensor::new(Dtype::F32, vec![1], [f64::NAN]).summary();
        assert!(none.min.is_nan() && none.mean.is_nan() && none.l2.is_nan());
    }

    #[test]
    fn heads_keep_the_largest_magnitude_of_what_a_cell_covers() {
        let mut x: Vec<f64> = (0..24).map(f64::from).collect();
        x[1] = -100.0;
        x[23] = f64::NAN;
        let t = HostTensor::new(Dtype::F32, vec![2, 3, 4], x.clone());
        let v = t.heads(0, 1, 2).unwrap();
        assert_eq!(v.shape, [2, 1, 2]);
        assert_eq!(v.data[..3], [-100.0, 11.0, 21.0]);
        assert!(v.data[3].is_nan());
        // The heads are on the second axis: [token 2, head 3, d_head 4].
        let v = t.heads(1, 9, 9).unwrap();
        assert_eq!(v.shape, [3, 2, 4]);
        assert_eq!(v.data[8..12], [4., 5., 6., 7.]);
        assert!(t.heads(2, 1, 1).is_err());
    }

    #[test]
    fn a_distribution_is_softmax_with_its_entropy() {
        let text = |id: u32| format!("t{id}");
        let d = distribution(&[0.0, 2f64.ln(), 0.0, f64::NEG_INFINITY], 2, 1.0, text);
        assert_eq!((d.top[0].id, d.top[1].id), (1, 0));
        assert!((d.top[0].prob - 0.5).abs() < 1e-15 && (d.top[1].prob - 0.25).abs() < 1e-15);
        assert_eq!(d.top[0].text, "t1");
        assert!((d.entropy - 1.5 * 2f64.ln()).abs() < 1e-12);
        let cold = distribution(&[0.0, 1.0], 5, 1e-3, text);
        assert_eq!((cold.top.len(), cold.entropy), (2, 0.0));
        let broken = distribution(&[0.0, f64::NAN, 1.0], 2, 1.0, text);
        assert_eq!(broken.top[0].id, 1);
        assert!(broken.top[1].prob.is_nan() && broken.entropy.is_nan());
    }
}
