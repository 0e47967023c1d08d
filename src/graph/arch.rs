//! A transformer's architecture as data: everything the forward pass needs to know. It never branches on a
//! family's name. One stack of blocks describes decoders and encoders alike.

use serde::{Deserialize, Serialize};

use super::recurrence::{Mixing, Recurrence, ShortConvolution};
use super::role::{Param, Role};

pub use super::positions::{Positions, Rope, RopePairs, RopeScaling, Rotary, Wave, alibi_slopes};

/// The architecture of one decoder or encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arch {
    /// `model_type` of `config.json`; shown to people, never read by forward code.
    pub family: String,
    pub n_layers: usize,
    pub d_model: usize,
    pub d_vocab: usize,
    /// The longest context that the model was made for, in tokens.
    pub n_ctx: usize,
    pub embedding: Embedding,
    pub positions: Positions,
    /// The computation of every norm of the model.
    pub norm: Norm,
    pub block: Block,
    pub attention: Attention,
    pub mlp: Mlp,
    /// The mixture of experts in the blocks that have one instead of an MLP.
    pub experts: Option<Experts>,
    /// The mixer of each block; empty if all have attention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixers: Vec<Mixing>,
    /// Whether each block lacks a feed-forward; empty if all have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_mlp: Vec<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<ShortConvolution>,
    pub unembedding: Unembedding,
    /// The unembedding is the embedding's transpose.
    pub tied_embeddings: bool,
    /// The weights and biases that the model has, as its family's table of names says. Experts and heads are
    /// named by their first.
    pub stored: Vec<(Role, Param)>,
}

/// The way from token ids to the residual stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Length of a token's row if it is not `d_model`. One matrix then projects the row to `d_model`, and
    /// another one projects back before the unembedding.
    pub d_embed: Option<usize>,
    /// Rows of the table beyond the vocabulary, which no text reads.
    #[serde(default)]
    pub more_rows: usize,
    /// A factor that multiplies each token's row when it is looked up.
    pub scale: f64,
    /// Rows of the table that tells segments of a text apart; `None` without such a table.
    pub segments: Option<usize>,
    pub norm: EmbedNorm,
}

impl Default for Embedding {
    /// A table whose rows are used unchanged.
    fn default() -> Embedding {
        Embedding {
            d_embed: None,
            more_rows: 0,
            scale: 1.0,
            segments: None,
            norm: EmbedNorm::None,
        }
    }
}

/// The place of a norm in the embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedNorm {
    None,
    /// The tokens' rows are normed before anything is added to them.
    OfTokens,
    /// The sum of tokens, segments and positions is normed.
    OfSum,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    pub kind: NormKind,
    pub eps: f64,
    /// A number added to the stored weights: 1 if the file stores their distance from 1.
    pub weight_offset: f64,
}

impl Norm {
    /// A norm whose weights are used as they are stored.
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
    /// LayerNorm: subtract the mean, divide by the standard deviation (Ba et al. 2016).
    Layer,
    /// RMSNorm: divide by the root mean square (Zhang & Sennrich 2019).
    Rms,
}

/// The places where a block's attention and MLP read from the residual stream and add to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub residual: Residual,
    pub norms: Norms,
    /// A factor that multiplies the outputs of attention and the MLP, or their norms' outputs, before they are
    /// added.
    pub residual_scale: f64,
    /// The places of each block's norms; empty if all are those of [`Block::norms`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub norms_by_layer: Vec<Norms>,
    /// α and β of the mixer, and α and β of the feed-forward, of each block with [`Norms::Stream`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<[f64; 4]>,
}

