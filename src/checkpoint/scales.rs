//! Scales: the factors of blocks of quantised weights, found in the files and checked.

use std::path::Path;

use super::encoding::{Encoding, MXFP4_BLOCK};
use super::error::CheckpointError;
use super::families::Name;
use super::lookup::{Bound, BoundScales, ScaleForm, Shapes, exactly, find, missing, slice};
use super::quantisation::Layout;
use super::weights::{Conversion, Shard, Stored};
use crate::trace::tensor::Dtype;

/// The factors of a weight's blocks, in their stored form.
pub struct Scales<'a> {
    pub form: ScaleForm,
    /// The rows and columns that share a factor; the last block of an axis may be smaller.
    pub block: [usize; 2],
    /// The factors' bytes, one factor for each block, row-major.
    pub bytes: &'a [u8],
}

/// The suffixes of scales' names, of all writers.
const SUFFIXES: &[&str] = &["_scale_inv", "_scale"];
/// The type that files give to untyped bytes.
const BYTES: Encoding = Encoding::Unknown("U8");

/// The factors of the matrix `stored`, found under `name` in the file at `path`; `None` if there are none.
/// Only 8-bit floats have factors, and with `layout` each of them needs some.
pub(super) fn beside(
    name: &str,
    stored: &Stored,
    path: &Path,
    shards: &[Shard],
    layout: Option<&Layout>,
) -> Result<Option<BoundScales>, CheckpointError> {
    let bits8 = stored.encoding == Encoding::F8E4M3;
    let (suffixes, block) = match layout {
        Some(Layout::F8 { suffixes, block }) if bits8 => (*suffixes, Some(block)),
        None if !bits8 => return Ok(None),
        _ => (SUFFIXES, None),
    };
    let mut names = suffixes.iter().map(|suffix| format!("{name}{suffix}"));
    let found = names.find_map(|name| Some((exactly(shards, &name)?, name)));
    let problem = |problem: &str| Err(problem_of(path, name, stored.encoding, problem));
    match (found, block) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing(shards, format!("{name}{}", suffixes[0]))),
        (Some(_), None) if !bits8 => problem("but has a scale beside it"),
        (Some(_), None) => problem(
            "and has a scale beside it, but no `quantization_config` says for which of its parts",
        ),
        (Some(((shard, scale), scale_name)), Some(block)) => match stored.shape[..] {
            [rows, columns] => {
                let block = block.within([rows, columns]);
                let grid = [rows.div_ceil(block[0]), columns.div_ceil(block[1])];
                let form = fits(&shards[shard].path, &scale_name, scale, &grid)?;
                Ok(Some(BoundScales {
                    shard,
                    name: scale_name,
                    range: scale.range.clone(),
                    form,
                    block,
                }))
            }
            _ => problem("but scales are read for matrices only"),
        },
    }
}

/// The form of scales with this shape and type; an error if they do not fit the blocks.
fn fits(
    path: &Path,
    name: &str,
    scale: &Stored,
    grid: &[usize],
) -> Result<ScaleForm, CheckpointError> {
    if without_last_ones(&scale.shape) != without_last_ones(grid) {
        return Err(scale.misshapen(path, name, grid));
    }
    match scale.encoding {
        Encoding::Plain(dtype @ (Dtype::F32 | Dtype::BF16 | Dtype::F16)) => {
            Ok(ScaleForm::Plain(dtype))
        }
        other => {
            let known = "but scales are read as f32, bf16 or f16";
            Err(problem_of(path, name, other, known))
        }
    }
}

/// The weight of `name`, one of several stacked in `{wanted}_blocks` and `{wanted}_scales`. Blocks are bytes
/// `[member, out, in / 32, 16]` of two numbers each, scales are exponents `[member, out, in / 32]`. The axes
/// are those of the role, whatever the family's are.
pub(super) fn mxfp4(
    shapes: Shapes,
    name: &Name,
    wanted: &str,
    shards: &[Shard],
) -> Result<Option<Bound>, CheckpointError> {
    let (Some(members), Some(index)) = (name.stack, name.role.member()) else {
        return Ok(None);
    };
    let Some((shard, blocks_name, blocks)) = find(shards, &format!("{wanted}_blocks")) else {
        return Ok(None);
    };
    let scales_name = format!("{}_scales", blocks_name.trim_end_matches("_blocks"));
    let Some((scales_shard, scales)) = exactly(shards, &scales_name) else {
        return Err(missing(shards, scales_name));
    };
    let mut matrix = shapes.stored(name);
    if name.transposed {
        matrix.reverse();
    }
    let [rows, columns] = matrix[..] else {
        return Ok(None);
    };
    let runs = columns / MXFP4_BLOCK;
    let path = &shards[shard].path;
    if columns % MXFP4_BLOCK != 0 {
        let problem = format!("but rows of {columns} are not made of blocks of {MXFP4_BLOCK}");
        return Err(problem_of(path, &blocks_name, Encoding::Mxfp4, &problem));
    }
    let due = [members, rows, runs, MXFP4_BLOCK / 2];
    for (shard, name, stored, due) in [
        (shard, &blocks_name, blocks, &due[..]),
        (scales_shard, &scales_name, scales, &due[..3]),
    ] {
        let path = &shards[shard].path;
        if stored.shape != due {
            return Err(stored.misshapen(path, name, due));
        }
        if stored.encoding != BYTES {
            let known = "but in mxfp4 it is of U8";
            return Err(problem_of(path, name, stored.encoding, known));
        }
    }
    Ok(Some(Bound {
        shard,
        name: blocks_name,
        encoding: Encoding::Mxfp4,
        shape: matrix,
        range: slice(&blocks.range, members, index),
        scales: Some(BoundScales {
            shard: scales_shard,
            name: scales_name,
            range: slice(&scales.range, members, index),
            form: ScaleForm::Exponents,
            block: [1, MXFP4_BLOCK],
        }),
        conversion: Conversion::default(),
        transposed: false,
        part: shapes.part(name, false),
        joined: None,
        member: Some(index),
    }))
}

/// The shape without trailing axes of length 1. A tensor's one factor is stored as `[1, 1]`, `[1]` or `[]`;
/// the factors of rows are stored with or without an axis for columns.
fn without_last_ones(shape: &[usize]) -> &[usize] {
    let kept = shape.iter().rposition(|n| *n != 1).map_or(0, |i| i + 1);
    &shape[..kept]
}

fn problem_of(path: &Path, tensor: &str, found: Encoding, problem: &str) -> CheckpointError {
    let problem = format!("tensor `{tensor}` has elements of type {found}, {problem}");
    CheckpointError::content(path, problem)
}
