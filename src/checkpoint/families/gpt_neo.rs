//! GPT-Neo (Black et al. 2021): GPT-2 with unscaled scores, and a window in every other block.

use super::fields::{Fields, Given::*};
use super::{Model, gpt2};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Positions;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        n_layers: "num_layers",
        n_heads: "num_heads",
        d_mlp: Or("intermediate_size", 4),
        ..Fields::new(In("activation_function"), In("layer_norm_epsilon"))
    };
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::learned(0);
    arch.attention.scales = vec![1.0; arch.n_layers];
    let window = config.size("window_size")?;
    let local = local(config, arch.n_layers)?;
    arch.attention.windows = local.iter().map(|local| local.then_some(window)).collect();
    config.harmless(gpt2::SUMMARY);
    let mut names = gpt2::ends(&arch);
    names.qkv("h.{}.attn.attention", false);
    names.module(Role::AttnOut, "h.{}.attn.attention.out_proj", true);
    names.module(Role::Ln2, "h.{}.ln_2", true);
    names.module(Role::MlpIn, "h.{}.mlp.c_fc", true);
    names.module(Role::MlpOut, "h.{}.mlp.c_proj", true);
    Ok(Model::new(arch, names))
}

/// Whether each block is local, from the list of layers or from `attention_types`: `[[["global", "local"],
/// 12]]` repeats both twelve times.
fn local(config: &mut Config, n_layers: usize) -> Result<Vec<bool>, CheckpointError> {
    const FIELD: &str = "attention_types";
    const WRITTEN_OUT: &str = "attention_layers";
    let types = config.json(FIELD);
    if let Some(local) = config.choices(WRITTEN_OUT, &[("global", false), ("local", true)])? {
        if local.len() != n_layers {
            return Err(config.error(WRITTEN_OUT, format!("is not for {n_layers} blocks")));
        }
        return Ok(local);
    }
    let types = types.unwrap_or_else(|| serde_json::json!([[["global", "local"], 12]]));
    let odd = || {
        config.error(
            FIELD,
            "is not a list of [[\"global\" or \"local\", …], times]",
        )
    };
    let mut local = Vec::new();
    for item in types.as_array().ok_or_else(odd)? {
        let names = item.get(0).and_then(|n| n.as_array()).ok_or_else(odd)?;
        let times = item
            .get(1)
            .and_then(serde_json::Value::as_u64)
            .ok_or_else(odd)?;
        let kinds = names.iter().map(|name| match name.as_str() {
            Some("global") => Ok(false),
            Some("local") => Ok(true),
            _ => Err(odd()),
        });
        let these: Vec<bool> = kinds.collect::<Result<_, _>>()?;
        // One block too many is enough to know that the sum is wrong.
        for _ in 0..times {
            if these.is_empty() || local.len() > n_layers {
                break;
            }
            local.extend(&these);
        }
    }
    if local.len() == n_layers {
        Ok(local)
    } else {
        Err(config.error(FIELD, format!("is not for {n_layers} blocks")))
    }
}
