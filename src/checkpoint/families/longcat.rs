//! LongCat-Flash (Meituan 2025): a block of its files has two attentions and two MLPs, which count as two blocks here. The
//! experts of the first work beside its MLP and the second block, at whose end their output is added; some of them hand on
//! what they read.

use super::fields::{Fields, Given::In};
use super::names::Names;
use super::{Model, deepseek, llama, mixtral, moe, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Experts, RopePairs};
use crate::graph::role::Role;

const FIELDS: Fields = Fields {
    n_layers: "num_layers",
    d_mlp: In("ffn_hidden_size"),
    ..llama::FIELDS
};

/// The blocks that one of the files' has.
const PARTS: usize = 2;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    if let Some(count) = config.optional_size("num_hidden_layers")? {
        config.set("num_layers", (count / PARTS).into());
    }
    let blocks = PARTS * config.layers("num_layers")?;
    config.set("num_layers", blocks.into());
    // A bias of the router is stored and not added.
    config.passed_over(&["router_bias"]);
    config.usual("attention_method", "MLA".into());
    config.usual("zero_expert_type", "identity".into());
    config.usual("mla_scale_q_lora", true.into());
    config.usual("mla_scale_kv_lora", true.into());
    config.size("q_lora_rank")?;
    let (mut arch, sharper) = deepseek::turning(family, config, &FIELDS)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    let module = "layers.{}.self_attn.{part}";
    deepseek::latent(config, (&mut arch, &mut names), sharper, module)?;
    let wide = arch.d_model as f64;
    if let Some(latent) = &mut arch.attention.latent {
        let grown = |short: usize| (wide / short as f64).sqrt();
        latent.scales = [latent.d_query.map_or(1.0, grown), grown(latent.d_kv)];
    }
    let fields = ["n_routed_experts", "moe_topk", "expert_ffn_hidden_size"];
    let experts = mixtral::sized(config, fields, arch.n_layers)?;
    let identities = config.index_or("zero_expert_num", 0)?;
    arch.experts = Some(Experts {
        n_experts: experts.n_experts + identities,
        identities,
        shortcut: true,
        layers: (0..arch.n_layers).map(|i| i % PARTS == 0).collect(),
        renormalise: false,
        choice_bias: true,
        scale: config.positive("routed_scaling_factor")?,
        ..experts
    });
    names.module(Role::LnFinal, "norm", false);
    let [gate, linear, out] = moe::PARTS.map(|part| format!("mlps.{{part}}.{part}"));
    let modules = [
        (Role::Ln1, "input_layernorm.{part}"),
        (Role::Ln2, "post_attention_layernorm.{part}"),
        (Role::MlpIn, &gate),
        (Role::MlpLinear, &linear),
        (Role::MlpOut, &out),
    ];
    names.modules("layers.{}", false, &modules);
    let module = "layers.{}.mlp";
    names.module(Role::Router, &format!("{module}.router.classifier"), false);
    let choice = format!("{module}.router.e_score_correction_bias");
    names.weight(Role::RouterChoice, choice);
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, &arch, &each, moe::PARTS);
    names.count_as_one(PARTS);
    Ok(Model::new(arch, names))
}