impl Default for Block {
    /// Attention, then the MLP, each with a norm before it, as in most models.
    fn default() -> Block {
        Block {
            residual: Residual::Sequential,
            norms: Norms::Pre,
            residual_scale: 1.0,
            norms_by_layer: Vec::new(),
            factors: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residual {
    /// The MLP reads the sum that attention has added to.
    Sequential,
    /// Attention and MLP both read the block's input, and their outputs are added together (Wang &
    /// Komatsuzaki 2021).
    Parallel,
    /// Attention and MLP both read the block's input through one shared norm.
    ParallelShared,
}

/// The places of a block's norms; f is attention or the MLP.
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
    /// `norm(x + f(x))`, as in the original transformer.
    #[serde(rename = "of_sum")]
    Post,
    /// `α · norm(x) + β · f(norm(x))`: the stream goes on from the norm's output.
    #[serde(rename = "of_stream")]
    Stream,
}

impl Norms {
    /// Whether attention and the MLP read through a norm.
    pub fn pre(self) -> bool {
        matches!(self, Norms::Pre | Norms::Sandwich | Norms::Stream)
    }

    /// Whether the outputs of attention and the MLP go through a norm.
    pub fn output(self) -> bool {
        matches!(self, Norms::Output | Norms::Sandwich)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    pub n_heads: usize,
    /// Key and value heads; each one serves `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    pub d_head: usize,
    /// Whether a token looks only at itself and earlier tokens, as in decoders. In encoders it looks both
    /// ways.
    pub causal: bool,
    /// The factor of q·k in each layer.
    pub scales: Vec<f64>,
    /// The number of tokens that a query may look at in each layer, counted back from its own; `None` for
    /// all.
    pub windows: Vec<Option<usize>>,
    /// The length of the runs of tokens within which each layer's attention stays; empty if it stays in none.
    #[serde(default)]
    pub chunks: Vec<Option<usize>>,
    /// A bound on scores: `cap · tanh(score / cap)` stays within ± this.
    pub score_cap: Option<f64>,
    /// A bound on queries, keys and values: each element stays within ± this.
    #[serde(default)]
    pub clip: Option<f64>,
    /// The norms of queries and keys.
    pub qk_norm: Option<QkNorm>,
    /// Whether each layer norms queries and keys; empty if all do that have [`Attention::qk_norm`].
    #[serde(default)]
    pub normed: Vec<bool>,
    /// Whether queries and keys are normed after they are turned by position, and not before.
    #[serde(default)]
    pub norm_turned: bool,
    /// The growth of each layer's scores with the query's position; empty if none grow.
    #[serde(default)]
    pub tempers: Vec<Option<Temper>>,
    /// The gate that the mixtures of values go through.
    #[serde(default)]
    pub gate: Option<MixGate>,
    /// Whether the mixtures of all heads are normed as one vector before the output projection.
    #[serde(default)]
    pub out_norm: bool,
    /// Whether each head has a learned score that takes part in the softmax but belongs to no token.
    pub sinks: bool,
    #[serde(default)]
    pub multipliers: Multipliers,
}

/// Factors of attention's linear maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multipliers {
    pub query: f64,
    pub key: f64,
    pub value: f64,
    pub out: f64,
}

impl Default for Multipliers {
    fn default() -> Multipliers {
        Multipliers {
            query: 1.0,
            key: 1.0,
            value: 1.0,
            out: 1.0,
        }
    }
}

impl Attention {
    /// Plain attention in all `n_layers` layers: scores are divided by the root of `d_head`, and all earlier
    /// tokens are in view.
    pub fn new(n_layers: usize, n_heads: usize, n_kv_heads: usize, d_head: usize) -> Attention {
        Attention {
            n_heads,
            n_kv_heads,
            d_head,
            causal: true,
            scales: vec![1.0 / (d_head as f64).sqrt(); n_layers],
            windows: vec![None; n_layers],
            chunks: Vec::new(),
            score_cap: None,
            clip: None,
            qk_norm: None,
            normed: Vec::new(),
            norm_turned: false,
            tempers: Vec::new(),
            gate: None,
            out_norm: false,
            sinks: false,
            multipliers: Multipliers::default(),
        }
    }
}

/// A gate on the mixtures of values: the sigmoid of a linear map of what attention reads (Qiu et al. 2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MixGate {
    /// One number for each element.
    Elements,
    /// One number for each head.
    Heads,
}

/// A factor of scores that grows with the query's position: `1 + β · ln(1 + ⌊(position + first) / every⌋)`, which
/// keeps attention sharp over long contexts (Nakanishi 2025).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Temper {
    pub beta: f64,
    pub every: f64,
    /// The number that the first token's position counts as.
    pub first: i64,
}

impl Temper {
    /// The factor at a position, counted from 0; models compute it in f32.
    pub fn factor(self, position: usize) -> f64 {
        let runs = (position as f32 + self.first as f32) / self.every as f32;
        let grown = (runs.floor() + 1.0).ln();
        f64::from(grown * self.beta as f32 + 1.0)
    }
}

