//! The `config.json` that a model had before it was converted, made from a GGUF file's metadata.

use serde_json::{Map, Value, json};

use super::architectures::SLIDING_WINDOW;
use super::architectures::{ALL, Architecture, RopeSpan, When};
use super::header::Header;
use super::keys::{AHEAD, MAX_LAYERS, Read};
use super::metadata::Metadata;
use super::rope::{KEYS as KEYS_OF_ROPE, rotary};
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{PoolRows, Pooling};

/// Keys that change nothing here, or that are read below.
const KNOWN: &[&str] = &[
    "vocab_size",
    "tensor_data_layout",
    "attention.value_length",
    "attention.max_alibi_bias",
    "attention.head_count_kv",
    "expert_count",
    "expert_used_count",
    "pooling_type",
    // How the positions of pictures turn, and where pictures enter.
    "rope.dimension_sections",
    "n_deepstack_layers",
    // Some families read it as a field; in the others, tensors tell more.
    "use_parallel_residual",
];
/// A period, or a flag for each block, that says which blocks have windows.
pub const PATTERN: &str = "attention.sliding_window_pattern";
const SLIDING_BASE: &str = "rope.freq_base_swa";
const CAUSAL: &str = "attention.causal";
/// The computation of experts' shares, by llama.cpp's numbers.
const GATING: &str = "expert_gating_func";

/// The architecture of a model whose first file has the metadata.
pub fn architecture(files: &[Header]) -> Result<&'static Architecture, CheckpointError> {
    const KEY: &str = "general.architecture";
    let metadata = &files[0].metadata;
    let name = metadata.required(KEY, metadata.text(KEY)?)?;
    let called = || ALL.iter().filter(|a| a.name == name);
    let Some(found) = called().find(|a| a.when == When::Otherwise) else {
        return Err(metadata.error(KEY, unknown(name)));
    };
    for other in called() {
        let read = Read {
            prefix: other.name,
            metadata,
            files,
        };
        let tells = match other.when {
            When::Otherwise => false,
            When::Key(key) => read.tells(key),
            When::Has(tensor) => read.has(tensor),
            When::Lacks(tensor) => !read.has(tensor),
        };
        if tells {
            return Ok(other);
        }
    }
    Ok(found)
}

/// An error about an architecture that is not known, with the nearest one that is.
fn unknown(name: &str) -> String {
    let known = || {
        let known = ALL.iter().filter(|a| a.when == When::Otherwise);
        known.map(|a| a.name)
    };
    let nearest = known().min_by_key(|own| strsim::levenshtein(own, name));
    let all = known().collect::<Vec<&str>>().join(", ");
    format!(
        "is {name:?}, which is not read; the nearest is {}; known are {all}",
        nearest.unwrap_or_default()
    )
}

/// The config as JSON, for a model whose first file has the metadata.
pub fn config(architecture: &Architecture, files: &[Header]) -> Result<Value, CheckpointError> {
    let metadata = &files[0].metadata;
    let read = Read {
        prefix: architecture.name,
        metadata,
        files,
    };
    let mut config = Map::new();
    config.insert("model_type".into(), architecture.family.into());
    for (key, field) in architecture.fields() {
        if let Some(value) = read.number(key)? {
            let none = key == SLIDING_WINDOW && value == 0;
            put(&mut config, field, if none { Value::Null } else { value });
        }
    }
    for field in architecture.unasked {
        config.remove(*field);
    }
    if let (Some(ahead @ 1..), Some(count)) = (read.size(AHEAD)?, read.size("block_count")?) {
        config.insert(
            "num_hidden_layers".into(),
            count.saturating_sub(ahead).into(),
        );
    }
    for &field in architecture.on {
        config.entry(field).or_insert(true.into());
    }
    for &(field, tensor) in architecture.present {
        config.insert(field.into(), read.has(tensor).into());
    }
    for &(field, tensor) in architecture.absent {
        config.insert(field.into(), (!read.has(tensor)).into());
    }
    let rows = |tensor| json!(read.tensor(tensor).and_then(|t| t.shape.first()));
    config.insert("vocab_size".into(), rows("token_embd.weight"));
    let untied = read.tensor("output.weight").is_some();
    config.insert("tie_word_embeddings".into(), (!untied).into());
    if architecture.rope != RopeSpan::None {
        rotary(&read, architecture, &mut config)?;
    }
    if let Some(every) = architecture.sees_all {
        read.windows(every, &mut config)?;
    }
    if architecture.encoder && read.tensor("token_types.weight").is_some() {
        config.insert("type_vocab_size".into(), rows("token_types.weight"));
    }
    if let Some(largest) = architecture.largest {
        score_scale(largest, &mut config);
    }
    if let Some(more) = architecture.more {
        more(&read, &mut config)?;
    }
    let causal = !architecture.encoder;
    if let Some(other) = read.flag(CAUSAL)?.filter(|given| *given != causal) {
        let problem = format!("is {other}, which is not known in this family");
        return Err(read.error(CAUSAL, problem));
    }
    let gating = architecture.gating;
    if let Some(other) = read.size(GATING)?.filter(|n| ![0, gating].contains(n)) {
        let problem = format!("is {other}; only {gating} is known in this family");
        return Err(read.error(GATING, problem));
    }
    read.finish(architecture)?;
    Ok(Value::Object(config))
}

