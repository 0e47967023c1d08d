//! The operations: what each computes, and the paper it comes from. `x`, `y` stand for the inputs of a node,
//! in order; `W` and `b` for its weights. The engine evaluates operations; [`super::formula`] writes them
//! down.

use serde::Serialize;

use super::NodeId;
use super::arch::{Activation, Alibi, Groups, Norm, PoolRows, QkNorm, Score, Temper};
use super::ngrams::Hash;
use super::recurrence::Write;
use super::single::Behind;
use super::streams::{Balance, Opening};

/// The computation of a node's value from its inputs and weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The ids of the pass's tokens, `[token]`; given, not computed.
    Tokens,
    /// The segment of each token, `[token]`; given, not computed.
    Segments,
    /// The state that earlier passes left: keys or values of all earlier tokens, `[key, kv_head, d_head]`. It
    /// is given, not computed, and empty in the first pass.
    Past,
    /// `W[x] · scale`: one row of a table for each id. `[token]` → `[token, d]`
    Lookup { scale: f64 },
    /// `W[offset + position]`: one learned row for each position. With `padding`, tokens with that id are not
    /// counted and read the row of that number. `[token]` → `[token, d_model]`
    Positions {
        offset: usize,
        padding: Option<usize>,
    },
    /// A fixed table: sin on even, cos on odd dimensions, wavelengths from 2π to 10000·2π (Vaswani et al.
    /// 2017, §3.5). `[token, d_model]`
    Sinusoids,
    /// A fixed table with all sines before all cosines, whose first token reads row `offset`. Wavelengths end at 10000·2π, or
    /// stay below. `[token, d_model]`
    SinusoidHalves { offset: usize, open: bool },
    /// `x`: the same value under another name.
    Copy,
    /// `x + y + …`, from left to right. `[token, d_model]`
    Sum,
    /// `(W·x + b) · scale`, then `cap · tanh(… / cap)` if there is a cap, and within ± `clip` if there is one.
    /// `[token, in]` → `[token, out]`; heads are parts of one row.
    Linear {
        scale: f64,
        cap: Option<f64>,
        clip: Option<f64>,
    },
    /// `x − mean(x)` of each row, computed in f32 if x is narrower (Ba et al. 2016). `[token, d_model]`
    Centre,
    /// `√(mean(x²) + ε)` of each row, computed in f32 if x is narrower. `[token, d]` → `[token, 1]`
    RootMeanSquare { eps: f64 },
    /// `x / y`. `[token, d]`, `[token, 1]` → `[token, d]`
    Divide,
    /// `(x ⊙ (W + offset) + b) · scale`. `[token, d]`
    Affine { offset: f64, scale: f64 },
    /// `x ⊙ W · by`; W may be one number for all, or absent. `[token, d]`
    Multiply { by: f64 },
    /// `y · √mean(x²) / √mean(y²)`, with the divisor's square at least `least`: y with the size of x. `[token, d_model]`
    Resize { least: f64 },
    /// `y + Σ x[first + i] · z[i]`: a value y and a mixture of others, z, by numbers of its token. `[token, n]`, `[token,
    /// d_model]` … → `[token, d_model]`
    Blend { first: usize },
    /// `u + (1 + x[at]) · (y − z)`: u corrected by how far y lies from z. `[token, n]`, `[token, d_model]` three times →
    /// `[token, d_model]`
    Correct { at: usize },
    /// x in each of several streams. `[token, d_model]` → `[token, stream, d_model]` or `[token, d_streams]`
    Spread,
    /// `σ(x · W + b) · scale + plus`, W one number. `[token, stream]`
    Open(Opening),
    /// `softmax(x · W + b) + ε`, then columns and rows divided by their sums, by turns (Sinkhorn & Knopp 1967). `[token,
    /// stream · stream]` → `[token, stream, stream]`
    Balance { count: usize, by: Balance },
    /// `Σ x[i] · y[i]`: one row of several streams, in shares of whole streams or, with `each`, of each element of streams
    /// in one row. `[token, stream]`, `[token, stream, d_model]`, or `[token, d_streams]` twice → `[token, d_model]`
    Gather { each: bool },
    /// `Σ u[i, ·] · z[i] + x · y`: streams z, mixed by u if there is one, and y added to each in its share x; without z, y in
    /// these shares alone. `[token, stream]`, `[token, d_model]`, `[token, stream, d_model]`, `[token, stream, stream]` →
    /// `[token, stream, d_model]`; streams that are not mixed may lie in one row.
    Scatter,
    /// `x · y · scale` of each stream. `[token, d_streams]` twice → `[token, stream]`
    Dot { scale: f64 },
    /// `sign(x) · √max(|x|, least)`. `[token, stream]`
    SignedRoot { least: f64 },
    /// The rows of a table W that hashes find for the runs of tokens which end at each of the pass, joined (Cheng et al.
    /// 2026). Reads the ids of all tokens so far. `[key]` → `[token, d_embed]`
    NGrams(Hash),
    /// `relu(x − mean − deviations · σ)` of each row: what lies that far over the mean. `[token, d_mlp]`
    Cut { deviations: f64 },
    /// `[x; y]`: each head's vector x with the vector y of all heads behind it. `[token, head, d]`, `[token, 1, e]` →
    /// `[token, head, d + e]`
    Join,
    /// `[x; y]`: one row behind the other. `[token, d]`, `[token, e]` → `[token, d + e]`
    Beside,
    /// A whole norm over each head's vector, or over all heads' as one. `[token, head, d_head]`, or over a row.
    HeadNorm { over: QkNorm, norm: Norm },
    /// Pairs of dimensions turned by position × frequency (Su et al. 2021, §3.4); `rope` is an index into
    /// [`super::arch::Rotary::ropes`]. `[token, head, d_head]`
    Rotate { rope: usize },
    /// [`Operation::Rotate`] the other way round.
    TurnBack { rope: usize },
    /// [`Operation::Rotate`] of entries, each at the position of its first token. `[entry, 1, d_head]`
    RotateEntries { rope: usize, every: usize },
    /// `Σ softmax(y[token] + W[place]) ⊙ x[token]` over the tokens of each whole run, an element at a time. With `overlap`
    /// rows have two halves: the first counts in the entry of the run behind, the second in that of its own (DeepSeek-AI
    /// 2026). `[key, d]` twice → `[entry, 1, d_head]`
    Compress { every: usize, overlap: bool },
    /// `mean(x)` over the tokens of each whole run. `[key, 1, d_head]` → `[entry, 1, d_head]`
    Average { every: usize },
    /// `x` of each key's run of `every` tokens, where that run ends at the query or before it; 1 at keys behind the last such
    /// run up to the query, and 0 elsewhere. `[query, entry]` → `[query, key]`
    OfRuns { every: usize },
    /// `[x; y]`: entries y behind keys x. `[key, 1, d_head]`, `[entry, 1, d_head]` → `[key and entry, 1, d_head]`
    Extend,
    /// `[x₁ W₁; x₂ W₂; …]`: each group of heads mapped by a matrix of its own. `[token, head, d_head]` → `[token, d_latent]`
    Grouped { groups: usize },
    /// `[y; x]`: the keys or values of this pass, x, appended to those of earlier passes, y. The result is
    /// the state that the next pass is given. `[token, kv_head, d_head]` → `[key, kv_head, d_head]`
    Append,
    /// `x·yᵀ · scale`, minus a slope times the distance with `alibi` (Press et al. 2022), capped like
    /// [`Operation::Linear`]; −∞ where a query may not look. A [`Temper`] multiplies x first. Query heads share keys if y has fewer heads
    /// (Ainslie et al. 2023). A third input is a mask `[query, key]`, −∞ where it is 0 too; or, where a query looks at the
    /// `most` keys, numbers of keys `[key, kv_head]` that are added. `[token, head, d_head]`, `[key, kv_head, d_head]` →
    /// `[head, query, key]`
    Scores(Scores),
    /// `Σ z[head] · relu(x·yᵀ · scale)` over heads, all of which count alike without z; −∞ where a query may not look
    /// (DeepSeek-AI 2025). `[token, head, d_head]`, `[key, 1, d_head]`, `[token, head]` → `[query, key]`
    IndexScores(Scores),
    /// 1 at the largest so many numbers of each row of x, and 0 elsewhere and at −∞. Of equal numbers those count that a
    /// choice among all finds, or with `seen` a choice among those that are not −∞. `[query, key]`
    Largest { keys: usize, seen: bool },
    /// `softmax(x)` of each row. With `sinks`, one more score a head, W, takes part, and its share is left
    /// out (Xiao et al. 2024). `[head, query, key]`
    Pattern { sinks: bool },
    /// `W[e]·x` of each expert e of the token, y: its heads' queries. `[token, d_model]`, `[token, active]` → `[token, head,
    /// d_head]`
    HeadsIn { active: usize },
    /// `Σ z[e] · W[e]·x[heads of e]` over the experts e of the token, y, with their shares z. `[token, head, d_head]`,
    /// `[token, active]`, `[token, expert]` → `[token, d_model]`
    HeadsOut { active: usize },
    /// `x + W`. `[token, d_model]`
    Plus,
    /// `σ(ln Σ exp(x) − W)`: the share of each row that a score W of the head, which belongs to no token, would leave. `[head,
    /// query, key]` → `[token, head]`
    Unsunk,
    /// `exp(W · softplus(x))`, one number W for each head. `[token, kv_head]`
    KeyGain,
    /// `x[of] …`: the vectors of these heads, joined for each head. `[token, head, d]` → `[token, head, d · n]`
    Heads { of: Vec<Vec<usize>> },
    /// `x − λ · y`, for the first half of heads x and the second half y; λ is `exp(W₀ · W₁) − exp(W₂ · W₃) + first`. `[token,
    /// head, d_head]` → `[token, head / 2, d_head]`
    Difference { first: f64 },
    /// `x · y`: values mixed in the proportions of the pattern. `[head, query, key]`, `[key, kv_head,
    /// d_head]` → `[token, head, d_head]`
    Mix,
    /// `act(x)`, for any shape.
    Activate(Activation),
    /// `act(x) ⊙ (y + offset)`; with a clamp, x is at most `clamp` and y within ± `clamp` (Shazeer 2020).
    /// `[token, d_mlp]`
    Gate(Gate),
    /// The indices of the `active` experts with the largest scores of x, the largest first. W, if there is one,
    /// is added to the scores first. `[token, expert]` → `[token, active]`
    Choose {
        active: usize,
        experts: usize,
        score: Score,
        groups: Option<Groups>,
    },
    /// `W[x]`: the experts that a table has for each token's id. `[token]` → `[token, active]`
    ChooseByToken { experts: usize },
    /// The scores of x at the chosen experts y and 0 elsewhere; made to sum to 1 with `renormalise`, then
    /// multiplied by `scale`, and by each expert's W, if there is one. `[token, expert]`, `[token, active]` → `[token, expert]`
    Shares {
        score: Score,
        renormalise: bool,
        scale: f64,
    },
    /// `σ(x) ⊙ y`; x may have one number for a whole row. `[token, 1]`, `[token, d_model]` → `[token, d_model]`
    Weigh,
    /// `Σ y[e] · expert_e(x) · scale` (Shazeer et al. 2017). An expert is two or three linear maps, W, with a
    /// [`Gate`] or an activation between. `[token, d_model]`, `[token, expert]` → `[token, d_model]`
    Experts(Experts),
    /// `act(Σ W[j] ⊙ x[token − (width − 1 − j) · apart] + b)`: each channel alone, over `width` tokens, the last ones or
    /// every so many of them. y is the state: the rows before the pass. `[token, …]`
    Convolve {
        width: usize,
        apart: usize,
        activation: Option<Activation>,
    },
    /// The last `rows` rows of `[y; x]`, which the next pass is given. `[token, …]` → `[row, …]`
    LastRows { rows: usize },
    /// `x / √(Σx² + ε) · scale` of each head's vector. `[token, head, d]`
    Unit { eps: f64, scale: f64 },
    /// `softplus(x + W)`, within `least` and `most`. `[token, head]`, or with an axis d_state.
    Step { least: f64, most: Option<f64> },
    /// `−exp(W) · x`: the logarithm of the factor by which a state fades. `[token, head]`, or with an axis d_state.
    Decay,
    /// `bound · σ(exp(W) · (x + b))`: that logarithm, no smaller than bound. `[token, head, d_state]`
    BoundedDecay { bound: f64 },
    /// `−rate · softplus(W) · σ(x)`: that logarithm by a gate (De et al. 2024). `[token, head]`
    GatedDecay { rate: f64 },
    /// `σ(x) · √(1 − exp(2y))`, and `σ(x)` for the first token of all: the share of a value that is written where exp(y)
    /// of the state stays (De et al. 2024). `[token, head]`
    WriteShare,
    /// Each of so many parts of x times a matrix of its own, plus b. Matrices are `[part, in, out]`, or with `turned` `[part ·
    /// out, in]`. `[token, head]`, or an axis for parts.
    Blocks { count: usize, turned: bool },
    /// The number 1 for each token. `[token, group, d_state]`
    Ones,
    /// `log σ(x)`. `[token, head]`
    LogSigmoid,
    /// `−exp(W)`: the logarithm of a factor that each head learns. `[token, head]`
    Learned,
    /// `max(m + x, y)`, where m is the number of the token before; `first` before the first token of all, or nothing: the
    /// largest exponent so far (Milakov & Gimelshein 2018). Reads the number that the pass before left, too. `[token,
    /// head]`
    Peak { first: Option<f64> },
    /// `x + m[t − 1] − m[t]`, where y is m: a logarithm by which a state fades, if it is held by its peak. `[token, head]`
    Falling { first: Option<f64> },
    /// `exp(x − y)`. `[token, head]`
    Exp,
    /// `x / (max(|y|, exp(−z)) + ε)`: what is read, by what is read of the weights (Beck et al. 2024). `[token, head,
    /// d_head]`
    Bounded { eps: f64 },
    /// `σ(x + W − log(y[t − 1]) − z[t − 1])`: the share of a token's own value, where y are the weights of all tokens by
    /// their peak z (Peng et al. 2023). Reads `forget`, and weights and peak of the pass before, too. `[token, head]`
    Own,
    /// `x ⊙ y + (1 − x) ⊙ S[t − 1] / w[t − 1]`: a value y by its share x, and the mean of earlier values, where S and w are
    /// the states of values and weights. Reads both of the pass before, too. `[token, head, d_head]`
    Mean,
    /// `x ⊙ W + x[token − 1] ⊙ (1 − W)`; y is the row before the pass. `[token, d_model]`
    Shift,
    /// The logarithm of a fixed factor of each head, `−slope`. `[token, head]`
    FixedDecay { slopes: Vec<f64> },
    /// `σ(x) · scale`
    Sigmoid { scale: f64 },
    /// `x ⊙ y`; y may have one number for each head. `[token, head, d_head]`, or rows.
    Times,
    /// `β ⊙ (v − k · exp(decay) · S)`: what a token writes so that the state holds v for k (Schlag et al. 2021; Yang et
    /// al. 2024). Reads k `[token, group, d_state]`, v `[token, head, d_head]`, β and decay `[token, head]`, and the
    /// state before the pass. `[token, head, d_head]`
    Delta,
    /// `S ← exp(decay) · S + k ⊗ u`, after each token. Reads k `[token, group, d_state]`, u `[token, head, d_head]`,
    /// decay, and the state before the pass. `[token, head, d_state, d_head]`
    Recur,
    /// `x · y`: a query times the state after its token. `[token, group, d_state]`, `[token, head, d_state, d_head]` →
    /// `[token, head, d_head]`
    Read,
    /// The state x after the last token, which the next pass is given. `[head, d_state, d_head]`
    Carry,
    /// The share of each token's value in what a query reads: the recurrence as an attention pattern (Katharopoulos et
    /// al. 2020; Dao & Gu 2024; Yang et al. 2024). Reads q, all keys and decays, and all steps or β if values are
    /// written with them. `[head, query, key]`
    Unrolled(Write),
    /// `x + W ⊙ y`, one number W for each head or element. `[token, head, d_head]`
    Skip,
    /// One row made of all tokens' rows. `[token, d_model]` → `[d_model]`
    Pool(PoolRows),
    /// `√Σx²`, at least 1e-12. `[d_model]` → `[1]`
    Length,
}

