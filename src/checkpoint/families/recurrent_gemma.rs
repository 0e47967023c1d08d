//! RecurrentGemma (Botev et al. 2024), which is Griffin (De et al. 2024): gated linear recurrent units behind a
//! convolution in two blocks of three, and attention within a window in the third.

use super::fields::{Fields, Given::*};
use super::llama;
use super::names::Names;
use super::rope::Part;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::recurrence::{Decay, GateBy, Mixing, Multipliers, Recurrence, StateGate, Write};
use crate::graph::role::Role;

const TYPES: &[(&str, Mixing)] = &[
    ("recurrent", Mixing::Recurrence),
    ("attention", Mixing::Attention),
];

/// The factor of the logarithm by which a state fades.
const RATE: f64 = 8.0;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        activation: In("hidden_activation"),
        n_ctx: Or("max_position_embeddings", 1 << 20),
        ..llama::FIELDS
    };
    // The width of a head follows from these two, whatever the config says.
    let n_heads = config.size("num_attention_heads")?;
    let d_head = config.size("hidden_size")? / n_heads;
    config.set("head_dim", d_head.into());
    let mut arch = llama::partly_turning(family, config, &fields, Part::Given(0.5))?;
    if !arch.mlp.d_mlp.is_multiple_of(2) {
        return Err(config.error("intermediate_size", "is odd; the gated MLP has half of it"));
    }
    arch.mlp.d_mlp /= 2;
    arch.norm.weight_offset = 1.0;
    arch.embedding.scale = in_bf16((arch.d_model as f64).sqrt());
    arch.unembedding.cap = Some(config.positive("logits_soft_cap")?);
    let types = config.choices("block_types", TYPES)?;
    let types = config.required("block_types", types)?;
    arch.mixers = (0..arch.n_layers).map(|i| types[i % types.len()]).collect();
    let window = config.size(config.spelled(&["attention_window_size", "sliding_window"]))?;
    let sliding = vec![true; arch.n_layers];
    arch.attention.windows = windows::by_layer(config, &sliding, Some(window))?;
    let width = config.optional_size("lru_width")?.unwrap_or(arch.d_model);
    if !width.is_multiple_of(n_heads) {
        let problem = format!("is {width}, which num_attention_heads = {n_heads} does not divide");
        return Err(config.error("lru_width", problem));
    }
    arch.recurrence = Some(Recurrence {
        n_groups: 0,
        n_heads: width,
        d_state: 1,
        d_head: 1,
        convolution: Some(config.size("conv1d_width")?),
        activation: None,
        unit: None,
        decay: Decay::Gated {
            rate: RATE,
            blocks: n_heads,
        },
        write: Write::Balanced,
        skip: false,
        gate: Some(StateGate {
            by: GateBy::Activation(arch.mlp.activation),
            rank: None,
            first: true,
        }),
        norm: None,
        from_values: None,
        shifted: false,
        multipliers: Multipliers::default(),
    });
    config.harmless(&["w_init_variance_scale", "final_w_init_variance_scale"]);
    let bias = config.flag("attention_bias")?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "final_norm", false);
    let norms = [
        (Role::Ln1, "temporal_pre_norm"),
        (Role::Ln2, "channel_pre_norm"),
    ];
    names.modules("layers.{}", false, &norms);
    let module = "layers.{}.temporal_block";
    names.qkv(module, bias);
    let maps = [
        (Role::AttnOut, "o_proj"),
        (Role::StateGate, "linear_y"),
        (Role::StateValue, "linear_x"),
        (Role::StateOut, "linear_out"),
        (Role::ConvolvedValue, "conv_1d"),
    ];
    names.modules(module, true, &maps);
    let module = "layers.{}.temporal_block.rg_lru";
    for (role, gate) in [
        (Role::WriteGate, "input_gate"),
        (Role::DecayGate, "recurrent_gate"),
    ] {
        names.weight(role, format!("{module}.{gate}_weight"));
        names.bias(role, format!("{module}.{gate}_bias"));
    }
    names.weight(Role::DecayLog, format!("{module}.recurrent_param"));
    let mlp = [
        (Role::MlpIn, "gate_proj"),
        (Role::MlpLinear, "up_proj"),
        (Role::MlpOut, "down_proj"),
    ];
    names.modules("layers.{}.mlp_block", true, &mlp);
    Ok(Model::new(arch, names))
}

/// A number as bfloat16 has it: the factor of embeddings is stored in it.
fn in_bf16(x: f64) -> f64 {
    let bits = (x as f32).to_bits();
    let even = (bits >> 16) & 1;
    f64::from(f32::from_bits((bits + 0x7fff + even) & 0xffff_0000))
}