/// The pooling of an encoder, if the file gives one.
pub fn pooling(
    architecture: &Architecture,
    metadata: &Metadata,
) -> Result<Option<Pooling>, CheckpointError> {
    let key = format!("{}.pooling_type", architecture.name);
    let rows = match metadata.size(&key)? {
        None | Some(0) => return Ok(None),
        Some(1) => PoolRows::Mean,
        Some(2) => PoolRows::First,
        Some(3) => PoolRows::Last,
        Some(other) => {
            let known = "0 (none), 1 (mean), 2 (first token) and 3 (last token)";
            return Err(metadata.error(&key, format!("is {other}; known are {known}")));
        }
    };
    // Files do not say whether vectors are scaled to length 1.
    Ok(Some(Pooling::Rows {
        rows,
        normalise: false,
    }))
}

/// Set a field, or one of an object: `attn_config.clip_qkv`.
fn put(config: &mut Map<String, Value>, field: &str, value: Value) {
    match field.split_once('.') {
        None => drop(config.insert(field.to_owned(), value)),
        Some((object, inner)) => {
            let object = config.entry(object).or_insert_with(|| json!({}));
            object[inner] = value;
        }
    }
}

impl Read<'_> {
    /// Set the blocks with windows: those that the file gives, or all but every `every`-th.
    fn windows(&self, every: u64, config: &mut Map<String, Value>) -> Result<(), CheckpointError> {
        let metadata = self.metadata;
        let key = self.key(PATTERN);
        let ahead = self.size(AHEAD)?.unwrap_or_default();
        let n_layers = self.size("block_count")?.unwrap_or_default();
        let n_layers = n_layers.saturating_sub(ahead);
        // A file without a window means none, whatever the family's default is.
        let none = config.get("sliding_window").is_none_or(Value::is_null);
        let sliding: Vec<bool> = match (none, metadata.size(&key)) {
            // The family reports that there are too many.
            _ if n_layers > MAX_LAYERS => return Ok(()),
            (true, _) => vec![false; n_layers as usize],
            (false, Ok(period)) => {
                let every = period.unwrap_or(every);
                let slides = |i: u64| !(i + 1).is_multiple_of(every);
                (0..n_layers).map(slides).collect()
            }
            (false, Err(_)) => {
                let listed = metadata.flags(&key)?.unwrap_or_default();
                listed.into_iter().take(n_layers as usize).collect()
            }
        };
        let kinds = ["full_attention", "sliding_attention"];
        let types = sliding.iter().map(|slides| kinds[usize::from(*slides)]);
        let types: Vec<&str> = types.collect();
        config.insert("layer_types".into(), json!(types));
        Ok(())
    }

    /// Check that every key of the architecture was understood.
    ///
    /// # Errors
    /// The first key that was not: it could change the numbers.
    fn finish(&self, architecture: &Architecture) -> Result<(), CheckpointError> {
        let prefix = format!("{}.", self.prefix);
        let known = |key: &str| {
            (KNOWN.contains(&key)
                || KEYS_OF_ROPE.contains(&key)
                || [CAUSAL, GATING, AHEAD].contains(&key))
                || (architecture.sees_all.is_some() && key == PATTERN)
                || architecture.keys.contains(&key)
                || architecture.fields().any(|(name, _)| name == key)
        };
        let metadata = self.metadata;
        for full in metadata.keys(&prefix) {
            let key = full.strip_prefix(&prefix).unwrap_or(full);
            // A base for blocks with windows that is the base of all blocks.
            let same = key == SLIDING_BASE && self.real(key)? == self.real("rope.freq_base")?;
            // Files write zero for things that are not there.
            if !known(key) && !same && metadata.size(full).ok().flatten() != Some(0) {
                return Err(metadata.error(full, "is not known and could change the numbers"));
            }
        }
        Ok(())
    }
}

/// Set the field for the number whose root divides scores, which files do not give: the width of a head, or
/// in the model of `largest` blocks `d_model / n_heads`.
fn score_scale(largest: u64, config: &mut Map<String, Value>) {
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
}
