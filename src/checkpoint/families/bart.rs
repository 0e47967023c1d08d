//! The decoders of BART (Lewis et al. 2020) and its relatives, used alone: a learned table of positions, and norms
//! before each half or of sums.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{EmbedNorm, Norms, Positions};
use crate::graph::role::Role;

/// The differences between the relatives.
struct Kind {
    /// The first position's row.
    offset: usize,
    embed_norm: EmbedNorm,
    norms: Norms,
    /// The name of the final norm, if there is one.
    last: Option<&'static str>,
}

const BART: Kind = Kind {
    offset: 2,
    embed_norm: EmbedNorm::OfSum,
    norms: Norms::Post,
    last: None,
};

/// BART, PLBART (Ahmad et al. 2021) and MVP (Tang et al. 2023).
pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    decoder(family, config, BART)
}

/// mBART (Liu et al. 2020).
pub(super) fn read_mbart(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        norms: Norms::Pre,
        last: Some("layer_norm"),
        ..BART
    };
    decoder(family, config, kind)
}

/// Blenderbot (Roller et al. 2021) and PEGASUS (Zhang et al. 2020).
pub(super) fn read_pre(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        offset: 0,
        embed_norm: EmbedNorm::None,
        norms: Norms::Pre,
        last: Some("layer_norm"),
    };
    decoder(family, config, kind)
}

/// The small Blenderbot.
pub(super) fn read_small(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        offset: 0,
        embed_norm: EmbedNorm::OfTokens,
        ..BART
    };
    decoder(family, config, kind)
}

/// BigBird-PEGASUS (Zaheer et al. 2020), whose decoder sees all tokens.
pub(super) fn read_big_bird(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["attention_type", "block_size", "num_random_blocks"]);
    let kind = Kind {
        offset: 0,
        embed_norm: EmbedNorm::None,
        norms: Norms::Pre,
        last: Some("layernorm_embedding"),
    };
    decoder(family, config, kind)
}

/// Marian (Junczys-Dowmunt et al. 2018).
pub(super) fn read_marian(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["decoder_vocab_size", "share_encoder_decoder_embeddings"]);
    let kind = Kind {
        offset: 0,
        embed_norm: EmbedNorm::None,
        ..BART
    };
    decoder(family, config, kind)
}

fn decoder(family: &str, config: &mut Config, kind: Kind) -> Result<Model, CheckpointError> {
    config.only("is_decoder", true.into())?;
    config.only("use_prompt", false.into())?;
    config.harmless(&[
        "encoder_attention_heads",
        "encoder_ffn_dim",
        "encoder_layers",
        "init_std",
        "prompt_length",
        "prompt_mid_dim",
    ]);
    let fields = Fields {
        n_layers: "decoder_layers",
        d_model: "d_model",
        n_heads: "decoder_attention_heads",
        d_mlp: In("decoder_ffn_dim"),
        ..Fields::new(In("activation_function"), Always(1e-5))
    };
    let mut arch = fields.plain(family, config)?;
    arch.positions = Positions::learned(kind.offset);
    arch.embedding.norm = kind.embed_norm;
    arch.block.norms = kind.norms;
    arch.unembedding.norm = kind.last.is_some();
    if config.flag("scale_embedding")? {
        arch.embedding.scale = (arch.d_model as f64).sqrt();
    }
    let bias = config.flag_or("use_bias", true)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.weight(Role::PosEmbed, "embed_positions.weight");
    if kind.embed_norm != EmbedNorm::None {
        names.module(Role::EmbedNorm, "layernorm_embedding", true);
    }
    names.qkv("layers.{}.self_attn", bias);
    names.module(Role::AttnOut, "layers.{}.self_attn.out_proj", bias);
    names.module(Role::Ln1, "layers.{}.self_attn_layer_norm", true);
    names.module(Role::Ln2, "layers.{}.final_layer_norm", true);
    names.module(Role::MlpIn, "layers.{}.fc1", true);
    names.module(Role::MlpOut, "layers.{}.fc2", true);
    if let Some(last) = kind.last {
        names.module(Role::LnFinal, last, true);
    }
    Ok(Model::new(arch, names))
}
