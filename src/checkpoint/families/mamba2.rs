//! Mamba 2 (Dao & Gu 2024), and the models that mix it with attention: Bamba (IBM 2024), Granite 4 (IBM 2025),
//! Falcon-H1 (Zuo et al. 2025) and Nemotron-H (NVIDIA 2025).

use super::fields::{Fields, Given::*};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::Part;
use super::{Model, granite, mamba, mixtral, moe, moe_softmax};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, NormKind, Positions, QkNorm, Score};
use crate::graph::recurrence::{
    Decay, GateBy, Mixing, Multipliers, Recurrence, StateGate, StateNorm, Write,
};
use crate::graph::role::Role;

/// Fields that matter for kernels and training alone, beside those of all state-space models.
const HARMLESS: &[&str] = &[
    "chunk_size",
    "mamba_chunk_size",
    "time_step_rank",
    "mamba_ssm_cache_dtype",
    "z_loss_coefficient",
    "expand",
    "mamba_expand",
];

/// The context of models that name none: their state is as large for any.
const ANY: usize = 1 << 20;

fn harmless(config: &mut Config) {
    config.harmless(mamba::HARMLESS);
    config.harmless(HARMLESS);
}

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    harmless(config);
    let fields = Fields {
        n_heads: "num_heads",
        n_ctx: Always(ANY),
        d_mlp: Always(1),
        ..Fields::new(In("hidden_act"), In("layer_norm_epsilon"))
    };
    let mut arch = fields.plain(family, config)?;
    arch.norm.kind = NormKind::Rms;
    let sizes = Sizes {
        heads: "num_heads",
        d_head: "head_dim",
        groups: "n_groups",
        d_state: "state_size",
        width: "conv_kernel",
    };
    let recurrence = sizes.read(config, &arch)?;
    arch.attention.d_head = recurrence.d_head;
    arch.mixers = vec![Mixing::Recurrence; arch.n_layers];
    arch.without_mlp = vec![true; arch.n_layers];
    arch.recurrence = Some(recurrence);
    let biases = [config.flag("use_bias")?, config.flag("use_conv_bias")?];
    let mut names = Names::new(&arch, "embeddings", "lm_head");
    names.module(Role::LnFinal, "norm_f", false);
    names.module(Role::Ln1, "layers.{}.norm", false);
    mixer(
        &mut names,
        "layers.{}.mixer",
        [biases[0], biases[1], biases[0]],
    );
    Ok(Model::new(arch, names))
}

pub(super) fn read_bamba(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    harmless(config);
    // transformers turns half of each head whatever the config says.
    config.set("partial_rotary_factor", 0.5.into());
    let part = Part::Given(0.5);
    let mut arch = llama::partly_turning(family, config, &llama::FIELDS, part)?;
    let full = config.indices("attn_layer_indices")?;
    let by_place = |i: usize| Mixing::attention_if(full.contains(&i));
    arch.mixers = (0..arch.n_layers).map(by_place).collect();
    config.harmless(&["layers_block_type"]);
    arch.recurrence = Some(PREFIXED.read(config, &arch)?);
    let biases = Biases::read(config)?;
    let names = hybrid(config, &arch, biases)?;
    Ok(Model::new(arch, names))
}

pub(super) fn read_falcon(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    harmless(config);
    let mut arch = llama::arch(family, config)?;
    arch.mixers = vec![Mixing::Both; arch.n_layers];
    let mut recurrence = PREFIXED.read(config, &arch)?;
    config.harmless(&["mamba_d_ssm"]);
    let first = !config.flag("mamba_norm_before_gate")?;
    recurrence.gate = Some(StateGate {
        by: GateBy::Silu,
        rank: None,
        first,
    });
    if !config.flag("mamba_rms_norm")? {
        recurrence.norm = None;
    }
    let parts = match config.json("ssm_multipliers") {
        Some(_) => config.positives("ssm_multipliers")?,
        None => vec![1.0; 5],
    };
    let &[gate, value, key, query, step] = &parts[..] else {
        return Err(config.error("ssm_multipliers", "has not five numbers"));
    };
    let read = config.positive("ssm_in_multiplier")?;
    recurrence.multipliers = Multipliers {
        query: query * read,
        key: key * read,
        value: value * read,
        step: step * read,
        gate: gate * read,
        out: config.positive("ssm_out_multiplier")?,
    };
    let biases = Biases::read(config)?;
    let read_by_attention = config.positive("attention_in_multiplier")?;
    if config.flag("mamba_proj_bias")? && read != 1.0 {
        let problem = "is not 1, which is computed without mamba_proj_bias alone";
        return Err(config.error("ssm_in_multiplier", problem));
    }
    if biases.qkv && read_by_attention != 1.0 {
        let problem = "is not 1, which is computed without attention_bias alone";
        return Err(config.error("attention_in_multiplier", problem));
    }
    let m = &mut arch.attention.multipliers;
    (m.query, m.value) = (read_by_attention, read_by_attention);
    m.key = read_by_attention * config.positive("key_multiplier")?;
    m.out = config.positive("attention_out_multiplier")?;
    arch.embedding.scale = config.positive("embedding_multiplier")?;
    arch.unembedding.scale = config.positive("lm_head_multiplier")?;
    if config.json("mlp_multipliers").is_some() {
        let parts = config.positives("mlp_multipliers")?;
        let Ok(parts) = parts.try_into() else {
            return Err(config.error("mlp_multipliers", "has not two numbers"));
        };
        arch.mlp.multipliers = parts;
    }
    arch.recurrence = Some(recurrence);
    let names = hybrid(config, &arch, biases)?;
    Ok(Model::new(arch, names))
}

