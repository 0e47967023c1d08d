//! Directions from safetensors files.

use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;

use crate::trace::hook as names;
use crate::trace::intervention::{Intervention, is_position};
use crate::trace::plan::HookPoint;
use crate::trace::source::SourceError;
use crate::trace::tensor::{Dtype, HostTensor, Pick};

/// The largest file of prompts or directions, in bytes.
const LARGEST: u64 = 1 << 30;

type Result<T, E = SourceError> = std::result::Result<T, E>;

/// A direction from a file with axes of length 1 where the slice takes one index. Its shape is that of the
/// last axes of what changes.
pub(super) fn fitted(
    one: &Intervention,
    hook: &HookPoint,
    tensor: &HostTensor<'static>,
    path: &Path,
) -> Result<HostTensor<'static>> {
    let ranges = one.ranges(&hook.axes, &hook.shape)?;
    let lone = |axis: usize| matches!(one.slice.0.get(axis), Some(Pick::At(_)));
    let axes: Vec<usize> = (0..ranges.len()).filter(|axis| !lone(*axis)).collect();
    let due: Vec<usize> = axes.iter().map(|axis| ranges[*axis].len()).collect();
    if tensor.shape.is_empty() || !due.ends_with(&tensor.shape) {
        let rows = axes.iter().zip(&due);
        let rows = rows.filter(|(axis, _)| !is_position(hook.axes[**axis]));
        let row: Vec<usize> = rows.map(|(_, n)| *n).collect();
        let (file, name, found) = (path.display(), names::short(&hook.name), &tensor.shape);
        let why = format!(
            "{file} holds a direction of shape {found:?}; what changes of {name} has shape {due:?}, and a direction \
             for each of its rows {row:?}"
        );
        return Err(SourceError::Slice(why));
    }
    let first = axes[axes.len() - tensor.shape.len()];
    Ok(HostTensor {
        shape: ranges[first..].iter().map(ExactSizeIterator::len).collect(),
        ..tensor.clone()
    })
}

/// A tensor of a safetensors file; the only one, if none is named.
pub(super) fn read_tensor(path: &Path, name: Option<&str>) -> Result<HostTensor<'static>> {
    let bytes = read(path)?;
    let file = path.display();
    let other = |why: String| SourceError::Other(format!("{file}: {why}"));
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|why| other(format!("it is not a whole safetensors file: {why}")))?;
    let mut all: Vec<&str> = tensors.names();
    all.sort_unstable();
    let name = match (name, &all[..]) {
        (Some(name), all) if all.contains(&name) => name,
        (Some(name), all) => {
            let near = all.iter().min_by_key(|one| strsim::levenshtein(one, name));
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(other(format!("it has no tensor {name}{near}")));
        }
        (None, [one]) => one,
        (None, []) => return Err(other("it has no tensor".into())),
        (None, all) => {
            let some: Vec<&str> = all.iter().take(8).copied().collect();
            let (some, n) = (some.join(", "), all.len());
            return Err(other(format!(
                "name one of its {n} tensors as FILE:TENSOR: {some}"
            )));
        }
    };
    let view = tensors.tensor(name).map_err(|why| other(why.to_string()))?;
    let dtype = match view.dtype() {
        safetensors::Dtype::F64 => Dtype::F64,
        safetensors::Dtype::F32 => Dtype::F32,
        safetensors::Dtype::F16 => Dtype::F16,
        safetensors::Dtype::BF16 => Dtype::BF16,
        found => {
            return Err(other(format!(
                "{name} is {found:?}, not f64, f32, f16 or bf16"
            )));
        }
    };
    Ok(HostTensor {
        dtype,
        shape: view.shape().to_vec(),
        bytes: view.data().to_vec().into(),
    })
}

/// The bytes of an ordinary file of no unusual size.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |why: String| SourceError::Other(format!("cannot read {}: {why}", path.display()));
    // The kind is checked before opening: opening a pipe would wait for a writer.
    let kind = std::fs::metadata(path).map_err(|why| failed(why.to_string()))?;
    if !kind.is_file() {
        return Err(failed("it is not an ordinary file".into()));
    }
    if kind.len() > LARGEST {
        return Err(failed(format!(
            "it has {} bytes, more than {LARGEST}",
            kind.len()
        )));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|why| failed(why.to_string()))?;
    let read = file.take(LARGEST).read_to_end(&mut bytes);
    read.map_err(|why| failed(why.to_string()))?;
    Ok(bytes)
}
