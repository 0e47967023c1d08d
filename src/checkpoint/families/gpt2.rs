//! GPT-2 (Radford et al. 2019), and the same with fixed sinusoidal positions.
//!
//! Its linear layers are transformers' `Conv1D`, stored `[in, out]`, with query, key and value in one.

use super::{Model, Name};
use crate::checkpoint::arch::{Activation, Arch, Attention, Mlp, Norm, NormKind, Positions};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::{Param, Role};

const ACTIVATIONS: &[(&str, Activation)] = &[
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("gelu", Activation::Gelu),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

pub(super) fn learned(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::Learned)
}

pub(super) fn sinusoidal(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    read(family, config, Positions::Sinusoidal)
}

fn read(family: &str, config: &mut Config, positions: Positions) -> Result<Model, CheckpointError> {
    let n_layers = config.layers("n_layer")?;
    let d_model = config.size("n_embd")?;
    let n_heads = config.size("n_head")?;
    if d_model % n_heads != 0 {
        return Err(config.error(
            "n_head",
            format!("is {n_heads}, which does not divide n_embd = {d_model}"),
        ));
    }
    let d_head = d_model / n_heads;
    let scaled = config.flag("scale_attn_weights", true)?;
    let by_layer = config.flag("scale_attn_by_inverse_layer_idx", false)?;
    let scale = |layer: usize| {
        let head = if scaled { (d_head as f64).sqrt() } else { 1.0 };
        let depth = if by_layer { layer as f64 + 1.0 } else { 1.0 };
        1.0 / (head * depth)
    };
    config.only("add_cross_attention", false.into())?;
    config.harmless(&[
        // Another order of the same operations, for half precision in training.
        "reorder_and_upcast_attn",
        // An older name of n_positions.
        "n_ctx",
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj",
    ]);
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size("n_positions")?,
        norm: Norm {
            kind: NormKind::Layer,
            eps: config
                .optional_positive("layer_norm_epsilon")?
                .unwrap_or(1e-5),
        },
        attention: Attention {
            n_heads,
            n_kv_heads: n_heads,
            d_head,
            scales: (0..n_layers).map(scale).collect(),
        },
        mlp: Mlp {
            d_mlp: config.optional_size("n_inner")?.unwrap_or(4 * d_model),
            activation: config.choice("activation_function", Activation::GeluTanh, ACTIVATIONS)?,
            gated: false,
        },
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        positions,
    };
    if arch.positions == Positions::Sinusoidal && d_model % 2 != 0 {
        return Err(config.error(
            "n_embd",
            format!("is {d_model}, but sinusoidal positions need an even number"),
        ));
    }
    let names = names(&arch);
    Ok(Model { arch, names })
}

fn names(arch: &Arch) -> Vec<Name> {
    const FUSED: &[Role] = &[Role::Query, Role::Key, Role::Value];
    let mut names = vec![Name::new(Role::Embed, Param::Weight, "wte.weight")];
    if arch.positions == Positions::Learned {
        names.push(Name::new(Role::PosEmbed, Param::Weight, "wpe.weight"));
    }
    for (role, weight, bias) in [
        (Role::Ln1, "h.{}.ln_1.weight", "h.{}.ln_1.bias"),
        (Role::Ln2, "h.{}.ln_2.weight", "h.{}.ln_2.bias"),
        (Role::LnFinal, "ln_f.weight", "ln_f.bias"),
    ] {
        names.push(Name::new(role, Param::Weight, weight));
        names.push(Name::new(role, Param::Bias, bias));
    }
    for (roles, weight, bias) in [
        (FUSED, "h.{}.attn.c_attn.weight", "h.{}.attn.c_attn.bias"),
        (
            &[Role::AttnOut],
            "h.{}.attn.c_proj.weight",
            "h.{}.attn.c_proj.bias",
        ),
        (&[Role::MlpIn], "h.{}.mlp.c_fc.weight", "h.{}.mlp.c_fc.bias"),
        (
            &[Role::MlpOut],
            "h.{}.mlp.c_proj.weight",
            "h.{}.mlp.c_proj.bias",
        ),
    ] {
        let fused = if roles.len() > 1 { roles } else { &[] };
        for &role in roles {
            names.push(Name {
                transposed: true,
                fused,
                ..Name::new(role, Param::Weight, weight)
            });
            names.push(Name {
                fused,
                ..Name::new(role, Param::Bias, bias)
            });
        }
    }
    let unembed = if arch.tied_embeddings {
        "wte.weight"
    } else {
        "lm_head.weight"
    };
    names.push(Name::new(Role::Unembed, Param::Weight, unembed));
    names
}
