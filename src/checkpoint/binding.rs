//! The tensor of each weight, looked up and checked once, when a model is opened.

use std::collections::HashMap;

use super::encoding::Encoding;
use super::error::CheckpointError;
use super::families::{Model, Name, PREFIXES};
use super::lookup::{Bound, Shapes, find, has, missing, slice};
use super::quantisation;
use super::scales;
use super::weights::Shard;
use crate::graph::Graph;
use crate::graph::role::{Param, Role};
use crate::trace::hook::Layer;

/// The layer that reads a weight, and the weight's purpose there.
pub(super) type Key = (Layer, Role, Param);

/// Every weight that the model's graph reads.
///
/// # Errors
/// The first weight that is missing, or has another shape or type than the graph needs.
pub(super) fn bind(
    model: &Model,
    shards: &[Shard],
) -> Result<HashMap<Key, Bound>, CheckpointError> {
    let graph = Graph::new(&model.arch);
    let names = model
        .names
        .iter()
        .map(|name| ((name.role, name.param), name));
    let names: HashMap<(Role, Param), &Name> = names.collect();
    let mut bound = HashMap::new();
    for layer in graph.layers() {
        for weight in graph.weights(layer) {
            let Some(name) = names.get(&(weight.role, weight.param)) else {
                continue;
            };
            let unfused = name.unfused().filter(|n| has(shards, &n.full(layer)));
            let name = unfused.as_ref().unwrap_or(name);
            let cut = name
                .cut
                .iter()
                .filter_map(|role| names.get(&(*role, name.param)));
            let cut: Vec<&Name> = cut.copied().collect();
            let shapes = Shapes {
                graph: &graph,
                layer,
            };
            let joined = joined(shapes, name, &cut, shards);
            bound.insert(
                (layer, name.role, name.param),
                match joined {
                    Some(joined) => joined,
                    None => bind_one(model, &graph, name, layer, shards)?,
                },
            );
        }
    }
    Ok(bound)
}

fn bind_one(
    model: &Model,
    graph: &Graph,
    name: &Name,
    layer: Layer,
    shards: &[Shard],
) -> Result<Bound, CheckpointError> {
    let layout = model.quantisation.as_ref().map(|q| &q.layout);
    let wanted = name.full(layer);
    let shapes = Shapes { graph, layer };
    if layout == Some(&quantisation::Layout::Mxfp4)
        && name.param == Param::Weight
        && let Some(packed) = scales::mxfp4(shapes, name, &wanted, shards)?
    {
        return Ok(packed);
    }
    let (shard, full, stored) =
        find(shards, &wanted).ok_or_else(|| missing(shards, in_file(model, wanted, shards)))?;
    let path = &shards[shard].path;
    let mut expected = shapes.stored(name);
    if stored.transposed {
        expected.reverse();
    }
    // Published files have some experts `[in, out]`, and transformers writes them `[out, in]`.
    let other = |shape: &[usize]| {
        let mut shape = shape.to_vec();
        shape.reverse();
        [
            &stored.shape[..stored.shape.len().saturating_sub(shape.len())],
            &shape,
        ]
        .concat()
    };
    let turned = name.either && stored.shape == other(&expected);
    let turned = turned && expected.first() != expected.last();
    if turned {
        expected.reverse();
    }
    let (whole, range) = match (name.stack, name.role.member()) {
        (Some(members), Some(index)) if name.joined => {
            let mut whole = expected.clone();
            whole[0] *= members;
            (whole, slice(&stored.range, members, index))
        }
        (Some(members), Some(index)) => (
            [vec![members], expected.clone()].concat(),
            slice(&stored.range, members, index),
        ),
        _ => (expected.clone(), stored.range.clone()),
    };
    // Some files write a row as a matrix of one row or column, or a number as a row of one.
    let long =
        |shape: &[usize]| -> Vec<usize> { shape.iter().copied().filter(|n| *n != 1).collect() };
    let row = whole.len() <= 1 && long(&stored.shape) == long(&whole);
    if stored.shape != whole && !row && !(name.split && splits(&stored.shape, &whole)) {
        return Err(stored.misshapen(path, &full, &whole));
    }
    // Only a table of numbers of experts holds whole numbers.
    let whole = matches!(stored.encoding, Encoding::Whole(_)) && name.role != Role::RouterTable;
    if whole || matches!(stored.encoding, Encoding::Unknown(_)) {
        return Err(CheckpointError::Encoding {
            path: path.clone(),
            tensor: full,
            found: stored.encoding,
        });
    }
    let transposed = name.transposed != (stored.transposed != turned);
    let scales = match name.param {
        Param::Weight => scales::beside(&full, stored, path, shards, layout)?,
        Param::Bias => None,
    };
    if scales.is_some() && transposed {
        let problem = format!(
            "tensor `{full}` has scales, which are read only for matrices stored [out, in]"
        );
        return Err(CheckpointError::content(path, problem));
    }
    Ok(Bound {
        shard,
        name: full,
        encoding: stored.encoding,
        shape: expected,
        range,
        scales,
        conversion: stored.conversion,
        transposed,
        part: shapes.part(name, stored.in_order),
        joined: None,
        member: name.stack.and_then(|_| name.role.member()),
    })
}

