//! CodeGen (Nijkamp et al. 2022): GPT-J whose queries, values and keys take turns in one tensor, a quarter of each at
//! a time.

use super::{Model, gpt2, gptj};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::role::Role;

/// The number of turns: the models were trained on as many machines.
const TURNS: usize = 4;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = gptj::arch(family, config)?;
    let n_heads = arch.attention.n_heads;
    if n_heads % TURNS != 0 {
        let problem = format!("is {n_heads}, which {TURNS} does not divide");
        return Err(config.error("n_head", problem));
    }
    let mut names = gpt2::ends(&arch);
    names.bias(Role::Unembed, "lm_head.bias");
    let width = arch.d_model / TURNS;
    let roles = [Role::Query, Role::Value, Role::Key];
    names.turns(&roles, "h.{}.attn.qkv_proj", false, &[width; 3]);
    names.module(Role::AttnOut, "h.{}.attn.out_proj", false);
    names.module(Role::MlpIn, "h.{}.mlp.fc_in", true);
    names.module(Role::MlpOut, "h.{}.mlp.fc_out", true);
    Ok(Model::new(arch, names))
}
