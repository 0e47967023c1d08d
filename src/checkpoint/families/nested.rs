//! Models that see or hear. Only their text model is computed, for prompts without images and sound.

use super::table::known;
use super::{Model, finished};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::quantisation;

const TIED: &str = "tie_word_embeddings";
/// Fields of text models about the factor and the bound of logits.
const OF_HEADS: &[&str] = &["final_logit_softcapping", "logit_scale", "logits_scaling"];

/// A model whose own unembedding has neither a factor nor a bound.
pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut model = inner(family, config, OF_HEADS)?;
    (model.arch.unembedding.scale, model.arch.unembedding.cap) = (1.0, None);
    Ok(model)
}

/// A model that reads logits as its text model does.
pub(super) fn read_with_head(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    inner(family, config, &[])
}

/// The text model inside a model of the family `whole`, which does not read the fields `unread`.
fn inner(whole: &str, config: &mut Config, unread: &[&str]) -> Result<Model, CheckpointError> {
    let Some(inner) = config.inner_text() else {
        return Err(config.error("model_type", "has no text model that is known here"));
    };
    let tied = config.flag_or(TIED, false)?;
    config.let_declared_be();
    let mut text = config.text_model(&inner.field, &inner.family)?;
    let named = text.optional_text("model_type")?;
    // Older files name the whole model here.
    let named = named.filter(|named| inner.any || named != whole);
    if !inner.any && named.is_some() {
        text.only("model_type", inner.family.clone().into())?;
    }
    let named = named.unwrap_or_else(|| inner.family.clone());
    let (family, read) = known(&text, &named)?;
    let mut text = text.of_family(family);
    // Older files tie the embeddings of the text model alone.
    let tied = tied || text.flag_or(TIED, false)?;
    text.set(TIED, tied.into());
    let quantisation = quantisation::read(&mut text)?;
    text.passed_over(unread);
    let model = read(family, &mut text)?;
    let model = finished(&mut text, model)?;
    Ok(Model {
        quantisation,
        ..model
    })
}
