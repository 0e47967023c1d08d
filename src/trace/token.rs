//! Tokens of a text.

use serde::{Deserialize, Serialize};

/// One token of a prompt or of its continuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: u32,
    /// The text that the tokenizer decodes it to alone. Bytes that are part of a character are written like
    /// `⟨E58D⟩`.
    pub text: String,
}

/// The text of a token whose text the trace does not hold.
pub fn without_text(id: u32) -> String {
    format!("#{id}")
}

/// A note beside tokens if the trace lacks some of their texts; `None` if it holds all.
pub fn texts_missing<'a>(tokens: impl IntoIterator<Item = (u32, &'a str)>) -> Option<&'static str> {
    let mut tokens = tokens.into_iter();
    tokens
        .any(|(id, text)| text == without_text(id))
        .then_some("#17: the trace does not hold this token's text; a new recording does")
}
