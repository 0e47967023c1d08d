//! Lenses from files: a linear map for each place of the residual stream, which is applied before the unembedding
//! reads it.
//!
//! A file is safetensors. Its maps go by the hook points they are of, `blocks.3.hook_resid_pre.weight`
//! `[d_model, d_model]` and, optionally, `.bias` `[d_model]`. Its metadata says the kind and the model it was
//! fitted on. `python -m layerwise_record.lenses` writes such files.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::SafeTensors;
use safetensors::tensor::TensorInfo;
use serde::{Deserialize, Serialize};

use super::hook;
use super::model_hash::{ModelHash, SameModel};
use super::plan::Plan;
use super::printable::printable;
use super::source::ModelInfo;
use super::tensor::{Dtype, HostTensor};

/// The version of the layout that this program reads.
const VERSION: &str = "1";

/// The way in which a lens reads the residual stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LensKind {
    /// An affine translator for each layer, trained to say what the model says at its end: `h + W·h + b`
    /// (Belrose et al. 2023).
    Tuned,
    /// The mean derivative of the last residual by the one at a layer, over prompts: `J·h + b`.
    Jacobian,
}

impl fmt::Display for LensKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            LensKind::Tuned => "tuned lens",
            LensKind::Jacobian => "Jacobian lens",
        })
    }
}

/// The description of a lens that is in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LensInfo {
    pub kind: LensKind,
    pub path: PathBuf,
    /// The model that it was fitted on, by name.
    pub model: String,
    /// A reason to doubt what it says: it was fitted on another model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl fmt::Display for LensInfo {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.model)
    }
}

/// The reason why a file is no lens, or not one for this model.
#[derive(Debug, thiserror::Error)]
pub enum LensError {
    #[error("cannot open {}: {error}", path.display())]
    Open { path: PathBuf, error: io::Error },
    #[error("{}: it is not a whole safetensors file: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error(
        "{}: its metadata has no `{field}`: `python -m layerwise_record.lenses` writes lenses for this program",
        path.display()
    )]
    Missing { path: PathBuf, field: &'static str },
    #[error("{}: `{field}` of its metadata is {found:?}: {due}", path.display())]
    Field {
        path: PathBuf,
        field: &'static str,
        found: String,
        due: &'static str,
    },
    #[error("{}: the tensor {tensor}: {why}", path.display())]
    Tensor {
        path: PathBuf,
        tensor: String,
        why: String,
    },
    #[error("{}: it has no map", path.display())]
    Empty { path: PathBuf },
    /// Shapes do not fit, so that it cannot be used at all.
    #[error("{}: a {kind} of {model} does not fit this model: {differs}", path.display())]
    OtherShapes {
        path: PathBuf,
        kind: LensKind,
        model: String,
        differs: String,
    },
}

/// A lens in a mapped file.
pub struct LensFile {
    pub kind: LensKind,
    pub path: PathBuf,
    pub model: String,
    pub hash: ModelHash,
    d_model: usize,
    layers: usize,
    map: Mmap,
    /// Where the tensors' bytes begin.
    data: usize,
    tensors: BTreeMap<String, TensorInfo>,
}

/// The map of one place: its weight `[d_model, d_model]`, applied as `W·h`, and its bias `[d_model]`.
pub struct AffineMap<'a> {
    pub weight: HostTensor<'a>,
    pub bias: Option<HostTensor<'a>>,
}

impl LensFile {
    /// Open a lens and check every number of it. Other programs must not write to the file while it is in use.
    ///
    /// # Errors
    /// It is no lens that this program reads.
    pub fn open(path: &Path) -> Result<LensFile, LensError> {
        let open = |error| LensError::Open {
            path: path.to_owned(),
            error,
        };
        // The kind is checked before opening: opening a pipe would wait for a writer.
        if !std::fs::metadata(path).map_err(open)?.is_file() {
            return Err(open(io::Error::other("it is not an ordinary file")));
        }
        let file = File::open(path).map_err(open)?;
        // SAFETY: the mapping is private to this value and read only through bounds-checked slices of plain bytes.
        let map = unsafe { Mmap::map(&file) }.map_err(open)?;
        let damaged = |why: String| LensError::Damaged {
            path: path.to_owned(),
            why: printable(&why),
        };
        let (n, header) = SafeTensors::read_metadata(&map).map_err(|e| damaged(e.to_string()))?;
        let fields = Fields {
            path,
            given: header.metadata().clone().unwrap_or_default(),
        };
        if fields.text("layerwise_lens")? != VERSION {
            return Err(fields.wrong("layerwise_lens", "this program reads version 1"));
        }
        let kind = match fields.text("kind")? {
            "tuned" => LensKind::Tuned,
            "jacobian" => LensKind::Jacobian,
            _ => return Err(fields.wrong("kind", "tuned and jacobian are known")),
        };
        let tensors = header.tensors().into_iter();
        let lens = LensFile {
            kind,
            path: path.to_owned(),
            model: printable(fields.text("model")?),
            hash: ModelHash::from(fields.given.get("model_hash").cloned().unwrap_or_default()),
            d_model: fields.count("d_model")?,
            layers: fields.count("layers")?,
            data: 8 + n,
            tensors: tensors.map(|(name, info)| (name, info.clone())).collect(),
            map,
        };
        lens.check()?;
        Ok(lens)
    }

