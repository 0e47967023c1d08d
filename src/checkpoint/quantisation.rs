//! `quantization_config`: the form in which weights are stored in fewer bits. The types of the stored tensors
//! tell which weights are; the config's lists of modules are not needed.

use serde::Serialize;
use serde_json::{Value, json};

use super::config::Config;
use super::error::CheckpointError;

const FIELD: &str = "quantization_config";

/// A config's description of quantised weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quantisation {
    /// The config's `quant_method`.
    pub method: &'static str,
    /// Whether the model is meant to be served with rounded activations. They are not rounded here: they stay
    /// in the dtype of the pass.
    pub rounds_activations: bool,
    #[serde(skip)]
    pub(super) layout: Layout,
}

/// The place of the quantised form of a tensor `X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `X` itself holds 8-bit floats. The factors of its blocks are in a tensor named `X` with one of these
    /// suffixes.
    F8 {
        suffixes: &'static [&'static str],
        block: Block,
    },
    /// `X_blocks` and `X_scales`.
    Mxfp4,
}

/// The rows and columns of a matrix that share one factor; `None` for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub rows: Option<usize>,
    pub columns: Option<usize>,
}

impl Block {
    const WHOLE: Block = Block::new(None, None);

    const fn new(rows: Option<usize>, columns: Option<usize>) -> Block {
        Block { rows, columns }
    }

    /// The block's size in a matrix of this shape.
    pub fn within(self, [rows, columns]: [usize; 2]) -> [usize; 2] {
        let side = |side: Option<usize>, all: usize| side.map_or(all, |n| n.min(all)).max(1);
        [side(self.rows, rows), side(self.columns, columns)]
    }
}

#[derive(Clone, Copy)]
enum Method {
    Fp8,
    CompressedTensors,
    Mxfp4,
}

const METHODS: &[(&str, Method)] = &[
    ("fp8", Method::Fp8),
    ("compressed-tensors", Method::CompressedTensors),
    ("mxfp4", Method::Mxfp4),
];

/// The quantisation that a config declares, if it declares one.
///
/// # Errors
/// A method or an option that is not read.
pub(super) fn read(config: &mut Config) -> Result<Option<Quantisation>, CheckpointError> {
    let Some(mut inner) = config.object(FIELD)? else {
        return Ok(None);
    };
    let method = inner.text("quant_method")?;
    let Some((method, kind)) = METHODS.iter().find(|(name, _)| *name == method) else {
        let problem = format!(
            "is {method:?}; read are fp8, compressed-tensors (format float-quantized) and mxfp4 \
             (of gpt_oss), and GGUF files"
        );
        return Err(inner.error("quant_method", problem));
    };
    let (layout, rounds_activations) = match kind {
        Method::Fp8 => (fp8(&mut inner)?, true),
        Method::CompressedTensors => compressed_tensors(&mut inner)?,
        Method::Mxfp4 => (mxfp4(&mut inner), false),
    };
    inner.finish()?;
    Ok(Some(Quantisation {
        method,
        rounds_activations,
        layout,
    }))
}

/// The form of DeepSeek and Qwen: a factor for each block, or one for each tensor.
fn fp8(config: &mut Config) -> Result<Layout, CheckpointError> {
    config.only("fmt", "e4m3".into())?;
    config.only("expert_dtype", "fp8".into())?;
    // A scheme says how activations are rounded, and where their scales come from.
    config.choice("activation_scheme", &[("dynamic", ()), ("static", ())])?;
    config.choice("scale_fmt", &[("float", ()), ("ue8m0", ())])?;
    config.harmless(&[
        "modules_to_not_convert",
        "ignored_layers",
        "modules_to_convert",
        // Settings for loading the model in transformers.
        "dequantize",
    ]);
    let (suffixes, block): (&[&str], Block) = match block(config, "weight_block_size")? {
        Some(block) => (&["_scale_inv"], block),
        None => (&["_scale", "_scale_inv"], Block::WHOLE),
    };
    Ok(Layout::F8 { suffixes, block })
}

