//! The purposes of a model's weights, in terms that all families share. Their shapes stand in the graph.

use serde::{Deserialize, Serialize};

/// The purpose of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A row for each token of the vocabulary.
    Embed,
    PosEmbed,
    SegmentEmbed,
    /// The norm in the embedding.
    EmbedNorm,
    /// From a token's row to the residual stream where their lengths differ.
    EmbedOut,
    /// The norm before attention, or of the sum after it.
    Ln1,
    Query,
    Key,
    Value,
    /// The norm of one head's queries; number 0 is that of all heads where each does not have its own.
    QueryNorm(usize),
    /// The norm of one head's keys, counted like [`Role::QueryNorm`].
    KeyNorm(usize),
    /// The scores that read nothing.
    Sinks,
    AttnOut,
    /// The norm of attention's output.
    Ln1Post,
    /// The norm before the MLP, or of the sum after it.
    Ln2,
    /// The projection whose output the activation sees.
    MlpIn,
    /// The linear half of a gated MLP (`hook_pre_linear`).
    MlpLinear,
    MlpOut,
    /// How well each expert suits a token.
    Router,
    /// One expert's [`Role::MlpIn`].
    ExpertIn(usize),
    /// One expert's [`Role::MlpLinear`].
    ExpertLinear(usize),
    /// One expert's [`Role::MlpOut`].
    ExpertOut(usize),
    /// The norm of the MLP's output.
    Ln2Post,
    /// From the first token's row to the pooled vector.
    Pooler,
    /// The map that makes the final norm's input, where that is not the stream itself.
    Transform,
    /// The norm before the unembedding.
    LnFinal,
    /// From the residual stream to the length of a token's row.
    UnembedIn,
    Unembed,
}

/// Which of a role's two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Param {
    Weight,
    Bias,
}

impl Role {
    /// Which of several alike in one block this is: the expert's or the head's number.
    pub fn member(self) -> Option<usize> {
        match self {
            Role::ExpertIn(i) | Role::ExpertLinear(i) | Role::ExpertOut(i) => Some(i),
            Role::QueryNorm(i) | Role::KeyNorm(i) => Some(i),
            _ => None,
        }
    }

    /// This role of another expert or head; a role of which there is one stays itself.
    pub fn with_member(self, member: usize) -> Role {
        match self {
            Role::ExpertIn(_) => Role::ExpertIn(member),
            Role::ExpertLinear(_) => Role::ExpertLinear(member),
            Role::ExpertOut(_) => Role::ExpertOut(member),
            Role::QueryNorm(_) => Role::QueryNorm(member),
            Role::KeyNorm(_) => Role::KeyNorm(member),
            alone => alone,
        }
    }
}
