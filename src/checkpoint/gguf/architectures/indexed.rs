//! Architectures whose latent attention looks at the keys that an indexer chooses.

use serde_json::json;

use super::Mapping::*;
use super::latent::{DEEPSEEK3, LATENT, RANKS, WIDTHS};
use super::mixtures::{CHOICE_BIAS, ROUTED_EXPERTS, ROUTER, SHARED_EXPERTS};
use super::parts::*;
use super::{Architecture, Module, Pair, When};

/// DeepSeek 3.2.
pub const DEEPSEEK32: Architecture = Architecture {
    when: When::Otherwise,
    fields: &[SIZES, RMS, ROPE, ROUTED_EXPERTS, RANKS, INDEXER],
    block: &[
        NORMS,
        LATENT,
        INDEX,
        GATED,
        ROUTER,
        CHOICE_BIAS,
        EXPERTS,
        SHARED_EXPERTS,
    ],
    name: "deepseek32",
    family: "deepseek_v32",
    ..DEEPSEEK3
};

/// GLM-5 and its relatives, in which blocks take over the choice of an earlier one.
pub const GLM_DSA: Architecture = Architecture {
    more: Some(|read, config| {
        let more = DEEPSEEK32.more.map(|more| more(read, config));
        more.unwrap_or(Ok(()))?;
        let own = read.metadata.flags(&read.key(TYPES))?;
        if let Some(own) = own {
            let count = config.get("num_hidden_layers").and_then(|n| n.as_u64());
            let kinds = ["shared", "full"];
            let kinds = own
                .into_iter()
                .take(count.unwrap_or(0) as usize)
                .map(|own| kinds[usize::from(own)]);
            config.insert("indexer_types".into(), json!(kinds.collect::<Vec<_>>()));
        } else if read.size("context_length")? >= Some(LONG) {
            // Older files of GLM-5.2 do not say which blocks choose.
            config.insert("index_topk_freq".into(), 4.into());
            config.insert("index_skip_topk_offset".into(), 3.into());
        }
        Ok(())
    }),
    keys: &[WIDTHS[0], WIDTHS[1], WIDTHS[2], WIDTHS[3], WIDTHS[4], TYPES],
    name: "glm-dsa",
    family: "glm_moe_dsa",
    ..DEEPSEEK32
};

/// Whether each block chooses keys itself.
const TYPES: &str = "attention.indexer.types";
/// The context of GLM-5.2, in tokens.
const LONG: u64 = 1 << 20;

const INDEXER: &[Pair] = &[
    ("attention.indexer.head_count", "index_n_heads"),
    ("attention.indexer.key_length", "index_head_dim"),
    ("attention.indexer.top_k", "index_topk"),
];
const INDEX: &[Module] = &[
    Module("indexer.attn_q_b", "self_attn.indexer.wq_b", Same),
    Module("indexer.attn_k", "self_attn.indexer.wk", Same),
    Module("indexer.k_norm", "self_attn.indexer.k_norm", Same),
    Module("indexer.proj", "self_attn.indexer.weights_proj", Same),
];