/// The form of llm-compressor, as 8-bit floats, and whether activations are rounded too.
fn compressed_tensors(config: &mut Config) -> Result<(Layout, bool), CheckpointError> {
    let format = config.text("format")?;
    if format != "float-quantized" {
        let problem = format!("is {format:?}; only \"float-quantized\" is read");
        return Err(config.error("format", problem));
    }
    config.only("kv_cache_scheme", Value::Null)?;
    if let Some(sparsity) = config.object("sparsity_config")? {
        dense(sparsity)?;
    }
    config.only("transform_config", json!({}))?;
    config.harmless(&[
        "ignore",
        "quantization_status",
        "global_compression_ratio",
        "version",
    ]);
    let groups = config.object("config_groups")?;
    let mut groups = config.required("config_groups", groups)?;
    let mut all: Vec<(Block, bool)> = Vec::new();
    for name in groups.names() {
        if let Some(group) = groups.object(&name)? {
            all.push(group_of_modules(group)?);
        }
    }
    let Some(&(block, _)) = all.first() else {
        return Err(config.error("config_groups", "has no group"));
    };
    if all.iter().any(|(other, _)| *other != block) {
        return Err(config.error("config_groups", "has groups whose blocks differ"));
    }
    let suffixes = &["_scale"];
    let rounds = all.iter().any(|(_, rounds)| *rounds);
    Ok((Layout::F8 { suffixes, block }, rounds))
}

/// Check that no weights are left out as zeros.
fn dense(mut sparsity: Config) -> Result<(), CheckpointError> {
    sparsity.only("format", "dense".into())?;
    sparsity.harmless(&[
        "global_sparsity",
        "ignore",
        "registry_requires_subclass",
        "sparsity_structure",
        "targets",
    ]);
    sparsity.finish()
}

/// The blocks of one group of modules, and whether their inputs or outputs are rounded.
fn group_of_modules(mut group: Config) -> Result<(Block, bool), CheckpointError> {
    group.only("format", "float-quantized".into())?;
    group.harmless(&["targets"]);
    let rounds = ["input_activations", "output_activations"];
    let rounds = rounds.map(|field| group.json(field).is_some());
    let weights = group.object("weights")?;
    let mut weights = group.required("weights", weights)?;
    let kind = weights.text("type")?;
    if kind != "float" {
        return Err(weights.error("type", format!("is {kind:?}; only \"float\" is read")));
    }
    weights.only("num_bits", 8.into())?;
    weights.only("symmetric", true.into())?;
    weights.only("dynamic", false.into())?;
    weights.only("actorder", Value::Null)?;
    weights.harmless(&["observer", "observer_kwargs", "scale_dtype", "zp_dtype"]);
    let block = strategy(&mut weights)?;
    weights.finish()?;
    group.finish()?;
    Ok((block, rounds.contains(&true)))
}

fn strategy(weights: &mut Config) -> Result<Block, CheckpointError> {
    let strategy = weights.text("strategy")?;
    let structure = block(weights, "block_structure")?;
    let group = weights.optional_size("group_size")?;
    match (strategy.as_str(), structure, group) {
        ("tensor", None, None) => Ok(Block::WHOLE),
        ("channel", None, None) => Ok(Block::new(Some(1), None)),
        ("group", None, columns @ Some(_)) => Ok(Block::new(Some(1), columns)),
        ("block", Some(block), None) => Ok(block),
        _ => {
            let known =
                "tensor, channel, group with a `group_size` and block with a `block_structure`";
            Err(weights.error("strategy", format!("is {strategy:?}; read are {known}")))
        }
    }
}

/// Two sizes above 0; `None` if the field is absent.
fn block(config: &mut Config, field: &str) -> Result<Option<Block>, CheckpointError> {
    match config.indices(field)?[..] {
        [] => Ok(None),
        [rows, columns] if rows > 0 && columns > 0 => {
            Ok(Some(Block::new(Some(rows), Some(columns))))
        }
        ref other => {
            let problem = format!("is {other:?}, not two whole numbers above 0");
            Err(config.error(field, problem))
        }
    }
}

fn mxfp4(config: &mut Config) -> Layout {
    config.harmless(&["modules_to_not_convert", "dequantize"]);
    Layout::Mxfp4
}
