//! Gemma 4 (Gemma Team 2026): Gemma 3 with norm weights as they are, embeddings by layer, values that are normed and may
//! be keys too, wider heads with fewer turning pairs in blocks of full attention, keys and values that the last blocks
//! take from earlier ones, experts beside the MLP, and a number that multiplies each block's stream.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::moe::{self, PARTS};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Norms, Positions, QkNorm, Rotary};
use crate::graph::heads::Heads;
use crate::graph::role::Role;
use crate::graph::streams::LayerEmbedding;

const FIELDS: Fields = Fields {
    activation: In("hidden_activation"),
    ..llama::FIELDS
};

/// The norms of a block, in front of and behind each half.
const NORMS: [(Role, &str); 4] = [
    (Role::Ln1, "input_layernorm"),
    (Role::Ln1Post, "post_attention_layernorm"),
    (Role::Ln2, "pre_feedforward_layernorm"),
    (Role::Ln2Post, "post_feedforward_layernorm"),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut model = arch(family, config)?;
    model.embedding.by_layer = layer_embedding(config)?;
    model.experts = experts(config, model.n_layers)?;
    let mut names = names(&model, config)?;
    layer_names(&model, &mut names);
    if model.experts.is_some() {
        expert_names(&model, &mut names);
    }
    Ok(Model::new(model, names))
}

/// The text model of Gemma 4 without encoders: neither embeddings by layer nor experts.
pub(super) fn read_unified(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let model = arch(family, config)?;
    let mut names = names(&model, config)?;
    layer_names(&model, &mut names);
    Ok(Model::new(model, names))
}

/// The architecture without embeddings by layer and experts.
fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &FIELDS)?;
    let n_layers = arch.n_layers;
    if config.json("use_bidirectional_attention") != Some("vision".into()) {
        config.only("use_bidirectional_attention", serde_json::Value::Null)?;
    }
    let mut sliding = windows::sliding(config, n_layers, |i| (i + 1) % 6 != 0)?;
    // The last block always attends to all tokens.
    sliding[n_layers - 1] = false;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.scales = vec![1.0; n_layers];
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.value_norm = true;
    if config.flag("attention_k_eq_v")? {
        arch.attention.keys_as_values = sliding.iter().map(|slides| !slides).collect();
    }
    arch.attention.heads = heads(config, &arch, &sliding)?;
    arch.attention.shared = shared(config, &sliding)?;
    arch.positions = positions(config, &arch, &sliding)?;
    let wide = config.flag("use_double_wide_mlp")?;
    if wide && !arch.attention.shared.is_empty() {
        let shared = arch.attention.shared.iter().map(Option::is_some);
        let width = |shared| arch.mlp.d_mlp * (1 + usize::from(shared));
        arch.mlp.widths = shared.map(width).collect();
    }
    arch.embedding.scale = (arch.d_model as f64).sqrt();
    arch.block.norms = Norms::Sandwich;
    arch.block.scaled = true;
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    Ok(arch)
}

/// The heads of each block: those of full attention have a width, and may have a number of keys, of their own.
fn heads(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
) -> Result<Vec<Heads>, CheckpointError> {
    let a = &arch.attention;
    let wide = config.size_or("global_head_dim", 512)?;
    let few = config.optional_size("num_global_key_value_heads")?;
    let few = few.filter(|_| !a.keys_as_values.is_empty());
    let mut own = config.plain_object("per_layer_config")?;
    let mut heads = Vec::new();
    for (i, slides) in sliding.iter().enumerate() {
        let (mut d_head, mut n_kv_heads) = match (&own, slides) {
            (None, false) => (wide, few.unwrap_or(a.n_kv_heads)),
            _ => (a.d_head, a.n_kv_heads),
        };
        if let Some(own) = &mut own
            && let Some(mut own) = own.plain_object(&i.to_string())?
        {
            d_head = own.size_or("head_dim", d_head)?;
            n_kv_heads = own.size_or("num_key_value_heads", n_kv_heads)?;
            own.finish()?;
        }
        if !a.n_heads.is_multiple_of(n_kv_heads) {
            let problem = format!(
                "are {n_kv_heads} in block {i}, which do not divide {}",
                a.n_heads
            );
            return Err(config.error("num_global_key_value_heads", problem));
        }
        heads.push(Heads {
            n_heads: a.n_heads,
            n_kv_heads,
            d_head,
            d_value: d_head,
        });
    }
    if let Some(own) = own {
        own.finish()?;
    }
    Ok(heads)
}