/// The elements that a norm of queries and keys runs over. Its kind and ε are [`Arch::norm`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QkNorm {
    /// Each head's vector; all heads share weights `[d_head]`.
    Head,
    /// Each head's vector; each head has weights of its own, `[head, d_head]`.
    EachHead,
    /// All heads' vectors joined to one, `[head · d_head]`.
    AllHeads,
    /// The vectors of so many groups of heads joined, each group alone; weights are `[head · d_head]`.
    Groups(usize),
}

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
/// compute as [`Arch::mlp`] says, apart from their width.
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
}

/// The way from the residual stream to the model's output: logits, one vector for the whole text, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unembedding {
    /// Whether there are logits. Without them only [`Unembedding::pooling`] is meaningful.
    pub logits: bool,
    /// The activation of a linear map between stream and norm, if there is one: the head that fills in masked
    /// tokens has it (Devlin et al. 2019).
    pub transform: Option<Activation>,
    /// Whether a norm comes before the logits.
    pub norm: bool,
    /// A factor that multiplies the logits.
    pub scale: f64,
    /// A bound on logits: `cap · tanh(logit / cap)` stays within ± this.
    pub cap: Option<f64>,
    /// The way in which all rows become one vector; `None` if the model does not pool.
    pub pooling: Option<Pooling>,
}

impl Default for Unembedding {
    /// A norm, then logits without scale or cap.
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
    /// Whether rows other than the last are pooled. Later passes do not hold the rows of earlier passes.
    pub fn pools_all(&self) -> bool {
        match self.pooling {
            Some(Pooling::Rows { rows, .. }) => rows != PoolRows::Last,
            Some(Pooling::Dense) => true,
            None => false,
        }
    }

    /// An unembedding without logits.
    pub fn none() -> Unembedding {
        Unembedding {
            logits: false,
            norm: false,
            ..Unembedding::default()
        }
    }
}

/// The way in which the rows of all tokens become one vector for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The first token's row, through a linear map and tanh (Devlin et al. 2019).
    Dense,
    /// The rows themselves (Reimers & Gurevych 2019).
    Rows {
        #[serde(rename = "how")]
        rows: PoolRows,
        /// Whether the resulting vector is scaled to length 1.
        normalise: bool,
    },
}

/// The rows that a pooled vector is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolRows {
    First,
    Last,
    /// The mean over all tokens.
    Mean,
    /// The maximum over all tokens, dimension by dimension.
    Max,
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
    /// `x · σ(βx)`: SiLU if β is 1, close to GELU if β is 1.702 (Ramachandran et al. 2017).
    Swish(f64),
    Tanh,
    /// `α₊x² + βx` above 0, `α₋(eˣ − 1 − x) + βx` below, with learned α and β (Huang & Schlag 2024).
    Xielu,
}

impl Arch {
    /// The number of tokens that a learned table has rows for; `None` if positions are computed.
    pub fn most_tokens(&self) -> Option<usize> {
        matches!(self.positions, Positions::Learned { .. }).then_some(self.n_ctx)
    }

    /// Whether a token with this id takes a row of a learned table. Padding takes none.
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
    /// The activation's name in formulas and traces.
    pub fn word(self) -> String {
        match self {
            Activation::Gelu => "gelu".into(),
            Activation::GeluTanh => "gelu_tanh".into(),
            Activation::Relu => "relu".into(),
            Activation::Relu2 => "relu²".into(),
            Activation::Silu => "silu".into(),
            Activation::Swish(beta) => format!("swish_{beta}"),
            Activation::Tanh => "tanh".into(),
            Activation::Xielu => "xielu".into(),
        }
    }

    /// The activation with this name, or `None` for an unknown name.
    pub fn of_word(text: &str) -> Option<Activation> {
        use Activation::{Gelu, GeluTanh, Relu, Relu2, Silu, Tanh, Xielu};
        let swish = || {
            Some(Activation::Swish(
                text.strip_prefix("swish_")?.parse().ok()?,
            ))
        };
        let mut plain = [Gelu, GeluTanh, Relu, Relu2, Silu, Tanh, Xielu].into_iter();
        plain.find(|a| a.word() == text).or_else(swish)
    }
}
