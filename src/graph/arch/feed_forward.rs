//! Feed-forward layers: MLPs, mixtures of experts, activations.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    pub d_mlp: usize,
    pub activation: Activation,
    /// Whether the activation gates a second, linear projection (Shazeer 2020).
    pub gated: bool,
    /// A bound on a gated MLP: the activation's input is at most this, and the linear half lies within ±
    /// this.
    pub clamp: Option<f64>,
    /// A number added to the linear half of a gated MLP.
    pub linear_offset: f64,
    /// Whether the neurons are normed before the output projection.
    #[serde(default)]
    pub norm: bool,
    /// Whether neurons, and a gate of the output, are read from rows that are mixed with those of the token before (Peng
    /// et al. 2023).
    #[serde(default)]
    pub shifted: bool,
    /// The rank of the maps that each layer adds to those that it shares with others.
    #[serde(default)]
    pub adapter: Option<usize>,
    /// The width in each layer; empty if it is `d_mlp` in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub widths: Vec<usize>,
    /// The bound of each layer's neurons above which alone they are at work, in standard deviations over their mean;
    /// `None` for all. Empty if no layer has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Option<f64>>,
    /// Factors of the projection that the activation reads, and of the output projection.
    #[serde(default = "ones")]
    pub multipliers: [f64; 2],
}

const fn ones() -> [f64; 2] {
    [1.0; 2]
}

impl Mlp {
    /// The MLP `out(act(in(x)))`.
    pub fn plain(d_mlp: usize, activation: Activation) -> Mlp {
        Mlp {
            d_mlp,
            activation,
            gated: false,
            clamp: None,
            linear_offset: 0.0,
            norm: false,
            shifted: false,
            adapter: None,
            widths: Vec::new(),
            cuts: Vec::new(),
            multipliers: ones(),
        }
    }

    /// The MLP `out(act(in(x)) · linear(x))`.
    pub fn gated(d_mlp: usize, activation: Activation) -> Mlp {
        Mlp {
            gated: true,
            ..Mlp::plain(d_mlp, activation)
        }
    }
}

/// A mixture of experts: each token is sent to a few of many small MLPs (Shazeer et al. 2017). The experts
/// compute as [`Arch::mlp`](super::Arch::mlp) says, apart from their width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experts {
    pub n_experts: usize,
    /// The number of experts that each token is sent to.
    pub n_active: usize,
    pub d_expert: usize,
    /// Whether the shares of the chosen experts are scaled to sum to 1.
    pub renormalise: bool,
    /// Whether each layer's block has experts; a block without them has one MLP.
    pub layers: Vec<bool>,
    /// A bound on the router's outputs: `cap · tanh(output / cap)` stays within ± this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<f64>,
    /// The way from the router's outputs to shares.
    #[serde(default)]
    pub score: Score,
    /// Whether a number for each expert is added to its score for the choice alone.
    #[serde(default)]
    pub choice_bias: bool,
    /// The groups of experts of which only the best take part in the choice.
    #[serde(default)]
    pub groups: Option<Groups>,
    /// Whether a share multiplies what its expert reads instead of what it writes.
    #[serde(default)]
    pub share_of_input: bool,
    /// A factor that multiplies the shares.
    #[serde(default = "one")]
    pub scale: f64,
    /// The MLP that every token goes through beside its experts.
    #[serde(default)]
    pub shared: Option<Shared>,
    /// Whether blocks with experts have their MLP too. MLP and experts read through norms of their own, and their normed
    /// outputs are added.
    #[serde(default)]
    pub beside_mlp: bool,
    /// Whether a learned number of each expert multiplies its share.
    #[serde(default)]
    pub scaled: bool,
    /// Whether the output is normed before it is added, while that of an MLP is not.
    #[serde(default)]
    pub normed: bool,
    /// The number of experts without weights, which hand on what they read. They come last.
    #[serde(default)]
    pub identities: usize,
    /// Whether experts work beside the MLP and beside the next block, at whose end their output is added (Cai et al.
    /// 2024).
    #[serde(default)]
    pub shortcut: bool,
    /// Whether each layer's experts are chosen by the token's id, from a table; empty if none are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_token: Vec<bool>,
    /// A bound of the experts' own in the place of [`Mlp::clamp`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f64>,
}

impl Experts {
    /// The number of experts with weights.
    pub fn with_weights(&self) -> usize {
        self.n_experts.saturating_sub(self.identities)
    }
}

const fn one() -> f64 {
    1.0
}

/// The way from the router's outputs to the experts' scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The softmax over all experts.
    #[default]
    Softmax,
    /// Each expert's sigmoid (Wang et al. 2024).
    Sigmoid,
    /// The root of each expert's softplus (DeepSeek-AI 2026).
    SqrtSoftplus,
    /// Each expert's sigmoid, while the choice reads the router's outputs themselves.
    Logit,
    /// One expert after the other: the softmax over those whose score lies within this share of the best (Liu et al.
    /// 2024).
    SparseMixer(f64),
}

/// Groups of experts: a token's experts come from the `active` groups with the best experts (DeepSeek-AI 2024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    pub count: usize,
    pub active: usize,
    /// The number of its best experts whose scores a group is judged by.
    pub best: usize,
}

/// An MLP that every token goes through, which computes like the experts (Dai et al. 2024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub d_mlp: usize,
    /// Whether the sigmoid of one number, read from the stream, multiplies its output.
    pub gated: bool,
    /// Whether the mean of its output and the experts' is added, and not their sum.
    #[serde(default)]
    pub averaged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    Gelu,
    /// GELU's tanh approximation, `gelu_new` in transformers.
    GeluTanh,
    Relu,
    /// ReLU squared (So et al. 2021).
    Relu2,
    Silu,
    /// `ln(1 + eˣ)`
    Softplus,
    /// `x · σ(βx)`: SiLU if β is 1, close to GELU if β is 1.702 (Ramachandran et al. 2017).
    Swish(f64),
    Tanh,
    /// `α₊x² + βx` above 0, `α₋(eˣ − 1 − x) + βx` below, with learned α and β (Huang & Schlag 2024).
    Xielu,
}

impl Activation {
    /// The activation's name in formulas and traces.
    pub fn word(self) -> String {
        match self {
            Activation::Gelu => "gelu".into(),
            Activation::GeluTanh => "gelu_tanh".into(),
            Activation::Relu => "relu".into(),
            Activation::Relu2 => "relu²".into(),
            Activation::Silu => "silu".into(),
            Activation::Softplus => "softplus".into(),
            Activation::Swish(beta) => format!("swish_{beta}"),
            Activation::Tanh => "tanh".into(),
            Activation::Xielu => "xielu".into(),
        }
    }

    /// The activation with this name, or `None` for an unknown name.
    pub fn of_word(text: &str) -> Option<Activation> {
        use Activation::{Gelu, GeluTanh, Relu, Relu2, Silu, Softplus, Tanh, Xielu};
        let swish = || {
            Some(Activation::Swish(
                text.strip_prefix("swish_")?.parse().ok()?,
            ))
        };
        let mut plain = [Gelu, GeluTanh, Relu, Relu2, Silu, Softplus, Tanh, Xielu].into_iter();
        plain.find(|a| a.word() == text).or_else(swish)
    }
}
