//! A transformer's architecture as data: everything the forward pass needs to know, and no family's name
//! that it would branch on. One stack of blocks describes decoders and encoders alike.

use serde::{Deserialize, Serialize};

use super::role::{Param, Role};

/// One decoder or encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arch {
    /// `model_type` of `config.json`; for people, never for forward code.
    pub family: String,
    pub n_layers: usize,
    pub d_model: usize,
    pub d_vocab: usize,
    /// The longest context the model was made for, in tokens.
    pub n_ctx: usize,
    pub embedding: Embedding,
    pub positions: Positions,
    /// How every norm of the model computes.
    pub norm: Norm,
    pub block: Block,
    pub attention: Attention,
    pub mlp: Mlp,
    /// The experts of the blocks that have a mixture of them instead of one MLP.
    pub experts: Option<Experts>,
    pub unembedding: Unembedding,
    /// The unembedding is the embedding's transpose.
    pub tied_embeddings: bool,
    /// The weights and biases that the model has, of several alike the first. A family's table of names says
    /// so.
    pub stored: Vec<(Role, Param)>,
}

/// From token ids to the residual stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Length of a token's row where it is not `d_model`: a matrix then projects it to `d_model`, and
    /// another one the other way before the unembedding.
    pub d_embed: Option<usize>,
    /// A factor of each token's row, applied as it is looked up.
    pub scale: f64,
    /// Rows of the table that tells segments of a text apart, where there is one.
    pub segments: Option<usize>,
    pub norm: EmbedNorm,
}

impl Default for Embedding {
    /// The rows as they are.
    fn default() -> Embedding {
        Embedding {
            d_embed: None,
            scale: 1.0,
            segments: None,
            norm: EmbedNorm::None,
        }
    }
}

/// Where a norm stands in the embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedNorm {
    None,
    /// The tokens' rows are normed, before anything is added to them.
    OfTokens,
    /// The sum of tokens, segments and positions is normed.
    OfSum,
}

/// How a token's place enters the computation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned table added to the embedding; the first token's row is number `offset`.
    Learned {
        offset: usize,
        /// The id of padding, where tokens are counted without it: its row has its own number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        padding: Option<usize>,
    },
    /// A fixed table added to the embedding: sin on even, cos on odd dimensions, wavelengths from 2π
    /// to 10000·2π (Vaswani et al. 2017, §3.5).
    Sinusoidal,
    /// Queries and keys turned by an angle that grows with position (Su et al. 2021).
    Rotary(Rotary),
    /// A penalty on scores that grows with distance, steeper in some heads than in others (Press et
    /// al. 2022).
    Alibi,
    /// Not at all: only what a query may not look at tells one place from another.
    None,
}

impl Positions {
    /// A learned table whose rows are counted from `offset` on.
    pub fn learned(offset: usize) -> Positions {
        Positions::Learned {
            offset,
            padding: None,
        }
    }

    /// One rotary embedding for all `n_layers` blocks.
    pub fn rotary(rope: Rope, n_layers: usize) -> Positions {
        Positions::Rotary(Rotary {
            ropes: vec![rope],
            by_layer: vec![0; n_layers],
        })
    }
}

/// The rotary position embeddings of a model's blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotary {
    pub ropes: Vec<Rope>,
    /// Which of `ropes` each block turns by.
    pub by_layer: Vec<usize>,
}

/// One rotary position embedding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rope {
    pub theta: f64,
    /// Leading dimensions of each head that turn.
    pub d_rotary: usize,
    pub pairs: RopePairs,
    pub scaling: RopeScaling,
    /// A factor of turned queries and keys.
    pub magnitude: f64,
}

impl Rope {
    /// The first `d_rotary` dimensions of each head, halves turning together, not stretched.
    pub fn new(theta: f64, d_rotary: usize) -> Rope {
        Rope {
            theta,
            d_rotary,
            pairs: RopePairs::HalfSplit,
            scaling: RopeScaling::None,
            magnitude: 1.0,
        }
    }
}

/// Which dimensions of a head turn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopePairs {
    /// i with i + d_rotary / 2, as in NeoX.
    #[serde(rename = "halves")]
    HalfSplit,
    /// 2i with 2i + 1, as in GPT-J.
    #[serde(rename = "neighbours")]
    Interleaved,
}

