//! Tied weights: a config says that two are one tensor, and files may store one or both.

use super::families::{Model, Name};
use super::lookup;
use super::weights::{Shard, Stored};
use crate::graph::role::Param;
use crate::trace::hook::Layer;

/// The tied weights as the files have them.
#[derive(Default)]
pub(super) struct Ties {
    /// Tensors that repeat another one, by their names in the files.
    pub copies: Vec<String>,
    /// A warning for each pair whose values differ.
    pub warnings: Vec<String>,
}

/// Find the tensor of every tied weight: the stored one, under either name. If both are stored and differ,
/// each weight keeps its own, as in transformers.
pub(super) fn resolve(model: &mut Model, shards: &mut [Shard]) -> Ties {
    let mut ties = Ties::default();
    for name in &mut model.names {
        let Some(shared) = name.tied_to.clone() else {
            continue;
        };
        // Only heads are tied, and no block has one.
        let own = name.full(Layer::Unembed);
        match pair(shards, &own, &shared) {
            Pair::NoneOrShared => name.take(shared),
            Pair::Own { shard, tensor } => {
                shards[shard].alias(&shared, &tensor);
                name.take(shared);
            }
            Pair::Equal { copy } => {
                ties.copies.extend(copy);
                name.take(shared);
            }
            Pair::Different { tensor, other } => {
                ties.warnings.push(format!(
                    "`{tensor}` and `{other}` have different values, though the config says that they are one \
                     tensor: each is used as it is stored"
                ));
                keep_own(name, own, &mut model.arch.tied_embeddings);
            }
        }
    }
    ties
}

fn keep_own(name: &mut Name, own: String, tied: &mut bool) {
    if name.param == Param::Weight {
        *tied = false;
    }
    name.take(own);
}

/// The tensors of a tied pair that the files have.
enum Pair {
    NoneOrShared,
    /// Only the tensor that the config wants replaced, by its name in the file.
    Own {
        shard: usize,
        tensor: String,
    },
    /// Both tensors. `copy` is the name of the second if it is a tensor of its own.
    Equal {
        copy: Option<String>,
    },
    Different {
        tensor: String,
        other: String,
    },
}

fn pair(shards: &[Shard], own: &str, shared: &str) -> Pair {
    match (lookup::find(shards, own), lookup::find(shards, shared)) {
        (None, _) => Pair::NoneOrShared,
        (Some((shard, tensor, _)), None) => Pair::Own { shard, tensor },
        (Some((i, tensor, a)), Some((j, other, b))) => {
            let one = i == j && a.range == b.range;
            if one || equal((&shards[i], a), (&shards[j], b)) {
                let copy = Some(tensor).filter(|_| !one);
                Pair::Equal { copy }
            } else {
                Pair::Different { tensor, other }
            }
        }
    }
}

fn equal((a_file, a): (&Shard, &Stored), (b_file, b): (&Shard, &Stored)) -> bool {
    (a.encoding, &a.shape) == (b.encoding, &b.shape)
        && a_file.bytes(&a.range) == b_file.bytes(&b.range)
}
