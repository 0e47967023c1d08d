//! A GGUF file's tensors under the family's names.

use std::collections::HashMap;

use serde_json::Value;

use super::architectures::{Architecture, Mapping, Module, size};
use super::header::Tensor;
use super::keys::{ROPE_FREQS, ROPE_LONG, ROPE_SHORT, Read};
use super::metadata::Metadata;
use crate::checkpoint::encoding::Encoding;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::lookup::slice;
use crate::checkpoint::weights::{Order, Stored, Values};
use crate::trace::tensor::Dtype;

/// The factors of tensors, or of each expert's, by the names of the tensors that hold them.
pub type Factors = HashMap<String, Vec<f32>>;

/// The factors in these files that no module of the architecture has for itself.
///
/// # Errors
/// A tensor of factors does not hold one f32 number, or one for each expert.
pub fn factors(architecture: &Architecture, read: &Read) -> Result<Factors, CheckpointError> {
    let mut all = HashMap::new();
    for tensor in read.files.iter().flat_map(|file| &file.tensors) {
        let name = &tensor.name;
        let Some(module) = name.strip_suffix(".scale") else {
            continue;
        };
        if find(architecture, name).is_some() {
            continue;
        }
        let factors = read.factors(name)?.unwrap_or_default();
        let weight = format!("{module}.weight");
        let stacked = find(architecture, &weight).is_some_and(|f| f.mapping == Mapping::Stacked);
        let members = read.tensor(&weight).and_then(|weight| weight.shape.first());
        if factors.len() != 1 && !(stacked && members == Some(&factors.len())) {
            let problem = format!(
                "has {} factors; one for the whole tensor, or one for each expert, is read",
                factors.len()
            );
            return Err(read.metadata.error(name, problem));
        }
        all.insert(name.clone(), factors);
    }
    Ok(all)
}

/// Tensors by the family's names. Tensors that the family does not use keep their own.
pub fn translate(
    architecture: &Architecture,
    tensors: &[Tensor],
    config: &Value,
    factors: &Factors,
) -> HashMap<String, Stored> {
    let size = |field: &str| size(config, field);
    let heads = size("num_attention_heads").max(1);
    let kv_heads = match size("num_key_value_heads") {
        0 => heads,
        n => n,
    };
    let mut stored = HashMap::new();
    for tensor in tensors {
        let name = tensor.name.as_str();
        if [ROPE_FREQS, ROPE_SHORT, ROPE_LONG].contains(&name) {
            continue; // the config has these numbers already
        }
        let (encoding, shape) = (tensor.kind.encoding, tensor.shape.clone());
        let mut own = Stored::new(encoding, shape, tensor.range.clone());
        own.name = Some(name.to_owned());
        let Some(Found {
            module,
            suffix,
            own: in_file,
            mapping,
        }) = find(architecture, name)
        else {
            // Factors are taken into account below, and activations are not rounded.
            if !factors.contains_key(name) && !name.ends_with(".input_scale") {
                stored.insert(name.to_owned(), own);
            }
            continue;
        };
        let of_tensor = name.strip_suffix(".weight");
        let of_tensor = of_tensor.and_then(|module| factors.get(&format!("{module}.scale")));
        if let Some(&[factor]) = of_tensor.map(Vec::as_slice) {
            own.conversion.values = divided(factor);
        }
        let mut full = format!("{module}{suffix}");
        let change = &mut own.conversion;
        if let Some(order) = architecture.order {
            change.order = order(in_file, config);
        }
        match mapping {
            Mapping::Same => {}
            Mapping::QueryPairs => change.order = Order::Pairs { heads },
            Mapping::KeyPairs => change.order = Order::Pairs { heads: kv_heads },
            // A norm's bias stays.
            Mapping::PlusOne if suffix == ".bias" => {}
            Mapping::PlusOne => change.values = Values::PlusOne,
            Mapping::InOrder => own.in_order = true,
            Mapping::Transposed => own.transposed = own.shape.len() == 2,
            Mapping::Bare => full = module,
            Mapping::Exp | Mapping::MinusExp => {
                change.values = match mapping {
                    Mapping::Exp => Values::Exp,
                    _ => Values::MinusExp,
                };
                own.shape = without_ones(&own.shape);
                full = module;
            }
            Mapping::Flat => own.shape = vec![own.shape.iter().product()],
            Mapping::Convolution if suffix == ".bias" => {}
            Mapping::Convolution => {
                let width = own.shape.last().copied().unwrap_or(1);
                let all: usize = own.shape.iter().product();
                own.shape = vec![all / width.max(1), 1, width];
            }
            Mapping::Heads | Mapping::HeadsTransposed => {
                if let [heads, rows, columns] = own.shape[..] {
                    own.shape = vec![heads * rows, columns];
                    if mapping == Mapping::HeadsTransposed {
                        own.shape = vec![heads * columns, rows];
                        change.order = Order::HeadsTransposed { heads };
                    }
                }
            }
            Mapping::Row => own.shape.insert(0, 1),
            Mapping::BareRow => {
                own.shape.insert(0, 1);
                full = module;
            }
            Mapping::Thirds | Mapping::QueriesKeysValues | Mapping::Delta => {
                let rows = own.shape[0];
                // In a delta net, values are what is left; in attention, queries have as many rows in each block.
                let counts = match mapping {
                    Mapping::Delta => {
                        let keys = size("linear_num_key_heads")
                            .saturating_mul(size("linear_key_head_dim"));
                        let values = rows.checked_sub(keys.saturating_mul(2));
                        values.map(|values| [keys, keys, values])
                    }
                    Mapping::QueriesKeysValues => {
                        let d_head = match size("head_dim") {
                            0 => size("hidden_size") / heads,
                            n => n,
                        };
                        let d_value = match size("v_head_dim") {
                            0 => d_head,
                            n => n,
                        };
                        let queries = heads.saturating_mul(d_head);
                        rows.checked_sub(queries).map(|rest| {
                            let keys = rest / (d_head + d_value).max(1) * d_head;
                            [queries, keys, rest - keys]
                        })
                    }
                    _ => Some([rows / 3; 3]),
                };
                if let Some(rows) = counts {
                    let parts = split(&own, &rows);
                    for (letter, one) in ["q", "k", "v"].iter().zip(parts) {
                        stored.insert(full.replace("{i}", letter), one);
                    }
                    continue;
                }
            }
            Mapping::StackedPairs => {
                let pair = full.clone();
                let name = |i: usize, half: usize| {
                    let suffix_at = pair.len() - suffix.len();
                    let (module, last) = pair[..suffix_at].rsplit_once('.')?;
                    let (first, second) = last.split_once('|')?;
                    let own = [first, second][half];
                    Some(format!("{module}.{own}{suffix}").replace("{i}", &i.to_string()))
                };
                for (i, one) in members(&own).into_iter().enumerate() {
                    let Some(rows) = one.shape.first().map(|n| n / 2) else {
                        break;
                    };
                    let halves = split(&one, &[rows, rows]).into_iter().enumerate();
                    let named = halves.filter_map(|(half, one)| Some((name(i, half)?, one)));
                    stored.extend(named);
                }
                continue;
            }
            Mapping::Stacked => {
                for (i, mut one) in members(&own).into_iter().enumerate() {
                    if let Some(factor) = of_tensor.and_then(|all| all.get(i)) {
                        one.conversion.values = divided(*factor);
                    }
                    stored.insert(full.replace("{i}", &i.to_string()), one);
                }
                continue;
            }
        }
        stored.insert(full, own);
    }
    stored
}

