//! ModernBERT as a decoder (Weller et al. 2025): windows in two blocks of three, gated MLPs, a head with a norm of its own
//! behind the stream's, and a first block whose attention reads the normed embedding as it is.

use super::fields::{Fields, Given::In};
use super::names::Names;
use super::{Model, activation, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::EmbedNorm;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["initializer_cutoff_factor"]);
    let fields = Fields::new(In("hidden_activation"), In("norm_eps"));
    let mut arch = fields.plain(family, config)?;
    arch.embedding.norm = EmbedNorm::OfTokens;
    arch.block.first_bare = true;
    arch.mlp.gated = true;
    let every = config.size_or("global_attn_every_n_layers", 3)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % every != 0)?;
    // A window reaches both ways in the encoder, and half as far in the decoder.
    let half = config.optional_size("local_attention")?.map(|all| all / 2);
    let window = config.optional_size("sliding_window")?.or(half);
    let window = window.filter(|window| *window > 0);
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    config.only("rope_scaling", serde_json::Value::Null)?;
    let thetas = [
        config.positive_or("global_rope_theta", 160_000.0)?,
        config.positive_or("local_rope_theta", 10_000.0)?,
    ];
    arch.positions = rope::by_type(config, &arch, &sliding, thetas)?;
    arch.unembedding.transform = activation::read(config, "classifier_activation")?;
    arch.unembedding.stream_norm = true;
    let norms = config.flag("norm_bias")?;
    let attention = config.flag("attention_bias")?;
    let mlp = config.flag("mlp_bias")?;
    let mut names = Names::new(&arch, "embeddings.tok_embeddings", "decoder");
    names.module(Role::EmbedNorm, "embeddings.norm", norms);
    names.module(Role::Ln1, "layers.{}.attn_norm", norms);
    names.module(Role::Ln2, "layers.{}.mlp_norm", norms);
    names.qkv("layers.{}.attn", attention);
    names.module(Role::AttnOut, "layers.{}.attn.Wo", attention);
    names.fused(&[Role::MlpIn, Role::MlpLinear], "layers.{}.mlp.Wi", mlp);
    names.module(Role::MlpOut, "layers.{}.mlp.Wo", mlp);
    names.module(Role::LnFinal, "final_norm", norms);
    names.module(
        Role::Transform,
        "lm_head.dense",
        config.flag("classifier_bias")?,
    );
    names.module(Role::HeadNorm, "lm_head.norm", norms);
    if config.flag("decoder_bias")? {
        names.bias(Role::Unembed, "decoder.bias");
    }
    Ok(Model::new(arch, names))
}
