//! A GGUF file's metadata as the `config.json` that the model had before it was converted.

use serde_json::{Map, Value, json};

use super::architectures::{ALL, Architecture, MIXTRAL};
use super::header::{Header, Tensor};
use super::metadata::Metadata;
use crate::checkpoint::encoding::Encoding;
use crate::checkpoint::error::CheckpointError;
use crate::trace::tensor::Dtype;

/// Keys that change nothing here, or that are read below.
const KNOWN: &[&str] = &[
    "vocab_size",
    "tensor_data_layout",
    "attention.value_length",
    "attention.causal",
    "attention.max_alibi_bias",
    "attention.sliding_window_pattern",
    "rope.dimension_count",
    "rope.scaling.type",
    "rope.scaling.factor",
    "rope.scaling.original_context_length",
    "rope.scaling.finetuned",
    "rope.scaling.attn_factor",
    "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow",
    "rope.scale_linear",
    "attention.head_count_kv",
    "expert_count",
    "expert_used_count",
];

/// Frequencies divided by these factors, one a pair of dimensions (Llama 3.1's stretched rotation).
pub const ROPE_FREQS: &str = "rope_freqs.weight";
pub const ROPE_SHORT: &str = "rope_factors_short.weight";
pub const ROPE_LONG: &str = "rope_factors_long.weight";

/// The file's architecture.
pub fn architecture(metadata: &Metadata) -> Result<&'static Architecture, CheckpointError> {
    const KEY: &str = "general.architecture";
    let name = metadata.required(KEY, metadata.text(KEY)?)?;
    let known = || ALL.iter().map(|a| a.name).collect::<Vec<_>>().join(", ");
    let found = ALL.iter().find(|a| a.name == name).ok_or_else(|| {
        metadata.error(
            KEY,
            format!("is {name:?}, which is not read; known are {}", known()),
        )
    })?;
    let experts = metadata.size(&format!("{name}.expert_count"))?;
    Ok(match experts {
        Some(1..) if found.name == MIXTRAL.name => &MIXTRAL,
        _ => found,
    })
}

/// The config as JSON. `bytes` is the whole file.
pub fn config(
    architecture: &Architecture,
    header: &Header,
    bytes: &[u8],
) -> Result<Value, CheckpointError> {
    let metadata = &header.metadata;
    let read = Read {
        prefix: architecture.name,
        header,
        bytes,
    };
    let mut config = Map::new();
    config.insert("model_type".into(), architecture.family.into());
    for (key, field) in architecture.fields.iter().copied().flatten() {
        if let Some(value) = read.number(key)? {
            config.insert((*field).into(), value);
        }
    }
    for (field, value) in (architecture.constants)() {
        config.insert(field.into(), value);
    }
    for (field, tensor) in architecture.present {
        config.insert((*field).into(), read.tensor(tensor).is_some().into());
    }
    let embed = read
        .tensor("token_embd.weight")
        .and_then(|t| t.shape.first());
    config.insert("vocab_size".into(), json!(embed));
    let untied = read.tensor("output.weight").is_some();
    config.insert("tie_word_embeddings".into(), (!untied).into());
    if architecture.family != "gpt2" && architecture.family != "bloom" {
        read.rotary(architecture, &mut config)?;
    }
    read.gemma(architecture, &mut config)?;
    if metadata.flag(&read.key("attention.causal"))? == Some(false) {
        return Err(metadata.error(
            &read.key("attention.causal"),
            "is false; only true is known",
        ));
    }
    read.finish(architecture)?;
    Ok(Value::Object(config))
}

struct Read<'a> {
    prefix: &'static str,
    header: &'a Header<'a>,
    bytes: &'a [u8],
}

