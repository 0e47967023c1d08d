//! Zamba (Glorioso et al. 2024): state-space models in all blocks, some of which also read what a block of attention and
//! MLP makes of the stream and the token's embedding. That block's weights are shared. The second version has several
//! such blocks by turns, and an adapter of each layer.

use super::fields::{Fields, Given::*};
use super::llama;
use super::names::Names;
use super::rope::Part;
use super::{Model, mamba};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, NormKind, QkNorm};
use crate::graph::recurrence::{
    Decay, FromValues, GateBy, Mixing, Multipliers, Recurrence, StateGate, StateNorm, Write,
};
use crate::graph::role::{Adapted, Role};

const TYPES: &[(&str, Mixing)] = &[
    ("linear_attention", Mixing::Recurrence),
    ("mamba", Mixing::Recurrence),
    ("hybrid", Mixing::Shared),
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(mamba::HARMLESS);
    let mut arch = arch(family, config)?;
    let every = config.size("attn_layer_period")?;
    let first = config.index("attn_layer_offset")?;
    // The first three blocks stand apart.
    let by_place = |i: usize| match i {
        0 | 1 => Mixing::Recurrence,
        2 => Mixing::Shared,
        i if (i - 3) % every == first => Mixing::Shared,
        _ => Mixing::Recurrence,
    };
    let types = config.of_blocks("layers_block_type", TYPES, arch.n_layers)?;
    arch.mixers = types.unwrap_or_else(|| (0..arch.n_layers).map(by_place).collect());
    let n_heads = config.size("mamba_expand")? * arch.d_model;
    let n_groups = config.size("n_mamba_heads")?;
    if !n_heads.is_multiple_of(n_groups) {
        let problem = format!("is {n_groups}, which does not divide the mixer's width, {n_heads}");
        return Err(config.error("n_mamba_heads", problem));
    }
    let rank = match config.json("mamba_dt_rank") {
        Some(auto) if auto == "auto" => arch.d_model.div_ceil(16),
        _ => config.size("mamba_dt_rank")?,
    };
    let activation = super::activation::read(config, "hidden_mamba_act")?;
    let activation = config.required("hidden_mamba_act", activation)?;
    let d_state = config.size("mamba_d_state")?;
    arch.recurrence = Some(Recurrence {
        n_groups,
        d_head: 1,
        norm: None,
        decay: Decay::Steps {
            least: 0.0,
            most: None,
        },
        from_values: Some(FromValues { rank, normed: None }),
        ..selective(n_heads, d_state, config.size("mamba_d_conv")?, activation)
    });
    let biases = [
        config.flag("mamba_proj_bias")?,
        config.flag("mamba_conv_bias")?,
    ];
    let modules = Modules::new(&arch, "shared_transf", 1);
    let mut names = names(&arch, &modules);
    names.in_modules(&modules.mixers, |names| {
        names.module(Role::Ln1, "{module}.input_layernorm", false);
        let module = "{module}.mamba";
        // Values and gates take turns, one by one.
        let halves = [Role::StateValue, Role::StateGate];
        names.turns(&halves, &format!("{module}.in_proj"), biases[0], &[1, 1]);
        let convolution = format!("{module}.conv1d");
        names.module(Role::ConvolvedValue, &convolution, biases[1]);
        let (parts, widths) = (
            [Role::StepLow, Role::StateKey, Role::StateQuery],
            [rank, d_state, d_state],
        );
        names.in_turns(&parts, &format!("{module}.x_proj_weight"), &widths);
        names.weight(Role::Step, format!("{module}.dt_proj_weight"));
        names.weight(Role::StepBias, format!("{module}.dt_proj_bias"));
        names.weight(Role::DecayLog, format!("{module}.A_log"));
        names.weight(Role::Skip, format!("{module}.D"));
        names.module(Role::StateOut, &format!("{module}.out_proj"), biases[0]);
    });
    names.split(&[
        Role::StepLow,
        Role::StateKey,
        Role::StateQuery,
        Role::Step,
        Role::StepBias,
        Role::DecayLog,
        Role::Skip,
    ]);
    names.in_modules(&modules.shared, |names| {
        let halves = [(Role::MlpIn, "gate_proj"), (Role::MlpLinear, "up_proj")];
        names.modules("{module}.feed_forward", false, &halves);
        names.module(Role::MlpOut, "{module}.feed_forward.down_proj", false);
    });
    Ok(Model::new(arch, names))
}

pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(mamba::HARMLESS);
    config.harmless(&[
        "chunk_size",
        "use_mem_eff_path",
        "use_conv_bias",
        "kv_channels",
        "num_query_groups",
    ]);
    let mut arch = arch(family, config)?;
    if config.flag("use_mem_rope")? {
        super::rope::turn(config, &mut arch, Part::Whole)?;
    } else {
        config.harmless(&["rope_theta", "rope_parameters", "rope_scaling"]);
    }
    // The field raises the context and changes no number.
    if config.flag("use_long_context")? {
        arch.n_ctx = 16384;
    }
    let types = config.of_blocks("layers_block_type", TYPES, arch.n_layers)?;
    let usual = || {
        let hybrid =
            |i: usize| (6..=42).contains(&i) && i.is_multiple_of(6) || [47, 51].contains(&i);
        let mixing = move |i| {
            if hybrid(i) {
                Mixing::Shared
            } else {
                Mixing::Recurrence
            }
        };
        (0..arch.n_layers).map(mixing)
    };
    arch.mixers = types.unwrap_or_else(|| usual().collect());
    if config.json("hybrid_layer_ids").is_some() {
        let said = config.indices("hybrid_layer_ids")?;
        let shared = |i: &usize| arch.mixers[*i] == Mixing::Shared;
        if said != (0..arch.n_layers).filter(shared).collect::<Vec<_>>() {
            let problem = "names other blocks than layers_block_type";
            return Err(config.error("hybrid_layer_ids", problem));
        }
    }
    let n_heads = config.size("n_mamba_heads")?;
    let width = (config.positive("mamba_expand")? * arch.d_model as f64) as usize;
    let n_groups = config.size("mamba_ngroups")?;
    if let Some(own) = config.optional_size("mamba_headdim")?
        && own != width / n_heads
    {
        let problem = format!("is {own}, and the mixer's width makes {}", width / n_heads);
        return Err(config.error("mamba_headdim", problem));
    }
    if !width.is_multiple_of(n_heads) || !n_heads.is_multiple_of(n_groups) {
        let problem = format!(
            "is {n_heads}, which does not fit the mixer's width, {width}, and {n_groups} groups"
        );
        return Err(config.error("n_mamba_heads", problem));
    }
    let d_state = config.size("mamba_d_state")?;
    // transformers bounds steps from below alone.
    let least = config.positive("time_step_min")?;
    arch.recurrence = Some(Recurrence {
        n_groups,
        d_head: width / n_heads,
        norm: Some(StateNorm {
            kind: NormKind::Rms,
            over: QkNorm::Groups(n_groups),
            eps: 1e-5,
        }),
        decay: Decay::Steps { least, most: None },
        from_values: None,
        ..selective(
            n_heads,
            d_state,
            config.size("mamba_d_conv")?,
            Activation::Silu,
        )
    });
    let bias = config.flag("add_bias_linear")?;
    let rank = config.size("adapter_rank")?;
    arch.mlp.adapter = Some(rank);
    if config.flag("use_shared_attention_adapter")? {
        arch.attention.adapter = Some(rank);
    }
    let turns = config.size("num_mem_blocks")?;
    let modules = Modules::new(&arch, "shared_transformer", turns);
    let mut names = names(&arch, &modules);
    names.in_modules(&modules.mixers, |names| {
        names.module(Role::Ln1, "{module}.input_layernorm", false);
        super::mamba2::mixer(names, "{module}.mamba", [bias, true, bias]);
    });
    names.in_modules(&modules.shared, |names| {
        let halves = &[Role::MlpIn, Role::MlpLinear];
        names.fused(halves, "{module}.feed_forward.gate_up_proj", bias);
        names.module(Role::MlpOut, "{module}.feed_forward.down_proj", bias);
    });
    for (adapted, map) in [
        (Adapted::Query, "linear_q"),
        (Adapted::Key, "linear_k"),
        (Adapted::Value, "linear_v"),
    ] {
        if arch.attention.adapter.is_none() {
            continue;
        }
        let adapters = modules.adapters(&format!("self_attn.{map}"));
        names.in_modules(&adapters, |names| {
            names.module(Role::AdapterLow(adapted), "{module}.0", false);
            names.module(Role::AdapterOut(adapted), "{module}.1", false);
        });
    }
    names.in_modules(&modules.adapters("feed_forward.gate_up_proj"), |names| {
        names.module(Role::AdapterLow(Adapted::Mlp), "{module}.0", false);
        let halves = &[
            Role::AdapterOut(Adapted::Mlp),
            Role::AdapterOut(Adapted::MlpLinear),
        ];
        names.fused(halves, "{module}.1", false);
    });
    Ok(Model::new(arch, names))
}

