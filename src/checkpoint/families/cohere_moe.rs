//! Command A with experts (Cohere 2026): blocks before the mixtures have windows by a period of their own.

use super::moe::{DEEPSEEK, Modules, beside, mixture, sparse};
use super::{Model, cohere, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Experts, Positions, Score, Shared};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let dense = config.index_or("first_k_dense_replace", 0)?;
    windows_by_part(config, dense)?;
    let (mut arch, names) = cohere::parts2(family, config)?;
    let n_layers = arch.n_layers;
    let layers = sparse(config, n_layers)?;
    let layers = layers.unwrap_or_else(|| (0..n_layers).map(|i| i >= dense).collect());
    let experts = mixtral::sizes(config, "num_experts", "intermediate_size", n_layers)?;
    let wide = config.optional_size("prefix_dense_intermediate_size")?;
    arch.mlp.d_mlp = wide.unwrap_or(arch.mlp.d_mlp);
    // All blocks before the mixtures turn, also those that see all tokens.
    if config.size_or("prefix_dense_sliding_window_pattern", 1)? == 1
        && let Positions::Rotary(rotary) = &mut arch.positions
    {
        for (rope, sparse) in rotary.by_layer.iter_mut().zip(&layers) {
            *rope = rope.or((!sparse).then_some(0));
        }
    }
    let averaged = [("average", true), ("sum", false)];
    let averaged = config.choice("shared_expert_combination_strategy", &averaged)?;
    let shared = config.index("num_shared_experts")? * experts.d_expert;
    let shared = beside(shared).map(|shared| Shared {
        averaged: averaged.unwrap_or(true),
        ..shared
    });
    let scores = [("softmax", Score::Softmax), ("sigmoid", Score::Sigmoid)];
    let score = config.choice("expert_selection_fn", &scores)?;
    let score = score.unwrap_or(Score::Softmax);
    let summed = config.flag("norm_topk_prob")?;
    config.harmless(&["rms_norm_eps"]);
    arch.experts = Some(Experts {
        // A softmax is that of the chosen experts alone.
        renormalise: summed || score == Score::Softmax,
        score,
        shared,
        layers,
        ..experts
    });
    let modules = Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// List the blocks with windows, if the config does not: those before the mixtures have a period of their own.
fn windows_by_part(config: &mut Config, dense: usize) -> Result<(), CheckpointError> {
    let listed = config.json("layer_types");
    if dense == 0 || listed.is_some_and(|types| !types.is_null()) {
        return Ok(());
    }
    let before = config.size_or("prefix_dense_sliding_window_pattern", 1)?;
    let every = config.size_or("sliding_window_pattern", 4)?;
    let slides = |i: usize| match i.checked_sub(dense) {
        None => !(i + 1).is_multiple_of(before),
        Some(i) => !(i + 1).is_multiple_of(every),
    };
    let kinds = ["full_attention", "sliding_attention"];
    let kind = |i: usize| kinds[usize::from(slides(i))].into();
    let types: Vec<serde_json::Value> = (0..config.size("num_hidden_layers")?).map(kind).collect();
    config.set("layer_types", types.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn blocks_before_the_mixtures_have_windows_by_a_period_of_their_own() {
        let config = r#"{"model_type": "cohere2_moe", "num_hidden_layers": 7, "first_k_dense_replace": 3,
            "prefix_dense_sliding_window_pattern": 3, "sliding_window_pattern": 2, "sliding_window": 4,
            "num_experts": 2}"#;
        let config = Config::parse(Path::new("config.json"), config.as_bytes()).unwrap();
        let arch = super::super::read(config).unwrap().arch;
        let windows: Vec<bool> = arch.attention.windows.iter().map(Option::is_some).collect();
        assert_eq!(windows, [true, true, false, true, false, true, false]);
        let sparse = arch.experts.unwrap().layers;
        assert_eq!(sparse, [false, false, false, true, true, true, true]);
    }
}
