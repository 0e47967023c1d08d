//! Tensors of the files by name, and the weights found in them.

use std::ops::Range;
use std::path::Path;

use super::WeightPart;
use super::encoding::Encoding;
use super::error::CheckpointError;
use super::families::{Layout, Name, OLDER_ENDS, OTHER_STARTS, PREFIXES};
use super::weights::{Conversion, Shard, Stored};
use crate::graph::Graph;
use crate::graph::role::{Param, Role};
use crate::trace::hook::Layer;
use crate::trace::tensor::Dtype;

/// A weight that was found and checked.
pub(super) struct Bound {
    pub shard: usize,
    pub name: String,
    pub encoding: Encoding,
    pub shape: Vec<usize>,
    /// The weight's bytes within its file.
    pub range: Range<usize>,
    pub scales: Option<BoundScales>,
    pub conversion: Conversion,
    pub transposed: bool,
    pub part: Option<WeightPart>,
    /// Its bytes, if they are parts of several tensors.
    pub joined: Option<Vec<u8>>,
    /// Its place among the tensors that are stacked in the one of this name.
    pub member: Option<usize>,
}

impl Bound {
    /// The names of the tensors that hold it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let scales = self.scales.iter().map(|scales| scales.name.as_str());
        std::iter::once(self.name.as_str()).chain(scales)
    }

    /// The files and byte ranges of these tensors.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, &Range<usize>)> {
        let scales = self
            .scales
            .iter()
            .map(|scales| (scales.shard, &scales.range));
        std::iter::once((self.shard, &self.range)).chain(scales)
    }
}

/// Scales that were found and checked.
pub(super) struct BoundScales {
    pub shard: usize,
    pub name: String,
    pub range: Range<usize>,
    pub form: ScaleForm,
    pub block: [usize; 2],
}

/// The stored form of scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleForm {
    /// Little-endian elements.
    Plain(Dtype),
    /// Bytes `s` that mean `2^(s - 127)`; 255 is NaN.
    Exponents,
}

/// Whether a file has the tensor that a family calls `name`.
pub(super) fn has(shards: &[Shard], name: &str) -> bool {
    find(shards, name).is_some()
}

pub(super) fn find<'a>(shards: &'a [Shard], name: &str) -> Option<(usize, String, &'a Stored)> {
    let older = OLDER_ENDS.iter().filter_map(|(old, new)| {
        let rest = name.strip_suffix(new)?;
        Some(format!("{rest}{old}"))
    });
    let others = OTHER_STARTS.iter().filter_map(|(other, usual)| {
        let rest = name.strip_prefix(usual)?;
        Some(format!("{other}{rest}"))
    });
    let named = find_prefixed(shards, name);
    named.or_else(|| {
        let mut forms = older.chain(others);
        forms.find_map(|form| find_prefixed(shards, &form))
    })
}

fn find_prefixed<'a>(shards: &'a [Shard], name: &str) -> Option<(usize, String, &'a Stored)> {
    PREFIXES.iter().find_map(|prefix| {
        let full = format!("{prefix}{name}");
        let (i, stored) = exactly(shards, &full)?;
        Some((i, stored.name(&full).to_owned(), stored))
    })
}

/// The tensor with exactly this name, without a prefix.
pub(super) fn exactly<'a>(shards: &'a [Shard], name: &str) -> Option<(usize, &'a Stored)> {
    let mut shards = shards.iter().enumerate();
    shards.find_map(|(i, shard)| Some((i, shard.find(name)?)))
}

/// An error that says where a tensor should have been: in the one file, or in the folder of several.
pub(super) fn missing(shards: &[Shard], tensor: String) -> CheckpointError {
    let folder = || shards.first()?.path.parent();
    let path = match shards {
        [one] => &one.path,
        _ => folder().unwrap_or(Path::new("")),
    };
    CheckpointError::MissingTensor {
        path: path.to_owned(),
        tensor,
    }
}

/// The bytes of one of `members` tensors that are stacked in one.
pub(super) fn slice(range: &Range<usize>, members: usize, index: usize) -> Range<usize> {
    let len = range.len() / members.max(1);
    let start = range.start + index * len;
    start..start + len
}

/// The shapes of one layer's weights in the files.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'a> {
    pub graph: &'a Graph,
    pub layer: Layer,
}

impl Shapes<'_> {
    /// The shape that the graph gives a weight, `[out, in]` for a matrix; empty if the layer does not read
    /// it.
    pub fn of(self, role: Role, param: Param) -> Vec<usize> {
        let shape = self.graph.weight_shape(self.layer, role, param);
        shape.unwrap_or_default().to_vec()
    }

    /// The stored shape of the tensor that holds `name`'s weight; the shape of one member if several are
    /// stacked.
    pub fn stored(self, name: &Name) -> Vec<usize> {
        let mut shape = self.of(name.role, name.param);
        match &name.layout {
            Layout::Alone => {}
            Layout::Fused(roles) => {
                let outputs = roles.iter().map(|role| self.outputs(*role, name.param));
                shape[0] = outputs.sum();
            }
            Layout::Turns { widths, member } => {
                shape[0] = shape[0] / widths[*member].max(1) * widths.iter().sum::<usize>();
            }
            Layout::OfBlocks(count) => shape[0] *= count,
            Layout::ColumnsOfBlocks(count) => shape[1] *= count,
        }
        if name.transposed {
            shape.reverse();
        }
        shape
    }

    /// This role's outputs in a fused tensor.
    pub fn part(self, name: &Name, in_order: bool) -> Option<WeightPart> {
        let outputs = self.outputs(name.role, name.param);
        match &name.layout {
            Layout::Alone => None,
            Layout::Fused(roles) => {
                let before = roles.iter().take_while(|role| **role != name.role);
                let start: usize = before.map(|role| self.outputs(*role, name.param)).sum();
                Some(WeightPart::Rows(start..start + outputs))
            }
            Layout::Turns { widths, member } => {
                let (width, before) = (widths[*member], widths[..*member].iter().sum::<usize>());
                Some(if in_order {
                    let start = outputs / width.max(1) * before;
                    WeightPart::Rows(start..start + outputs)
                } else {
                    WeightPart::Turns {
                        first: before,
                        width,
                        period: widths.iter().sum(),
                    }
                })
            }
            Layout::OfBlocks(_) => {
                let start = self.block() * outputs;
                Some(WeightPart::Rows(start..start + outputs))
            }
            Layout::ColumnsOfBlocks(_) => {
                let width = self.of(name.role, name.param).get(1).copied().unwrap_or(0);
                let start = self.block() * width;
                Some(WeightPart::Columns(start..start + width))
            }
        }
    }

    /// The number of the layer's block.
    fn block(self) -> usize {
        match self.layer {
            Layer::Block(i) => i,
            Layer::Embed | Layer::Unembed => 0,
        }
    }

    /// The length of the output axis of a role's weight or bias.
    fn outputs(self, role: Role, param: Param) -> usize {
        let shape = self.graph.weight_shape(self.layer, role, param);
        shape.and_then(|shape| shape.first()).copied().unwrap_or(0)
    }
}
