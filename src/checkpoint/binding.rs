//! Which tensor of which file is which weight, looked up and checked once, when a model is opened.

use std::collections::HashMap;
use std::ops::Range;

use super::arch::Arch;
use super::encoding::Encoding;
use super::error::CheckpointError;
use super::families::{Layout, Model, Name, OLDER_ENDS, PREFIXES};
use super::quantisation;
use super::scales::{self, BoundScales};
use super::weights::{Change, Shard, Stored};
use super::{Param, Part, Role};

/// A block's number (`None` outside of blocks) and what the weight does there.
pub(super) type Key = (Option<usize>, Role, Param);

/// A weight found and checked.
pub(super) struct Bound {
    pub shard: usize,
    pub name: String,
    pub encoding: Encoding,
    pub shape: Vec<usize>,
    /// Within its file.
    pub range: Range<usize>,
    pub scales: Option<BoundScales>,
    pub change: Change,
    pub transposed: bool,
    pub part: Option<Part>,
}

impl Bound {
    /// The tensors that hold it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let scales = self.scales.iter().map(|scales| scales.name.as_str());
        std::iter::once(self.name.as_str()).chain(scales)
    }

    /// Their files and where they lie in them.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, &Range<usize>)> {
        let scales = self
            .scales
            .iter()
            .map(|scales| (scales.shard, &scales.range));
        std::iter::once((self.shard, &self.range)).chain(scales)
    }
}

/// Find every weight of the model's names; an error for the first that is missing or has another shape or type
/// than the architecture needs.
pub(super) fn bind(
    model: &Model,
    shards: &[Shard],
) -> Result<HashMap<Key, Bound>, CheckpointError> {
    let arch = &model.arch;
    let mut bound = HashMap::new();
    for name in &model.names {
        let blocks: Vec<Option<usize>> = match name.role.in_block() {
            true => (0..arch.n_layers).map(Some).collect(),
            false => vec![None],
        };
        let there = |block: &Option<usize>| block.is_none_or(|i| name.role.is_in(arch, i));
        let apart = name.apart();
        for block in blocks.into_iter().filter(there) {
            let apart = apart.as_ref().filter(|n| has(shards, &n.full(block)));
            let name = apart.unwrap_or(name);
            bound.insert(
                (block, name.role, name.param),
                bind_one(model, name, block, shards)?,
            );
        }
    }
    Ok(bound)
}

fn bind_one(
    model: &Model,
    name: &Name,
    block: Option<usize>,
    shards: &[Shard],
) -> Result<Bound, CheckpointError> {
    let arch = &model.arch;
    let layout = model.quantisation.as_ref().map(|q| &q.layout);
    let wanted = name.full(block);
    if layout == Some(&quantisation::Layout::Mxfp4)
        && name.param == Param::Weight
        && let Some(packed) = scales::mxfp4(arch, name, &wanted, shards)?
    {
        return Ok(packed);
    }
    let (shard, full, stored) =
        find(shards, &wanted).ok_or_else(|| CheckpointError::MissingTensor {
            path: missing_from(shards),
            tensor: in_file(model, wanted, shards),
        })?;
    let path = &shards[shard].path;
    let mut expected = stored_shape(arch, name);
    if stored.turned {
        expected.reverse();
    }
    let (whole, range) = match (name.stack, name.role.member()) {
        (Some(members), Some(index)) => (
            [vec![members], expected.clone()].concat(),
            slice(&stored.range, members, index),
        ),
        _ => (expected.clone(), stored.range.clone()),
    };
    if stored.shape != whole {
        return Err(CheckpointError::Shape {
            path: path.clone(),
            tensor: full,
            expected: whole,
            found: stored.shape.clone(),
        });
    }
    if let Encoding::Unknown(_) = stored.encoding {
        return Err(CheckpointError::Encoding {
            path: path.clone(),
            tensor: full,
            found: stored.encoding,
        });
    }
    let transposed = name.transposed != stored.turned;
    let scales = match name.param {
        Param::Weight => scales::beside(&full, stored, path, shards, layout)?,
        Param::Bias => None,
    };
    if scales.is_some() && transposed {
        return Err(CheckpointError::Weights {
            path: path.clone(),
            problem: format!(
                "tensor `{full}` has scales, which are read only for matrices stored [out, in]"
            ),
        });
    }
    Ok(Bound {
        shard,
        name: full,
        encoding: stored.encoding,
        shape: expected,
        range,
        scales,
        change: stored.change,
        transposed,
        part: part(arch, name, stored.in_order),
    })
}

