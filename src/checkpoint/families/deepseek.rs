//! DeepSeek 2 and 3 (DeepSeek-AI 2024), whose queries, keys and values expand from short vectors, and the families that
//! attend like them.

use super::fields::Fields;
use super::llama::{self, Biases};
use super::moe::{self, DEEPSEEK};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, Optional, mixtral};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, Positions, RopePairs, Score};
use crate::graph::heads::{Heads, Latent};
use crate::graph::role::Role;

/// The module of attention in a block.
pub(super) const MODULE: &str = "layers.{}.self_attn";

/// The norms of latent vectors have this ε, whatever the config says.
const EPS: f64 = 1e-6;

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, names) = attending(family, config)?;
    paired(config, &mut arch)?;
    predicting(config);
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    arch.experts = Some(moe::deepseek(config, &arch, count, shared)?);
    Ok(moe::mixture(arch, names, &DEEPSEEK))
}

/// DeepSeek 2: a router of softmaxes, groups that their best expert judges, neighbouring dimensions that turn.
pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, names) = attending(family, config)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    config.only("mlp_bias", false.into())?;
    let dense = config.index("first_k_dense_replace")?;
    let experts = softmaxes(config, &arch)?;
    arch.experts = Some(Experts {
        layers: (0..arch.n_layers).map(|i| i >= dense).collect(),
        ..experts
    });
    let modules = moe::Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(moe::mixture(arch, names, &modules))
}

/// The text model of DeepSeek-OCR 2: DeepSeek 2's experts with Llama's attention.
pub(super) fn read_ocr(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let layers = moe::sparse(config, arch.n_layers)?;
    config.only("mlp_bias", false.into())?;
    let experts = softmaxes(config, &arch)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        ..experts
    });
    let names = llama::names(&arch, Biases::of_attention(config)?);
    let modules = moe::Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(moe::mixture(arch, names, &modules))
}

/// GLM-4.7-Flash (GLM Team 2026): DeepSeek 3 with a list of the blocks that have experts.
pub(super) fn read_glm4_lite(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, names) = attending(family, config)?;
    paired(config, &mut arch)?;
    predicting(config);
    let layers = moe::sparse(config, arch.n_layers)?;
    config.set("first_k_dense_replace", 1.into());
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    let experts = moe::deepseek(config, &arch, count, shared)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        ..experts
    });
    Ok(moe::mixture(arch, names, &DEEPSEEK))
}

/// A.X K1 (SK Telecom 2026): DeepSeek 3 with a norm of what experts write.
pub(super) fn read_axk1(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let (mut arch, mut names) = attending(family, config)?;
    paired(config, &mut arch)?;
    predicting(config);
    config.size("q_lora_rank")?;
    let layers = moe::sparse(config, arch.n_layers)?;
    let dense = config.index_or("first_k_dense_replace", 1)?;
    let every = config.index_or("moe_layer_freq", 1)?.max(1);
    config.set("first_k_dense_replace", dense.into());
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    let by_place = |i: usize| i >= dense && i.is_multiple_of(every);
    arch.experts = Some(Experts {
        layers: layers.unwrap_or_else(|| (0..arch.n_layers).map(by_place).collect()),
        normed: true,
        ..moe::deepseek(config, &arch, count, shared)?
    });
    names.module(Role::Ln2Post, "layers.{}.post_mlp_layernorm", false);
    let mut model = moe::mixture(arch, names, &DEEPSEEK);
    // Published files add no numbers for the choice.
    model.optional.push(Optional {
        tell: Role::RouterChoice,
        roles: &[Role::RouterChoice],
        without: |arch| {
            if let Some(experts) = &mut arch.experts {
                experts.choice_bias = false;
            }
        },
    });
    Ok(model)
}

/// Mistral 4 (Mistral AI 2026): a router of softmaxes, and scores that grow with position.
pub(super) fn read_mistral4(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let temper = rope::temper(config)?;
    rope::drop_part(config);
    let (mut arch, names) = attending(family, config)?;
    paired(config, &mut arch)?;
    arch.attention.tempers = vec![Some(temper); arch.n_layers];
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    arch.experts = Some(Experts {
        score: Score::Softmax,
        choice_bias: false,
        ..moe::deepseek(config, &arch, count, shared)?
    });
    let modules = moe::Modules {
        choice: None,
        ..DEEPSEEK
    };
    Ok(moe::stacked_mixture(
        arch,
        names,
        &modules,
        "layers.{}.mlp.experts",
    ))
}

/// Youtu-LLM (Tencent 2025): DeepSeek 3's attention with an MLP in every block.
pub(super) fn read_youtu(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // Weights that a file holds are not initialised.
    config.harmless(&["embedding_initializer_range"]);
    let (mut arch, mut names) = attending(family, config)?;
    paired(config, &mut arch)?;
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

/// MiniCPM 3 (Hu et al. 2024): DeepSeek 2's attention with scaled embeddings, halves of blocks and logits.
pub(super) fn read_minicpm3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    if config.optional_size("v_head_dim")?.is_none() {
        let wide = config.size("hidden_size")? / config.size("num_attention_heads")?.max(1);
        config.set("v_head_dim", wide.into());
    }
    let (mut arch, mut names) = attending(family, config)?;
    let depth = (arch.n_layers as f64).sqrt();
    arch.embedding.scale = config.positive("scale_emb")?;
    arch.block.residual_scale = config.positive_or("scale_depth", depth)? / depth;
    let base = config.size_or("dim_model_base", arch.d_model)?;
    arch.unembedding.scale = base as f64 / arch.d_model as f64;
    llama::gated(&mut names, config.flag("mlp_bias")?);
    Ok(Model::new(arch, names))
}