pub(super) fn read_granite(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    harmless(config);
    let dense = config.index("num_local_experts")? == 0;
    let mut arch = granite::arch(family, config)?;
    if config.optional_text("position_embedding_type")?.as_deref() != Some("rope") {
        arch.positions = Positions::None;
    }
    let types = config.of_blocks("layer_types", TYPES, arch.n_layers)?;
    arch.mixers = types.unwrap_or_else(|| vec![Mixing::Recurrence; arch.n_layers]);
    arch.recurrence = Some(PREFIXED.read(config, &arch)?);
    let biases = Biases {
        mlp: false,
        ..Biases::of_attention(config)?
    };
    let mut names = llama::names(&arch, biases);
    let bias = config.flag("mamba_proj_bias")?;
    let convolved = config.flag("mamba_conv_bias")?;
    mixer(&mut names, "layers.{}.mamba", [bias, convolved, bias]);
    if dense {
        config.harmless(&["num_experts_per_tok"]);
        arch.mlp.d_mlp = config.size("shared_intermediate_size")?;
        let halves = &[Role::MlpIn, Role::MlpLinear];
        names.fused(halves, "layers.{}.shared_mlp.input_linear", false);
        for (role, half) in halves.iter().zip(["gate", "up"]) {
            names.also_apart(*role, format!("layers.{{}}.shared_mlp.{half}.weight"));
        }
        names.module(Role::MlpOut, "layers.{}.shared_mlp.output_linear", false);
    } else {
        moe_softmax::granite_experts(config, &mut arch, &mut names)?;
    }
    Ok(Model::new(arch, names))
}

/// The kinds of Nemotron-H's blocks.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Mixer(Mixing),
    Mlp,
    Experts,
}

const HALVES: &[(&str, Half)] = &[
    ("linear_attention", Half::Mixer(Mixing::Recurrence)),
    ("mamba", Half::Mixer(Mixing::Recurrence)),
    ("full_attention", Half::Mixer(Mixing::Attention)),
    ("attention", Half::Mixer(Mixing::Attention)),
    ("mlp", Half::Mlp),
    ("moe", Half::Experts),
];

