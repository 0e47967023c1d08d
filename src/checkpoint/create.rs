//! A new model's folder: which tensors its config asks for, and writing its files.

use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};

use super::config::Config;
use super::error::CheckpointError;
use super::families;
use super::families::Name;
use super::lookup::Shapes;
use super::ties;
use crate::graph::Graph;
use crate::graph::role::{Param, Role};
use crate::trace::atomic_file::AtomicFile;

pub use super::folder::{CONFIG, TOKENIZER, WEIGHTS};

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

/// Every tensor of a model with this `config.json`, each once, sorted by name: where a tensor's random
/// numbers and a training run's state lie must not depend on how a family's table is written.
///
/// # Errors
/// As [`super::Checkpoint::open`] for a config; `path` is the name they give it.
pub fn slots(path: &Path, config: &[u8]) -> Result<Vec<Slot>, CheckpointError> {
    let mut model = families::read(Config::parse(path, config)?)?;
    ties::resolve(&mut model, &mut []);
    let graph = Graph::new(&model.arch);
    let mut slots: Vec<Slot> = Vec::new();
    for layer in graph.layers() {
        let shapes = Shapes {
            graph: &graph,
            layer,
        };
        for weight in graph.weights(layer) {
            let own = |name: &&Name| (name.role, name.param) == (weight.role, weight.param);
            let Some(name) = model.names.iter().find(own) else {
                continue;
            };
            let full = name.full(layer);
            // Tied embeddings, and the roles that share a fused tensor.
            if slots.iter().any(|slot| slot.name == full) {
                continue;
            }
            slots.push(Slot {
                name: full,
                shape: shapes.stored(name),
                role: name.role,
                param: name.param,
                inputs: weight.shape.get(1).copied().unwrap_or(1),
            });
        }
    }
    slots.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(slots)
}

/// The bytes of `model.safetensors`. `values` are those of all `slots`, one after the other.
///
/// # Errors
/// There are too few values.
pub fn weights(slots: &[Slot], values: &[f32]) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let bytes = le_bytes(values);
    let mut tensors = Vec::new();
    let mut start = 0;
    for slot in slots {
        let end = start + slot.numel() * size_of::<f32>();
        let data = bytes.get(start..end).unwrap_or_default();
        let view = TensorView::new(Dtype::F32, slot.shape.clone(), data)?;
        tensors.push((slot.name.as_str(), view));
        start = end;
    }
    safetensors::serialize(tensors, None)
}

/// The bytes of `values` as safetensors wants them.
pub fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Files that lie on the disk, whole, and wait for their names: a full disk is known before any old
/// file is replaced.
pub struct Staged(Vec<(PathBuf, AtomicFile)>);

impl Staged {
    /// Write files that are to stand at these paths.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] naming the one that cannot be written; all are as they were.
    pub fn write(files: &[(PathBuf, &[u8])]) -> Result<Staged, CheckpointError> {
        let staged = files.iter().map(|(path, bytes)| {
            let write = || {
                let whole = AtomicFile::create(path)?;
                whole.file().write_all(bytes)?;
                whole.file().sync_all()?;
                Ok(whole)
            };
            let whole = write().map_err(|error| CheckpointError::io(path, error))?;
            Ok((path.clone(), whole))
        });
        Ok(Staged(staged.collect::<Result<_, _>>()?))
    }

    /// Put each in its place, in the order given.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] naming the one that cannot be renamed.
    pub fn commit(self) -> Result<(), CheckpointError> {
        for (path, whole) in self.0 {
            let done = whole.finish();
            done.map_err(|error| CheckpointError::io(&path, error))?;
        }
        Ok(())
    }
}
