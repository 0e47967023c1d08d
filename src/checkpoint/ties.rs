//! Weights that a config says are one tensor, in files that may store one of the two or both.

use super::families::{Model, Name};
use super::lookup;
use super::weights::{Shard, Stored};
use crate::graph::role::Param;
use crate::trace::hook::Layer;

/// What the files say of weights that the config ties.
#[derive(Default)]
pub(super) struct Ties {
    /// Tensors that repeat another one, as their files call them.
    pub copies: Vec<String>,
    /// One sentence for each pair whose values differ.
    pub warnings: Vec<String>,
}

/// Find the tensor of every tied weight: the one that is stored, under either name; each its own where both
/// are stored and differ, as transformers does.
pub(super) fn resolve(model: &mut Model, shards: &mut [Shard]) -> Ties {
    let mut ties = Ties::default();
    for name in &mut model.names {
        let Some(shared) = name.tied_to.clone() else {
            continue;
        };
        // Heads alone are tied, and no block has one.
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

/// Which of two tied tensors the files have.
enum Pair {
    NoneOrShared,
    /// The one that the config wants replaced, as its file calls it.
    Own {
        shard: usize,
        tensor: String,
    },
    /// Both; `copy` where it is a second tensor.
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