pub(super) fn read_nemotron(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    harmless(config);
    config.harmless(&[
        "num_nextn_predict_layers",
        "mtp_layers_block_type",
        "mtp_hybrid_override_pattern",
        "moe_shared_expert_overlap",
        "hidden_dropout",
        "use_bias",
        "sliding_window",
    ]);
    let pattern = config.optional_text("hybrid_override_pattern")?;
    let halves = match config.choices("layers_block_type", HALVES)? {
        Some(halves) => halves,
        None => match pattern {
            Some(pattern) => pattern_of(config, &pattern)?,
            None => [0, 5, 2, 4].map(|i| HALVES[i].1).to_vec(),
        },
    };
    config.set("num_hidden_layers", halves.len().into());
    let fields = Fields {
        activation: In("mlp_hidden_act"),
        eps: In("layer_norm_epsilon"),
        ..llama::FIELDS
    };
    let mut arch = llama::without_positions(family, config, &fields)?;
    arch.mlp.gated = false;
    arch.mixers = (halves.iter())
        .map(|half| match half {
            Half::Mixer(mixing) => *mixing,
            Half::Mlp | Half::Experts => Mixing::Nothing,
        })
        .collect();
    arch.without_mlp = halves
        .iter()
        .map(|half| matches!(half, Half::Mixer(_)))
        .collect();
    let sizes = Sizes {
        heads: "mamba_num_heads",
        d_head: "mamba_head_dim",
        groups: config.spelled(&["mamba_n_groups", "n_groups"]),
        d_state: "ssm_state_size",
        width: config.spelled(&["mamba_d_conv", "conv_kernel"]),
    };
    config.only("mamba_hidden_act", "silu".into())?;
    let activation = arch.mlp.activation;
    arch.mlp.activation = crate::graph::arch::Activation::Silu;
    let mut recurrence = sizes.read(config, &arch)?;
    arch.mlp.activation = activation;
    // transformers bounds steps from below alone.
    let field = config.spelled(&["mamba_dt_min", "time_step_min"]);
    recurrence.decay = Decay::Steps {
        least: config.positive(field)?,
        most: None,
    };
    arch.recurrence = Some(recurrence);
    config.only("moe_latent_size", serde_json::Value::Null)?;
    config.only("attention_bias", false.into())?;
    let mlp_bias = config.flag("mlp_bias")?;
    let field = config.spelled(&["mamba_conv_bias", "use_conv_bias"]);
    let (bias, convolved) = (config.flag("mamba_proj_bias")?, config.flag(field)?);
    let has_experts = halves.contains(&Half::Experts);
    let mut names = Names::new(&arch, "embeddings", "lm_head");
    names.module(Role::LnFinal, "norm_f", false);
    names.module(Role::Ln1, "layers.{}.norm", false);
    let module = "layers.{}.mixer";
    mixer(&mut names, module, [bias, convolved, bias]);
    names.qkv(module, false);
    names.module(Role::AttnOut, &format!("{module}.o_proj"), false);
    let mlp = [(Role::MlpIn, "up_proj"), (Role::MlpOut, "down_proj")];
    names.modules(module, mlp_bias, &mlp);
    let fields = [
        "n_routed_experts",
        "num_experts_per_tok",
        "moe_intermediate_size",
    ];
    if !has_experts {
        config.harmless(&fields);
        config.harmless(&[
            "n_shared_experts",
            "moe_shared_expert_intermediate_size",
            "routed_scaling_factor",
            "n_group",
            "topk_group",
            "norm_topk_prob",
        ]);
        return Ok(Model::new(arch, names));
    }
    if mlp_bias {
        let problem = "is true; only false is computed with experts";
        return Err(config.error("mlp_bias", problem));
    }
    let experts = mixtral::sized(config, fields, arch.n_layers)?;
    config.harmless(&["n_shared_experts"]);
    arch.experts = Some(Experts {
        layers: halves.iter().map(|half| *half == Half::Experts).collect(),
        score: Score::Sigmoid,
        choice_bias: true,
        scale: config.positive("routed_scaling_factor")?,
        groups: moe::groups(config, "n_routed_experts", &experts, 2)?,
        renormalise: config.flag("norm_topk_prob")?,
        shared: moe::beside(config.size("moe_shared_expert_intermediate_size")?),
        ..experts
    });
    names.module(Role::Router, &format!("{module}.gate"), false);
    names.weight(
        Role::RouterChoice,
        format!("{module}.gate.e_score_correction_bias"),
    );
    for i in 0..arch.experts.as_ref().map_or(0, |e| e.n_experts) {
        let roles = [
            (Role::ExpertIn(i), "up_proj"),
            (Role::ExpertOut(i), "down_proj"),
        ];
        names.modules(&format!("{module}.experts.{{i}}"), false, &roles);
    }
    let roles = [(Role::SharedIn, "up_proj"), (Role::SharedOut, "down_proj")];
    names.modules(&format!("{module}.shared_experts"), false, &roles);
    Ok(Model::new(arch, names))
}

/// A letter for each block: M, E, * and -.
fn pattern_of(config: &Config, pattern: &str) -> Result<Vec<Half>, CheckpointError> {
    let half = |letter| {
        Some(match letter {
            'M' => Half::Mixer(Mixing::Recurrence),
            'E' => Half::Experts,
            '*' => Half::Mixer(Mixing::Attention),
            '-' => Half::Mlp,
            _ => return None,
        })
    };
    let halves: Option<Vec<Half>> = pattern.chars().map(half).collect();
    let problem = "has a letter that is none of M, E, * and -";
    halves.ok_or_else(|| config.error("hybrid_override_pattern", problem))
}

/// The types of blocks.
pub(super) const TYPES: &[(&str, Mixing)] = &[
    ("full_attention", Mixing::Attention),
    ("attention", Mixing::Attention),
    ("linear_attention", Mixing::Recurrence),
    ("mamba", Mixing::Recurrence),
];

/// The names of the fields of a mixer's sizes.
struct Sizes<'a> {
    heads: &'a str,
    d_head: &'a str,
    groups: &'a str,
    d_state: &'a str,
    width: &'a str,
}

