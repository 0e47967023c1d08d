//! Mamba (Gu & Dao 2023), Falcon Mamba (Zuo et al. 2024) and Jamba (Lieber et al. 2024), which mixes it with attention
//! and experts. Each channel is a head of one dimension.

use super::fields::{Fields, Given::*};
use super::llama::{self, Biases};
use super::names::Names;
use super::{Model, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, NormKind};
use crate::graph::recurrence::{
    Decay, FromValues, GateBy, Mixing, Multipliers, Recurrence, StateGate, Write,
};
use crate::graph::role::Role;

/// Fields of all state-space models that matter for initialisation and for kernels alone.
pub(super) const HARMLESS: &[&str] = &[
    "time_step_min",
    "time_step_max",
    "time_step_floor",
    "time_step_scale",
    "time_step_init_scheme",
    "rescale_prenorm_residual",
    "residual_in_fp32",
    "use_mamba_kernels",
    "use_mambapy",
    "use_falcon_mambapy",
    "use_associative_scan",
    "num_logits_to_keep",
    "calc_logits_for_entire_prompt",
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    alone(family, config, None)
}

/// Queries, keys and steps go through norms without weights.
pub(super) fn read_falcon(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let eps = config.positive("mixer_rms_eps")?;
    alone(family, config, Some(eps))
}

/// A model of such mixers alone.
fn alone(family: &str, config: &mut Config, normed: Option<f64>) -> Result<Model, CheckpointError> {
    config.harmless(HARMLESS);
    config.set("one_head", 1.into());
    let fields = Fields {
        n_heads: "one_head",
        n_ctx: Always(1 << 20),
        d_mlp: Always(1),
        ..Fields::new(In("hidden_act"), In("layer_norm_epsilon"))
    };
    let mut arch = fields.plain(family, config)?;
    arch.norm.kind = NormKind::Rms;
    let sizes = ["expand", "state_size", "conv_kernel", "time_step_rank"];
    let expanded = recurrence(config, &arch, sizes, normed)?;
    // The width wins: Falcon Mamba 7B's config has 8192, and an expansion that would make it 65,536.
    let width = config.optional_size("intermediate_size")?;
    arch.recurrence = Some(Recurrence {
        n_heads: width.unwrap_or(expanded.n_heads),
        ..expanded
    });
    arch.mixers = vec![Mixing::Recurrence; arch.n_layers];
    arch.without_mlp = vec![true; arch.n_layers];
    let biases = [config.flag("use_bias")?, config.flag("use_conv_bias")?];
    let mut names = Names::new(&arch, "embeddings", "lm_head");
    names.module(Role::LnFinal, "norm_f", false);
    names.module(Role::Ln1, "layers.{}.norm", false);
    mixer(&mut names, "layers.{}.mixer", biases);
    Ok(Model::new(arch, names))
}

pub(super) fn read_jamba(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    config.harmless(HARMLESS);
    let every = config.size("attn_layer_period")?;
    let first = config.index("attn_layer_offset")?;
    let by_place = |i: usize| Mixing::attention_if(i % every == first);
    arch.mixers = (0..arch.n_layers).map(by_place).collect();
    config.harmless(&["layers_block_type"]);
    let sizes = [
        "mamba_expand",
        "mamba_d_state",
        "mamba_d_conv",
        "mamba_dt_rank",
    ];
    let eps = Some(arch.norm.eps);
    arch.recurrence = Some(recurrence(config, &arch, sizes, eps)?);
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "final_layernorm", false);
    let norms = [
        (Role::Ln1, "input_layernorm"),
        (Role::Ln2, "pre_ff_layernorm"),
    ];
    names.modules("layers.{}", false, &norms);
    let Biases { qkv, out, .. } = Biases::default();
    llama::attention(&mut names, qkv, out);
    let biases = [
        config.flag("mamba_proj_bias")?,
        config.flag("mamba_conv_bias")?,
    ];
    let module = "layers.{}.mamba";
    mixer(&mut names, module, biases);
    let norms = [
        (Role::StepNorm, "dt_layernorm"),
        (Role::StateKeyNorm, "b_layernorm"),
        (Role::StateQueryNorm, "c_layernorm"),
    ];
    names.modules(module, false, &norms);
    let module = "layers.{}.feed_forward";
    let mlp = [
        (Role::MlpIn, "gate_proj"),
        (Role::MlpLinear, "up_proj"),
        (Role::MlpOut, "down_proj"),
    ];
    names.modules(module, false, &mlp);
    let count = config.spelled(&["num_experts", "num_local_experts"]);
    if config.size(count)? > 1 {
        let every = config.size("expert_layer_period")?;
        let first = config.index("expert_layer_offset")?;
        let experts = mixtral::sizes(config, count, "intermediate_size", arch.n_layers)?;
        arch.experts = Some(Experts {
            layers: (0..arch.n_layers).map(|i| i % every == first).collect(),
            renormalise: false,
            ..experts
        });
        names.module(Role::Router, &format!("{module}.router"), false);
        let each = format!("{module}.experts.{{i}}");
        let parts = ["gate_proj", "up_proj", "down_proj"];
        mixtral::experts(&mut names, &arch, &each, parts);
    } else {
        config.harmless(&[
            "num_experts_per_tok",
            "expert_layer_period",
            "expert_layer_offset",
        ]);
    }
    Ok(Model::new(arch, names))
}

/// A mixer by the names of its fields: expansion, state, convolution, and the rank of steps.
fn recurrence(
    config: &mut Config,
    arch: &Arch,
    [expand, d_state, width, rank]: [&str; 4],
    normed: Option<f64>,
) -> Result<Recurrence, CheckpointError> {
    let rank = match config.json(rank) {
        Some(auto) if auto == "auto" => arch.d_model.div_ceil(16),
        _ => config.size(rank)?,
    };
    Ok(Recurrence {
        n_groups: 1,
        n_heads: config.size(expand)? * arch.d_model,
        d_state: config.size(d_state)?,
        d_head: 1,
        convolution: Some(config.size(width)?),
        activation: Some(arch.mlp.activation),
        unit: None,
        decay: Decay::Steps {
            least: 0.0,
            most: None,
        },
        write: Write::Step,
        skip: true,
        gate: Some(StateGate {
            by: GateBy::Silu,
            rank: None,
            first: true,
        }),
        norm: None,
        from_values: Some(FromValues { rank, normed }),
        shifted: false,
        multipliers: Multipliers::default(),
    })
}

/// The names of a mixer. Biases are those of its projections and of its convolution.
fn mixer(names: &mut Names, module: &str, [bias, convolved]: [bool; 2]) {
    let halves = &[Role::StateValue, Role::StateGate];
    names.fused(halves, &format!("{module}.in_proj"), bias);
    names.module(Role::ConvolvedValue, &format!("{module}.conv1d"), convolved);
    let parts = &[Role::StepLow, Role::StateKey, Role::StateQuery];
    names.fused(parts, &format!("{module}.x_proj"), false);
    names.module(Role::Step, &format!("{module}.dt_proj"), false);
    names.weight(Role::StepBias, format!("{module}.dt_proj.bias"));
    names.weight(Role::DecayLog, format!("{module}.A_log"));
    names.weight(Role::Skip, format!("{module}.D"));
    names.module(Role::StateOut, &format!("{module}.out_proj"), bias);
}
