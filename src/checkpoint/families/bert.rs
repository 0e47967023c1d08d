//! BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): encoders with bidirectional attention and norms
//! of sums, which some files use as decoders. The embedding adds segments and has a norm of its own. A file may hold the head that fills in
//! masked tokens, the pooler, both or neither.

use super::fields::{Fields, Given::In};
use super::names::Names;
use super::{Model, Optional};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, EmbedNorm, Norms, Pooling, Positions, Unembedding};
use crate::graph::role::Role;

/// The differences between BERT, RoBERTa and their relatives besides sizes.
pub(super) struct Kind {
    pub head: Head,
    /// The id of padding, if positions are counted without it; the first position then reads the row after
    /// this id.
    pub padding: Option<usize>,
    /// The head's activation, if it is not the MLP's.
    pub transform: Option<Activation>,
    /// The module names of a block.
    pub block: &'static [(Role, &'static str)],
    /// The stream's last norm, in models whose norms come before each half.
    pub last: Option<&'static str>,
    /// The projection of what is made of a token's row, if a row may be shorter than the stream.
    pub project: Option<&'static str>,
    /// The map of the pooler.
    pub pooler: &'static str,
}

impl Kind {
    /// BERT with another head.
    pub fn new(head: Head) -> Kind {
        Kind {
            head,
            padding: None,
            transform: None,
            block: BLOCK,
            last: None,
            project: None,
            pooler: "pooler.dense",
        }
    }

    /// RoBERTa.
    pub fn roberta(config: &mut Config) -> Result<Kind, CheckpointError> {
        let head = Head {
            transform: "lm_head.dense",
            norm: "lm_head.layer_norm",
            matrix: "lm_head.decoder",
            tied_bias: "lm_head",
        };
        Ok(Kind {
            padding: Some(config.index("pad_token_id")?),
            transform: Some(Activation::Gelu),
            ..Kind::new(head)
        })
    }
}

/// The module names of the head that fills in masked tokens.
pub(super) struct Head {
    pub transform: &'static str,
    pub norm: &'static str,
    pub matrix: &'static str,
    /// The name of the output bias if the output matrix is the embedding's.
    pub tied_bias: &'static str,
}

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read_kind(family, config, &Kind::new(PREDICTIONS))
}

/// The module names of BERT's head.
pub(super) const PREDICTIONS: Head = Head {
    transform: "cls.predictions.transform.dense",
    norm: "cls.predictions.transform.LayerNorm",
    matrix: "cls.predictions.decoder",
    tied_bias: "cls.predictions",
};

/// ERNIE (Sun et al. 2020): BERT, with rows for tasks in some files.
pub(super) fn read_ernie(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("use_task_id", false.into())?;
    config.harmless(&["task_type_vocab_size"]);
    read(family, config)
}

/// BERT as a decoder without segments and without a head's transform (Rothe et al. 2020).
pub(super) fn read_generation(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("is_decoder", true.into())?;
    config.only("add_cross_attention", false.into())?;
    let arch = decoder(family, config)?;
    let mut names = embedding_names(&arch, "lm_head.decoder");
    names.modules("encoder.layer.{}", true, BLOCK);
    let bias = names.bias(Role::Unembed, "lm_head.decoder.bias");
    bias.tied_to = Some("lm_head.bias".into());
    Ok(Model::new(arch, names))
}

/// The text part of GIT (Wang et al. 2022), which is such a decoder.
pub(super) fn read_git(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["vision_config", "num_image_with_embedding"]);
    let arch = decoder(family, config)?;
    let mut names = embedding_names(&arch, "output");
    names.modules("encoder.layer.{}", true, BLOCK);
    names.bias(Role::Unembed, "output.bias");
    Ok(Model::new(arch, names))
}

/// A decoder without segments and without a head's transform.
fn decoder(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let fields = Fields::new(In("hidden_act"), In("layer_norm_eps"));
    let mut arch = fields.plain(family, config)?;
    encode(&mut arch);
    arch.attention.causal = true;
    arch.unembedding.transform = None;
    arch.unembedding.norm = false;
    Ok(arch)
}

pub(super) fn read_roberta(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind::roberta(config)?;
    read_kind(family, config, &kind)
}

fn read_kind(family: &str, config: &mut Config, kind: &Kind) -> Result<Model, CheckpointError> {
    Ok(model(arch(family, config, kind)?, kind))
}