/// The architecture and names of a model with latent attention, without its feed-forward.
pub(super) fn attending(
    family: &str,
    config: &mut Config,
) -> Result<(Arch, Names), CheckpointError> {
    let (mut arch, sharper) = turning(family, config, &llama::FIELDS)?;
    let mut names = llama::ends(&arch);
    latent(config, (&mut arch, &mut names), sharper, MODULE)?;
    Ok((arch, names))
}

/// An architecture in which the last dimensions of heads turn, and a factor of its scores.
pub(super) fn turning(
    family: &str,
    config: &mut Config,
    fields: &Fields,
) -> Result<(Arch, f64), CheckpointError> {
    // The turn is that of heads which turn whole.
    let turning = config.size("qk_rope_head_dim")?;
    config.set("head_dim", turning.into());
    let sharper = rope::sharpness(config)?;
    let mut arch = llama::partly_turning(family, config, fields, Part::Whole)?;
    if let Positions::Rotary(rotary) = &mut arch.positions {
        rotary
            .ropes
            .iter_mut()
            .for_each(|rope| rope.trailing = true);
    }
    Ok((arch, sharper * sharper))
}

/// Make attention latent, with scores that are multiplied by `sharper` too, and weights under `module`.
pub(super) fn latent(
    config: &mut Config,
    (arch, names): (&mut Arch, &mut Names),
    sharper: f64,
    module: &str,
) -> Result<(), CheckpointError> {
    let (turning, plain) = (
        config.size("qk_rope_head_dim")?,
        config.size("qk_nope_head_dim")?,
    );
    let d_value = config.size("v_head_dim")?;
    let n_heads = config.size("num_attention_heads")?;
    config.harmless(&["head_dim", "qk_head_dim"]);
    config.only("num_key_value_heads", n_heads.into())?;
    let d_head = turning + plain;
    arch.attention.d_head = d_head;
    arch.attention.heads = vec![
        Heads {
            n_heads,
            n_kv_heads: n_heads,
            d_head,
            d_value,
        };
        arch.n_layers
    ];
    let scale = 1.0 / (d_head as f64).sqrt() * sharper;
    arch.attention.scales = vec![scale; arch.n_layers];
    let d_query = config.optional_size("q_lora_rank")?;
    arch.attention.latent = Some(Latent {
        d_query,
        d_kv: config.size("kv_lora_rank")?,
        d_rotary: turning,
        joined: false,
        scales: [1.0; 2],
        eps: EPS,
    });
    let bias = config.flag("attention_bias")?;
    let of = |name: &str| format!("{module}.{name}");
    if d_query.is_some() {
        names.module(Role::QueryLatent, &of("q_a_proj"), bias);
        names.module(Role::QueryLatentNorm, &of("q_a_layernorm"), false);
        names.module(Role::Query, &of("q_b_proj"), false);
    } else {
        names.module(Role::Query, &of("q_proj"), false);
    }
    let both: &[Role] = &[Role::KvLatent, Role::SharedKey];
    names.fused(both, &of("kv_a_proj_with_mqa"), bias);
    names.module(Role::KvLatentNorm, &of("kv_a_layernorm"), false);
    let both = [Role::Key, Role::Value];
    names.turns(&both, &of("kv_b_proj"), false, &[plain, d_value]);
    for (role, part) in both.into_iter().zip(["k_b_proj", "v_b_proj"]) {
        names.also_apart(role, of(&format!("{part}.weight")));
    }
    names.module(Role::AttnOut, &of("o_proj"), bias);
    Ok(())
}

/// Pair the dimensions that turn together as the config says.
pub(super) fn paired(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    if config.flag_or("rope_interleave", true)? {
        rope::pair(arch, RopePairs::Interleaved);
    }
    Ok(())
}

/// Blocks behind the last one draft tokens; they are not computed.
pub(super) fn predicting(config: &mut Config) {
    config.harmless(&[
        "num_mtp_layers",
        "num_nextn_predict_layers",
        "pretraining_tp",
    ]);
}

/// A mixture with DeepSeek 2's router.
fn softmaxes(config: &mut Config, arch: &Arch) -> Result<Experts, CheckpointError> {
    const METHODS: &[(&str, bool)] = &[("greedy", false), ("group_limited_greedy", true)];
    let (count, width) = ("n_routed_experts", "moe_intermediate_size");
    let experts = mixtral::sizes(config, count, width, arch.n_layers)?;
    let grouped = config.choice("topk_method", METHODS)?.unwrap_or(false);
    let groups = if grouped {
        moe::groups(config, count, &experts, 1)?
    } else {
        None
    };
    config.passed_over(&["pretraining_tp", "norm_topk_prob", "n_group", "topk_group"]);
    let shared = config.index("n_shared_experts")? * experts.d_expert;
    Ok(Experts {
        renormalise: false,
        groups,
        scale: config.positive("routed_scaling_factor")?,
        shared: moe::beside(shared),
        ..experts
    })
}
