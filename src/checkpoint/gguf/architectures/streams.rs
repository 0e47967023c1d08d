//! Architectures with several residual streams that all blocks read, write and mix.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::delta::{DELTA, DELTA_APART, DELTA_NET, INNER, by_rounds, value_width};
use super::indexed::{INDEX, INDEXER, indexer_types};
use super::kinds::sparse;
use super::latent::{DEEPSEEK3, LATENT, RANKS};
use super::mixtures::{
    CHOICE_BIAS, GATED_EXPERT, GATED_EXPERT_WIDTH, NUM_EXPERTS, ROUTED_EXPERTS, ROUTER,
    SHARED_EXPERTS,
};
use super::parts::*;
use super::{Architecture, Module, Pair, RopeSpan, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::{AHEAD, Read};

type Config = Map<String, Value>;

/// Router scores that are roots of softplus, by llama.cpp's numbers.
const SQRT_SOFTPLUS: u64 = 4;

/// DeepSeek 4.
pub const DEEPSEEK4: Architecture = Architecture {
    fields: &[
        &[
            ("block_count", "num_hidden_layers"),
            ("context_length", "max_position_embeddings"),
            ("embedding_length", "hidden_size"),
            ("attention.head_count", "num_attention_heads"),
            ("attention.key_length", "head_dim"),
            ("attention.q_lora_rank", "q_lora_rank"),
            ("attention.output_lora_rank", "o_lora_rank"),
            ("attention.output_group_count", "o_groups"),
            ("attention.compress_ratios", "compress_ratios"),
            ("attention.compress_rope_freq_base", "compress_rope_theta"),
            ("rope.dimension_count", "qk_rope_head_dim"),
            ("expert_count", "n_routed_experts"),
            ("expert_used_count", "num_experts_per_tok"),
            ("expert_feed_forward_length", "moe_intermediate_size"),
            ("expert_weights_scale", "routed_scaling_factor"),
            ("hash_layer_count", "num_hash_layers"),
        ],
        RMS,
        ROPE,
        WINDOW,
        INDEXER,
        STREAMS,
    ],
    ends: &[ENDS, STREAM_ENDS],
    block: &[
        &[
            Module("attn_norm", "attn_norm", Same),
            Module("ffn_norm", "ffn_norm", Same),
            Module("attn_sinks", "attn.attn_sink", Bare),
            Module("attn_q_a", "attn.wq_a", Same),
            Module("attn_q_a_norm", "attn.q_norm", Same),
            Module("attn_q_b", "attn.wq_b", Same),
            Module("attn_kv", "attn.wkv", Same),
            Module("attn_kv_a_norm", "attn.kv_norm", Same),
            Module("attn_output_a", "attn.wo_a", Same),
            Module("attn_output_b", "attn.wo_b", Same),
            Module("attn_compressor_kv", "attn.compressor.wkv", Same),
            Module("attn_compressor_gate", "attn.compressor.wgate", Same),
            Module("attn_compressor_ape", "attn.compressor.ape", Bare),
            Module("attn_compressor_norm", "attn.compressor.norm", Same),
            Module("indexer.proj", "attn.indexer.weights_proj", Same),
            Module("indexer.attn_q_b", "attn.indexer.wq_b", Same),
            Module("indexer_compressor_kv", "attn.indexer.compressor.wkv", Same),
            Module(
                "indexer_compressor_gate",
                "attn.indexer.compressor.wgate",
                Same,
            ),
            Module(
                "indexer_compressor_ape",
                "attn.indexer.compressor.ape",
                Bare,
            ),
            Module(
                "indexer_compressor_norm",
                "attn.indexer.compressor.norm",
                Same,
            ),
            Module("ffn_gate_inp", "ffn.gate", Same),
            Module("exp_probs_b", "ffn.gate.bias", Bare),
            Module("ffn_gate_tid2eid", "ffn.gate.tid2eid", Bare),
            Module("ffn_gate_exps", "ffn.experts.{i}.w1", Stacked),
            Module("ffn_up_exps", "ffn.experts.{i}.w3", Stacked),
            Module("ffn_down_exps", "ffn.experts.{i}.w2", Stacked),
            Module("ffn_gate_up_exps", "ffn.experts.{i}.w1|w3", StackedPairs),
            Module("ffn_gate_shexp", "ffn.shared_experts.w1", Same),
            Module("ffn_up_shexp", "ffn.shared_experts.w3", Same),
            Module("ffn_down_shexp", "ffn.shared_experts.w2", Same),
        ],
        &[
            Module("hc_attn_fn", "hc_attn_fn", Bare),
            Module("hc_attn_base", "hc_attn_base", Bare),
            Module("hc_attn_scale", "hc_attn_scale", Bare),
            Module("hc_ffn_fn", "hc_ffn_fn", Bare),
            Module("hc_ffn_base", "hc_ffn_base", Bare),
            Module("hc_ffn_scale", "hc_ffn_scale", Bare),
        ],
    ],
    rope: RopeSpan::Apart,
    more: Some(|read, config| {
        let count = read.needed("block_count")?;
        let ahead = read.size(AHEAD)?.unwrap_or(0);
        // The key says how many blocks guess further ahead, and the file may have none of them.
        let first = format!("blk.{}.nextn.eh_proj.weight", count.saturating_sub(ahead));
        if ahead > 0 && read.tensor(&first).is_none() {
            config.insert("num_hidden_layers".into(), count.into());
        }
        if let Some(Value::Object(scaling)) = config.get_mut("rope_scaling") {
            scaling.retain(|_, value| !value.is_null());
        }
        config.insert("scoring_func".into(), "sqrtsoftplus".into());
        clamp(read, config)
    }),
    keys: &[
        "feed_forward_length",
        "expert_shared_count",
        "expert_weights_norm",
        "expert_group_count",
        "expert_group_used_count",
        CLAMP,
        SHARED_CLAMP,
    ],
    gating: SQRT_SOFTPLUS,
    ..Architecture::named("deepseek4", "deepseek_v4")
};

/// Hunyuan 4: latent attention with an indexer, a sink and a gate.
pub const HY4: Architecture = Architecture {
    when: When::Otherwise,
    fields: &[SIZES, RMS, ROPE, ROUTED_EXPERTS, RANKS, INDEXER, STREAMS],
    unasked: &["first_k_dense_replace"],
    ends: &[
        ENDS,
        &[
            Module("output_hc_fn", "hc_pre.hc_head.hc_head_fn", Bare),
            Module("output_hc_base", "hc_pre.hc_head.hc_head_base", Bare),
            Module("output_hc_scale", "hc_pre.hc_head.hc_head_scale", Bare),
        ],
    ],
    block: &[
        NORMS,
        LATENT,
        INDEX,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        SHARED_EXPERTS,
        &[
            Module("attn_sinks", "self_attn.learnable_sink_param", Bare),
            Module("attn_gate", "self_attn.linear_gate", Same),
            Module("hc_attn_fn", "hc_pre.hc_attn_layer.hc_fn", Bare),
            Module("hc_attn_base", "hc_pre.hc_attn_layer.hc_base", Bare),
            Module("hc_attn_scale", "hc_pre.hc_attn_layer.hc_scale", Bare),
            Module("hc_ffn_fn", "hc_pre.hc_mlp_layer.hc_fn", Bare),
            Module("hc_ffn_base", "hc_pre.hc_mlp_layer.hc_base", Bare),
            Module("hc_ffn_scale", "hc_pre.hc_mlp_layer.hc_scale", Bare),
        ],
    ],
    more: Some(|read, config| {
        let more = DEEPSEEK3.more.map(|more| more(read, config));
        more.unwrap_or(Ok(()))?;
        indexer_types(read, config)?;
        sparse(read, config)?;
        clamp(read, config)
    }),
    keys: &[
        "attention.key_length",
        "attention.key_length_mla",
        "attention.value_length_mla",
        "rope.dimension_count",
        "attention.value_length",
        "attention.indexer.types",
        CLAMP,
    ],
    name: "hy_v4",
    family: "hy_v4",
    ..DEEPSEEK3
};

/// Qwen4-Exp: Qwen3.5's mixers and experts between streams, an indexer that chooses whole runs of keys, and a table for
/// runs of tokens in one block.
pub const QWEN4EXP: Architecture = Architecture {
    fields: &[
        SIZES,
        HEADS,
        RMS,
        ROPE,
        NUM_EXPERTS,
        GATED_EXPERT_WIDTH,
        DELTA_NET,
        &[
            ("hyper_connection.count", "hc_count"),
            ("hyper_connection.low_rank", "hc_lowrank"),
            ("attention.indexer.head_count", "indexer_n_heads"),
            ("attention.indexer.key_length", "indexer_head_dim"),
            ("attention.indexer.top_k", "indexer_budget"),
            ("ple.ngram_size", "ngram_size"),
            ("ple.heads_per_ngram", "heads_per_ngram"),
            ("ple.conv_kernel", "ple_conv_kernel_size"),
            ("ple.eos_token_id", "eos_token_id"),
        ],
    ],
    on: &["norm_topk_prob"],
    ends: &[&[
        Module("token_embd", "embed_tokens", Same),
        Module("output", "lm_head", Same),
        Module("output_hc_norm", "hyper_connection_mixer.hc_norm", PlusOne),
        Module(
            "output_hc_down",
            "hyper_connection_mixer.input_mix_weight_down",
            Same,
        ),
        Module(
            "output_hc_up",
            "hyper_connection_mixer.input_mix_weight_up",
            Same,
        ),
        Module("per_layer_token_embd", "ngram_embedding", Same),
    ]],
    block: &[
        ATTENTION,
        DELTA,
        DELTA_APART,
        ROUTER,
        EXPERTS,
        GATED_EXPERT,
        &[
            Module("attn_q_norm", "self_attn.q_norm", PlusOne),
            Module("attn_k_norm", "self_attn.k_norm", PlusOne),
            Module("indexer.q_proj", "self_attn.indexer.q_proj", Same),
            Module("indexer.k_proj", "self_attn.indexer.k_proj", Same),
            Module("indexer.q_norm", "self_attn.indexer.q_layernorm", PlusOne),
            Module("indexer.k_norm", "self_attn.indexer.k_layernorm", PlusOne),
            Module("hc_attn_norm", "attn_hyper_connection.hc_norm", PlusOne),
            Module(
                "hc_attn_down",
                "attn_hyper_connection.input_mix_weight_down",
                Same,
            ),
            Module(
                "hc_attn_up",
                "attn_hyper_connection.input_mix_weight_up",
                Same,
            ),
            Module(
                "hc_attn_inject",
                "attn_hyper_connection.block_inject_weight",
                Same,
            ),
            Module("hc_ffn_norm", "mlp_hyper_connection.hc_norm", PlusOne),
            Module(
                "hc_ffn_down",
                "mlp_hyper_connection.input_mix_weight_down",
                Same,
            ),
            Module(
                "hc_ffn_up",
                "mlp_hyper_connection.input_mix_weight_up",
                Same,
            ),
            Module(
                "hc_ffn_inject",
                "mlp_hyper_connection.block_inject_weight",
                Same,
            ),
            Module("ple_key", "ple.key_proj", Same),
            Module("ple_value", "ple.value_proj", Same),
            Module("ple_norm_key", "ple.norm_key", PlusOne),
            Module("ple_norm_query", "ple.norm_query", PlusOne),
            Module("ple_norm_conv", "ple.norm_conv", PlusOne),
            Module("ple_conv1d", "ple.conv1d", Convolution),
        ],
    ],
    rope: RopeSpan::PartOfHeads,
    more: Some(|read, config| {
        // llama.cpp computes no other.
        config.insert("output_gate_type".into(), "sigmoid".into());
        let ratios = read.by_block(RATIOS)?;
        let ratio = ratios.into_iter().find(|ratio| *ratio > 0);
        config.insert("indexer_compress_ratio".into(), json!(ratio));
        table(read, config)?;
        value_width(read, config)
    }),
    keys: &[
        INNER,
        RATIOS,
        TABLES,
        TABLE_WIDTH,
        FACTORS,
        HASHED_ROWS,
        // The rows before each hash's, as their numbers say, and the token that stands for a picture.
        "ple.head_offsets",
        "ple.image_token_id",
        "embedding_length_out",
    ],
    order: Some(by_rounds),
    ..Architecture::named("qwen4exp", "qwen4_exp_text")
};

/// The keys that an entry of the indexer stands for in each block; 0 in blocks without one.
const RATIOS: &str = "attention.compress_ratios";
/// The blocks with a table for runs of tokens.
const TABLES: &str = "ple.layers";
const TABLE_WIDTH: &str = "embedding_length_per_layer_input";
const FACTORS: &str = "ple.layer_multipliers";
const HASHED_ROWS: &str = "ple.head_vocab_sizes";

/// Set the fields of the table for runs of tokens. The file has its hashes, not the seed that they follow from.
fn table(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let whole = |key| read.metadata.wholes(&read.key(key));
    let layers = whole(TABLES)?.unwrap_or_default();
    let layers: Vec<i64> = layers
        .into_iter()
        .map(|layer| layer.saturating_add(1))
        .collect();
    config.insert("ple_layer_ids".into(), json!(layers));
    let Some(sizes) = whole(HASHED_ROWS)? else {
        return Ok(());
    };
    let width = read.needed(TABLE_WIDTH)?;
    let d_embed = width.saturating_mul(sizes.len() as u64);
    config.insert("ple_embed_dim".into(), d_embed.into());
    config.insert("ngram_heads_vocab_sizes".into(), json!(sizes));
    config.insert("layer_multipliers".into(), json!(whole(FACTORS)?));
    let table = read.tensor("per_layer_token_embd.weight");
    let rows = table.and_then(|table| table.shape.first());
    config.insert("make_ngram_vocab_size_divisible_by".into(), json!(rows));
    config.insert("split_ngram_parts".into(), 1.into());
    Ok(())
}

/// The bounds of what activations read, for each block.
const CLAMP: &str = "swiglu_clamp_exp";
const SHARED_CLAMP: &str = "swiglu_clamp_shexp";

const STREAMS: &[Pair] = &[
    ("hyper_connection.count", "hc_mult"),
    ("hyper_connection.epsilon", "hc_eps"),
    ("hyper_connection.sinkhorn_iterations", "hc_sinkhorn_iters"),
    ("hyper_connection.magnitude", "hc_magnitude"),
];
const STREAM_ENDS: &[Module] = &[
    Module("output_hc_fn", "hc_head_fn", Bare),
    Module("output_hc_base", "hc_head_base", Bare),
    Module("output_hc_scale", "hc_head_scale", Bare),
];

/// Set the bound, which must be the same in all blocks.
fn clamp(read: &Read, config: &mut Config) -> Result<(), CheckpointError> {
    let listed = |key: &str| match read.real(key) {
        Ok(one) => Ok(one.into_iter().collect()),
        Err(_) => Ok(read.metadata.reals(&read.key(key))?.unwrap_or_default()),
    };
    let bounds: Vec<f64> = listed(CLAMP)?;
    let Some(first) = bounds.first() else {
        return Ok(());
    };
    for key in [CLAMP, SHARED_CLAMP] {
        let differs = |bound: &&f64| *bound != first;
        if let Some(other) = listed(key)?.iter().find(differs) {
            let problem =
                format!("is {other} in a block; only {first} is computed, as in the first");
            return Err(read.error(key, problem));
        }
    }
    config.insert("swiglu_limit".into(), json!(first));
    Ok(())
}
