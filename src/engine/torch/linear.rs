//! Linear maps and tables, and the forms in which their weights are stored.

use std::sync::LazyLock;

use tch::{Device, Kind, Tensor};

use super::Result;
use super::blocks::InBlocks;
use super::packed::Packed;

/// The largest number of rows whose product is limited by reading the weights.
const FEW_ROWS: i64 = 8;
/// The number of rows from which oneDNN's products are faster than those of libtorch's BLAS.
const MANY_ROWS: i64 = 24;
/// The ratio of outputs to inputs from which oneDNN's products are faster for fewer rows too, as in an
/// unembedding.
const MANY_OUTPUTS: i64 = 8;
/// Elements of a product that oneDNN computes at once; a larger one is computed by parts of its rows.
const MOST_AT_ONCE: i64 = 1 << 23;
const ROWS_AT_ONCE: i64 = 128;

/// libtorch's BLAS on x86 is Intel's MKL.
static BLAS_IS_FAST: LazyLock<bool> = LazyLock::new(is_intel);

#[cfg(target_arch = "x86_64")]
fn is_intel() -> bool {
    // The vendor's name is in EBX, EDX and ECX of leaf 0 (Intel 64 and IA-32 Architectures Software Developer's
    // Manual, volume 2, CPUID).
    let leaf = std::arch::x86_64::__cpuid(0);
    let name = [leaf.ebx, leaf.edx, leaf.ecx].map(u32::to_le_bytes);
    name.concat() == b"GenuineIntel"
}

#[cfg(not(target_arch = "x86_64"))]
fn is_intel() -> bool {
    false
}

/// `x · weightᵀ + bias`. `[token, in]` → `[token, out]`
///
/// The shapes alone decide how the product is computed, so that a value has the same bits whoever asks for
/// it. In f32 libtorch calls a BLAS that is fast on Intel's processors; on others it is slow for few rows, and for
/// many.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let single = x.kind() == Kind::Float && weight.kind() == Kind::Float;
    let learns = [Some(x), Some(weight), bias].into_iter().flatten();
    let plain = !single || x.device() != Device::Cpu || *BLAS_IS_FAST;
    if plain || learns.into_iter().any(Tensor::requires_grad) {
        return Ok(x.f_linear(weight, bias)?);
    }
    let &[outputs, inputs] = &weight.size()[..] else {
        return Ok(x.f_linear(weight, bias)?);
    };
    let rows = x.numel() as i64 / inputs.max(1);
    if rows <= FEW_ROWS && weight.is_contiguous() {
        from_the_left(x, weight, bias)
    } else if rows >= MANY_ROWS || outputs >= MANY_OUTPUTS * inputs {
        by_onednn(x, weight, bias)
    } else {
        Ok(x.f_linear(weight, bias)?)
    }
}

/// A linear map by oneDNN, or by BLAS in a libtorch without it. `[token, in]` → `[token, out]`
fn by_onednn(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    static THERE: LazyLock<bool> = LazyLock::new(|| {
        let one = Tensor::f_ones([1, 1], (Kind::Float, Device::Cpu));
        let product = one.and_then(|one| {
            let none: Option<&Tensor> = None;
            one.f_to_mkldnn(None)?.f_mkldnn_linear(&one, none)
        });
        product.is_ok()
    });
    if !*THERE {
        return Ok(x.f_linear(weight, bias)?);
    }
    // oneDNN reads a bias as if it were contiguous.
    let bias = bias.map(Tensor::f_contiguous).transpose()?;
    let product = |x: &Tensor| -> Result<Tensor> {
        let product = x.f_to_mkldnn(None)?;
        let product = product.f_mkldnn_linear(weight, bias.as_ref())?;
        Ok(product.f_to_dense(None, false)?)
    };
    let (rows, outputs) = (x.numel() as i64 / weight.size()[1].max(1), weight.size()[0]);
    if x.dim() != 2 || rows * outputs <= MOST_AT_ONCE {
        return product(x);
    }
    // oneDNN has its own copy of what it returns, which for the logits of a long prompt is too large to have twice.
    let all = Tensor::f_empty([rows, outputs], (x.kind(), x.device()))?; // [token, out]
    for first in (0..rows).step_by(ROWS_AT_ONCE as usize) {
        let count = ROWS_AT_ONCE.min(rows - first);
        let mut part = all.f_narrow(0, first, count)?;
        part.f_copy_(&product(&x.f_narrow(0, first, count)?)?)?;
    }
    Ok(all)
}

