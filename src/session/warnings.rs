//! What a user should know before trusting the numbers.

use crate::trace::source::{ModelInfo, Pass};

/// A sentence for each reason to doubt the numbers of these passes.
pub fn warnings(model: &ModelInfo, _: &[Pass]) -> Vec<String> {
    model.warnings.clone()
}