const PREFIXED: Sizes = Sizes {
    heads: "mamba_n_heads",
    d_head: "mamba_d_head",
    groups: "mamba_n_groups",
    d_state: "mamba_d_state",
    width: "mamba_d_conv",
};

impl Sizes<'_> {
    fn read(&self, config: &mut Config, arch: &Arch) -> Result<Recurrence, CheckpointError> {
        let n_heads = config.size(self.heads)?;
        let n_groups = config.size(self.groups)?;
        if !n_heads.is_multiple_of(n_groups) {
            let problem = format!(
                "is {n_groups}, which does not divide {} = {n_heads}",
                self.heads
            );
            return Err(config.error(self.groups, problem));
        }
        let d_head = match config.json(self.d_head) {
            Some(auto) if auto == "auto" => {
                let all = match config.optional_size("mamba_d_ssm")? {
                    Some(all) => all,
                    None => config.size("mamba_expand")? * arch.d_model,
                };
                all / n_heads
            }
            _ => config.size(self.d_head)?,
        };
        let (least, most) = limits(config)?;
        Ok(Recurrence {
            n_groups,
            n_heads,
            d_state: config.size(self.d_state)?,
            d_head,
            convolution: Some(config.size(self.width)?),
            activation: Some(arch.mlp.activation),
            unit: None,
            decay: Decay::Steps { least, most },
            write: Write::Step,
            skip: true,
            gate: Some(StateGate {
                by: GateBy::Silu,
                rank: None,
                first: true,
            }),
            norm: Some(StateNorm {
                kind: NormKind::Rms,
                over: QkNorm::Groups(n_groups),
                eps: arch.norm.eps,
            }),
            from_values: None,
            shifted: false,
            multipliers: Multipliers::default(),
        })
    }
}

/// The bounds of steps. The upper one is at most infinity, which JSON has no number for.
fn limits(config: &mut Config) -> Result<(f64, Option<f64>), CheckpointError> {
    let field = config.spelled(&["mamba_dt_limit", "time_step_limit"]);
    let number = |value: &serde_json::Value| match value.as_f64() {
        Some(number) => Some(number),
        None if value["__float__"] == "Infinity" => Some(f64::INFINITY),
        None => None,
    };
    let Some(value) = config.json(field) else {
        return Ok((0.0, None));
    };
    let both: Option<Vec<f64>> = value
        .as_array()
        .and_then(|all| all.iter().map(number).collect());
    match both.as_deref() {
        Some(&[least, most]) if least <= most => {
            Ok((least, Some(most).filter(|most| most.is_finite())))
        }
        _ => Err(config.error(field, "is not two numbers, the lower first")),
    }
}

/// The names of a mixer: one projection to gates, values, keys, queries and steps. Biases are those of the projection,
/// of the convolution and of the output.
pub(super) fn mixer(names: &mut Names, module: &str, [bias, convolved, out]: [bool; 3]) {
    let parts = &[
        Role::StateGate,
        Role::StateValue,
        Role::StateKey,
        Role::StateQuery,
        Role::Step,
    ];
    names.fused(parts, &format!("{module}.in_proj"), bias);
    let parts = &[
        Role::ConvolvedValue,
        Role::ConvolvedKey,
        Role::ConvolvedQuery,
    ];
    names.fused(parts, &format!("{module}.conv1d"), convolved);
    names.weight(Role::StepBias, format!("{module}.dt_bias"));
    names.weight(Role::DecayLog, format!("{module}.A_log"));
    names.weight(Role::Skip, format!("{module}.D"));
    names.module(Role::StateNorm, &format!("{module}.norm"), false);
    names.module(Role::StateOut, &format!("{module}.out_proj"), out);
}

/// The names of a model whose blocks have a mixer, attention or both, and an MLP.
fn hybrid(config: &mut Config, arch: &Arch, biases: Biases) -> Result<Names, CheckpointError> {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "final_layernorm", false);
    let norms = [
        (Role::Ln1, "input_layernorm"),
        (Role::Ln2, "pre_ff_layernorm"),
    ];
    names.modules("layers.{}", false, &norms);
    llama::attention(&mut names, biases.qkv, biases.out);
    let bias = config.flag("mamba_proj_bias")?;
    let convolved = config.flag("mamba_conv_bias")?;
    let out = if config.has("projectors_bias") {
        config.flag("projectors_bias")?
    } else {
        bias
    };
    mixer(&mut names, "layers.{}.mamba", [bias, convolved, out]);
    let mlp = [
        (Role::MlpIn, "gate_proj"),
        (Role::MlpLinear, "up_proj"),
        (Role::MlpOut, "down_proj"),
    ];
    names.modules("layers.{}.feed_forward", biases.mlp, &mlp);
    Ok(names)
}