/// How the rotary frequencies are stretched for a longer context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopeScaling {
    None,
    /// All divided by `factor`: positions are interpolated (Chen et al. 2023).
    Linear {
        factor: f64,
    },
    /// Past `original_n_ctx` the base grows with the number of tokens (NTK-aware interpolation).
    Dynamic {
        factor: f64,
        original_n_ctx: usize,
    },
    /// Low frequencies divided by `factor`, high ones kept, those between blended (Llama 3.1).
    Llama3 {
        factor: f64,
        low_freq_factor: f64,
        high_freq_factor: f64,
        original_n_ctx: usize,
    },
    /// Frequencies that turn at least `beta_fast` times within `original_n_ctx` kept, those that turn
    /// less than `beta_slow` times divided by `factor`, those between blended (Peng et al. 2023).
    Yarn {
        factor: f64,
        beta_fast: f64,
        beta_slow: f64,
        original_n_ctx: usize,
        /// Whether the bounds between which frequencies are blended are rounded to whole pairs.
        truncate: bool,
    },
    /// Each divided by a number of its own: `long` once there are more than `original_n_ctx` tokens,
    /// `short` before (Ding et al. 2024).
    Longrope {
        short: Vec<f64>,
        long: Vec<f64>,
        original_n_ctx: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    pub kind: NormKind,
    pub eps: f64,
    /// Added to the stored weights: 1 where they are stored as their distance from 1.
    pub weight_offset: f64,
}

impl Norm {
    /// A norm with weights stored as they are.
    pub fn new(kind: NormKind, eps: f64) -> Norm {
        Norm {
            kind,
            eps,
            weight_offset: 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// Subtract the mean, divide by the standard deviation (Ba et al. 2016).
    Layer,
    /// Divide by the root mean square (Zhang & Sennrich 2019).
    Rms,
}

/// How a block's halves, attention and MLP, hang on the residual stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub residual: Residual,
    pub norms: Norms,
    /// A factor of attention's and the MLP's output, applied before they are added, where no norm
    /// comes between.
    pub residual_scale: f64,
}

impl Default for Block {
    /// One half after the other, each with a norm before it, as in most models.
    fn default() -> Block {
        Block {
            residual: Residual::Sequential,
            norms: Norms::Pre,
            residual_scale: 1.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residual {
    /// The MLP reads what attention has added to.
    Sequential,
    /// Both read the block's input, and their outputs are added at once (Wang & Komatsuzaki 2021).
    Parallel,
    /// The same, and the MLP reads the very norm that attention reads.
    ParallelShared,
}

/// Where a block's norms stand, f being attention or the MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norms {
    /// `x + f(norm(x))`
    #[serde(rename = "before")]
    Pre,
    /// `x + norm(f(x))`
    #[serde(rename = "after")]
    Output,
    /// `x + norm(f(norm(x)))`
    #[serde(rename = "around")]
    Sandwich,
    /// `norm(x + f(x))`, as in the first transformer.
    #[serde(rename = "of_sum")]
    Post,
}

impl Norms {
    /// Whether attention and the MLP read through a norm.
    pub fn pre(self) -> bool {
        matches!(self, Norms::Pre | Norms::Sandwich)
    }

    /// Whether what attention and the MLP write goes through a norm first.
    pub fn output(self) -> bool {
        matches!(self, Norms::Output | Norms::Sandwich)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    pub n_heads: usize,
    /// Key and value heads; each serves `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    pub d_head: usize,
    /// Whether a token looks only at those up to itself: decoders do, encoders look both ways.
    pub causal: bool,
    /// The factor of q·k, layer by layer.
    pub scales: Vec<f64>,
    /// How many tokens a query may look at, its own the last of them; `None` for all. Layer by layer.
    pub windows: Vec<Option<usize>>,
    /// Scores are squashed to stay within ± this: `cap · tanh(score / cap)`.
    pub score_cap: Option<f64>,
    /// Norms of queries and keys, before they are turned by position.
    pub qk_norm: Option<QkNorm>,
    /// Whether each head has a learned score that takes part in the softmax and reads nothing.
    pub sinks: bool,
}

impl Attention {
    /// `n_layers` times plain attention: every head its own keys and values, scores divided by the
    /// root of `d_head`, all tokens so far in view.
    pub fn new(n_layers: usize, n_heads: usize, n_kv_heads: usize, d_head: usize) -> Attention {
        Attention {
            n_heads,
            n_kv_heads,
            d_head,
            causal: true,
            scales: vec![1.0 / (d_head as f64).sqrt(); n_layers],
            windows: vec![None; n_layers],
            score_cap: None,
            qk_norm: None,
            sinks: false,
        }
    }
}

/// The elements that a norm of queries and keys runs over. Its kind and ε are those of [`Arch::norm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QkNorm {
    /// Each head's vector, all heads with the same weights `[d_head]`.
    Head,
    /// Each head's vector, each head with weights of its own `[head, d_head]`.
    EachHead,
    /// All heads' vectors as one, `[head · d_head]`.
    AllHeads,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    pub d_mlp: usize,
    pub activation: Activation,
    /// Whether the activation gates a second, linear projection (Shazeer 2020).
    pub gated: bool,
    /// The activation's input is at most this, and the linear half within ± this.
    pub clamp: Option<f64>,
    /// Added to the linear half of a gated MLP.
    pub linear_offset: f64,
}

impl Mlp {
    /// `out(act(in(x)))`
    pub fn plain(d_mlp: usize, activation: Activation) -> Mlp {
        Mlp {
            d_mlp,
            activation,
            gated: false,
            clamp: None,
            linear_offset: 0.0,
        }
    }

    /// `out(act(in(x)) · linear(x))`
    pub fn gated(d_mlp: usize, activation: Activation) -> Mlp {
        Mlp {
            gated: true,
            ..Mlp::plain(d_mlp, activation)
        }
    }
}

/// A mixture of experts: each token is sent to a few of many small MLPs (Shazeer et al. 2017), which
/// compute as [`Arch::mlp`] says, apart from their width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experts {
    pub n_experts: usize,
    /// Experts that each token is sent to.
    pub n_active: usize,
    pub d_expert: usize,
    /// Whether the chosen experts' shares are made to sum to 1.
    pub renormalise: bool,
    /// Whether a block has experts or one MLP, layer by layer.
    pub layers: Vec<bool>,
}

/// From the residual stream to what the model says: logits, one vector for the whole text, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unembedding {
    /// Whether there are logits at all. Where not, nothing below but [`Unembedding::pooling`] is there.
    pub logits: bool,
    /// A linear map of the stream and this activation, before the norm: the head that masked tokens are
    /// filled in by has them (Devlin et al. 2019).
    pub transform: Option<Activation>,
    /// Whether a norm comes before the logits.
    pub norm: bool,
    /// A factor of the logits.
    pub scale: f64,
    /// Logits are squashed to stay within ± this: `cap · tanh(logit / cap)`.
    pub cap: Option<f64>,
    /// How all rows become one vector, where they do.
    pub pooling: Option<Pooling>,
}

impl Default for Unembedding {
    /// A norm, then the logits as they come.
    fn default() -> Unembedding {
        Unembedding {
            logits: true,
            transform: None,
            norm: true,
            scale: 1.0,
            cap: None,
            pooling: None,
        }
    }
}

impl Unembedding {
    /// Whether rows other than the last are pooled: later passes do not have those of earlier ones.
    pub fn pools_all(&self) -> bool {
        match self.pooling {
            Some(Pooling::Rows { rows, .. }) => rows != PoolRows::Last,
            Some(Pooling::Dense) => true,
            None => false,
        }
    }

