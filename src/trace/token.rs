//! Tokens of a text.

use serde::{Deserialize, Serialize};

/// One token of a prompt or of its continuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: u32,
    /// What the tokenizer decodes it to alone; bytes that are part of a character as `⟨E58D⟩`.
    pub text: String,
}
