//! Architectures whose latent attention looks at the keys that an indexer chooses.

use serde_json::{Map, Value, json};

use super::Mapping::*;
use super::latent::{DEEPSEEK3, LATENT, RANKS, WIDTHS};
use super::mixtures::{CHOICE_BIAS, ROUTED_EXPERTS, ROUTER, SHARED_EXPERTS};
use super::parts::*;
use super::{Architecture, Module, Pair, When};
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::keys::Read;

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
        indexer_types(read, config)?;
        if !config.contains_key("indexer_types") && read.size("context_length")? >= Some(LONG) {
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

/// Set the blocks that choose keys themselves, if the file says it.
pub fn indexer_types(read: &Read, config: &mut Map<String, Value>) -> Result<(), CheckpointError> {
    if let Some(own) = read.metadata.flags(&read.key(TYPES))? {
        let count = config.get("num_hidden_layers").and_then(Value::as_u64);
        let own = own.into_iter().take(count.unwrap_or(0) as usize);
        let kinds = own.map(|own| ["shared", "full"][usize::from(own)]);
        config.insert("indexer_types".into(), json!(kinds.collect::<Vec<_>>()));
    }
    Ok(())
}

/// Whether each block chooses keys itself.
const TYPES: &str = "attention.indexer.types";
/// The context of GLM-5.2, in tokens.
const LONG: u64 = 1 << 20;

pub const INDEXER: &[Pair] = &[
    ("attention.indexer.head_count", "index_n_heads"),
    ("attention.indexer.key_length", "index_head_dim"),
    ("attention.indexer.top_k", "index_topk"),
];
pub const INDEX: &[Module] = &[
    Module("indexer.attn_q_b", "self_attn.indexer.wq_b", Same),
    Module("indexer.attn_k", "self_attn.indexer.wk", Same),
    Module("indexer.k_norm", "self_attn.indexer.k_norm", Same),
    Module("indexer.proj", "self_attn.indexer.weights_proj", Same),
];
