//! Rotary positions in a GGUF file's metadata and tensors.

use serde_json::{Map, Value, json};

use super::architectures::{Architecture, RopeSpan};
use super::keys::{ROPE_FREQS, ROPE_LONG, ROPE_SHORT, Read};
use crate::checkpoint::error::CheckpointError;

const TURNS: &str = "rope.dimension_count";
const VALUE_LENGTH: &str = "attention.value_length";
const TYPE: &str = "rope.scaling.type";
const FACTOR: &str = "rope.scaling.factor";
const OLDER_FACTOR: &str = "rope.scale_linear";
const ORIGINAL: &str = "rope.scaling.original_context_length";
/// The key of the factor of turned vectors, besides Yarn's own.
const MAGNITUDE: &str = "rope.scaling.attn_factor";
/// The key of the factor of turned vectors with Yarn's own included.
const YARN_MAGNITUDE: &str = "rope.scaling.yarn_attn_factor";
const YARN_LOG: &str = "rope.scaling.yarn_log_multiplier";
const YARN_SHARE: &str = "rope.scaling.yarn_ext_factor";
const YARN_FAST: &str = "rope.scaling.yarn_beta_fast";
const YARN_SLOW: &str = "rope.scaling.yarn_beta_slow";

/// Keys that are read here, or that change nothing.
pub const KEYS: &[&str] = &[
    TURNS,
    TYPE,
    FACTOR,
    OLDER_FACTOR,
    ORIGINAL,
    MAGNITUDE,
    YARN_MAGNITUDE,
    YARN_LOG,
    YARN_SHARE,
    YARN_FAST,
    YARN_SLOW,
    "rope.scaling.finetuned",
];

/// The base if the file gives none, whatever the family's default is.
const BASE: f64 = 10_000.0;

/// The fields for rotary positions: the part of a head that turns, its base, and the stretching.
pub fn rotary(
    read: &Read,
    architecture: &Architecture,
    config: &mut Map<String, Value>,
) -> Result<(), CheckpointError> {
    if architecture.rope == RopeSpan::Apart {
        config.entry("rope_theta").or_insert(BASE.into());
        if let Some(scaling) = scaling(read, architecture, config)? {
            config.insert("rope_scaling".into(), scaling);
        }
        return Ok(());
    }
    let d_head = d_head(config);
    let [theta_field, part_field] = architecture.rope_fields;
    let knows = |field: &str| architecture.fields().any(|(_, name)| name == field);
    // Fields whose values do not depend on the family's defaults.
    let n_heads = json!(config.get("num_attention_heads"));
    for (field, value) in [
        ("head_dim", json!(d_head)),
        ("num_key_value_heads", n_heads),
    ] {
        if knows(field) && !value.is_null() {
            config.entry(field).or_insert(value);
        }
    }
    let whole = architecture.rope == RopeSpan::WholeHeads;
    if let (Some(turns), Some(d_head)) = (read.size(TURNS)?, d_head) {
        if whole && turns != d_head {
            let problem =
                format!("is {turns}, but all {d_head} dimensions of a head turn in this family");
            return Err(read.error(TURNS, problem));
        }
        if turns != d_head {
            // A little more than the quotient: rounding could leave it just below.
            let part = (turns as f64 + 1e-6) / d_head as f64;
            config.insert(part_field.into(), part.into());
        }
    }
    if !whole {
        let part = config.entry(part_field);
        part.or_insert(1.0.into());
    }
    if let (Some(value), Some(d_head)) = (read.size(VALUE_LENGTH)?, d_head)
        && value != d_head
    {
        let problem = format!("is {value}, but queries and keys have {d_head} dimensions");
        return Err(read.error(VALUE_LENGTH, problem));
    }
    config.entry(theta_field).or_insert(BASE.into());
    if let Some(scaling) = scaling(read, architecture, config)? {
        config.insert("rope_scaling".into(), scaling);
    }
    Ok(())
}

/// The width of a head.
fn d_head(config: &Map<String, Value>) -> Option<u64> {
    let field = |name: &str| config.get(name).and_then(Value::as_u64);
    let split = || Some(field("hidden_size")? / field("num_attention_heads").filter(|n| *n > 0)?);
    field("head_dim").or_else(split)
}

fn scaling(
    read: &Read,
    architecture: &Architecture,
    config: &mut Map<String, Value>,
) -> Result<Option<Value>, CheckpointError> {
    let factor = read.real(FACTOR)?.or(read.real(OLDER_FACTOR)?);
    let original = read.size(ORIGINAL)?;
    let n_ctx = config.get("max_position_embeddings").cloned();
    if let Some(factors) = read.factors(ROPE_FREQS)? {
        // Both lists are the same, so the length of the context does not matter.
        return Ok(Some(json!({
            "rope_type": "longrope", "short_factor": factors, "long_factor": factors,
            "attention_factor": 1.0, "original_max_position_embeddings": n_ctx,
        })));
    }
    if let (Some(short), Some(long)) = (read.factors(ROPE_SHORT)?, read.factors(ROPE_LONG)?) {
        if let Some(original) = original {
            config.insert("original_max_position_embeddings".into(), original.into());
        }
        return Ok(Some(json!({
            "rope_type": "longrope", "short_factor": short, "long_factor": long,
            "attention_factor": read.real(MAGNITUDE)?,
        })));
    }
    Ok(match (read.metadata.text(&read.key(TYPE))?, factor) {
        (Some("none"), _) | (None | Some("linear"), None) => None,
        (None | Some("linear"), Some(1.0)) => None,
        (None | Some("linear"), Some(factor)) => {
            Some(json!({ "rope_type": "linear", "factor": factor }))
        }
        (Some("yarn"), factor) => {
            let mut scaling = yarn(read)?;
            scaling["factor"] = json!(factor);
            scaling["original_max_position_embeddings"] = json!(original);
            // llama.cpp itself rounds the bounds in every model.
            scaling["truncate"] = (!architecture.exact_yarn).into();
            Some(scaling)
        }
        (Some(other), _) => {
            let known = "none, linear, yarn, and longrope with its factors";
            return Err(read.error(TYPE, format!("is {other:?}; known are {known}")));
        }
    })
}

/// The fields that only Yarn has.
fn yarn(read: &Read) -> Result<Value, CheckpointError> {
    // -1 stands for the value that the type implies.
    for key in [MAGNITUDE, YARN_SHARE] {
        if let Some(other) = read.real(key)?.filter(|x| *x != 1.0 && *x >= 0.0) {
            return Err(read.error(key, format!("is {other}; with yarn only 1 is known")));
        }
    }
    let log = read.real(YARN_LOG)?.filter(|x| *x != 0.0);
    Ok(json!({
        "rope_type": "yarn",
        "attention_factor": read.real(YARN_MAGNITUDE)?.filter(|x| *x >= 0.0),
        "mscale": log.map(|_| 1.0), "mscale_all_dim": log,
        "beta_fast": read.real(YARN_FAST)?, "beta_slow": read.real(YARN_SLOW)?,
    }))
}
