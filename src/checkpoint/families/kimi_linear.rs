//! Kimi Linear (Kimi Team 2025): Kimi delta attention, a delta net in which each row of a state fades by itself, in most
//! blocks, latent attention without positions in the rest, and DeepSeek 3's mixture.

use super::deepseek;
use super::delta;
use super::llama;
use super::moe::{self, Modules};
use super::names::Names;
use super::qwen_next::TYPES;
use super::{Model, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts};
use crate::graph::recurrence::{Mixing, Recurrence};
use crate::graph::role::Role;

const MODULES: Modules = Modules {
    router: "layers.{}.block_sparse_moe.gate",
    choice: Some("layers.{}.block_sparse_moe.gate.e_score_correction_bias"),
    experts: "layers.{}.block_sparse_moe.experts.{i}",
    shared: "layers.{}.block_sparse_moe.shared_experts",
};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["pretraining_tp"]);
    config.usual("mla_use_nope", true.into());
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    let mut names = llama::ends(&arch);
    deepseek::latent(config, (&mut arch, &mut names), 1.0, deepseek::MODULE)?;
    let linear = Linear::read(config, arch.n_layers)?;
    arch.mixers = linear.mixers.clone();
    arch.recurrence = Some(linear.recurrence(&arch));
    linear_names(&mut names);
    let layers = moe::sparse(config, arch.n_layers)?;
    let dense = config.index_or("first_k_dense_replace", 1)?;
    config.set("first_k_dense_replace", dense.into());
    let (count, shared) = ("num_local_experts", "n_shared_experts");
    let experts = moe::deepseek(config, &arch, count, shared)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        ..experts
    });
    mixtral::experts(&mut names, &arch, MODULES.experts, ["w1", "w3", "w2"]);
    let mut model = moe::routing(arch, names, &MODULES);
    // A file that transformers has written names all MLPs like mixtures.
    let [gate, linear, out] = moe::PARTS;
    for name in &mut model.names {
        let part = match name.role {
            Role::MlpIn => gate,
            Role::MlpLinear => linear,
            Role::MlpOut => out,
            _ => continue,
        };
        name.unfused = Some(format!("layers.{{}}.block_sparse_moe.{part}.weight"));
    }
    Ok(model)
}

/// The fields of blocks with a delta net.
struct Linear {
    mixers: Vec<Mixing>,
    n_heads: usize,
    d_head: usize,
    convolution: usize,
}

impl Linear {
    /// The fields as the published config has them, in an object, or as transformers writes them.
    fn read(config: &mut Config, n_layers: usize) -> Result<Linear, CheckpointError> {
        let types = config.of_blocks("layer_types", TYPES, n_layers)?;
        let mut linear = Linear {
            mixers: (0..n_layers)
                .map(|i| Mixing::attention_if(i > 0 && i % 4 == 0))
                .collect(),
            n_heads: config.size("linear_num_heads")?,
            d_head: config.size("linear_head_dim")?,
            convolution: config.size("linear_conv_kernel_dim")?,
        };
        if let Some(mut own) = config.object("linear_attn_config")? {
            linear.n_heads = own.size_or("num_heads", linear.n_heads)?;
            linear.d_head = own.size_or("head_dim", linear.d_head)?;
            linear.convolution = own.size_or("short_conv_kernel_size", linear.convolution)?;
            if own.has("full_attn_layers") && own.has("kda_layers") {
                let field = "kda_layers";
                let (full, delta) = (own.indices("full_attn_layers")?, own.indices(field)?);
                let kind = |i| match (full.contains(&i), delta.contains(&i)) {
                    (_, true) => Ok(Mixing::Recurrence),
                    (true, false) => Ok(Mixing::Attention),
                    _ => Err(own.error(field, format!("and full_attn_layers leave out block {i}"))),
                };
                // Blocks are counted from 1.
                let listed: Result<Vec<Mixing>, _> = (1..=n_layers).map(kind).collect();
                if types.is_none() {
                    linear.mixers = listed?;
                }
            }
            own.finish()?;
        }
        if let Some(types) = types {
            linear.mixers = types;
        }
        Ok(linear)
    }

    fn recurrence(&self, arch: &Arch) -> Recurrence {
        let sizes = (self.n_heads, self.d_head, self.convolution);
        delta::by_rows(arch, sizes, Some(self.d_head), None)
    }
}

/// The names of a delta net. Its projections have those of attention's, which no block has beside it.
fn linear_names(names: &mut Names) {
    let module = "layers.{}.self_attn";
    let modules = [
        (Role::StateQuery, "q_proj"),
        (Role::StateKey, "k_proj"),
        (Role::StateValue, "v_proj"),
        (Role::ConvolvedQuery, "q_conv1d"),
        (Role::ConvolvedKey, "k_conv1d"),
        (Role::ConvolvedValue, "v_conv1d"),
        (Role::StepLow, "f_a_proj"),
        (Role::Step, "f_b_proj"),
        (Role::Beta, "b_proj"),
        (Role::StateGateLow, "g_a_proj"),
        (Role::StateGate, "g_b_proj"),
        (Role::StateNorm, "o_norm"),
        (Role::StateOut, "o_proj"),
    ];
    names.modules(module, false, &modules);
    names.weight(Role::StepBias, format!("{module}.dt_bias"));
    names.weight(Role::DecayLog, format!("{module}.A_log"));
}
