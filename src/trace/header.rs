//! What is wrong with a safetensors header whose reader does not say of which tensor.

use safetensors::tensor::TensorInfo;
use serde_json::{Map, Value};

/// The first tensor of `header` whose description does not hold, and why not.
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

/// Why the bytes of a tensor cannot be those of its shape.
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