impl Read<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.prefix)
    }

    fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.header.tensors.iter().find(|t| t.name == name)
    }

    fn size(&self, key: &str) -> Result<Option<u64>, CheckpointError> {
        self.header.metadata.size(&self.key(key))
    }

    fn real(&self, key: &str) -> Result<Option<f64>, CheckpointError> {
        self.header.metadata.real(&self.key(key))
    }

    /// A number or a flag, as JSON.
    fn number(&self, key: &str) -> Result<Option<Value>, CheckpointError> {
        let metadata = &self.header.metadata;
        let full = self.key(key);
        if let Ok(Some(flag)) = metadata.flag(&full) {
            return Ok(Some(flag.into()));
        }
        if let Ok(Some(size)) = metadata.size(&full) {
            return Ok(Some(size.into()));
        }
        Ok(metadata.real(&full)?.map(Value::from))
    }

    /// Numbers that a tensor of the file holds; at most a head's worth.
    fn factors(&self, name: &str) -> Result<Option<Vec<f32>>, CheckpointError> {
        let Some(tensor) = self.tensor(name) else {
            return Ok(None);
        };
        let bytes = self.bytes.get(tensor.range.clone()).unwrap_or_default();
        let plain = tensor.kind.encoding == Encoding::Plain(Dtype::F32);
        if !plain || tensor.shape.len() != 1 || bytes.len() > 1 << 16 {
            let metadata = &self.header.metadata;
            return Err(metadata.error(name, "is not a short list of f32 numbers"));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        Ok(Some(
            numbers.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        ))
    }

    /// Width of a head.
    fn d_head(&self, config: &Map<String, Value>) -> Option<u64> {
        let field = |name: &str| config.get(name).and_then(Value::as_u64);
        let split =
            || Some(field("hidden_size")? / field("num_attention_heads").filter(|n| *n > 0)?);
        field("head_dim").or_else(split)
    }

    /// Which part of a head turns, and how it is stretched.
    fn rotary(
        &self,
        architecture: &Architecture,
        config: &mut Map<String, Value>,
    ) -> Result<(), CheckpointError> {
        let metadata = &self.header.metadata;
        let d_head = self.d_head(config);
        const TURNS: &str = "rope.dimension_count";
        if let (Some(turns), Some(d_head)) = (self.size(TURNS)?, d_head) {
            if architecture.whole_heads && turns != d_head {
                return Err(metadata.error(
                    &self.key(TURNS),
                    format!(
                        "is {turns}, but all {d_head} dimensions of a head turn in this family"
                    ),
                ));
            }
            if turns != d_head {
                // A little more than the quotient, which rounding could leave just below it.
                let part = (turns as f64 + 1e-6) / d_head as f64;
                config.insert("partial_rotary_factor".into(), part.into());
            } else if !architecture.whole_heads {
                config.insert("partial_rotary_factor".into(), 1.0.into());
            }
        }
        if let (Some(value), Some(d_head)) = (self.size("attention.value_length")?, d_head)
            && value != d_head
        {
            return Err(metadata.error(
                &self.key("attention.value_length"),
                format!("is {value}, but queries and keys have {d_head} dimensions"),
            ));
        }
        if let Some(scaling) = self.scaling(config)? {
            config.insert("rope_scaling".into(), scaling);
        }
        Ok(())
    }

    fn scaling(&self, config: &mut Map<String, Value>) -> Result<Option<Value>, CheckpointError> {
        let metadata = &self.header.metadata;
        const TYPE: &str = "rope.scaling.type";
        let kind_key = self.key(TYPE);
        let factor = self.real("rope.scaling.factor")?;
        let linear = self.real("rope.scale_linear")?;
        let original = self.size("rope.scaling.original_context_length")?;
        let attention = self.real("rope.scaling.attn_factor")?;
        let n_ctx = config.get("max_position_embeddings").cloned();
        if let Some(factors) = self.factors(ROPE_FREQS)? {
            // Both of one list, the same at every length.
            return Ok(Some(json!({
                "rope_type": "longrope", "short_factor": factors, "long_factor": factors,
                "attention_factor": 1.0, "original_max_position_embeddings": n_ctx,
            })));
        }
        if let (Some(short), Some(long)) = (self.factors(ROPE_SHORT)?, self.factors(ROPE_LONG)?) {
            if let Some(original) = original {
                config.insert("original_max_position_embeddings".into(), original.into());
            }
            return Ok(Some(json!({
                "rope_type": "longrope", "short_factor": short, "long_factor": long,
                "attention_factor": attention,
            })));
        }
        let kind = metadata.text(&kind_key)?;
        Ok(match (kind, factor.or(linear)) {
            (Some("none"), _) | (None | Some("linear"), None) => None,
            (None | Some("linear"), Some(1.0)) => None,
            (None | Some("linear"), Some(factor)) => {
                Some(json!({ "rope_type": "linear", "factor": factor }))
            }
            (Some("yarn"), factor) => Some(json!({
                "rope_type": "yarn", "factor": factor, "attention_factor": attention,
                "original_max_position_embeddings": original,
                "beta_fast": self.real("rope.scaling.yarn_beta_fast")?,
                "beta_slow": self.real("rope.scaling.yarn_beta_slow")?,
            })),
            (Some(other), _) => {
                return Err(metadata.error(
                    &kind_key,
                    format!(
                        "is {other:?}; known are none, linear, yarn, and longrope with its factors"
                    ),
                ));
            }
        })
    }

    /// What llama.cpp knows of Gemma 2 and 3 without being told: scores are scaled by a head's width, but
    /// in the largest model of each by the residual stream's share of a head.
    fn gemma(
        &self,
        architecture: &Architecture,
        config: &mut Map<String, Value>,
    ) -> Result<(), CheckpointError> {
        let largest = match architecture.name {
            "gemma2" => 46,
            "gemma3" => 62,
            _ => return Ok(()),
        };
        let field = |name: &str| config.get(name).and_then(Value::as_u64);
        let scalar = match (field("num_hidden_layers"), field("num_attention_heads")) {
            (Some(layers), Some(heads @ 1..)) if layers == largest => {
                field("hidden_size").map(|d| d / heads)
            }
            _ => field("head_dim"),
        };
        if let Some(scalar) = scalar {
            config.insert("query_pre_attn_scalar".into(), scalar.into());
        }
        Ok(())
    }

    /// An error for the first key of the architecture that is not understood: it could change the numbers.
    fn finish(&self, architecture: &Architecture) -> Result<(), CheckpointError> {
        let prefix = format!("{}.", self.prefix);
        let known = |key: &str| {
            KNOWN.contains(&key)
                || (architecture.fields.iter().copied().flatten()).any(|(name, _)| *name == key)
        };
        let metadata = &self.header.metadata;
        for full in metadata.keys(&prefix) {
            let key = full.strip_prefix(&prefix).unwrap_or(full);
            // Zero is how files say that there are none.
            if !known(key) && metadata.size(full).ok().flatten() != Some(0) {
                return Err(metadata.error(full, "is not known and could change the numbers"));
            }
        }
        Ok(())
    }
}