    /// The map of the place of this name.
    pub fn at(&self, point: &str) -> Option<AffineMap<'_>> {
        let tensor = |part: &str| self.tensor(&format!("{point}.{part}")).ok();
        Some(AffineMap {
            weight: tensor("weight")?,
            bias: tensor("bias"),
        })
    }

    /// The names of the places that have a map.
    pub fn points(&self) -> impl Iterator<Item = &str> {
        self.tensors
            .keys()
            .filter_map(|name| name.strip_suffix(".weight"))
    }

    /// Whether the shapes are those of a model.
    ///
    /// # Errors
    /// The ways in which they differ.
    pub fn fits(&self, model: &ModelInfo, plan: &Plan) -> Result<(), LensError> {
        let mut differs = Vec::new();
        for (what, own, due) in [
            ("d_model", self.d_model, model.d_model),
            ("number of layers", self.layers, model.n_layers),
        ] {
            if own != due {
                differs.push(format!("its {what} is {own}, this model's is {due}"));
            }
        }
        let unknown = |name: &&str| {
            let at = plan.position(name);
            !at.is_some_and(|at| plan.is_residual(at))
        };
        if differs.is_empty()
            && let Some(name) = self.points().find(unknown)
        {
            let name = hook::short(name);
            differs.push(format!("no residual stream stands at {name} in it"));
        }
        if differs.is_empty() {
            return Ok(());
        }
        Err(LensError::OtherShapes {
            path: self.path.clone(),
            kind: self.kind,
            model: self.model.clone(),
            differs: differs.join(", "),
        })
    }

    /// The description of this lens on a model; `same` says whether its files are those that it was fitted on.
    pub fn info(&self, model: &ModelInfo, same: SameModel) -> LensInfo {
        let (path, own, here) = (self.path.display(), &self.model, &model.name);
        let why = match same.known() {
            Some(true) => None,
            Some(false) => Some("the files of the models differ"),
            None if base(own) == base(here) => None,
            None => Some("their names differ"),
        };
        let warning = why.map(|why| {
            format!(
                "the {} {path} was fitted on another model, {own}, and this one is {here}: {why}",
                self.kind
            )
        });
        LensInfo {
            kind: self.kind,
            path: self.path.clone(),
            model: own.clone(),
            warning,
        }
    }

    fn wrong(&self, tensor: &str, why: String) -> LensError {
        LensError::Tensor {
            path: self.path.clone(),
            tensor: printable(tensor),
            why,
        }
    }

    /// A tensor of the file, whose bytes lie within it as the header's reader has checked.
    fn tensor(&self, name: &str) -> Result<HostTensor<'_>, LensError> {
        let info = (self.tensors.get(name))
            .ok_or_else(|| self.wrong(name, "the file does not have it".into()))?;
        let dtype = match info.dtype {
            safetensors::Dtype::F64 => Dtype::F64,
            safetensors::Dtype::F32 => Dtype::F32,
            safetensors::Dtype::F16 => Dtype::F16,
            safetensors::Dtype::BF16 => Dtype::BF16,
            found => {
                let why = format!("it is {found:?}, not F64, F32, F16 or BF16");
                return Err(self.wrong(name, why));
            }
        };
        let (start, end) = info.data_offsets;
        let bytes = self.map.get(self.data + start..self.data + end);
        let bytes = bytes.ok_or_else(|| self.wrong(name, "the file ends in it".into()))?;
        Ok(HostTensor {
            dtype,
            shape: info.shape.clone(),
            bytes: bytes.into(),
        })
    }

    /// Check the name, type, shape and numbers of every tensor.
    fn check(&self) -> Result<(), LensError> {
        for name in self.tensors.keys() {
            let (point, due) = match (name.strip_suffix(".weight"), name.strip_suffix(".bias")) {
                (Some(point), _) => (point, vec![self.d_model; 2]),
                (_, Some(point)) => (point, vec![self.d_model]),
                _ => {
                    let why = "tensors are named POINT.weight and POINT.bias".into();
                    return Err(self.wrong(name, why));
                }
            };
            if !self.tensors.contains_key(&format!("{point}.weight")) {
                return Err(self.wrong(name, "there is a bias and no weight".into()));
            }
            let tensor = self.tensor(name)?;
            if tensor.shape != due {
                let why = format!(
                    "its shape is {:?}, and d_model makes it {due:?}",
                    tensor.shape
                );
                return Err(self.wrong(name, why));
            }
            let mut bad = None;
            tensor.for_each_block(|start, block| {
                let found = block.iter().position(|x| !x.is_finite());
                bad = bad.or(found.map(|i| (start + i, block[i])));
            });
            if let Some((at, x)) = bad {
                return Err(self.wrong(name, format!("its element {at} is {x}")));
            }
        }
        if self.points().next().is_none() {
            let path = self.path.clone();
            return Err(LensError::Empty { path });
        }
        Ok(())
    }
}

/// The last part of a model's name, without which folders and hub names of one model would differ.
fn base(name: &str) -> String {
    let name = name.trim_end_matches('/');
    let name = name.rsplit('/').next().unwrap_or(name);
    name.to_lowercase()
}

/// The metadata of a file.
struct Fields<'a> {
    path: &'a Path,
    given: HashMap<String, String>,
}

impl Fields<'_> {
    fn text(&self, field: &'static str) -> Result<&str, LensError> {
        let found = self.given.get(field).map(String::as_str);
        found.ok_or_else(|| LensError::Missing {
            path: self.path.to_owned(),
            field,
        })
    }

    fn count(&self, field: &'static str) -> Result<usize, LensError> {
        let found = self.text(field)?.parse().ok();
        found.ok_or_else(|| self.wrong(field, "a whole number is due"))
    }

    fn wrong(&self, field: &'static str, due: &'static str) -> LensError {
        LensError::Field {
            path: self.path.to_owned(),
            field,
            found: printable(self.given.get(field).map_or("", String::as_str)),
            due,
        }
    }
}