/// The scoring of keys by queries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    pub scale: f64,
    pub cap: Option<f64>,
    pub alibi: Option<Alibi>,
    /// Whether a query looks only at keys up to its own position.
    pub causal: bool,
    /// The number of keys that a query may look at, counted back from its own.
    pub window: Option<usize>,
    /// The length of the runs of tokens within which a query stays.
    pub chunk: Option<usize>,
    /// The number of keys that a query looks at if it sees more: those with the largest numbers of the third input.
    pub most: Option<usize>,
    pub temper: Option<Temper>,
    /// The entries behind keys: a query looks at those whose tokens all lie before it.
    pub behind: Option<Behind>,
}

impl Scores {
    /// Scores of a query and all keys up to its own.
    pub fn plain(scale: f64) -> Scores {
        Scores {
            scale,
            cap: None,
            alibi: None,
            causal: true,
            window: None,
            chunk: None,
            most: None,
            temper: None,
            behind: None,
        }
    }
}

/// The inputs of scores.
#[derive(Clone, Copy, Debug)]
pub struct ScoresInputs {
    pub q: NodeId,
    pub k: NodeId,
    /// Numbers of keys `[key, kv_head]`, which are added.
    pub gains: Option<NodeId>,
    /// 1 at the keys that an indexer chooses `[query, key]`.
    pub chosen: Option<NodeId>,
}

