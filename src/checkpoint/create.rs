//! A new model's folder: which tensors its config asks for, and writing its files.

use std::io::Write;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use super::config::Config;
use super::error::CheckpointError;
use super::families;
use super::folder::{CONFIG, TOKENIZER, WEIGHTS};
use super::{Param, Role, binding};
use crate::trace::whole::WholeFile;

/// A tensor in a model's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub name: String,
    /// As stored.
    pub shape: Vec<usize>,
    /// What it does; the first of several that share it.
    pub role: Role,
    pub param: Param,
    /// Length of the axis that its input runs along; 1 for a vector.
    pub inputs: usize,
}

impl Slot {
    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Every tensor of a model with this `config.json`, each once, in the order of execution.
///
/// # Errors
/// As [`super::Checkpoint::open`] for a config; `path` is the name they give it.
pub fn slots(path: &Path, config: &[u8]) -> Result<Vec<Slot>, CheckpointError> {
    let model = families::read(Config::parse(path, config)?)?;
    let arch = &model.arch;
    let mut slots: Vec<Slot> = Vec::new();
    for block in std::iter::once(None).chain((0..arch.n_layers).map(Some)) {
        for name in &model.names {
            if name.role.in_block() != block.is_some() {
                continue;
            }
            let full = name.full(block);
            // Tied embeddings, and the roles that share a fused tensor.
            if slots.iter().any(|slot| slot.name == full) {
                continue;
            }
            let shape = name.role.shape(arch, name.param);
            slots.push(Slot {
                name: full,
                shape: binding::stored_shape(arch, name),
                role: name.role,
                param: name.param,
                inputs: shape.get(1).copied().unwrap_or(1),
            });
        }
    }
    Ok(slots)
}

/// Write `config.json` and `tokenizer.json` into the folder `dir`, each whole or not at all.
///
/// # Errors
/// [`CheckpointError::Io`] naming the file.
pub fn write_description(
    dir: &Path,
    config: &[u8],
    tokenizer: &[u8],
) -> Result<(), CheckpointError> {
    write_file(&dir.join(CONFIG), config)?;
    write_file(&dir.join(TOKENIZER), tokenizer)
}

/// Write `model.safetensors` into the folder `dir`, whole or not at all. `values` are those of all
/// `slots`, one after the other.
///
/// # Errors
/// [`CheckpointError::Io`] naming the file.
pub fn write_weights(dir: &Path, slots: &[Slot], values: &[f32]) -> Result<(), CheckpointError> {
    let path = dir.join(WEIGHTS);
    let problem = |e: safetensors::SafeTensorError| CheckpointError::Weights {
        path: path.clone(),
        problem: e.to_string(),
    };
    let bytes = le_bytes(values);
    let mut tensors = Vec::new();
    let mut start = 0;
    for slot in slots {
        let end = start + slot.numel() * size_of::<f32>();
        let data = bytes.get(start..end).unwrap_or_default();
        let view = TensorView::new(Dtype::F32, slot.shape.clone(), data).map_err(problem)?;
        tensors.push((slot.name.as_str(), view));
        start = end;
    }
    let file = safetensors::serialize(tensors, None).map_err(problem)?;
    write_file(&path, &file)
}

/// The bytes of `values` as safetensors wants them.
pub fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Write a file whole or not at all.
///
/// # Errors
/// [`CheckpointError::Io`] naming it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let write = || {
        let whole = WholeFile::create(path)?;
        whole.file().write_all(bytes)?;
        whole.finish()
    };
    write().map_err(|error| CheckpointError::Io {
        path: path.to_owned(),
        error,
    })
}
