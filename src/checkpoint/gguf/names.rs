//! A GGUF file's tensors under the names that the model's family has for them.

use std::collections::HashMap;

use super::architectures::{Architecture, Mapping, Module};
use super::header::Tensor;
use super::keys::{ROPE_FREQS, ROPE_LONG, ROPE_SHORT};
use crate::checkpoint::weights::{Conversion, Stored};

/// Tensors by the family's names. Those that the family has no use for keep their own.
pub fn translate(
    architecture: &'static Architecture,
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
        let Some((module, block, suffix)) = find(architecture, &tensor.name) else {
            stored.insert(tensor.name.clone(), whole);
            continue;
        };
        let full = format!("{}{suffix}", with_block(module.1, block));
        let converted = |conversion: Conversion| Stored {
            conversion,
            ..whole.clone()
        };
        let translated = match module.2 {
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
                stored.insert(with_block(module.1, block), whole);
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

/// The module that a tensor belongs to, its block's number, and `.weight` or `.bias`.
fn find<'a>(
    architecture: &'static Architecture,
    name: &'a str,
) -> Option<(&'static Module, Option<&'a str>, &'a str)> {
    let dot = name.rfind('.')?;
    let (module, suffix) = name.split_at(dot);
    let (template, block) = match module.strip_prefix("blk.") {
        Some(rest) => {
            let (block, rest) = rest.split_once('.')?;
            (format!("blk.{{}}.{rest}"), Some(block))
        }
        None => (module.to_owned(), None),
    };
    let known = architecture.modules.iter().copied().flatten();
    let found = known.into_iter().find(|m| m.0 == template)?;
    Some((found, block, suffix))
}

fn with_block(template: &str, block: Option<&str>) -> String {
    match block {
        Some(block) => template.replace("{}", block),
        None => template.to_owned(),
    }
}
