//! Tensors as another tool stored them, and their conversion to a trace's.

use std::borrow::Cow;

use safetensors::Dtype as Stored;

use super::tensor::{Dtype, HostTensor};

/// The conversion of a stored tensor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Whether it is stored `[head, token, d_head]` and becomes `[token, head, d_head]`.
    pub heads_first: bool,
    /// Whether masked scores are the least number of a type and become −∞.
    pub masked: bool,
    /// The number of stored keys, if only the first of them are attended to.
    pub keys: Option<usize>,
}

impl Reading {
    /// Whether the stored bytes are used unchanged.
    pub fn is_plain(&self) -> bool {
        *self == Reading::default()
    }
}

/// The element type after the conversion; whole numbers are read as numbers of 32 bits.
pub fn dtype(stored: Stored) -> Option<Dtype> {
    match stored {
        Stored::F64 => Some(Dtype::F64),
        Stored::F32 | Stored::I64 | Stored::I32 => Some(Dtype::F32),
        Stored::F16 => Some(Dtype::F16),
        Stored::BF16 => Some(Dtype::BF16),
        _ => None,
    }
}

/// The elements of a stored tensor, widened; empty for a type that [`dtype`] does not know.
pub fn elements(stored: Stored, bytes: &[u8]) -> Vec<f64> {
    match stored {
        Stored::I64 => (bytes.as_chunks().0.iter())
            .map(|b| i64::from_le_bytes(*b) as f64)
            .collect(),
        Stored::I32 => (bytes.as_chunks().0.iter())
            .map(|b| f64::from(i32::from_le_bytes(*b)))
            .collect(),
        _ => dtype(stored).map_or(Vec::new(), |dtype| {
            let shape = vec![bytes.len() / dtype.size()];
            let bytes = Cow::Borrowed(bytes);
            let tensor = HostTensor {
                dtype,
                shape,
                bytes,
            };
            let mut values = vec![0.0; tensor.numel()];
            tensor.read(0, &mut values);
            values
        }),
    }
}

/// The bytes of the converted tensor of `shape`.
pub fn read(reading: &Reading, stored: Stored, bytes: &[u8], shape: &[usize]) -> Vec<u8> {
    let mut values = elements(stored, bytes);
    if let (true, &[tokens, heads, width]) = (reading.heads_first, shape) {
        let of = |at: usize| {
            let (token, head, i) = (at / width / heads, at / width % heads, at % width);
            values[(head * tokens + token) * width + i]
        };
        values = (0..values.len()).map(of).collect();
    }
    if let (Some(stored), Some(&keys)) = (reading.keys, shape.last()) {
        let rows = values.chunks_exact(stored.max(1));
        values = rows.flat_map(|row| row[..keys].to_vec()).collect();
    }
    let dtype = dtype(stored).unwrap_or(Dtype::F32);
    if reading.masked {
        for value in &mut values {
            if is_masked(*value, dtype) {
                *value = f64::NEG_INFINITY;
            }
        }
    }
    HostTensor::new(dtype, shape.to_vec(), values)
        .bytes
        .into_owned()
}

/// The number of rows that are read to tell a pattern from scores.
const ROWS: usize = 64;

/// Whether the first rows of a tensor, each of `width` elements, are results of softmax.
pub fn is_softmaxed(stored: Stored, bytes: &[u8], width: Option<usize>) -> bool {
    let (Some(width @ 1..), Some(dtype)) = (width, dtype(stored)) else {
        return false;
    };
    let row = width.saturating_mul(dtype.size());
    let some = &bytes[..bytes.len().min(row.saturating_mul(ROWS))];
    let values = elements(stored, some);
    let of_softmax = |row: &[f64]| {
        row.iter().all(|x| (0.0..=1.0).contains(x)) && (row.iter().sum::<f64>() - 1.0).abs() < 0.03
    };
    !values.is_empty() && values.chunks(width).all(of_softmax)
}

