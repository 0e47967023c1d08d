//! Command R's later form for text beside images (Cohere 2026): each type of block has positions of its own, or none, and
//! dimensions half a head apart turn together.

use super::fields::{Fields, Given::In};
use super::{Model, cohere, llama, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{NormKind, Positions, Residual, Rotary};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // A vector for the whole text is another task's.
    config.harmless(&["pooling"]);
    let fields = Fields {
        eps: In("layer_norm_eps"),
        ..llama::FIELDS
    };
    let mut arch = llama::without_positions(family, config, &fields)?;
    arch.norm.kind = NormKind::Layer;
    arch.block.residual = Residual::ParallelShared;
    arch.unembedding.scale = config.positive_or("logit_scale", 1.0)?;
    let sliding = windows::sliding(config, arch.n_layers, |_| false)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let ropes = rope::by_type_or_none(config, &arch)?;
    let [full, local] = &ropes;
    let of_full = full.as_ref().map(|_| 0);
    let of_local = local.as_ref().map(|_| usize::from(full.is_some()));
    let numbers = sliding
        .iter()
        .map(|&slides| if slides { of_local } else { of_full });
    let by_layer: Vec<Option<usize>> = numbers.collect();
    if by_layer.iter().any(Option::is_some) {
        let ropes = ropes.into_iter().flatten().collect();
        arch.positions = Positions::Rotary(Rotary { ropes, by_layer });
    }
    let mut names = cohere::names(config, &arch)?;
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
