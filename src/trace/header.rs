//! The fault in a safetensors header whose reader does not name the tensor.

use safetensors::tensor::TensorInfo;
use serde_json::{Map, Value};

/// The first tensor of `header` with a wrong description, and the reason.
pub fn fault(header: &[u8]) -> Option<(String, String)> {
    let tensors: Map<String, Value> = serde_json::from_slice(header).ok()?;
    let tensors = tensors
        .into_iter()
        .filter(|(name, _)| name != "__metadata__");
    tensors.into_iter().find_map(|(name, info)| {
        let why = match serde_json::from_value(info) {
            Ok(info) => misfit(&info)?,
            Err(e) => e.to_string(),
        };
        Some((name, why))
    })
}

/// The reason why a tensor's bytes cannot have its shape; `None` if they can.
fn misfit(info: &TensorInfo) -> Option<String> {
    let (shape, (start, end)) = (&info.shape, info.data_offsets);
    let bits = (shape.iter()).try_fold(info.dtype.bitsize(), |bits, &n| bits.checked_mul(n));
    let Some(bits) = bits else {
        return Some(format!("shape {shape:?} is too large"));
    };
    let (due, dtype) = (bits.div_ceil(8), info.dtype);
    match end.checked_sub(start) {
        None => Some(format!(
            "data_offsets [{start}, {end}] end before they begin"
        )),
        Some(found) if found != due => Some(format!(
            "shape {shape:?} of {dtype:?} takes {due} bytes, but data_offsets [{start}, {end}] hold {found}"
        )),
        Some(_) => None,
    }
}