/// The architecture of a model of this kind.
pub(super) fn arch(
    family: &str,
    config: &mut Config,
    kind: &Kind,
) -> Result<Arch, CheckpointError> {
    let decodes = config.flag_or("is_decoder", false)?;
    config.only("add_cross_attention", false.into())?;
    config.usual("position_embedding_type", "absolute".into());
    // The first conversions wrote these fields about a pooler; no other pooler exists.
    config.usual("directionality", "bidi".into());
    config.usual("pooler_type", "first_token_transform".into());
    config.harmless(&[
        "pooler_fc_size",
        "pooler_num_attention_heads",
        "pooler_num_fc_layers",
        "pooler_size_per_head",
    ]);
    let fields = Fields::new(In("hidden_act"), In("layer_norm_eps"));
    let mut arch = fields.plain(family, config)?;
    encode(&mut arch);
    let padding = kind.padding;
    let (rows, offset) = (arch.n_ctx, padding.map_or(0, |id| id + 1));
    if rows <= offset {
        let problem = format!("is {rows}, but the first position is row {offset}");
        return Err(config.error("max_position_embeddings", problem));
    }
    arch.n_ctx = rows - offset;
    arch.embedding.segments = Some(config.size("type_vocab_size")?);
    arch.positions = Positions::Learned {
        offset,
        padding,
        more_rows: 0,
    };
    arch.unembedding.transform = kind.transform.or(arch.unembedding.transform);
    arch.unembedding.pooling = Some(Pooling::Dense);
    if kind.last.is_some() {
        arch.block.norms = Norms::Pre;
        arch.unembedding.stream_norm = true;
    }
    arch.attention.causal = decodes;
    Ok(arch)
}

/// A model with the names of this kind.
pub(super) fn model(arch: Arch, kind: &Kind) -> Model {
    let names = names(&arch, kind);
    model_of(arch, names, kind)
}

/// The names of this kind.
pub(super) fn names(arch: &Arch, kind: &Kind) -> Names {
    let mut names = encoder_names(arch, "encoder.layer.{}", kind.block, &kind.head);
    let segments = "embeddings.token_type_embeddings";
    names.module(Role::SegmentEmbed, segments, false);
    names.module(Role::Pooler, kind.pooler, true);
    if let Some(project) = kind.project {
        names.module(Role::EmbedOut, project, true);
    }
    if let Some(last) = kind.last {
        names.module(Role::LnFinal, last, true);
    }
    names
}

/// A model that may lack its pooler and its head.
pub(super) fn model_of(arch: Arch, names: Names, kind: &Kind) -> Model {
    let mut model = Model::new(arch, names);
    model.optional = match kind.last {
        Some(_) => vec![POOLER, HEAD_OF_NORMED],
        None => vec![POOLER, HEAD],
    };
    model
}

/// The options that BERT shares with later encoders: no segments, no pooler, and positions that begin at row
/// 0.
pub(super) fn encode(arch: &mut Arch) {
    arch.embedding.norm = EmbedNorm::OfSum;
    arch.positions = Positions::learned(0);
    arch.block.norms = Norms::Post;
    arch.attention.causal = false;
    arch.unembedding.transform = Some(arch.mlp.activation);
}

/// The head of a model whose stream ends in a norm, which stays without it.
const HEAD_OF_NORMED: Optional = Optional {
    roles: &[Role::Transform, Role::HeadNorm, Role::Unembed],
    ..HEAD
};

const POOLER: Optional = Optional {
    tell: Role::Pooler,
    roles: &[Role::Pooler],
    without: |arch| arch.unembedding.pooling = None,
};

/// The head is recognised by its transform, since its output matrix may be the embedding's.
pub(super) const HEAD: Optional = Optional {
    tell: Role::Transform,
    roles: &[Role::Transform, Role::LnFinal, Role::Unembed],
    without: |arch| {
        arch.unembedding = Unembedding {
            pooling: arch.unembedding.pooling,
            stream_norm: arch.unembedding.stream_norm,
            ..Unembedding::none()
        };
    },
};

/// The module names of a block.
const BLOCK: &[(Role, &str)] = &[
    (Role::Query, "attention.self.query"),
    (Role::Key, "attention.self.key"),
    (Role::Value, "attention.self.value"),
    (Role::AttnOut, "attention.output.dense"),
    (Role::Ln1, "attention.output.LayerNorm"),
    (Role::MlpIn, "intermediate.dense"),
    (Role::MlpOut, "output.dense"),
    (Role::Ln2, "output.LayerNorm"),
];

/// The names of an encoder's weights, from the prefix of a block, its modules, and those of the head.
pub(super) fn encoder_names(
    arch: &Arch,
    layer: &str,
    block: &[(Role, &str)],
    head: &Head,
) -> Names {
    let mut names = embedding_names(arch, head.matrix);
    names.modules(layer, true, block);
    names.module(Role::Transform, head.transform, true);
    let norm = if arch.unembedding.stream_norm {
        Role::HeadNorm
    } else {
        Role::LnFinal
    };
    names.module(norm, head.norm, true);
    let bias = names.bias(Role::Unembed, format!("{}.bias", head.matrix));
    if arch.tied_embeddings && head.tied_bias != head.matrix {
        bias.tied_to = Some(format!("{}.bias", head.tied_bias));
    }
    names
}

/// The names of the embedding's weights and of the output matrix.
fn embedding_names(arch: &Arch, matrix: &str) -> Names {
    let mut names = Names::new(arch, "embeddings.word_embeddings", matrix);
    names.weight(Role::PosEmbed, "embeddings.position_embeddings.weight");
    names.module(Role::EmbedNorm, "embeddings.LayerNorm", true);
    names
}
