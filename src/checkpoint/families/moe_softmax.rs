//! Mixtures of experts with a router of softmaxes, in families that differ in little else.

use super::fields::{Fields, Given::*};
use super::llama::{self, Biases};
use super::moe::{DEEPSEEK, Modules, beside, mixture, sparse};
use super::names::{Names, QKV};
use super::rope::{self, Part};
use super::{Model, granite, hunyuan, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, NormKind, Norms, QkNorm, RopePairs, Score};
use crate::graph::role::Role;

/// ERNIE 4.5 with experts (Baidu 2025).
pub(super) fn read_ernie(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    let n_layers = arch.n_layers;
    let first = config.index("moe_layer_start_index")?;
    let last = match config.json("moe_layer_end_index") {
        Some(last) if last == -1 => n_layers - 1,
        _ => config.index("moe_layer_end_index")?,
    };
    let every = config.size("moe_layer_interval")?;
    // A bound on what shares are divided by: it is far below any sum of shares.
    config.harmless(&["moe_norm_min"]);
    let fields = ["moe_num_experts", "moe_k", "moe_intermediate_size"];
    let experts = mixtral::sized(config, fields, n_layers)?;
    let shared = config.index("moe_num_shared_experts")? * experts.d_expert;
    arch.experts = Some(Experts {
        layers: (0..n_layers)
            .map(|i| (i + 1) % every == 0 && i >= first && i <= last)
            .collect(),
        choice_bias: true,
        shared: beside(shared),
        ..experts
    });
    let bias = config.flag_or("use_bias", false)?;
    if bias {
        let problem = "is true; only false is computed with experts";
        return Err(config.error("use_bias", problem));
    }
    let names = llama::names(&arch, Biases::default());
    let modules = Modules {
        choice: Some("layers.{}.mlp.moe_statics.e_score_correction_bias"),
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Hunyuan with experts (Tencent 2025).
pub(super) fn read_hunyuan(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, names) = hunyuan::parts(family, config)?;
    one_for_all(config, "moe_topk")?;
    let fields = ["num_experts", "moe_topk", "intermediate_size"];
    let experts = mixtral::sized(config, fields, arch.n_layers)?;
    arch.experts = Some(Experts {
        shared: beside(arch.mlp.d_mlp),
        ..experts
    });
    let modules = Modules {
        router: "layers.{}.mlp.gate.wg",
        choice: None,
        shared: "layers.{}.mlp.shared_mlp",
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Let a number stand for a list of it for each block.
fn one_for_all(config: &mut Config, field: &str) -> Result<(), CheckpointError> {
    let Some(serde_json::Value::Array(all)) = config.json(field) else {
        return Ok(());
    };
    let first = all
        .first()
        .filter(|first| all.iter().all(|one| one == *first));
    match first {
        Some(first) => config.set(field, first.clone()),
        None => {
            let problem = "is a list of several numbers; only one for all blocks is computed";
            return Err(config.error(field, problem));
        }
    }
    Ok(())
}

/// OLMoE (Muennighoff et al. 2024): one norm over all heads' queries, one over all keys.
pub(super) fn read_olmoe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    config.only("clip_qkv", serde_json::Value::Null)?;
    simple(config, arch)
}

/// FlexOlmo (Shi et al. 2025): OLMo 2 with experts.
pub(super) fn read_flex_olmo(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    arch.block.norms = Norms::Output;
    simple(config, arch)
}

/// A model with experts in every block, chosen by a softmax.
fn simple(config: &mut Config, mut arch: Arch) -> Result<Model, CheckpointError> {
    let experts = mixtral::sizes(config, "num_experts", "intermediate_size", arch.n_layers)?;
    arch.experts = Some(Experts {
        renormalise: config.flag("norm_topk_prob")?,
        ..experts
    });
    let names = llama::names(&arch, Biases::of_attention(config)?);
    let modules = Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// Granite with experts (IBM 2024), and with a shared one (IBM 2025).
pub(super) fn read_granite(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = granite::arch(family, config)?;
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    granite_experts(config, &mut arch, &mut names)?;
    Ok(Model::new(arch, names))
}

/// Granite's experts and their names.
pub(super) fn granite_experts(
    config: &mut Config,
    arch: &mut Arch,
    names: &mut Names,
) -> Result<(), CheckpointError> {
    let (count, width) = ("num_local_experts", "intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    let shared = if config.has("shared_intermediate_size") {
        config.index("shared_intermediate_size")?
    } else {
        0
    };
    let (n, d) = (experts.n_experts, experts.d_expert);
    arch.experts = Some(Experts {
        shared: beside(shared),
        ..experts
    });
    let module = "layers.{}.block_sparse_moe";
    names.module(Role::Router, &format!("{module}.router.layer"), false);
    for i in 0..n {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        names.stacked_turns(
            n,
            &halves,
            &format!("{module}.input_linear.weight"),
            &[d; 2],
        );
        let out = names.weight(Role::ExpertOut(i), format!("{module}.output_linear.weight"));
        out.stack = Some(n);
        for (role, half) in halves.into_iter().zip(["gate", "up"]) {
            names.also_apart(role, format!("{module}.experts.{{i}}.{half}.weight"));
        }
    }
    if shared > 0 {
        let halves = &[Role::SharedIn, Role::SharedLinear];
        names.fused(halves, "layers.{}.shared_mlp.input_linear", false);
        names.module(Role::SharedOut, "layers.{}.shared_mlp.output_linear", false);
        for (role, half) in halves.iter().zip(["gate", "up"]) {
            names.also_apart(*role, format!("layers.{{}}.shared_mlp.{half}.weight"));
        }
    }
    Ok(())
}

/// Aria's text model (Li et al. 2024).
pub(super) fn read_aria(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["pretraining_tp"]);
    let mut arch = llama::arch(family, config)?;
    let fields = ["moe_num_experts", "moe_topk", "intermediate_size"];
    let experts = mixtral::sized(config, fields, arch.n_layers)?;
    let shared = config.index("moe_num_shared_experts")? * experts.d_expert;
    let (n, d) = (experts.n_experts, experts.d_expert);
    arch.experts = Some(Experts {
        shared: beside(shared),
        ..experts
    });
    let Biases { qkv, out, mlp } = Biases::read(config)?;
    let mut names = llama::ends(&arch);
    llama::attention(&mut names, qkv, out);
    names.module(Role::Router, "layers.{}.mlp.router", false);
    let module = "layers.{}.mlp.experts";
    for i in 0..n {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        names.stacked_turns(n, &halves, &format!("{module}.fc1.weight"), &[d; 2]);
        let out = Role::ExpertOut(i);
        names.weight(out, format!("{module}.fc2.weight")).stack = Some(n);
        for role in [halves[0], halves[1], out] {
            names.either_way(role, false);
        }
        names.transpose(&[halves[0], halves[1], out]);
    }
    let shared = [
        (Role::SharedIn, "gate_proj"),
        (Role::SharedLinear, "up_proj"),
        (Role::SharedOut, "down_proj"),
    ];
    names.modules("layers.{}.mlp.shared_experts", mlp, &shared);
    Ok(Model::new(arch, names))
}

/// Phi-3.5-MoE (Abdin et al. 2024): LayerNorm, biases, and a router that chooses one expert after the other.
pub(super) fn read_phi(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.norm.kind = NormKind::Layer;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    let near = config.positive("router_jitter_noise")?;
    config.harmless(&["input_jitter_noise"]);
    let (count, width) = ("num_local_experts", "intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    if experts.n_active != 2 {
        let problem = format!("is {}; only 2 is computed", experts.n_active);
        return Err(config.error("num_experts_per_tok", problem));
    }
    arch.experts = Some(Experts {
        score: Score::SparseMixer(near),
        renormalise: false,
        ..experts
    });
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    if config.flag("lm_head_bias")? {
        names.bias(Role::Unembed, "lm_head.bias");
    }
    let module = "layers.{}.block_sparse_moe";
    names.module(Role::Router, &format!("{module}.gate"), false);
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, &arch, &each, ["w1", "w3", "w2"]);
    Ok(Model::new(arch, names))
}

/// Mellum's bases if the config does not give any.
const MELLUM_ROPE: &str = r#"{"full_attention": {"rope_type": "default", "rope_theta": 500000.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}"#;

/// Mellum 2 (JetBrains 2026): Qwen 3 with experts, windows, and a rotary base for each type of block.
pub(super) fn read_mellum(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    let window = config.optional_size("sliding_window")?;
    let sliding = windows::sliding(config, arch.n_layers, |_| false)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    config.default_object("rope_parameters", MELLUM_ROPE);
    let theta = config.positive_or("rope_theta", 1e4)?;
    arch.positions = rope::by_type(config, &arch, &sliding, [theta; 2])?;
    config.harmless(&["num_mtp_layers", "mtp_layer_types", "mtp_mlp_layer_types"]);
    arch.attention.qk_norm = Some(QkNorm::Head);
    let layers = sparse(config, arch.n_layers)?;
    let experts = mixtral::sizes(
        config,
        "num_experts",
        "moe_intermediate_size",
        arch.n_layers,
    )?;
    arch.experts = Some(Experts {
        renormalise: config.flag("norm_topk_prob")?,
        layers: layers.unwrap_or(experts.layers),
        ..experts
    });
    let names = llama::names(&arch, Biases::of_attention(config)?);
    let modules = Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(mixture(arch, names, &modules))
}

/// DBRX (Databricks 2024): bounds on queries, keys and values, LayerNorm without bias, and experts in one matrix.
pub(super) fn read_dbrx(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (Some(mut attention), Some(mut ffn)) = (
        config.plain_object("attn_config")?,
        config.plain_object("ffn_config")?,
    ) else {
        return Err(config.error("ffn_config", "is missing"));
    };
    let activation = ffn.plain_object("ffn_act_fn")?;
    let activation = match activation {
        Some(mut object) => object.optional_text("name")?,
        None => None,
    };
    config.set(
        "hidden_act",
        activation.unwrap_or_else(|| "silu".into()).into(),
    );
    let width = ffn.size("ffn_hidden_size")?;
    let fields = Fields {
        n_layers: "n_layers",
        d_model: "d_model",
        n_heads: "n_heads",
        n_ctx: In("max_seq_len"),
        d_mlp: Always(1),
        ..Fields::new(In("hidden_act"), Always(1e-5))
    };
    config.harmless(&["num_key_value_heads"]);
    let mut arch = fields.plain(family, config)?;
    arch.mlp.gated = true;
    arch.attention.n_kv_heads = attention.size("kv_n_heads")?;
    if arch.attention.n_heads % arch.attention.n_kv_heads != 0 {
        return Err(attention.error("kv_n_heads", "does not divide n_heads"));
    }
    arch.attention.clip = attention.optional_positive("clip_qkv")?;
    if let Some(theta) = attention.optional_positive("rope_theta")? {
        config.set("rope_theta", theta.into());
    }
    rope::turn(config, &mut arch, Part::Whole)?;
    let fields = ["moe_num_experts", "moe_top_k", "ffn_hidden_size"];
    let experts = mixtral::sized(&mut ffn, fields, arch.n_layers)?;
    let power = ffn.optional_positive("moe_normalize_expert_weights")?;
    if power.is_some_and(|power| power != 1.0) {
        let problem = "is not 1 or null; nothing else is computed";
        return Err(ffn.error("moe_normalize_expert_weights", problem));
    }
    let n = experts.n_experts;
    arch.experts = Some(Experts {
        renormalise: power.is_some(),
        d_expert: width,
        ..experts
    });
    let mut names = Names::new(&arch, "wte", "lm_head");
    names.module(Role::LnFinal, "norm_f", false);
    let module = "blocks.{}.norm_attn_norm";
    names.fused(QKV, &format!("{module}.attn.Wqkv"), false);
    names.module(Role::AttnOut, &format!("{module}.attn.out_proj"), false);
    names.module(Role::Ln1, &format!("{module}.norm_1"), false);
    names.module(Role::Ln2, &format!("{module}.norm_2"), false);
    names.module(Role::Router, "blocks.{}.ffn.router.layer", false);
    for i in 0..n {
        for (role, part) in [
            (Role::ExpertIn(i), "w1"),
            (Role::ExpertLinear(i), "v1"),
            (Role::ExpertOut(i), "w2"),
        ] {
            let weight = names.weight(role, format!("blocks.{{}}.ffn.experts.mlp.{part}"));
            weight.stack = Some(n);
            weight.joined = true;
            names.also_apart(role, format!("blocks.{{}}.ffn.experts.{{i}}.{part}.weight"));
        }
        names.transpose(&[Role::ExpertOut(i)]);
    }
    Ok(Model::new(arch, names))
}