/// A weight whose tensor and its neighbours `cut` were cut at other places than between roles; `None` if they were not.
fn joined(shapes: Shapes, name: &Name, cut: &[&Name], shards: &[Shard]) -> Option<Bound> {
    let found = cut
        .iter()
        .map(|name| find(shards, &name.full(shapes.layer)));
    let found: Vec<_> = found.collect::<Option<_>>()?;
    let own = cut.iter().position(|other| other.role == name.role)?;
    let (shard, full, stored) = &found[own];
    let due = cut.iter().map(|name| shapes.of(name.role, name.param));
    let due: Vec<Vec<usize>> = due.collect();
    let rows = |all: &[Vec<usize>]| all.iter().map(|shape| shape.first().copied()).sum();
    let stored_shapes: Vec<Vec<usize>> = found.iter().map(|(.., t)| t.shape.clone()).collect();
    let (as_stored, wanted): (Option<usize>, Option<usize>) = (rows(&stored_shapes), rows(&due));
    let alike = found.iter().all(|(.., t)| {
        t.encoding == stored.encoding && t.shape.get(1..) == due[own].get(1..) && !t.transposed
    });
    if stored_shapes == due || as_stored != wanted || !alike {
        return None;
    }
    let bytes = found.iter().map(|(i, _, t)| shards[*i].bytes(&t.range));
    let bytes: Vec<u8> = bytes.flatten().copied().collect();
    let row = bytes.len() / wanted.filter(|rows| *rows > 0)?;
    let before: usize = due[..own].iter().map(|shape| shape[0]).sum();
    let bytes = bytes.get(before * row..(before + due[own][0]) * row)?;
    matches!(stored.encoding, Encoding::Plain(_)).then(|| Bound {
        shard: *shard,
        name: full.clone(),
        encoding: stored.encoding,
        shape: due[own].clone(),
        range: stored.range.clone(),
        scales: None,
        conversion: stored.conversion,
        transposed: false,
        part: None,
        joined: Some(bytes.to_vec()),
        member: None,
    })
}

/// Whether a shape is another one's with its first axis as several.
fn splits(shape: &[usize], whole: &[usize]) -> bool {
    let Some(first) = (shape.len() + 1).checked_sub(whole.len()) else {
        return false;
    };
    let (axes, rest) = shape.split_at(first);
    Some(&axes.iter().product()) == whole.first() && rest == &whole[1..]
}

/// The name that a missing tensor would have in the file, with the prefix of the blocks' other tensors. Names
/// that begin like a head's are outside of that prefix.
fn in_file(model: &Model, wanted: String, shards: &[Shard]) -> String {
    let of_a_head = |name: &Name| {
        let head = matches!(name.role, Role::Unembed | Role::Transform);
        head && name.full(Layer::Unembed).split('.').next() == wanted.split('.').next()
    };
    if model.names.iter().any(of_a_head) {
        return wanted;
    }
    let there = |prefix: &&&str| {
        let in_block = model.names.iter().filter(|name| name.in_block());
        let mut full = in_block.map(|name| format!("{prefix}{}", name.full(Layer::Block(0))));
        full.any(|full| shards.iter().any(|shard| shard.find(&full).is_some()))
    };
    let prefix = PREFIXES.iter().find(there).copied().unwrap_or_default();
    format!("{prefix}{wanted}")
}
