//! A decoder's architecture as data: everything the forward pass needs to know, and no family's name
//! that it would branch on.

use serde::Serialize;

/// One decoder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arch {
    /// `model_type` of `config.json`; for people, never for forward code.
    pub family: String,
    pub n_layers: usize,
    pub d_model: usize,
    pub d_vocab: usize,
    /// The longest context the model was made for, in tokens.
    pub n_ctx: usize,
    pub positions: Positions,
    pub norm: Norm,
    pub attention: Attention,
    pub mlp: Mlp,
    /// The unembedding is the embedding's transpose.
    pub tied_embeddings: bool,
}

/// How a token's place enters the computation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned table added to the embedding.
    Learned,
    /// A fixed table added to the embedding: sin on even, cos on odd dimensions, wavelengths from 2π
    /// to 10000·2π (Vaswani et al. 2017, §3.5).
    Sinusoidal,
    /// Queries and keys turned by an angle that grows with position (Su et al. 2021).
    Rotary(Rope),
}

/// Rotary position embedding, half-split layout: dimension i pairs with i + d_rotary / 2.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rope {
    pub theta: f64,
    /// Leading dimensions of each head that turn.
    pub d_rotary: usize,
    pub scaling: RopeScaling,
}

/// How the rotary frequencies are stretched for a longer context.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RopeScaling {
    None,
    /// Low frequencies divided by `factor`, high ones kept, those between blended (Llama 3.1).
    Llama3 {
        factor: f64,
        low_freq_factor: f64,
        high_freq_factor: f64,
        original_n_ctx: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Norm {
    pub kind: NormKind,
    pub eps: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// Subtract the mean, divide by the standard deviation (Ba et al. 2016).
    Layer,
    /// Divide by the root mean square (Zhang & Sennrich 2019).
    Rms,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attention {
    pub n_heads: usize,
    /// Key and value heads; each serves `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    pub d_head: usize,
    /// What q·k is multiplied by, layer by layer.
    pub scales: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mlp {
    pub d_mlp: usize,
    pub activation: Activation,
    /// Whether the activation gates a second, linear projection (Shazeer 2020).
    pub gated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    Gelu,
    /// GELU's tanh approximation, `gelu_new` in transformers.
    GeluTanh,
    Relu,
    Silu,
}
