//! Warnings that a user should read before trusting the numbers.

use crate::trace::lens_file::LensInfo;
use crate::trace::source::{ModelInfo, Pass};

/// The lens that is in use now, and a reason to doubt it.
pub fn lens_text(lens: Option<&LensInfo>) -> String {
    match lens {
        None => "the residual stream is read by the logit lens".into(),
        Some(lens) => {
            let warning = lens.warning.as_ref();
            let warning = warning.map_or(String::new(), |why| format!("; warning: {why}"));
            format!(
                "the residual stream is read through {}: {lens}{warning}",
                lens.path.display()
            )
        }
    }
}

/// A sentence for each reason to doubt the numbers of these passes.
pub fn warnings(model: &ModelInfo, passes: &[Pass]) -> Vec<String> {
    let mut warnings = model.warnings.clone();
    let lens = model.lens.as_ref().and_then(|lens| lens.warning.clone());
    warnings.extend(lens);
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
