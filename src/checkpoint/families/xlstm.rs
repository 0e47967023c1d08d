//! xLSTM (Beck et al. 2024, 2025) with matrix memories in all blocks: exponential gates, and what is read is divided by
//! the weights that were written.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, NormKind, QkNorm};
use crate::graph::recurrence::{
    Decay, GateBy, Mixing, Multipliers, Normal, Recurrence, StateGate, StateNorm, Write,
};
use crate::graph::role::Role;

/// Fields that matter for kernels alone.
const HARMLESS: &[&str] = &[
    "chunkwise_kernel",
    "sequence_kernel",
    "step_kernel",
    "mode",
    "chunk_size",
    "return_last_states",
    "autocast_kernel_dtype",
    "norm_reduction_force_float32",
    "max_inference_chunksize",
    "add_out_norm",
];

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(HARMLESS);
    config.only("inference_state_dtype", "float32".into())?;
    if let Some(blocks) = config.optional_size("num_blocks")? {
        config.set("num_hidden_layers", blocks.into());
    }
    let factor = config.positive("ffn_proj_factor")?;
    let multiple = config.size("ffn_round_up_to_multiple_of")?;
    let fields = Fields {
        n_heads: "num_heads",
        n_ctx: Always(1 << 20),
        d_mlp: Always(1),
        ..Fields::new(Always(Activation::Silu), In("norm_eps"))
    };
    let mut arch = fields.plain(family, config)?;
    if let Some(width) = config.optional_size("embedding_dim")?
        && width != arch.d_model
    {
        let problem = format!("is {width}, and not hidden_size = {}", arch.d_model);
        return Err(config.error("embedding_dim", problem));
    }
    arch.norm.kind = NormKind::Rms;
    arch.mlp.gated = true;
    let all = arch.d_model as f64;
    let whole = ((all * factor + multiple as f64 - 1.0) / multiple as f64).floor();
    arch.mlp.d_mlp = whole as usize * multiple;
    arch.unembedding.cap = Some(config.positive("output_logit_soft_cap")?);
    let n_heads = arch.attention.n_heads;
    let mut width = |field: &str| -> Result<usize, CheckpointError> {
        let width = (all * config.positive(field)?) as usize;
        if width == 0 || !width.is_multiple_of(n_heads) {
            let problem =
                format!("makes a width of {width}, which num_heads = {n_heads} does not divide");
            return Err(config.error(field, problem));
        }
        Ok(width / n_heads)
    };
    let (d_state, d_head) = (width("qk_dim_factor")?, width("v_dim_factor")?);
    let cap = Some(config.positive("gate_soft_cap")?);
    arch.mixers = vec![Mixing::Recurrence; arch.n_layers];
    arch.recurrence = Some(Recurrence {
        n_groups: n_heads,
        n_heads,
        d_state,
        d_head,
        convolution: None,
        activation: None,
        unit: None,
        decay: Decay::Sigmoid { cap },
        write: Write::Exponential {
            cap,
            by: Normal::Bounded {
                eps: config.positive("eps")?,
            },
        },
        skip: false,
        gate: Some(StateGate {
            by: GateBy::Sigmoid,
            rank: None,
            first: false,
        }),
        norm: Some(StateNorm {
            kind: NormKind::Layer,
            over: QkNorm::Groups(n_heads),
            eps: arch.norm.eps,
        }),
        from_values: None,
        shifted: false,
        multipliers: Multipliers {
            query: 1.0 / (d_state as f64).sqrt(),
            ..Multipliers::default()
        },
    });
    let bias = config.flag("use_bias")?;
    let mut names = Names::new(&arch, "embeddings", "lm_head");
    names.module(Role::LnFinal, "out_norm", false);
    let norms = [(Role::Ln1, "norm_mlstm"), (Role::Ln2, "norm_ffn")];
    names.modules("blocks.{}", bias, &norms);
    let module = "blocks.{}.mlstm_layer";
    let rest = [
        (Role::StateNorm, "multihead_norm"),
        (Role::StateOut, "out_proj"),
    ];
    names.modules(module, bias, &rest);
    let gates = &[Role::WriteGate, Role::DecayGate];
    let fused = config.choice("weight_mode", &[("single", false), ("fused", true)])?;
    if config.required("weight_mode", fused)? {
        let all = &[
            Role::StateQuery,
            Role::StateKey,
            Role::StateValue,
            Role::StateGate,
        ];
        names.fused(all, &format!("{module}.qkv_opreact"), bias);
        names.fused(gates, &format!("{module}.ifgate_preact"), true);
        let halves = &[Role::MlpIn, Role::MlpLinear];
        names.fused(halves, "blocks.{}.ffn.proj_up_gate_z", bias);
    } else {
        let maps = [
            (Role::StateQuery, "q"),
            (Role::StateKey, "k"),
            (Role::StateValue, "v"),
            (Role::StateGate, "ogate_preact"),
        ];
        names.modules(module, bias, &maps);
        let maps = [
            (Role::WriteGate, "igate_preact"),
            (Role::DecayGate, "fgate_preact"),
        ];
        names.modules(module, true, &maps);
        let halves = [(Role::MlpIn, "proj_up_gate"), (Role::MlpLinear, "proj_up")];
        names.modules("blocks.{}.ffn", bias, &halves);
    }
    names.module(Role::MlpOut, "blocks.{}.ffn.proj_down", bias);
    Ok(Model::new(arch, names))
}