impl Scores {
    /// `inputs` by what they are; `None` if they are no inputs of scores.
    pub fn inputs(&self, inputs: &[NodeId]) -> Option<ScoresInputs> {
        let &[q, k, ref third @ ..] = inputs else {
            return None;
        };
        let third = third.first().copied();
        Some(ScoresInputs {
            q,
            k,
            gains: third.filter(|_| self.most.is_some()),
            chosen: third.filter(|_| self.most.is_none()),
        })
    }
}

/// The way in which a gated MLP joins its two halves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gate {
    pub activation: Activation,
    pub clamp: Option<f64>,
    pub offset: f64,
}

/// The computation of the experts of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experts {
    /// Whether a share multiplies what its expert reads instead of what it writes.
    pub share_of_input: bool,
    pub count: usize,
    /// The number of experts without weights, which hand on what they read. They come last.
    pub identities: usize,
    pub gated: bool,
    pub gate: Gate,
    pub scale: f64,
}

impl Experts {
    /// Whether an expert hands on what it reads.
    pub fn is_identity(&self, expert: usize) -> bool {
        expert + self.identities >= self.count
    }
}

impl Operation {
    /// A linear map without scale and cap.
    pub const LINEAR: Operation = Operation::Linear {
        scale: 1.0,
        cap: None,
        clip: None,
    };