    /// No logits.
    pub fn none() -> Unembedding {
        Unembedding {
            logits: false,
            norm: false,
            ..Unembedding::default()
        }
    }
}

/// How the rows of all tokens become one vector for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// A linear map of the first token's row, and tanh (Devlin et al. 2019).
    Dense,
    /// The rows as they are (Reimers & Gurevych 2019).
    Rows {
        #[serde(rename = "how")]
        rows: PoolRows,
        /// Whether the result is brought to length 1.
        normalise: bool,
    },
}

/// Which rows a pooled vector is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolRows {
    First,
    Last,
    /// The mean over all tokens.
    Mean,
    /// The largest of all tokens, dimension by dimension.
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    Gelu,
    /// GELU's tanh approximation, `gelu_new` in transformers.
    GeluTanh,
    Relu,
    /// ReLU, squared (So et al. 2021).
    Relu2,
    Silu,
    /// `x · σ(βx)`: SiLU where β is 1, near to GELU where it is 1.702 (Ramachandran et al. 2017).
    Swish(f64),
    Tanh,
}

impl Arch {
    /// How many tokens there are rows of a learned table for; no end where positions are computed.
    pub fn most_tokens(&self) -> Option<usize> {
        matches!(self.positions, Positions::Learned { .. }).then_some(self.n_ctx)
    }

    /// Whether a token of this id takes a row of a learned table.
    pub fn is_counted(&self, id: u32) -> bool {
        match self.positions {
            Positions::Learned { padding, .. } => padding != Some(id as usize),
            _ => true,
        }
    }

    /// Length of a token's row in the embedding.
    pub fn d_embed(&self) -> usize {
        self.embedding.d_embed.unwrap_or(self.d_model)
    }
}

impl Activation {
    /// Its name in formulas and traces.
    pub fn word(self) -> String {
        match self {
            Activation::Gelu => "gelu".into(),
            Activation::GeluTanh => "gelu_tanh".into(),
            Activation::Relu => "relu".into(),
            Activation::Relu2 => "relu²".into(),
            Activation::Silu => "silu".into(),
            Activation::Swish(beta) => format!("swish_{beta}"),
            Activation::Tanh => "tanh".into(),
        }
    }

    /// The activation of this name, where there is one.
    pub fn of_word(text: &str) -> Option<Activation> {
        use Activation::{Gelu, GeluTanh, Relu, Relu2, Silu, Tanh};
        let swish = || {
            Some(Activation::Swish(
                text.strip_prefix("swish_")?.parse().ok()?,
            ))
        };
        let mut plain = [Gelu, GeluTanh, Relu, Relu2, Silu, Tanh].into_iter();
        plain.find(|a| a.word() == text).or_else(swish)
    }
}
