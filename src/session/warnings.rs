//! Warnings that a user should read before trusting the numbers.

use crate::trace::source::{ModelInfo, Pass};

/// A sentence for each reason to doubt the numbers of these passes.
pub fn warnings(model: &ModelInfo, passes: &[Pass]) -> Vec<String> {
    let mut warnings = model.warnings.clone();
    let most = passes.iter().map(|pass| pass.tokens.len()).max();
    if let Some(tokens) = most.filter(|tokens| *tokens > model.n_ctx) {
        let n_ctx = model.n_ctx;
        warnings.push(format!(
            "{tokens} tokens are more than the model's context of {n_ctx}: positions behind it are computed, but \
             the model has not been trained for them"
        ));
    }
    warnings
}