/// Whether a file has the tensor that a family calls `name`.
pub(super) fn has(shards: &[Shard], name: &str) -> bool {
    find(shards, name).is_some()
}

pub(super) fn find<'a>(shards: &'a [Shard], name: &str) -> Option<(usize, String, &'a Stored)> {
    let older = OLDER_ENDS.iter().find_map(|(old, new)| {
        let rest = name.strip_suffix(new)?;
        Some(format!("{rest}{old}"))
    });
    let named = find_prefixed(shards, name);
    named.or_else(|| find_prefixed(shards, &older?))
}

fn find_prefixed<'a>(shards: &'a [Shard], name: &str) -> Option<(usize, String, &'a Stored)> {
    PREFIXES.iter().find_map(|prefix| {
        let full = format!("{prefix}{name}");
        let (i, stored) = shards
            .iter()
            .enumerate()
            .find_map(|(i, shard)| Some((i, shard.find(&full)?)))?;
        Some((i, stored.name(&full).to_owned(), stored))
    })
}

/// A missing tensor as the file would call it: behind the prefix of the blocks' other tensors. What begins
/// as a head does stands outside of what the prefix names.
fn in_file(model: &Model, wanted: String, shards: &[Shard]) -> String {
    let of_a_head = |name: &Name| {
        let head = matches!(name.role, Role::Unembed | Role::Transform);
        head && name.full(None).split('.').next() == wanted.split('.').next()
    };
    if model.names.iter().any(of_a_head) {
        return wanted;
    }
    let there = |prefix: &&&str| {
        let in_block = model.names.iter().filter(|name| name.role.in_block());
        let mut full = in_block.map(|name| format!("{prefix}{}", name.full(Some(0))));
        full.any(|full| shards.iter().any(|shard| shard.find(&full).is_some()))
    };
    let prefix = PREFIXES.iter().find(there).copied().unwrap_or_default();
    format!("{prefix}{wanted}")
}

/// The one file, or the folder of several: where a missing tensor should have been.
pub(super) fn missing_from(shards: &[Shard]) -> std::path::PathBuf {
    match shards {
        [one] => one.path.clone(),
        _ => shards
            .first()
            .and_then(|s| s.path.parent())
            .unwrap_or(std::path::Path::new(""))
            .to_owned(),
    }
}

/// The shape in the file of the tensor that holds `name`'s weight; of one of those that are stacked.
pub(super) fn stored_shape(arch: &Arch, name: &Name) -> Vec<usize> {
    let mut shape = name.role.shape(arch, name.param);
    match &name.layout {
        Layout::Alone => {}
        Layout::Fused(roles) => shape[0] = roles.iter().map(|r| r.outputs(arch)).sum(),
        Layout::Interleaved { members, .. } => shape[0] *= members,
    }
    if name.transposed {
        shape.reverse();
    }
    shape
}

/// The bytes of one of `members` that are stacked in one tensor.
pub(super) fn slice(range: &Range<usize>, members: usize, index: usize) -> Range<usize> {
    let len = range.len() / members.max(1);
    let start = range.start + index * len;
    start..start + len
}

/// The outputs of the fused tensor that are this role's.
pub(super) fn part(arch: &Arch, name: &Name, in_order: bool) -> Option<Part> {
    match &name.layout {
        Layout::Alone => None,
        Layout::Fused(roles) => {
            let before = roles.iter().position(|r| *r == name.role)?;
            let start: usize = roles[..before].iter().map(|r| r.outputs(arch)).sum();
            Some(Part::Rows(start..start + name.role.outputs(arch)))
        }
        &Layout::Interleaved { member, .. } if in_order => {
            let outputs = name.role.outputs(arch);
            Some(Part::Rows(member * outputs..(member + 1) * outputs))
        }
        &Layout::Interleaved {
            width,
            member,
            members,
        } => Some(Part::Interleaved {
            width,
            member,
            members,
        }),
    }
}
