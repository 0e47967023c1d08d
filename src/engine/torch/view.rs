//! Windows and summaries of tensors, computed on their device: only what is shown is copied.

use std::borrow::Cow;

use tch::{Device, Kind, Tensor};

use super::{EngineError, Result, dtype_of};
use crate::trace::moments::Moments;
use crate::trace::source::Control;
use crate::trace::tensor::{HostTensor, Pick, Slice, Summary, Values};

/// The elements of a slice, which must lie within `tensor`.
pub fn values(tensor: &Tensor, slice: &Slice) -> Result<Values> {
    all(&window(tensor, slice)?)
}

/// All elements of a tensor.
pub fn all(tensor: &Tensor) -> Result<Values> {
    Ok(Values::new(shape(tensor), to_f64(tensor)?))
}

/// A view of a slice, which must lie within `tensor`.
pub fn window(tensor: &Tensor, slice: &Slice) -> Result<Tensor> {
    let mut window = tensor.shallow_clone();
    let mut axis = 0;
    for pick in &slice.0 {
        window = match pick {
            Pick::At(index) => window.f_select(axis, *index as i64)?,
            Pick::Span(span) => {
                axis += 1;
                window.f_narrow(axis - 1, span.start as i64, span.len() as i64)?
            }
        };
    }
    Ok(window)
}

/// All elements in row-major order.
pub fn to_f64(tensor: &Tensor) -> Result<Vec<f64>> {
    let host = tensor.f_to_device(Device::Cpu)?;
    Ok(host.f_flatten(0, -1)?.try_into()?)
}

pub fn shape(tensor: &Tensor) -> Vec<usize> {
    tensor.size().iter().map(|&n| n as usize).collect()
}

/// The number of elements that are summarised together, so that temporary tensors stay small beside a long
/// prompt's scores.
const BLOCK: i64 = 1 << 22;

/// All elements, in blocks.
pub fn blocks(tensor: &Tensor) -> Result<Vec<Tensor>> {
    Ok(tensor.f_flatten(0, -1)?.f_split(BLOCK, 0)?)
}

/// Statistics over the finite elements. It stops if `control` is cancelled.
pub fn summary(blocks: impl Iterator<Item = Result<Tensor>>, control: &Control) -> Result<Summary> {
    let (mut whole, mut count) = (Moments::default(), 0);
    for block in blocks {
        control.go_on()?;
        let block = block?;
        count += block.numel();
        whole.add(&moments(&block)?);
    }
    Ok(whole.summary(count))
}

/// The moments of a block of elements, computed on its device.
pub fn moments(block: &Tensor) -> Result<Moments> {
    match block.device() {
        Device::Cpu => with_bytes(block, |host| host.moments()),
        _ => moments_there(block),
    }
}

/// The moments of a block on a GPU, with one copy to the host.
fn moments_there(block: &Tensor) -> Result<Moments> {
    let wide = block.f_to_kind(Kind::Double)?;
    let nan = wide.f_isnan()?.f_sum(Kind::Double)?.f_double_value(&[])? as usize;
    let kept = wide.f_masked_select(&wide.f_isfinite()?)?;
    if kept.numel() == 0 {
        return Ok(Moments {
            nan,
            ..Moments::default()
        });
    }
    let mean = kept.f_mean(None)?;
    let squares = |x: &Tensor| x.f_square()?.f_sum(None);
    let m2 = squares(&kept.f_sub(&mean)?)?;
    let numbers = [kept.f_min()?, kept.f_max()?, m2, squares(&kept)?, mean];
    let numbers = Tensor::f_stack(&numbers, 0)?;
    let [min, max, m2, squares, mean] = to_f64(&numbers)?[..] else {
        return Err(EngineError::Torch("a summary has five numbers".into()));
    };
    Ok(Moments {
        finite: kept.numel() as f64,
        nan,
        min,
        max,
        mean,
        m2,
        squares,
    })
}