/// The part of a config that both versions share: attention over twice the stream's width.
fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let (n_heads, d_model) = (
        config.size("num_attention_heads")?,
        config.size("hidden_size")?,
    );
    let both = config.spelled(&["attention_hidden_size"]);
    if let Some(both) = config.optional_size(both)?
        && both != 2 * d_model
    {
        let problem = format!("is {both}, and not twice hidden_size = {d_model}");
        return Err(config.error("attention_hidden_size", problem));
    }
    let own = config.optional_size("attention_head_dim")?;
    let d_head = match (family, own) {
        // The second version computes it, whatever the config says.
        ("zamba", Some(own)) => own,
        _ => 2 * d_model / n_heads,
    };
    config.set("head_dim", d_head.into());
    let fields = Fields {
        d_mlp: Or("intermediate_size", 4),
        ..llama::FIELDS
    };
    let mut arch = llama::without_positions(family, config, &fields)?;
    arch.attention.scales = vec![(d_head as f64 / 2.0).powf(-0.5); arch.n_layers];
    arch.without_mlp = vec![true; arch.n_layers];
    Ok(arch)
}

/// A mixer whose gate comes first, with these sizes.
fn selective(n_heads: usize, d_state: usize, width: usize, activation: Activation) -> Recurrence {
    Recurrence {
        n_groups: 1,
        n_heads,
        d_state,
        d_head: 1,
        convolution: Some(width),
        activation: Some(activation),
        unit: None,
        decay: Decay::Learned,
        write: Write::Step,
        skip: true,
        gate: Some(StateGate {
            by: GateBy::Silu,
            rank: None,
            first: true,
        }),
        norm: None,
        from_values: None,
        shifted: false,
        multipliers: Multipliers::default(),
    }
}

/// The names that both versions share, without those of mixers and MLPs.
fn names(arch: &Arch, modules: &Modules) -> Names {
    let mut names = Names::new(arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "final_layernorm", false);
    names.module(Role::SharedBlockOut, "layers.{}.linear", false);
    names.in_modules(&modules.shared, |names| {
        names.module(Role::SharedLn1, "{module}.input_layernorm", false);
        names.module(Role::SharedLn2, "{module}.pre_ff_layernorm", false);
        names.qkv("{module}.self_attn", false);
        names.module(Role::AttnOut, "{module}.self_attn.o_proj", false);
    });
    names
}

/// The modules of each block.
struct Modules {
    mixers: Vec<String>,
    /// The shared block, where files have it: in the first of the layers that share it.
    shared: Vec<String>,
    /// The place of each layer among those with a shared block.
    places: Vec<usize>,
}

impl Modules {
    fn new(arch: &Arch, shared: &str, turns: usize) -> Modules {
        let hybrid: Vec<usize> = (0..arch.n_layers)
            .filter(|i| arch.mixers[*i] == Mixing::Shared)
            .collect();
        let mixer = |i: usize| {
            if hybrid.contains(&i) {
                format!("layers.{i}.mamba_decoder")
            } else {
                format!("layers.{i}")
            }
        };
        let place = |i: usize| hybrid.iter().position(|own| *own == i).unwrap_or(0);
        let source = |i: usize| hybrid.get(place(i) % turns.max(1)).copied().unwrap_or(i);
        Modules {
            mixers: (0..arch.n_layers).map(mixer).collect(),
            shared: (0..arch.n_layers)
                .map(|i| format!("layers.{}.{shared}", source(i)))
                .collect(),
            places: (0..arch.n_layers).map(place).collect(),
        }
    }

    /// The adapter of each layer in a list of the shared block.
    fn adapters(&self, list: &str) -> Vec<String> {
        let modules = self.shared.iter().zip(&self.places);
        let adapter = |(module, place)| format!("{module}.{list}_adapter_list.{place}");
        modules.map(adapter).collect()
    }
}