    /// Whether the value is given: token ids, segments, a state.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Operation::Tokens | Operation::Segments | Operation::Past
        )
    }

    /// Whether the value is a state that the next pass is given.
    pub fn leaves_state(&self) -> bool {
        matches!(
            self,
            Operation::Append | Operation::LastRows { .. } | Operation::Carry
        )
    }

    /// Whether each element is the product of a row and a column, scaled, capped or biased: shares and the outputs of
    /// experts are such rows and columns too, but for experts that read their share of the input.
    pub fn is_product(&self) -> bool {
        match self {
            Operation::Linear { .. } | Operation::Scores(_) | Operation::Mix => true,
            // Where shares multiply what experts read, the output is no sum of shares times outputs.
            Operation::Experts(mixture) => !mixture.share_of_input,
            _ => false,
        }
    }

    /// Whether the value stays in f32 if the model computes in fewer bits.
    pub fn is_wide(&self) -> bool {
        match self {
            Operation::Centre | Operation::RootMeanSquare { .. } => true,
            // States add up over many tokens, and a factor near 1 counts as often.
            Operation::Step { .. }
            | Operation::Decay
            | Operation::BoundedDecay { .. }
            | Operation::GatedDecay { .. }
            | Operation::LogSigmoid
            | Operation::Learned
            | Operation::Peak { .. }
            | Operation::Falling { .. }
            | Operation::Exp
            | Operation::Own
            | Operation::FixedDecay { .. }
            | Operation::Recur => true,
            // Which keys are looked at must not hang on few digits.
            Operation::IndexScores(_) => true,
            // bf16 counts exactly only up to 256.
            Operation::Choose { experts, .. } | Operation::ChooseByToken { experts } => {
                *experts > 256
            }
            _ => false,
        }
    }
}