/// Each head as a picture of at most `rows`×`cols`, `[head, rows, cols]`. A cell is the element of largest
/// magnitude that it covers; masked places (−∞) count as 0.
pub fn heads(
    tensor: &Tensor,
    head_axis: usize,
    rows: usize,
    cols: usize,
    control: &Control,
) -> Result<Values> {
    let all = tensor.f_movedim_int(head_axis as i64, 0)?; // [head, r, c]
    let size = all.size();
    let [rows, cols] = [rows, cols].map(|n| n.max(1) as i64);
    let shown = [size[1].min(rows), size[2].min(cols)];
    let together = (BLOCK / (size[1] * size[2]).max(1)).max(1);
    let pooled = (all.f_split(together, 0)?.iter())
        .map(|heads| {
            control.go_on()?;
            pictures(heads, shown)
        })
        .collect::<Result<Vec<_>>>()?;
    let pooled = Tensor::f_cat(&pooled, 0)?;
    Ok(Values::new(shape(&pooled), to_f64(&pooled)?))
}

/// Heads pooled to pictures: `[head, r, c]` → `[head, rows, cols]`.
pub fn pictures(heads: &Tensor, shape: [i64; 2]) -> Result<Tensor> {
    let pictures = heads.f_to_kind(Kind::Float)?;
    let masked = pictures.f_eq(f64::NEG_INFINITY)?;
    let pictures = pictures.f_masked_fill(&masked, 0.0)?;
    let (high, _) = pictures.f_adaptive_max_pool2d(shape)?;
    let (low, _) = pictures.f_neg()?.f_adaptive_max_pool2d(shape)?;
    Ok(high.f_where_self(&high.f_ge_tensor(&low)?, &low.f_neg()?)?)
}

/// A copy in host memory.
pub fn host(tensor: &Tensor) -> Result<HostTensor<'static>> {
    with_bytes(tensor, |host| HostTensor {
        dtype: host.dtype,
        shape: host.shape.clone(),
        bytes: Cow::Owned(host.bytes.to_vec()),
    })
}

/// The result of `f` on the elements in host memory. They are copied only if they are on another device or
/// not contiguous.
fn with_bytes<T>(tensor: &Tensor, f: impl FnOnce(&HostTensor) -> T) -> Result<T> {
    let dtype = dtype_of(tensor.kind())?;
    let host = tensor.f_to_device(Device::Cpu)?.f_contiguous()?;
    let len = host.numel() * dtype.size();
    let bytes: &[u8] = match len {
        0 => &[],
        // SAFETY: a contiguous tensor on the CPU owns this many bytes at data_ptr while `host` lives.
        _ => unsafe { std::slice::from_raw_parts(host.data_ptr() as *const u8, len) },
    };
    Ok(f(&HostTensor {
        dtype,
        shape: shape(&host),
        bytes: Cow::Borrowed(bytes),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_many_blocks_is_that_of_the_host() {
        let n = BLOCK + 5;
        let wave = Tensor::arange(n, (Kind::Float, Device::Cpu)).sin() + 100.0;
        let _ = wave.narrow(0, 0, 1).fill_(f64::INFINITY);
        let _ = wave.narrow(0, n - 2, 1).fill_(f64::NAN);
        let there = host(&wave).unwrap().summary();
        let summary = |tensor: &Tensor| {
            let blocks = blocks(tensor).unwrap().into_iter().map(Ok);
            summary(blocks, &Control::default()).unwrap()
        };
        let here = summary(&wave);
        // The moments as a GPU would compute them.
        let wide = moments_there(&wave).unwrap().summary(n as usize);
        assert_eq!((wide.count, wide.nan, wide.inf), (n as usize, 1, 1));
        assert_eq!((here.count, here.nan, here.inf), (n as usize, 1, 1));
        assert_eq!((here.min, here.max), (there.min, there.max));
        let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
        near(here.mean, there.mean);
        near(here.std, there.std);
        near(here.l2, there.l2);
        assert!(summary(&wave.narrow(0, 0, 1)).mean.is_nan());
    }

    #[test]
    fn heads_are_pooled_as_on_the_host() {
        let scores = Tensor::randn([5, 41, 31], (Kind::Float, Device::Cpu));
        let future = Tensor::ones([41, 31], (Kind::Bool, Device::Cpu)).triu(1);
        let scores = scores.masked_fill(&future, f64::NEG_INFINITY);
        let here = heads(&scores, 0, 8, 6, &Control::default()).unwrap();
        let there = host(&scores).unwrap().heads(0, 8, 6).unwrap();
        assert_eq!(here, there);
    }
}
