//! Encoders that are BERT or RoBERTa but for the places of norms, the width of token rows, or positions. Each may be used as a
//! decoder.

use super::Model;
use super::bert::{self, Head, Kind, PREDICTIONS};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, EmbedNorm, Positions, Rope, RopePairs};
use crate::graph::role::Role;

/// Megatron-LM's BERT (Shoeybi et al. 2019): norms before each half, and none in the embedding.
pub(super) fn read_megatron(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        block: &[
            (Role::Ln1, "attention.ln"),
            (Role::Query, "attention.self.query"),
            (Role::Key, "attention.self.key"),
            (Role::Value, "attention.self.value"),
            (Role::AttnOut, "attention.output.dense"),
            (Role::Ln2, "ln"),
            (Role::MlpIn, "intermediate.dense"),
            (Role::MlpOut, "output.dense"),
        ],
        last: Some("encoder.ln"),
        ..Kind::new(PREDICTIONS)
    };
    let mut arch = bert::arch(family, config, &kind)?;
    arch.embedding.norm = EmbedNorm::None;
    Ok(bert::model(arch, &kind))
}

/// RoBERTa with norms before each half (Ott et al. 2019).
pub(super) fn read_roberta_pre(
    family: &str,
    config: &mut Config,
) -> Result<Model, CheckpointError> {
    let kind = Kind {
        block: &[
            (Role::Ln1, "attention.LayerNorm"),
            (Role::Query, "attention.self.query"),
            (Role::Key, "attention.self.key"),
            (Role::Value, "attention.self.value"),
            (Role::AttnOut, "attention.output.dense"),
            (Role::Ln2, "intermediate.LayerNorm"),
            (Role::MlpIn, "intermediate.dense"),
            (Role::MlpOut, "output.dense"),
        ],
        last: Some("LayerNorm"),
        ..Kind::roberta(config)?
    };
    Ok(bert::model(bert::arch(family, config, &kind)?, &kind))
}

/// XLM-RoBERTa XL and XXL (Goyal et al. 2021): norms before each half, and none in the embedding.
pub(super) fn read_xlm_roberta_xl(
    family: &str,
    config: &mut Config,
) -> Result<Model, CheckpointError> {
    let kind = Kind {
        block: &[
            (Role::Ln1, "attention.self_attn_layer_norm"),
            (Role::Query, "attention.self.query"),
            (Role::Key, "attention.self.key"),
            (Role::Value, "attention.self.value"),
            (Role::AttnOut, "attention.output.dense"),
            (Role::Ln2, "LayerNorm"),
            (Role::MlpIn, "intermediate.dense"),
            (Role::MlpOut, "output.dense"),
        ],
        last: Some("encoder.LayerNorm"),
        ..Kind::roberta(config)?
    };
    let mut arch = bert::arch(family, config, &kind)?;
    arch.embedding.norm = EmbedNorm::None;
    Ok(bert::model(arch, &kind))
}

/// ELECTRA (Clark et al. 2020): rows of tokens that are shorter than the stream. Only the generator has a head for tokens.
pub(super) fn read_electra(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // A summary is for tasks other than filling in tokens.
    config.harmless(&[
        "summary_activation",
        "summary_last_dropout",
        "summary_type",
        "summary_use_proj",
    ]);
    let head = Head {
        transform: "generator_predictions.dense",
        norm: "generator_predictions.LayerNorm",
        matrix: "generator_lm_head",
        tied_bias: "generator_lm_head",
    };
    let kind = Kind {
        transform: Some(Activation::Gelu),
        project: Some("embeddings_project"),
        ..Kind::new(head)
    };
    let mut arch = bert::arch(family, config, &kind)?;
    let width = config.size("embedding_size")?;
    narrow(&mut arch, width);
    Ok(bert::model(arch, &kind))
}

/// RemBERT (Chung et al. 2021): short rows of tokens where they are read, long ones where they are scored.
pub(super) fn read_rembert(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let head = Head {
        transform: "cls.predictions.dense",
        norm: "cls.predictions.LayerNorm",
        matrix: "cls.predictions.decoder",
        tied_bias: "cls.predictions.decoder",
    };
    let kind = Kind {
        project: Some("encoder.embedding_hidden_mapping_in"),
        ..Kind::new(head)
    };
    let mut arch = bert::arch(family, config, &kind)?;
    arch.embedding.d_embed = Some(config.size("input_embedding_size")?);
    arch.embedding.narrow = true;
    arch.unembedding.d_head = Some(config.size("output_embedding_size")?);
    // The class ties nothing.
    arch.tied_embeddings = false;
    Ok(bert::model(arch, &kind))
}

/// RoFormer (Su et al. 2021), where rotary positions come from: neighbouring dimensions turn together.
pub(super) fn read_roformer(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("rotary_value", false.into())?;
    let kind = Kind {
        project: Some("embeddings_project"),
        ..Kind::new(PREDICTIONS)
    };
    let mut arch = bert::arch(family, config, &kind)?;
    let width = config.size_or("embedding_size", arch.d_model)?;
    narrow(&mut arch, width);
    let rope = Rope {
        pairs: RopePairs::Interleaved,
        ..Rope::new(10_000.0, arch.attention.d_head)
    };
    arch.positions = Positions::rotary(rope, arch.n_layers);
    Ok(bert::model(arch, &kind))
}

/// BigBird (Zaheer et al. 2020) on texts that are too short for its sparse attention, which then looks everywhere.
pub(super) fn read_big_bird(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("use_bias", true.into())?;
    let kind = Kind {
        pooler: "pooler",
        ..Kind::new(PREDICTIONS)
    };
    let mut arch = bert::arch(family, config, &kind)?;
    if config.flag("rescale_embeddings")? {
        arch.embedding.scale = (arch.d_model as f64).sqrt();
    }
    let random = config.index("num_random_blocks")?;
    let most = (5 + 2 * random) * config.size("block_size")?;
    let sparse = config.choice(
        "attention_type",
        &[("block_sparse", true), ("original_full", false)],
    )?;
    let beyond = arch.n_ctx.saturating_sub(most);
    if sparse == Some(true) && beyond > 0 {
        arch.n_ctx = most;
        arch.positions = Positions::Learned {
            offset: 0,
            padding: None,
            more_rows: beyond,
        };
    }
    Ok(bert::model(arch, &kind))
}

/// Let a token's row, and what the head writes, be this long. Without a difference nothing is projected.
fn narrow(arch: &mut Arch, width: usize) {
    let other = Some(width).filter(|width| *width != arch.d_model);
    (arch.embedding.d_embed, arch.embedding.narrow) = (other, other.is_some());
    arch.unembedding.d_head = other;
}