/// The block whose keys and values each of the last blocks reads: the last of its own kind before them.
pub(super) fn shared(
    config: &mut Config,
    sliding: &[bool],
) -> Result<Vec<Option<usize>>, CheckpointError> {
    const FIELD: &str = "num_kv_shared_layers";
    let (count, n_layers) = (config.index(FIELD)?, sliding.len());
    if count == 0 {
        return Ok(Vec::new());
    }
    let first = n_layers.saturating_sub(count);
    let mut shared = vec![None; n_layers];
    for i in first..n_layers {
        shared[i] = (0..first).rfind(|j| sliding[*j] == sliding[i]);
        if shared[i].is_none() {
            let problem =
                format!("is {count}, but no block before block {first} has keys for block {i}");
            return Err(config.error(FIELD, problem));
        }
    }
    Ok(shared)
}

/// One embedding for blocks of full attention, and one for blocks that slide, each for heads of its own width.
fn positions(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
) -> Result<Positions, CheckpointError> {
    config.default_object(
        "rope_parameters",
        r#"{"sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
            "full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1000000.0}}"#,
    );
    let mut ropes = Vec::new();
    let Some(mut by_type) = config.plain_object("rope_parameters")? else {
        return Ok(Positions::None);
    };
    for (kind, slides) in [("full_attention", false), ("sliding_attention", true)] {
        let of_kind = sliding.iter().position(|own| *own == slides).unwrap_or(0);
        let around = rope::Around {
            theta: None,
            part: Part::Whole,
            original_n_ctx: None,
        };
        let d_head = arch.attention.heads_of(of_kind).d_head;
        let inner = by_type.plain_object(kind)?;
        let inner = by_type.required(kind, inner)?;
        ropes.push(rope::parameters(inner, d_head, arch.n_ctx, &around)?);
    }
    by_type.finish()?;
    let numbers = sliding.iter().map(|slides| Some(usize::from(*slides)));
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: numbers.collect(),
    }))
}

/// The embeddings by layer; `None` if their rows have no dimensions.
pub(super) fn layer_embedding(
    config: &mut Config,
) -> Result<Option<LayerEmbedding>, CheckpointError> {
    let d_embed = config.index("hidden_size_per_layer_input")?;
    let rows = config.size("vocab_size_per_layer_input")?;
    Ok((d_embed > 0).then_some(LayerEmbedding { d_embed, rows }))
}

/// Experts beside the MLP of every block, if there are any.
fn experts(config: &mut Config, n_layers: usize) -> Result<Option<Experts>, CheckpointError> {
    const FIELDS: [&str; 3] = ["num_experts", "top_k_experts", "moe_intermediate_size"];
    if !config.flag("enable_moe_block")? {
        config.harmless(&FIELDS);
        return Ok(None);
    }
    Ok(Some(Experts {
        beside_mlp: true,
        scaled: true,
        ..mixtral::sized(config, FIELDS, n_layers)?
    }))
}

/// The names of embedding, norms, attention and MLP.
fn names(arch: &Arch, config: &mut Config) -> Result<Names, CheckpointError> {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.modules("layers.{}", false, &NORMS);
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    llama::attention(&mut names, qkv, out);
    names.weight(Role::QueryNorm(0), "layers.{}.self_attn.q_norm.weight");
    names.weight(Role::KeyNorm(0), "layers.{}.self_attn.k_norm.weight");
    let [gate, linear, out] = PARTS;
    let parts = [
        (Role::MlpIn, gate),
        (Role::MlpLinear, linear),
        (Role::MlpOut, out),
    ];
    names.modules("layers.{}.mlp", false, &parts);
    names.weight(Role::BlockScale, "layers.{}.layer_scalar");
    Ok(names)
}

/// The names of embeddings by layer, if there are any.
pub(super) fn layer_names(arch: &Arch, names: &mut Names) {
    if arch.embedding.by_layer.is_none() {
        return;
    }
    let count = arch.n_layers;
    let (table, map) = ("embed_tokens_per_layer", "per_layer_model_projection");
    names.of_blocks(Role::LayerEmbed, &format!("{table}.weight"), count, true);
    names.of_blocks(Role::LayerContext, &format!("{map}.weight"), count, false);
    names.module(Role::LayerContextNorm, "per_layer_projection_norm", false);
    let own = [
        (Role::LayerGate, "per_layer_input_gate"),
        (Role::LayerOut, "per_layer_projection"),
        (Role::LayerOutNorm, "post_per_layer_input_norm"),
    ];
    names.modules("layers.{}", false, &own);
}

fn expert_names(arch: &Arch, names: &mut Names) {
    let own = [
        (Role::MlpPost, "post_feedforward_layernorm_1"),
        (Role::ExpertsNorm, "pre_feedforward_layernorm_2"),
        (Role::ExpertsPost, "post_feedforward_layernorm_2"),
        (Role::Router, "router.proj"),
    ];
    names.modules("layers.{}", false, &own);
    names.weight(Role::RouterNorm, "layers.{}.router.scale");
    names.weight(Role::ExpertScale, "layers.{}.router.per_expert_scale");
    moe::stacked(names, arch, "layers.{}.experts");
}
