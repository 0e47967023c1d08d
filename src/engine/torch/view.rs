//! Windows and summaries, computed where the tensor lives: only what is shown is copied.

use std::borrow::Cow;

use tch::{Device, Kind, Tensor};

use super::Result;
use crate::trace::tensor::{Dtype, HostTensor, Pick, Slice, Summary, Values};

/// The elements of a slice that is known to lie within `tensor`.
pub fn values(tensor: &Tensor, slice: &Slice) -> Result<Values> {
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
    Ok(Values {
        shape: window.size().iter().map(|&n| n as usize).collect(),
        data: to_f64(&window)?,
    })
}

/// Row-major elements.
pub fn to_f64(tensor: &Tensor) -> Result<Vec<f64>> {
    let host = tensor
        .f_to_device(Device::Cpu)?
        .f_to_kind(Kind::Double)?
        .f_contiguous()?;
    let mut data = vec![0.0; host.numel()];
    host.f_copy_data(&mut data, host.numel())?;
    Ok(data)
}

/// Statistics over the finite elements, one copy to the host.
pub fn summary(tensor: &Tensor) -> Result<Summary> {
    let wide = tensor.f_to_kind(Kind::Double)?;
    let finite = wide.f_isfinite()?;
    let kept = wide.f_masked_select(&finite)?;
    let count = tensor.numel();
    let nan = wide.f_isnan()?.f_sum(Kind::Double)?.f_double_value(&[])? as usize;
    if kept.numel() == 0 {
        let none = f64::NAN;
        return Ok(Summary {
            count,
            min: none,
            max: none,
            mean: none,
            std: none,
            l2: none,
            nan,
            inf: count - nan,
        });
    }
    let mean = kept.f_mean(None)?;
    let numbers = Tensor::f_stack(
        &[
            kept.f_min()?,
            kept.f_max()?,
            mean.shallow_clone(),
            kept.f_sub(&mean)?.f_square()?.f_mean(None)?.f_sqrt()?,
            kept.f_square()?.f_sum(None)?.f_sqrt()?,
        ],
        0,
    )?;
    let numbers = to_f64(&numbers)?;
    Ok(Summary {
        count,
        min: numbers[0],
        max: numbers[1],
        mean: numbers[2],
        std: numbers[3],
        l2: numbers[4],
        nan,
        inf: count - kept.numel() - nan,
    })
}

/// Each head as a picture of at most `rows`×`cols`, `[head, rows, cols]`: a cell is the element of
/// largest magnitude it covers. Masked places (−∞) count as nothing.
pub fn heads(tensor: &Tensor, head_axis: usize, rows: usize, cols: usize) -> Result<Values> {
    let pictures = tensor
        .f_movedim_int(head_axis as i64, 0)?
        .f_to_kind(Kind::Float)?; // [head, r, c]
    let masked = pictures.f_eq(f64::NEG_INFINITY)?;
    let pictures = pictures.f_masked_fill(&masked, 0.0)?;
    let size = pictures.size();
    let shape = [
        size[1].min(rows.max(1) as i64),
        size[2].min(cols.max(1) as i64),
    ];
    let (high, _) = pictures.f_adaptive_max_pool2d(shape)?;
    let (low, _) = pictures.f_neg()?.f_adaptive_max_pool2d(shape)?;
    let pooled = high.f_where_self(&high.f_ge_tensor(&low)?, &low.f_neg()?)?;
    Ok(Values {
        shape: pooled.size().iter().map(|&n| n as usize).collect(),
        data: to_f64(&pooled)?,
    })
}

/// A copy in host memory.
pub fn host(tensor: &Tensor, dtype: Dtype) -> Result<HostTensor<'static>> {
    let host = tensor.f_to_device(Device::Cpu)?.f_contiguous()?;
    let shape = host.size().iter().map(|&n| n as usize).collect();
    let len = host.numel() * dtype.size();
    // SAFETY: a contiguous tensor on the CPU owns this many bytes at data_ptr while `host` lives.
    let bytes = unsafe { std::slice::from_raw_parts(host.data_ptr() as *const u8, len) };
    let bytes = if len == 0 { Vec::new() } else { bytes.to_vec() };
    Ok(HostTensor {
        dtype,
        shape,
        bytes: Cow::Owned(bytes),
    })
}