/// A linear map computed as `(weight · xᵀ)ᵀ`: with few rows, BLAS then reads the weights in the order of
/// memory. `[token, in]` → `[token, out]`
fn from_the_left(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let shape = [&x.size()[..x.dim() - 1], &weight.size()[..1]].concat();
    let rows = x.f_reshape([-1, weight.size()[1]])?; // [token, in]
    let n = rows.size()[0];
    // BLAS multiplies a matrix and a single vector more slowly than a matrix and two rows.
    let rows = if n == 1 { rows.f_repeat([2, 1])? } else { rows };
    let product = weight.f_mm(&rows.f_transpose(0, 1)?)?; // [out, token]
    let product = product.f_transpose(0, 1)?.f_narrow(0, 0, n)?;
    let product = product.f_contiguous()?.f_view(&shape[..])?; // [token, out]
    match bias {
        Some(bias) => Ok(product.f_add(bias)?),
        None => Ok(product),
    }
}

/// The rows of `table` that `ids` name, in the kind of the pass, on the device of `ids`. The table may be on
/// another device: it is the largest matrix of many models, and few of its rows are read. `[token]` →
/// `[token, d]`
pub fn look_up(table: &Tensor, ids: &Tensor, kind: Kind) -> Result<Tensor> {
    let rows = Tensor::f_embedding(table, &ids.f_to_device(table.device())?, -1, false, false)?;
    Ok(rows.f_to_device(ids.device())?.f_to_kind(kind)?)
}

/// `x · factor`. The factor is rounded to x's dtype first, as when the models were trained.
pub fn times(x: Tensor, factor: f64) -> Result<Tensor> {
    if factor == 1.0 {
        return Ok(x);
    }
    Ok(x.f_mul(&Tensor::from(factor).f_to_kind(x.kind())?)?)
}

/// `cap · tanh(x / cap)`, or `x` without a cap.
pub fn capped(x: Tensor, cap: Option<f64>) -> Result<Tensor> {
    match cap {
        Some(cap) => Ok(x.f_div_scalar(cap)?.f_tanh()?.f_mul_scalar(cap)?),
        None => Ok(x),
    }
}

/// `x` within ± `clip`, or `x` without one.
pub fn clipped(x: Tensor, clip: Option<f64>) -> Result<Tensor> {
    match clip {
        Some(clip) => Ok(x.f_clamp(-clip, clip)?),
        None => Ok(x),
    }
}

/// Rows split into heads. `[token, head · d_head]` → `[token, head, d_head]`
pub fn split_heads(x: &Tensor, n_heads: i64) -> Result<Tensor> {
    Ok(x.f_unflatten(-1, [n_heads, -1])?)
}

/// A tensor in the form it is stored in: plain numbers, or codes that are multiplied out when needed.
pub enum Stored {
    Numbers(Tensor),
    Packed(Packed),
    InBlocks(InBlocks),
}

impl Stored {
    pub fn to_device(&self, device: Device) -> Result<Stored> {
        Ok(match self {
            Stored::Numbers(numbers) => Stored::Numbers(numbers.f_to_device(device)?),
            Stored::Packed(packed) => Stored::Packed(packed.to_device(device)?),
            Stored::InBlocks(blocks) => Stored::InBlocks(blocks.to_device(device)),
        })
    }

    /// The numbers, in their stored dtype; codes are multiplied out to float32.
    pub fn numbers(&self) -> Result<Tensor> {
        match self {
            Stored::Numbers(numbers) => Ok(numbers.shallow_clone()),
            Stored::Packed(packed) => packed.values(),
            Stored::InBlocks(blocks) => blocks.values(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_that_is_not_contiguous_is_read_element_by_element() {
        let numbers = |shape: [i64; 2]| Tensor::randn(shape, (Kind::Float, Device::Cpu));
        let (x, weight) = (numbers([MANY_ROWS, 6]), numbers([4, 6]));
        let bias = numbers([4, 2]).select(1, 1); // every second number
        let found = by_onednn(&x, &weight, Some(&bias)).unwrap();
        let due = x.matmul(&weight.transpose(0, 1)) + bias.contiguous();
        assert!((found - due).abs().max().double_value(&[]) < 1e-5);
    }
}
