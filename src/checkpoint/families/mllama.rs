//! The text model of Llama 3.2 Vision (Grattafiori et al. 2024). Blocks that look at images do nothing without one, and
//! are left out.

use super::Model;
use super::llama::{self, Biases};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

/// Rows of the embedding for images.
const IMAGE_ROWS: usize = 8;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    const FIELD: &str = "cross_attention_layers";
    let all = config.layers("num_hidden_layers")?;
    let mut looking = match config.json(FIELD) {
        Some(_) => config.indices(FIELD)?,
        None => (3..39).step_by(5).collect(),
    };
    looking.retain(|i| *i < all);
    let own: Vec<usize> = (0..all).filter(|i| !looking.contains(i)).collect();
    if own.is_empty() {
        return Err(config.error(FIELD, "leaves no block that reads text"));
    }
    config.set("num_hidden_layers", own.len().into());
    let mut arch = llama::arch(family, config)?;
    arch.embedding.more_rows = IMAGE_ROWS;
    let mut names = llama::names(&arch, Biases::default());
    llama::gated(&mut names, false);
    names.number_blocks(&own);
    let mut model = Model::new(arch, names);
    model.left_out = looking;
    Ok(model)
}
