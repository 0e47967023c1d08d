//! A GGUF file's tensors under the names that the model's family has for them.

use std::collections::HashMap;

use super::architectures::{Architecture, Mapping, Module};
use super::header::Tensor;
use super::keys::{ROPE_FREQS, ROPE_LONG, ROPE_SHORT};
use crate::checkpoint::weights::{Conversion, Stored};

/// Tensors by the family's names. Those that the family has no use for keep their own.
pub fn translate(
    architecture: &Architecture,
    tensors: &[Tensor],
    (n_heads, n_kv_heads): (usize, usize),
) -> HashMap<String, Stored> {
    let mut stored = HashMap::new();
    for tensor in tensors {
        if [ROPE_FREQS, ROPE_SHORT, ROPE_LONG].contains(&tensor.name.as_str()) {
            continue; // In the config already.
        }
        let whole = Stored {
            name: Some(tensor.name.clone()),
            ..Stored::new(
                tensor.kind.encoding,
                tensor.shape.clone(),
                tensor.range.clone(),
            )
        };
        let Some((module, mapping, suffix)) = find(architecture, &tensor.name) else {
            stored.insert(tensor.name.clone(), whole);
            continue;
        };
        let full = format!("{module}{suffix}");
        let converted = |conversion: Conversion| Stored {
            conversion,
            ..whole.clone()
        };
        let translated = match mapping {
            Mapping::Same => whole,
            Mapping::QueryPairs => converted(Conversion::Pairs { heads: n_heads }),
            Mapping::KeyPairs => converted(Conversion::Pairs { heads: n_kv_heads }),
            Mapping::PlusOne => converted(Conversion::PlusOne),
            Mapping::InOrder => Stored {
                in_order: true,
                ..whole
            },
            Mapping::Transposed => Stored {
                transposed: tensor.shape.len() == 2,
                ..whole
            },
            Mapping::Bare if suffix == ".weight" => {
                stored.insert(module, whole);
                continue;
            }
            // Another suffix than the one that has a meaning.
            Mapping::Bare => whole,
            Mapping::Thirds if whole.shape[0].is_multiple_of(3) => {
                let mut shape = whole.shape.clone();
                shape[0] /= 3;
                let stack = Stored {
                    shape: [vec![3], shape].concat(),
                    ..whole
                };
                for (letter, one) in ["q", "k", "v"].iter().zip(members(&stack)) {
                    stored.insert(full.replace("{i}", letter), one);
                }
                continue;
            }
            Mapping::Thirds => whole,
            Mapping::Stacked => {
                for (i, one) in members(&whole).into_iter().enumerate() {
                    stored.insert(full.replace("{i}", &i.to_string()), one);
                }
                continue;
            }
        };
        stored.insert(full, translated);
    }
    stored
}

/// More than any model has experts or heads.
const MAX_MEMBERS: usize = 4096;

/// The tensors along the first axis of one that stacks them.
fn members(whole: &Stored) -> Vec<Stored> {
    let Some((&count, shape)) = whole.shape.split_first() else {
        return Vec::new();
    };
    let len = whole.range.len() / count.max(1);
    let member = |i: usize| {
        let start = whole.range.start + i * len;
        Stored {
            shape: shape.to_vec(),
            range: start..start + len,
            ..whole.clone()
        }
    };
    (0..count.min(MAX_MEMBERS)).map(member).collect()
}

/// The family's name of the module that a tensor belongs to, what the converter did to it, and `.weight` or
/// `.bias`.
fn find<'a>(architecture: &Architecture, name: &'a str) -> Option<(String, Mapping, &'a str)> {
    let (module, suffix) = name.split_at(name.rfind('.')?);
    let (block, own) = match module.strip_prefix("blk.") {
        Some(rest) => rest
            .split_once('.')
            .map(|(block, own)| (Some(block), own))?,
        None => (None, module),
    };
    let mut modules = architecture.modules(block.is_some());
    let Module(_, family, mapping) = modules.find(|module| module.0 == own)?;
    let block = block.map_or_else(String::new, |n| format!("{}.{n}.", architecture.layers));
    Some((format!("{block}{family}"), *mapping, suffix))
}
