//! BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): encoders whose tokens see one another, with
//! norms of sums, and in the embedding segments and one more norm. A file may hold the head that fills
//! in masked tokens, the pooler, both or neither.

use super::names::Names;
use super::{Model, Optional, activation, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, EmbedNorm, Embedding, Mlp, Norm, NormKind, Norms, Pooling,
    Positions, Unembedding,
};
use crate::graph::role::Role;

/// What differs between the two besides numbers.
struct Kind {
    /// The modules of the head: the map, its norm, the matrix, and what its bias is named after.
    head: [&'static str; 4],
    /// Row of the first position, and the head's activation where it is not that of the MLP.
    offset: usize,
    transform: Option<Activation>,
}

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        head: [
            "cls.predictions.transform.dense",
            "cls.predictions.transform.LayerNorm",
            "cls.predictions.decoder",
            "cls.predictions",
        ],
        offset: 0,
        transform: None,
    };
    read_kind(family, config, kind)
}

pub(super) fn read_roberta(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let kind = Kind {
        head: [
            "lm_head.dense",
            "lm_head.layer_norm",
            "lm_head.decoder",
            "lm_head",
        ],
        // Positions are counted from the one after that of padding.
        offset: config.index_or("pad_token_id", 1)? + 1,
        transform: Some(Activation::Gelu),
    };
    read_kind(family, config, kind)
}

fn read_kind(family: &str, config: &mut Config, kind: Kind) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("num_hidden_layers")?;
    let d_model = config.size("hidden_size")?;
    let n_heads = config.size("num_attention_heads")?;
    let d_head = sizes::split(
        config,
        "num_attention_heads",
        n_heads,
        "hidden_size",
        d_model,
    )?;
    config.only("position_embedding_type", "absolute".into())?;
    config.only("is_decoder", false.into())?;
    config.only("add_cross_attention", false.into())?;
    // What the first conversions wrote, of a pooler that there is no other of.
    config.only("directionality", "bidi".into())?;
    config.only("pooler_type", "first_token_transform".into())?;
    config.harmless(&[
        "pooler_fc_size",
        "pooler_num_attention_heads",
        "pooler_num_fc_layers",
        "pooler_size_per_head",
    ]);
    let d_mlp = config.size("intermediate_size")?;
    let activation = activation::read(config, "hidden_act", Activation::Gelu)?;
    let rows = config.size_or("max_position_embeddings", 512)?;
    let n_ctx = rows.checked_sub(kind.offset).filter(|n| *n > 0);
    let n_ctx = n_ctx.ok_or_else(|| {
        config.error(
            "max_position_embeddings",
            format!("is {rows}, but the first position is row {}", kind.offset),
        )
    })?;
    let sizes = Sizes {
        n_layers,
        d_model,
        n_heads,
        d_head,
        d_mlp,
    };
    let mut arch = encoder(family, config, sizes, activation)?;
    arch.n_ctx = n_ctx;
    arch.embedding.segments = Some(config.size_or("type_vocab_size", 2)?);
    arch.positions = Positions::Learned {
        offset: kind.offset,
    };
    let eps = config.positive_or("layer_norm_eps", 1e-12)?;
    arch.norm = Norm::new(NormKind::Layer, eps);
    arch.unembedding.transform = Some(kind.transform.unwrap_or(activation));
    arch.unembedding.pooling = Some(Pooling::Dense);
    let names = names(&arch, &kind);
    let mut model = Model::new(arch, names);
    model.optional = vec![POOLER, HEAD];
    Ok(model)
}

pub(super) struct Sizes {
    pub n_layers: usize,
    pub d_model: usize,
    pub n_heads: usize,
    pub d_head: usize,
    pub d_mlp: usize,
}

/// What BERT and those made after it have in common. Without segments and a pooler, and with positions that
/// begin at the first row.
pub(super) fn encoder(
    family: &str,
    config: &mut Config,
    sizes: Sizes,
    activation: Activation,
) -> Result<Arch, CheckpointError> {
    let Sizes {
        n_layers, n_heads, ..
    } = sizes;
    Ok(Arch {
        family: family.to_owned(),
        n_layers,
        d_model: sizes.d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size_or("max_position_embeddings", 512)?,
        embedding: Embedding {
            norm: EmbedNorm::OfSum,
            ..Embedding::default()
        },
        positions: Positions::Learned { offset: 0 },
        norm: Norm::new(NormKind::Layer, 1e-12),
        block: Block {
            norms: Norms::Post,
            ..Block::default()
        },
        attention: Attention {
            causal: false,
            ..Attention::new(n_layers, n_heads, n_heads, sizes.d_head)
        },
        mlp: Mlp::plain(sizes.d_mlp, activation),
        experts: None,
        unembedding: Unembedding {
            transform: Some(activation),
            ..Unembedding::default()
        },
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        stored: Vec::new(),
    })
}

const POOLER: Optional = Optional {
    tell: Role::Pooler,
    roles: &[Role::Pooler],
    without: |arch| arch.unembedding.pooling = None,
};

/// Not told by the matrix, which is the embedding's where they are tied.
pub(super) const HEAD: Optional = Optional {
    tell: Role::Transform,
    roles: &[Role::Transform, Role::LnFinal, Role::Unembed],
    without: |arch| {
        arch.unembedding = Unembedding {
            pooling: arch.unembedding.pooling,
            ..Unembedding::none()
        };
    },
};

fn names(arch: &Arch, kind: &Kind) -> Names {
    let block = [
        (Role::Query, "attention.self.query"),
        (Role::Key, "attention.self.key"),
        (Role::Value, "attention.self.value"),
        (Role::AttnOut, "attention.output.dense"),
        (Role::Ln1, "attention.output.LayerNorm"),
        (Role::MlpIn, "intermediate.dense"),
        (Role::MlpOut, "output.dense"),
        (Role::Ln2, "output.LayerNorm"),
    ];
    let mut names = encoder_names(arch, "encoder.layer", &block, kind.head);
    names.weight(
        Role::SegmentEmbed,
        "embeddings.token_type_embeddings.weight",
    );
    names.module(Role::Pooler, "pooler.dense", true);
    names
}

/// The names of [`encoder`]'s weights: where the blocks are, the modules of one, and those of the head as in
/// [`Kind`].
pub(super) fn encoder_names(
    arch: &Arch,
    blocks: &str,
    block: &[(Role, &str)],
    head: [&str; 4],
) -> Names {
    let mut names = Names::default();
    let tokens = "embeddings.word_embeddings.weight";
    names.weight(Role::Embed, tokens);
    names.weight(Role::PosEmbed, "embeddings.position_embeddings.weight");
    names.module(Role::EmbedNorm, "embeddings.LayerNorm", true);
    for &(role, module) in block {
        names.module(role, &format!("{blocks}.{{}}.{module}"), true);
    }
    let [transform, norm, matrix, shared] = head;
    names.module(Role::Transform, transform, true);
    names.module(Role::LnFinal, norm, true);
    let tied = arch.tied_embeddings;
    names.unembed(tied, tokens, &format!("{matrix}.weight"));
    // The bias is tied too: it then goes by the name of the head's own.
    let bias = if tied { shared } else { matrix };
    names.bias(Role::Unembed, format!("{bias}.bias"));
    names
}
