//! The sizes that most configs give under the same names.

use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Attention;

/// What a model's sizes are where its config leaves them out; `None` where it may not.
#[derive(Default)]
pub(super) struct Defaults {
    pub n_heads: Option<usize>,
    /// As many as heads where `None`.
    pub n_kv_heads: Option<usize>,
    /// `d_model / n_heads` where `None`.
    pub d_head: Option<usize>,
}

/// `num_attention_heads`, `num_key_value_heads` and `head_dim` as plain attention.
pub(super) fn attention(
    config: &mut Config,
    n_layers: usize,
    d_model: usize,
    defaults: &Defaults,
) -> Result<Attention, CheckpointError> {
    let n_heads = match defaults.n_heads {
        Some(n_heads) => config.size_or("num_attention_heads", n_heads)?,
        None => config.size("num_attention_heads")?,
    };
    let d_head = match config.optional_size("head_dim")?.or(defaults.d_head) {
        Some(d_head) => d_head,
        None => split(
            config,
            "num_attention_heads",
            n_heads,
            "hidden_size",
            d_model,
        )?,
    };
    let n_kv_heads = config.size_or(
        "num_key_value_heads",
        defaults.n_kv_heads.unwrap_or(n_heads),
    )?;
    if n_heads % n_kv_heads != 0 {
        return Err(config.error(
            "num_key_value_heads",
            format!("is {n_kv_heads}, which does not divide num_attention_heads = {n_heads}"),
        ));
    }
    Ok(Attention::new(n_layers, n_heads, n_kv_heads, d_head))
}

/// `d_model / n_heads`, an error that names both fields where that leaves a rest.
pub(super) fn split(
    config: &Config,
    heads_field: &str,
    n_heads: usize,
    model_field: &str,
    d_model: usize,
) -> Result<usize, CheckpointError> {
    match d_model % n_heads {
        0 => Ok(d_model / n_heads),
        _ => Err(config.error(
            heads_field,
            format!("is {n_heads}, which does not divide {model_field} = {d_model}"),
        )),
    }
}
