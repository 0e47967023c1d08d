//! Mixtures of experts with a router of sigmoids, groups, shared experts and dense first blocks (DeepSeek-AI 2024),
//! and the families that differ in little else.

use super::fields::{Fields, Given::Always};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, exaone4, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Groups, MixGate, Norms, QkNorm, Score, Shared};
use crate::graph::role::Role;

/// The modules of a gated MLP.
pub(super) const PARTS: [&str; 3] = ["gate_proj", "up_proj", "down_proj"];

/// The names of a mixture's modules in a block.
pub(super) struct Modules<'a> {
    pub router: &'a str,
    /// The numbers that are added for the choice.
    pub choice: Option<&'a str>,
    pub experts: &'a str,
    pub shared: &'a str,
}

pub(super) const DEEPSEEK: Modules = Modules {
    router: "layers.{}.mlp.gate",
    choice: Some("layers.{}.mlp.gate.e_score_correction_bias"),
    experts: "layers.{}.mlp.experts.{i}",
    shared: "layers.{}.mlp.shared_experts",
};

/// dots.llm1 (rednote-hilab 2025).
pub(super) fn read_dots1(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let window = config.optional_size("sliding_window")?;
    let first = config.index("max_window_layers")?;
    let late = |i| window.is_some() && i >= first;
    let sliding = windows::sliding(config, arch.n_layers, late)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let biases = Biases::of_attention(config)?;
    routed(config, arch, biases)
}

/// GLM-4.5 (GLM-4.5 Team 2025).
pub(super) fn read_glm4(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["num_nextn_predict_layers"]);
    let normed = config.flag("use_qk_norm")?;
    glm4(family, config, normed, 0.5)
}

/// The text model of GLM-4.5V.
pub(super) fn read_glm4v(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    glm4(family, config, false, 1.0)
}

fn glm4(
    family: &str,
    config: &mut Config,
    normed: bool,
    part: f64,
) -> Result<Model, CheckpointError> {
    let part = Part::Given(part);
    let mut arch = llama::partly_turning(family, config, &llama::FIELDS, part)?;
    if normed {
        arch.attention.qk_norm = Some(QkNorm::Head);
    }
    let biases = Biases {
        out: false,
        ..Biases::of_attention(config)?
    };
    routed(config, arch, biases)
}

/// Solar Open (Upstage 2025).
pub(super) fn read_solar(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        d_mlp: Always(1),
        ..llama::FIELDS
    };
    config.set("first_k_dense_replace", 0.into());
    config.harmless(&["intermediate_size"]);
    let arch = llama::partly_turning(family, config, &fields, Part::Given(1.0))?;
    let biases = Biases {
        out: false,
        ..Biases::of_attention(config)?
    };
    routed(config, arch, biases)
}

