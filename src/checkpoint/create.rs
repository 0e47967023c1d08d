//! The folder of a new model: the tensors that its config asks for, and writing its files.

use std::collections::{BTreeMap, HashMap};
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
    /// The shape as stored.
    pub shape: Vec<usize>,
    /// The tensor's purpose; the first one if several roles share it.
    pub role: Role,
    pub param: Param,
    /// The length of the input axis; 1 for a vector.
    pub inputs: usize,
}

impl Slot {
    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Every tensor of a model with this `config.json`, once each, sorted by name. The sorting keeps a tensor's
/// random numbers and a training run's state independent of the order of a family's table.
///
/// # Errors
/// The errors of [`super::Checkpoint::open`] for a config; `path` is the name that they give it.
pub fn slots(path: &Path, config: &[u8]) -> Result<Vec<Slot>, CheckpointError> {
    let mut model = families::read(Config::parse(path, config)?)?;
    ties::resolve(&mut model, &mut []);
    let graph = Graph::new(&model.arch);
    let by_place = model.names.iter().rev();
    let by_place = by_place.map(|name| ((name.role, name.param), name));
    let by_place: HashMap<_, &Name> = by_place.collect();
    let mut slots = BTreeMap::new();
    for layer in graph.layers() {
        let shapes = Shapes {
            graph: &graph,
            layer,
        };
        for weight in graph.weights(layer) {
            let Some(name) = by_place.get(&(weight.role, weight.param)) else {
                continue;
            };
            // Tied embeddings, and roles that share a fused tensor, name one tensor twice.
            let slot = slots.entry(name.full(layer));
            slot.or_insert_with_key(|full| Slot {
                name: full.clone(),
                shape: whole(name, shapes.stored(name)),
                role: name.role,
                param: name.param,
                inputs: weight.shape.get(1).copied().unwrap_or(1),
            });
        }
    }
    Ok(slots.into_values().collect())
}

/// The shape of a tensor that stacks or joins several members of this shape.
fn whole(name: &Name, mut shape: Vec<usize>) -> Vec<usize> {
    let members = name.stack.filter(|_| name.role.member().is_some());
    match members {
        Some(members) if name.joined => shape[0] *= members,
        Some(members) => shape.insert(0, members),
        None => {}
    }
    shape
}

/// The bytes of `model.safetensors`. `values` are the elements of all `slots`, one after the other.
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

/// The bytes of `values` in safetensors' order.
pub fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Files that are complete on the disk but not yet renamed. A full disk is found before any old file is
/// replaced.
pub struct Staged(Vec<(PathBuf, AtomicFile)>);

impl Staged {
    /// Write files that will get these paths.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] naming the file that cannot be written; all old files stay.
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

    /// Rename each file to its path, in the given order.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] naming the file that cannot be renamed.
    pub fn commit(self) -> Result<(), CheckpointError> {
        for (path, whole) in self.0 {
            let done = whole.finish();
            done.map_err(|error| CheckpointError::io(&path, error))?;
        }
        Ok(())
    }
}
