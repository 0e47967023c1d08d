//! Mixtral (Jiang et al. 2024): Mistral with experts in every block.

use super::llama::{self, Biases};
use super::names::Names;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Score};
use crate::graph::role::Role;

/// The largest number of experts. Each is a tensor to look up in every block.
const MAX_EXPERTS: usize = 4096;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    // Noise that is added to the router's input in training only.
    config.harmless(&["router_jitter_noise"]);
    let (count, width) = ("num_local_experts", "intermediate_size");
    arch.experts = Some(sizes(config, count, width, arch.n_layers)?);
    let mut names = llama::names(&arch, Biases::default());
    let module = "layers.{}.block_sparse_moe";
    names.module(Role::Router, &format!("{module}.gate"), false);
    let each = format!("{module}.experts.{{i}}");
    experts(&mut names, &arch, &each, ["w1", "w3", "w2"]);
    Ok(Model::new(arch, names))
}

/// A mixture in every block; the chosen experts' shares are scaled to sum to 1.
pub(super) fn sizes(
    config: &mut Config,
    count_field: &str,
    width_field: &str,
    n_layers: usize,
) -> Result<Experts, CheckpointError> {
    let fields = [count_field, "num_experts_per_tok", width_field];
    sized(config, fields, n_layers)
}

/// [`sizes`] with fields of other names: the number of experts, of those at work, and their width.
pub(super) fn sized(
    config: &mut Config,
    [count_field, active_field, width_field]: [&str; 3],
    n_layers: usize,
) -> Result<Experts, CheckpointError> {
    let n_experts = config.size(count_field)?;
    if n_experts > MAX_EXPERTS {
        let problem =
            format!("is {n_experts}, more than the {MAX_EXPERTS} experts that are understood");
        return Err(config.error(count_field, problem));
    }
    let n_active = config.size(active_field)?;
    if n_active > n_experts {
        let problem = format!("is {n_active} of {count_field} = {n_experts}");
        return Err(config.error(active_field, problem));
    }
    Ok(Experts {
        n_experts,
        n_active,
        d_expert: config.size(width_field)?,
        renormalise: true,
        layers: vec![true; n_layers],
        cap: None,
        score: Score::Softmax,
        choice_bias: false,
        groups: None,
        share_of_input: false,
        scale: 1.0,
        shared: None,
        beside_mlp: false,
        scaled: false,
        normed: false,
        identities: 0,
        shortcut: false,
        by_token: Vec::new(),
        clamp: None,
    })
}

/// The names of each expert's tensors under `module`: gate, linear half and output.
pub(super) fn experts(names: &mut Names, arch: &Arch, module: &str, parts: [&str; 3]) {
    let [gate, linear, out] = parts;
    for i in 0..arch.experts.as_ref().map_or(0, Experts::with_weights) {
        let roles = [
            (Role::ExpertIn(i), gate),
            (Role::ExpertLinear(i), linear),
            (Role::ExpertOut(i), out),
        ];
        names.modules(module, false, &roles);
    }
}
