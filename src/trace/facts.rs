//! Facts about how a model computes, for formulas. Older traces store them; newer ones store the
//! architecture.

use serde::Deserialize;

/// Facts about how a model computes. Lists have an entry for each block.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The factor of a token's row in the embedding.
    pub embed_scale: f64,
    /// Whether scores get a penalty of distance (ALiBi).
    pub alibi: bool,
    /// Whether norms subtract the mean first, as LayerNorm does and RMSNorm does not.
    pub centred: bool,
    /// Whether norms have weights.
    pub norm_weight: bool,
    /// The number added to a norm's weights.
    pub norm_offset: f64,
    /// The linear maps and norms that have a bias.
    pub biases: Vec<Biased>,
    /// The number of a head's dimensions that turn with position; empty in a model whose positions do not
    /// turn.
    pub d_rotary: Vec<usize>,
    /// The factor of q·k.
    pub score_scales: Vec<f64>,
    /// The number of tokens that a query may look at, counted back from its own; null for all.
    pub windows: Vec<Option<usize>>,
    /// A bound on scores: `cap · tanh(score / cap)` stays within ± this.
    pub score_cap: Option<f64>,
    /// Whether each head has a learned score that takes part in the softmax but belongs to no token.
    pub sinks: bool,
    /// The factor of attention's and the MLP's outputs before they are added.
    pub residual_scale: f64,
    /// The MLP's activation, such as `silu`.
    pub activation: String,
    /// A bound on a gated MLP: the activation's input is at most this, and the linear half lies within ±
    /// this.
    pub gate_clamp: Option<f64>,
    /// The number added to the linear half of a gated MLP.
    pub linear_offset: f64,
    /// Whether the chosen experts' shares are scaled to sum to 1.
    pub renormalised: bool,
    /// The factor of logits.
    pub logit_scale: f64,
    /// A bound on logits, which stay within ± this.
    pub logit_cap: Option<f64>,
}

/// A linear map or norm that may have a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Biased {
    Norm,
    Q,
    K,
    V,
    AttnOut,
    MlpIn,
    MlpLinear,
    MlpOut,
    Router,
    Logits,
}

impl Default for Facts {
    /// The facts that follow from the names of hook points alone.
    fn default() -> Facts {
        Facts {
            embed_scale: 1.0,
            alibi: false,
            centred: true,
            norm_weight: true,
            norm_offset: 0.0,
            biases: Vec::new(),
            d_rotary: Vec::new(),
            score_scales: Vec::new(),
            windows: Vec::new(),
            score_cap: None,
            sinks: false,
            residual_scale: 1.0,
            activation: "act".into(),
            gate_clamp: None,
            linear_offset: 0.0,
            renormalised: false,
            logit_scale: 1.0,
            logit_cap: None,
        }
    }
}