/// The first elements of a tensor.
pub fn some(stored: Stored, bytes: &[u8]) -> Vec<f64> {
    elements(stored, &bytes[..bytes.len().min(1 << 15)])
}

/// Whether `b` is `a` multiplied by one number other than 1.
pub fn is_multiplied(a: &[f64], b: &[f64]) -> bool {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let by = dot(a, b) / dot(a, a);
    let largest = b.iter().fold(0.0, |max: f64, b| max.max(b.abs()));
    let off = a.iter().zip(b).map(|(a, b)| (a * by - b).abs());
    a.len() == b.len()
        && by.is_finite()
        && (by - 1.0).abs() > 0.01
        && off.fold(0.0, f64::max) < 0.01 * largest
}

/// The last key that the first query of attention `[head, query, key]` attends to in any head.
pub fn last_seen(stored: Stored, bytes: &[u8], shape: &[usize]) -> usize {
    let (&[_, queries, keys], Some(dtype)) = (shape, dtype(stored)) else {
        return 0;
    };
    // Scores of masked keys are very low, and their shares are 0.
    let looks = |x: &f64| *x != 0.0 && !is_masked(*x, dtype);
    let first = elements(stored, bytes);
    let rows = first.chunks_exact((queries * keys).max(1));
    let last = rows.filter_map(|head| head.get(..keys)?.iter().rposition(looks));
    last.max().unwrap_or(0)
}

/// Whether a mask set this score: it is the least number of its type or of float32, or a sum with it.
pub fn is_masked(score: f64, dtype: Dtype) -> bool {
    let least = match dtype {
        Dtype::F16 => -65504.0,
        Dtype::F64 | Dtype::F32 | Dtype::BF16 => f64::from(f32::MIN),
    };
    score <= 0.95 * least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    #[test]
    fn heads_masks_keys_and_whole_numbers_become_ours() {
        let read = |reading, stored: &[f32], shape: &[usize]| {
            elements(
                Stored::F32,
                &read(&reading, Stored::F32, &bytes(stored), shape),
            )
        };
        let heads_first = Reading {
            heads_first: true,
            ..Reading::default()
        };
        // Two heads of three tokens, one number each.
        let found = read(heads_first, &[1., 2., 3., 4., 5., 6.], &[3, 2, 1]);
        assert_eq!(found, [1., 4., 2., 5., 3., 6.]);
        let scores = Reading {
            masked: true,
            keys: Some(3),
            ..Reading::default()
        };
        let found = read(
            scores,
            &[1., f32::MIN, f32::MIN, 2., f32::MIN + 3e31, 9.],
            &[1, 2, 2],
        );
        assert_eq!(found, [1., f64::NEG_INFINITY, 2., f64::NEG_INFINITY]);
        assert!(is_multiplied(&[1., -2., 3.], &[0.5, -1., 1.5]));
        assert!(!is_multiplied(&[1., -2., 3.], &[1., -2., 3.]));
        assert!(!is_multiplied(&[1., -2., 3.], &[0.5, -1., 1.]));
        assert!(!is_multiplied(&[0.], &[0.]));
        let scores = bytes(&[1., 2., f32::MIN, 1., 2., 3.]);
        assert_eq!(last_seen(Stored::F32, &scores, &[1, 2, 3]), 1);
        let pattern = bytes(&[0.5, 0.5, 0., 0.2, 0.2, 0.6]);
        assert_eq!(last_seen(Stored::F32, &pattern, &[1, 2, 3]), 1);
        let indices: Vec<u8> = [3i64, 0].iter().flat_map(|i| i.to_le_bytes()).collect();
        assert_eq!(elements(Stored::I64, &indices), [3., 0.]);
        let found = super::read(&Reading::default(), Stored::I64, &indices, &[2]);
        assert_eq!(found, bytes(&[3., 0.]));
    }
}
