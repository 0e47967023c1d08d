//! A GGUF file's tensors under the family's names.

use std::collections::HashMap;

use super::architectures::{Architecture, Mapping, Module};
use super::header::Tensor;
use super::keys::{ROPE_FREQS, ROPE_LONG, ROPE_SHORT};
use crate::checkpoint::lookup::slice;
use crate::checkpoint::weights::{Conversion, Stored};

/// Tensors by the family's names. Tensors that the family does not use keep their own.
pub fn translate(
    architecture: &Architecture,
    tensors: &[Tensor],
    (n_heads, n_kv_heads): (usize, usize),
) -> HashMap<String, Stored> {
    let mut stored = HashMap::new();
    for tensor in tensors {
        let name = tensor.name.as_str();
        if [ROPE_FREQS, ROPE_SHORT, ROPE_LONG].contains(&name) {
            continue; // the config has these numbers already
        }
        let (encoding, shape) = (tensor.kind.encoding, tensor.shape.clone());
        let mut own = Stored::new(encoding, shape, tensor.range.clone());
        own.name = Some(name.to_owned());
        let Some((module, mapping, suffix)) = find(architecture, name) else {
            stored.insert(name.to_owned(), own);
            continue;
        };
        let mut full = format!("{module}{suffix}");
        match mapping {
            Mapping::Same => {}
            Mapping::QueryPairs => own.conversion = Conversion::Pairs { heads: n_heads },
            Mapping::KeyPairs => own.conversion = Conversion::Pairs { heads: n_kv_heads },
            // A norm's bias stays.
            Mapping::PlusOne if suffix == ".bias" => {}
            Mapping::PlusOne => own.conversion = Conversion::PlusOne,
            Mapping::InOrder => own.in_order = true,
            Mapping::Transposed => own.transposed = own.shape.len() == 2,
            Mapping::Bare if [".weight", ".bias"].contains(&suffix) => full = module,
            // A suffix other than the expected ones is not translated.
            Mapping::Bare => {}
            Mapping::Row => own.shape.insert(0, 1),
            Mapping::BareRow => {
                own.shape.insert(0, 1);
                full = module;
            }
            Mapping::Thirds if own.shape[0].is_multiple_of(3) => {
                own.shape[0] /= 3;
                own.shape.insert(0, 3);
                for (letter, one) in ["q", "k", "v"].iter().zip(members(&own)) {
                    stored.insert(full.replace("{i}", letter), one);
                }
                continue;
            }
            Mapping::Thirds => {}
            Mapping::Stacked => {
                for (i, one) in members(&own).into_iter().enumerate() {
                    stored.insert(full.replace("{i}", &i.to_string()), one);
                }
                continue;
            }
        }
        stored.insert(full, own);
    }
    stored
}

/// A number above every model's experts and heads.
const MAX_MEMBERS: usize = 4096;

/// The tensors that are stacked along the first axis of `whole`.
fn members(whole: &Stored) -> Vec<Stored> {
    let Some((&count, shape)) = whole.shape.split_first() else {
        return Vec::new();
    };
    let member = |i: usize| Stored {
        shape: shape.to_vec(),
        range: slice(&whole.range, count, i),
        ..whole.clone()
    };
    (0..count.min(MAX_MEMBERS)).map(member).collect()
}

/// The family's name of a tensor's module, the converter's change, and `.weight` or `.bias`.
fn find<'a>(architecture: &Architecture, name: &'a str) -> Option<(String, Mapping, &'a str)> {
    let (module, suffix) = name.split_at(name.rfind('.')?);
    let in_block = match module.strip_prefix("blk.") {
        Some(rest) => Some(rest.split_once('.')?),
        None => None,
    };
    let own = in_block.map_or(module, |(_, own)| own);
    let mut modules = architecture.modules(in_block.is_some());
    let Module(_, family, mapping) = modules.find(|module| module.0 == own)?;
    let layers = architecture.layers;
    let block = in_block.map_or_else(String::new, |(n, _)| format!("{layers}.{n}."));
    Some((format!("{block}{family}"), *mapping, suffix))
}