fn divided(factor: f32) -> Values {
    Values::Divided {
        factor: factor.to_bits(),
    }
}

fn without_ones(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|n| *n != 1).collect()
}

/// Consecutive rows of `whole`, which has as many, as tensors of their own.
fn split(whole: &Stored, rows: &[usize]) -> Vec<Stored> {
    let all = whole.shape[0].max(1);
    let row = whole.range.len() / all;
    let mut at = whole.range.start;
    let mut parts = Vec::new();
    for &count in rows {
        let end = at + count * row;
        let mut shape = whole.shape.clone();
        shape[0] = count;
        parts.push(Stored {
            shape,
            range: at..end,
            ..whole.clone()
        });
        at = end;
    }
    parts
}

/// Numbers in the metadata that the family has as tensors.
pub fn listed(
    architecture: &Architecture,
    metadata: &Metadata,
) -> Result<HashMap<String, Stored>, CheckpointError> {
    let mut stored = HashMap::new();
    for (key, name) in architecture.lists {
        let range = metadata.f32_range(key)?;
        for i in 0..range.len() / 4 {
            let at = range.start + 4 * i;
            let mut one = Stored::new(Encoding::Plain(Dtype::F32), vec![1], at..at + 4);
            one.name = Some((*key).to_owned());
            stored.insert(format!("{}.{i}.{name}", architecture.layers), one);
        }
    }
    Ok(stored)
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

/// A tensor's module in the family.
struct Found<'a> {
    /// The family's name of the module.
    module: String,
    /// `.weight`, `.bias` or nothing.
    suffix: &'a str,
    /// The file's name of the module within its block.
    own: &'a str,
    mapping: Mapping,
}

fn find<'a>(architecture: &Architecture, name: &'a str) -> Option<Found<'a>> {
    let in_block = match name.strip_prefix("blk.") {
        Some(rest) => Some(rest.split_once('.')?),
        None => None,
    };
    let whole = in_block.map_or(name, |(_, own)| own);
    let layers = architecture.layers;
    let block = in_block.map_or_else(String::new, |(n, _)| format!("{layers}.{n}."));
    let named = |own: &'a str, suffix: &'a str| {
        let mut modules = architecture.modules(in_block.is_some());
        let Module(_, family, mapping) = modules.find(|module| module.0 == own)?;
        Some(Found {
            module: format!("{block}{family}"),
            suffix,
            own,
            mapping: *mapping,
        })
    };
    let parted = || {
        let (own, suffix) = whole.split_at(whole.rfind('.')?);
        [".weight", ".bias"]
            .contains(&suffix)
            .then(|| named(own, suffix))?
    };
    // Some tensors are modules by their whole name.
    named(whole, "").or_else(parted)
}
