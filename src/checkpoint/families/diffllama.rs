//! DiffLlama: Llama whose heads are differences of two, as in the Differential Transformer (Ye et al. 2024).

use super::llama::{self, Biases};
use super::{Model, names::Names};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::heads::Difference;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let (heads, few) = (arch.attention.n_heads, arch.attention.n_kv_heads);
    for (field, count) in [("num_key_value_heads", few), ("num_attention_heads", heads)] {
        if count % 2 != 0 {
            let problem = format!("is {count}, but heads are taken from each other in pairs");
            return Err(config.error(field, problem));
        }
    }
    let first = |i: usize| Difference {
        first: 0.8 - 0.6 * (-0.3 * i as f64).exp(),
    };
    arch.attention.differences = (0..arch.n_layers).map(first).collect();
    // Random weights alone depend on it.
    config.passed_over(&["lambda_std_dev"]);
    let mut names: Names = llama::names(&arch, Biases::of_attention(config)?);
    for (i, name) in ["q1", "k1", "q2", "k2"].into_iter().enumerate() {
        let name = format!("layers.{{}}.self_attn.lambda_{name}");
        names.weight(Role::Lambda(i), name);
    }
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
