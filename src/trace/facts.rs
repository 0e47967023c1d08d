//! What traces before the graph keep of how a model computes, for its formulas. Newer ones keep the
//! architecture.

use serde::Deserialize;

/// How a model computes. Lists are by block.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// What a token's row is multiplied by as it is looked up.
    pub embed_scale: f64,
    /// Whether scores lose by distance (ALiBi).
    pub alibi: bool,
    /// Whether norms subtract the mean first, as LayerNorm does and RMSNorm does not.
    pub centred: bool,
    /// Whether norms have weights.
    pub norm_weight: bool,
    /// What is added to a norm's weights.
    pub norm_offset: f64,
    /// Where something is added after multiplying.
    pub biases: Vec<Biased>,
    /// Dimensions of a head that turn with position; none in a model whose positions do not turn.
    pub d_rotary: Vec<usize>,
    /// What q·k is multiplied by.
    pub score_scales: Vec<f64>,
    /// How many tokens a query may look at, its own the last of them; all where null.
    pub windows: Vec<Option<usize>>,
    /// Scores stay within ± this: `cap · tanh(score / cap)`.
    pub score_cap: Option<f64>,
    /// Whether each head has a learned score that takes part in the softmax and reads nothing.
    pub sinks: bool,
    /// What attention's and the MLP's outputs are multiplied by before they are added.
    pub residual_scale: f64,
    /// The MLP's activation, such as `silu`.
    pub activation: String,
    /// What the activation reads is at most this, and the linear half within ± this.
    pub gate_clamp: Option<f64>,
    /// Added to the linear half of a gated MLP.
    pub linear_offset: f64,
    /// Whether the chosen experts' shares are made to sum to 1.
    pub renormalised: bool,
    /// What logits are multiplied by.
    pub logit_scale: f64,
    /// Logits stay within ± this.
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
    /// No more than the names of the hook points say.
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