/// K-EXAONE (LG AI Research 2026): EXAONE 4 with norms before each half.
pub(super) fn read_exaone(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = exaone4::arch(family, config)?;
    arch.block.norms = Norms::Pre;
    let layers = sparse(config, arch.n_layers)?;
    let mut experts = deepseek(config, &arch, "num_experts", "num_shared_experts")?;
    if let Some(layers) = layers {
        experts.layers = layers;
    }
    arch.experts = Some(experts);
    let names = llama::names(&arch, Biases::default());
    let modules = Modules {
        choice: Some("layers.{}.mlp.e_score_correction_bias"),
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// AFMoE (Arcee AI 2025): norms around each half, and a gate on what attention mixes.
pub(super) fn read_afmoe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let every = config.size("global_attn_every_n_layers")?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % every != 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    rope::leave(&mut arch, |i| sliding[i]);
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.gate = Some(MixGate::Elements);
    arch.block.norms = Norms::Sandwich;
    if config.flag("mup_enabled")? {
        arch.embedding.scale = (arch.d_model as f64).sqrt();
    }
    let dense = config.index("num_dense_layers")?;
    let (shared, scale) = ("num_shared_experts", "route_scale");
    arch.experts = Some(Experts {
        layers: (0..arch.n_layers).map(|i| i >= dense).collect(),
        ..sigmoids(config, &arch, "num_experts", shared, scale)?
    });
    let norms = [
        "post_attention_layernorm",
        "pre_mlp_layernorm",
        "post_mlp_layernorm",
    ];
    let mut names = sandwiched(&arch, norms, Biases::of_attention(config)?);
    names.module(Role::MixGate, "layers.{}.self_attn.gate_proj", false);
    let modules = Modules {
        router: "layers.{}.mlp.router.gate",
        choice: Some("layers.{}.mlp.expert_bias"),
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Hunyuan 3 (Tencent 2026): Qwen 3's attention with a router of sigmoids.
pub(super) fn read_hy3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    config.harmless(&["enable_moe_fp32_combine"]);
    let layers = sparse(config, arch.n_layers)?;
    let (shared, scale) = ("num_shared_experts", "router_scaling_factor");
    arch.experts = Some(Experts {
        layers: layers.unwrap_or_else(|| (0..arch.n_layers).map(|i| i > 0).collect()),
        ..sigmoids(config, &arch, "num_experts", shared, scale)?
    });
    let biases = Biases::read(config)?;
    if biases.mlp {
        let problem = "is true; only false is computed with experts";
        return Err(config.error("mlp_bias", problem));
    }
    let names = llama::names(&arch, biases);
    let modules = Modules {
        router: "layers.{}.mlp.router.gate",
        choice: Some("layers.{}.mlp.expert_bias"),
        shared: "layers.{}.mlp.shared_mlp",
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Flint (2026): windows in blocks that turn, sinks, and a router of sigmoids.
pub(super) fn read_flint(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let n_layers = arch.n_layers;
    let full = |i: usize| i < 2 || i % 4 == 1 || i == n_layers - 1;
    let sliding = windows::sliding(config, n_layers, |i| !full(i))?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    rope::leave(&mut arch, |i| sliding[i]);
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.sinks = true;
    let every = config.size("decoder_sparse_step")?;
    let dense = match config.json("mlp_only_layers") {
        Some(_) => config.indices("mlp_only_layers")?,
        None => vec![0, 1],
    };
    let experts = mixtral::sizes(config, "num_experts", "moe_intermediate_size", n_layers)?;
    arch.experts = Some(Experts {
        layers: (0..n_layers)
            .map(|i| !dense.contains(&i) && (i + 1) % every == 0)
            .collect(),
        score: Score::Sigmoid,
        renormalise: config.flag("norm_topk_prob")?,
        shared: beside(config.size("shared_expert_intermediate_size")?),
        ..experts
    });
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    names.weight(Role::Sinks, "layers.{}.self_attn.softmax_offset");
    let modules = Modules {
        choice: None,
        shared: "layers.{}.mlp.shared_expert",
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Kolibri (2026): windows in blocks that turn, norms around each half, a choice by outputs and a bias, and shares by
/// their sigmoids.
pub(super) fn read_kolibri(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        d_mlp: Always(1),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    let window = config.optional_size("sliding_window")?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % 4 != 0)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    rope::leave(&mut arch, |i| window.is_none() || sliding[i]);
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.block.norms = Norms::Sandwich;
    let field = config.spelled(&["num_experts", "num_local_experts"]);
    let experts = mixtral::sizes(config, field, "moe_intermediate_size", arch.n_layers)?;
    arch.experts = Some(Experts {
        score: Score::Logit,
        choice_bias: true,
        renormalise: config.flag("norm_topk_prob")?,
        shared: beside(config.size("shared_expert_intermediate_size")?),
        ..experts
    });
    let norms = [
        "post_attn_norm",
        "post_attention_layernorm",
        "post_ffn_norm",
    ];
    let names = sandwiched(&arch, norms, Biases::default());
    let modules = Modules {
        choice: Some("layers.{}.moe.router.expert_bias"),
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// MiniMax-M2 (MiniMax 2025): one norm over all heads' queries, one over all keys, and a router of sigmoids.
pub(super) fn read_minimax2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["router_jitter_noise"]);
    if let Some(turning) = config.optional_size("rotary_dim")? {
        let d_head = config.size("head_dim")?;
        let part = turning as f64 / d_head as f64;
        config.set("partial_rotary_factor", part.into());
    }
    let part = Part::Given(1.0);
    let mut arch = llama::partly_turning(family, config, &llama::FIELDS, part)?;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    let (count, width) = ("num_local_experts", "intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    arch.experts = Some(Experts {
        score: Score::Sigmoid,
        choice_bias: true,
        ..experts
    });
    let mut names = llama::names(&arch, Biases::default());
    let module = "layers.{}.block_sparse_moe";
    names.module(Role::Router, &format!("{module}.gate"), false);
    names.weight(
        Role::RouterChoice,
        format!("{module}.e_score_correction_bias"),
    );
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, &arch, &each, ["w1", "w3", "w2"]);
    Ok(Model::new(arch, names))
}

/// The names of a model with norms around each half and norms of queries and keys: the norms behind attention, before
/// the MLP and behind it have names of their own.
fn sandwiched(arch: &Arch, [attention, before, behind]: [&str; 3], biases: Biases) -> Names {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    let norms = [
        (Role::Ln1, "input_layernorm"),
        (Role::Ln1Post, attention),
        (Role::Ln2, before),
        (Role::Ln2Post, behind),
        (Role::QueryNorm(0), "self_attn.q_norm"),
        (Role::KeyNorm(0), "self_attn.k_norm"),
    ];
    names.modules("layers.{}", false, &norms);
    llama::attention(&mut names, biases.qkv, biases.out);
    names
}

/// A model with DeepSeek's mixture under DeepSeek's names.
fn routed(config: &mut Config, mut arch: Arch, biases: Biases) -> Result<Model, CheckpointError> {
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    arch.experts = Some(deepseek(config, &arch, count, shared)?);
    let names = llama::names(&arch, biases);
    Ok(mixture(arch, names, &DEEPSEEK))
}

/// A mixture with DeepSeek's fields: sigmoids, a choice within groups, scaled shares, dense first blocks, and an MLP
/// as wide as all shared experts together.
pub(super) fn deepseek(
    config: &mut Config,
    arch: &Arch,
    count: &str,
    shared: &str,
) -> Result<Experts, CheckpointError> {
    let dense = config.index("first_k_dense_replace")?;
    let experts = sigmoids(config, arch, count, shared, "routed_scaling_factor")?;
    Ok(Experts {
        layers: (0..arch.n_layers).map(|i| i >= dense).collect(),
        groups: groups(config, count, &experts, 2)?,
        renormalise: config.flag("norm_topk_prob")?,
        ..experts
    })
}

/// A mixture of sigmoids with a bias for the choice and scaled shares, by the names of its fields.
fn sigmoids(
    config: &mut Config,
    arch: &Arch,
    count: &str,
    shared: &str,
    scale: &str,
) -> Result<Experts, CheckpointError> {
    let experts = mixtral::sizes(config, count, "moe_intermediate_size", arch.n_layers)?;
    let shared = config.index(shared)? * experts.d_expert;
    Ok(Experts {
        score: Score::Sigmoid,
        choice_bias: true,
        scale: config.positive(scale)?,
        shared: beside(shared),
        ..experts
    })
}

/// The groups of a choice, judged by their `best` experts; `None` if all take part.
pub(super) fn groups(
    config: &mut Config,
    count_field: &str,
    experts: &Experts,
    best: usize,
) -> Result<Option<Groups>, CheckpointError> {
    let count = config.size("n_group")?;
    let active = config.size("topk_group")?;
    let n = experts.n_experts;
    let each = n / count.min(n);
    if !n.is_multiple_of(count) || each < best {
        let problem = format!("is {count}, which does not make groups of {count_field} = {n}");
        return Err(config.error("n_group", problem));
    }
    if active > count || active * each < experts.n_active {
        let problem = format!("is {active} of {count} groups of {each} experts");
        return Err(config.error("topk_group", problem));
    }
    Ok((active < count).then_some(Groups {
        count,
        active,
        best,
    }))
}

/// Whether each block has experts, as the config lists them.
pub(super) fn sparse(
    config: &mut Config,
    n_layers: usize,
) -> Result<Option<Vec<bool>>, CheckpointError> {
    let types = [("dense", false), ("sparse", true)];
    config.of_blocks("mlp_layer_types", &types, n_layers)
}

/// An MLP of this width beside the experts, without a gate; `None` for width 0.
pub(super) fn beside(d_mlp: usize) -> Option<Shared> {
    (d_mlp > 0).then_some(Shared {
        d_mlp,
        gated: false,
        averaged: false,
    })
}

/// A model with the names of a mixture, and of the MLPs of its dense blocks.
pub(super) fn mixture(arch: Arch, mut names: Names, modules: &Modules) -> Model {
    mixtral::experts(&mut names, &arch, modules.experts, PARTS);
    routing(arch, names, modules)
}

/// [`mixture`] in files where all experts of a block lie in two tensors behind `module`, or each in its own.
pub(super) fn stacked_mixture(
    arch: Arch,
    mut names: Names,
    modules: &Modules,
    module: &str,
) -> Model {
    stacked(&mut names, &arch, module);
    routing(arch, names, modules)
}

/// The names of experts that lie in two tensors: the halves of gated MLPs one behind the other, and outputs.
pub(super) fn stacked(names: &mut Names, arch: &Arch, module: &str) {
    let Some(e) = &arch.experts else { return };
    let (count, width) = (e.n_experts, e.d_expert);
    for i in 0..count {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        let tensor = format!("{module}.gate_up_proj");
        names.stacked_turns(count, &halves, &tensor, &[width; 2]);
        let out = names.weight(Role::ExpertOut(i), format!("{module}.down_proj"));
        out.stack = Some(count);
        out.either = true;
    }
    names.stored_alone(&format!("{module}.{{i}}"), PARTS);
}

/// The names of router, shared experts and dense blocks beside those of experts.
pub(super) fn routing(arch: Arch, mut names: Names, modules: &Modules) -> Model {
    names.module(Role::Router, modules.router, false);
    if let Some(choice) = modules.choice {
        names.weight(Role::RouterChoice, choice);
    }
    let has = |e: &Experts| (e.shared.is_some(), e.layers.contains(&false));
    let (shared, dense) = arch.experts.as_ref().map_or((false, false), has);
    if shared {
        let [gate, linear, out] = PARTS;
        let roles = [
            (Role::SharedIn, gate),
            (Role::SharedLinear, linear),
            (Role::SharedOut, out),
        ];
        names.modules(modules.shared, false, &roles);
    }
    if dense {
        llama::gated(&mut names, false);
    }
    Model::new(arch, names)
}
