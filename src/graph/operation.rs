//! The operations: what each computes, and where it comes from. `x`, `y` stand for what a node reads, in
//! order; `W` and `b` for its weights. The engine evaluates them; [`super::formula`] writes them down.

use serde::Serialize;

use super::arch::{Activation, Norm, PoolRows, QkNorm};
use super::factor::{short, times, times_root};

/// A rule that makes a node's value of its inputs and weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The ids of the pass's tokens, `[token]`. Given, not computed.
    Tokens,
    /// The segment of each token, `[token]`. Given, not computed.
    Segments,
    /// The state that the passes before have left: keys or values of all earlier tokens
    /// `[key, kv_head, d_head]`. Given, not computed; none in the first pass.
    Past,
    /// `W[x] · scale`: a row of a table for each id. `[token]` → `[token, d]`
    Lookup { scale: f64 },
    /// `W[offset + position]`: a learned row for each position. With `padding` tokens of that id are not counted,
    /// and their row has that number. `[token]` → `[token, d_model]`
    Positions {
        offset: usize,
        padding: Option<usize>,
    },
    /// sin on even, cos on odd dimensions, wavelengths from 2π to 10000·2π (Vaswani et al. 2017, §3.5).
    /// `[token, d_model]`
    Sinusoids,
    /// `x`: the same value under another name.
    Copy,
    /// `x + y + …`, from left to right. `[token, d_model]`
    Sum,
    /// `(W·x + b) · scale`, then `cap · tanh(… / cap)` where there is a cap. `[token, in]` → `[token, out]`;
    /// axes of heads are the parts of one row.
    Linear { scale: f64, cap: Option<f64> },
    /// `x − mean(x)` of each row, in f32 where x is narrower (Ba et al. 2016). `[token, d_model]`
    Centre,
    /// `√(mean(x²) + ε)` of each row, in f32 where x is narrower. `[token, d]` → `[token, 1]`
    RootMeanSquare { eps: f64 },
    /// `x / y`. `[token, d]`, `[token, 1]` → `[token, d]`
    Divide,
    /// `x ⊙ (W + offset) + b`. `[token, d]`
    Affine { offset: f64 },
    /// A whole norm of each head's vector, or of all heads' as one. `[token, head, d_head]`
    HeadNorm { over: QkNorm, norm: Norm },
    /// Pairs of dimensions turned by position × frequency (Su et al. 2021, §3.4); `rope` counts
    /// [`super::arch::Rotary::ropes`]. `[token, head, d_head]`
    Rotate { rope: usize },
    /// `[y; x]`: the keys or values of this pass behind those of the past, which are y. Its value is the
    /// state that the next pass is given. `[token, kv_head, d_head]` → `[key, kv_head, d_head]`
    Append,
    /// `x·yᵀ · scale`, minus a slope times the distance where `alibi` (Press et al. 2022), capped like
    /// [`Operation::Linear`]; −∞ where a query may not look. Heads share keys where y has fewer (Ainslie et
    /// al. 2023). `[token, head, d_head]`, `[key, kv_head, d_head]` → `[head, query, key]`
    Scores(Scores),
    /// `softmax(x)` of each row; with `sinks` one more score a head, W, takes part whose share is left
    /// out (Xiao et al. 2024). `[head, query, key]`
    Pattern { sinks: bool },
    /// `x · y`: values in the proportions of the pattern. `[head, query, key]`, `[key, kv_head, d_head]` →
    /// `[token, head, d_head]`
    Mix,
    /// `act(x)`. Any shape.
    Activate(Activation),
    /// `act(x) ⊙ (y + offset)`, x at most and y within ± `clamp` (Shazeer 2020). `[token, d_mlp]`
    Gate(Gate),
    /// The numbers of those of `experts` with the largest `softmax(x)`, the largest first.
    /// `[token, expert]` → `[token, active]`
    Choose { active: usize, experts: usize },
    /// `softmax(x)` at the chosen experts y and 0 elsewhere, made to sum to 1 where `renormalise`.
    /// `[token, expert]`, `[token, active]` → `[token, expert]`
    Shares { renormalise: bool },
    /// `Σ y[e] · expert_e(x) · scale` (Shazeer et al. 2017); an expert is two or three linear maps, W, with
    /// a [`Gate`] or an activation between. `[token, d_model]`, `[token, expert]` → `[token, d_model]`
    Experts(Experts),
    /// One row made of all tokens' rows. `[token, d_model]` → `[d_model]`
    Pool(PoolRows),
    /// `√Σx²`, at least 1e-12. `[d_model]` → `[1]`
    Length,
}

/// How queries score keys.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    pub scale: f64,
    pub cap: Option<f64>,
    pub alibi: bool,
    /// Whether a query looks only at keys up to its own place.
    pub causal: bool,
    /// How many keys a query may look at, its own the last of them.
    pub window: Option<usize>,
}

/// How a gated MLP joins its two halves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gate {
    pub activation: Activation,
    pub clamp: Option<f64>,
    pub offset: f64,
}

/// How experts compute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experts {
    pub count: usize,
    pub gated: bool,
    pub gate: Gate,
    pub scale: f64,
}

impl Operation {
    /// A linear map and nothing else.
    pub const LINEAR: Operation = Operation::Linear {
        scale: 1.0,
        cap: None,
    };

    /// How it computes, `x` being what it reads and `w` its weights as people write them; without shapes,
    /// and without its weight and bias where it is a linear map, which are many families' to have or lack.
    pub fn written(&self, x: &[String], w: &str) -> String {
        let one = |i: usize| x.get(i).map_or("", |name| name);
        match self {
            Operation::Tokens | Operation::Segments | Operation::Past => String::new(),
            Operation::Lookup { scale } => format!("{w}[{}]{}", one(0), times_root(*scale)),
            Operation::Positions { padding: None, .. } => format!("{w}[position]"),
            Operation::Positions { .. } => format!("{w}[position without padding]"),
            Operation::Sinusoids => {
                "sin, cos(position / 10000^(2i/d)) in pairs i of dimensions".into()
            }
            Operation::Copy => "what all earlier layers have added up".into(),
            Operation::Sum => x.join(" + "),
            Operation::Linear { scale, cap } => {
                let product = format!("{} · {w}", one(0));
                capped(scaled(product, *scale), *cap)
            }
            Operation::Centre => format!("{} − mean", one(0)),
            Operation::RootMeanSquare { .. } => format!("√(mean({}²) + ε)", one(0)),
            Operation::Divide => format!("{} / {}", one(0), one(1)),
            Operation::Affine { offset: 0.0 } => format!("{}{w}", one(0)),
            Operation::Affine { offset } => {
                let weight = w.replacen("weight", &format!("({} + weight)", short(*offset)), 1);
                format!("{}{weight}", one(0))
            }
            Operation::HeadNorm { .. } => format!("norm({})", one(0)),
            Operation::Rotate { .. } => format!("{} turned by position × frequency (RoPE)", one(0)),
            Operation::Append => format!("[those before; {}]", one(0)),
            Operation::Scores(scores) => {
                let far = if scores.alibi {
                    " − slope · distance"
                } else {
                    ""
                };
                let product = format!("{}·{}ᵀ{}{far}", one(0), one(1), times_root(scores.scale));
                capped(product, scores.cap)
            }
            Operation::Pattern { sinks: true } => "softmax([scores, sink]), sink left out".into(),
            Operation::Pattern { sinks: false } => "softmax(scores)".into(),
            Operation::Mix => format!("{} · {}", one(0), one(1)),
            Operation::Activate(activation) => format!("{}({})", activation.word(), one(0)),
            Operation::Gate(gate) => {
                format!("{}({}) ⊙ {}", gate.activation.word(), one(0), one(1))
            }
            Operation::Choose { .. } => "the experts with the largest shares".into(),
            Operation::Shares { renormalise } => {
                let rest = if *renormalise {
                    "made to sum to 1"
                } else {
                    "the rest 0"
                };
                format!("top(softmax({})), {rest}", one(0))
            }
            Operation::Experts(e) => format!("Σ share · expert({}){}", one(0), times(e.scale)),
            Operation::Pool(_) => format!("{}, all rows as one", one(0)),
            Operation::Length => format!("√(Σ {}²)", one(0)),
        }
    }

    /// Whether its value is handed in: token ids, segments, what a state holds.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Operation::Tokens | Operation::Segments | Operation::Past
        )
    }

    /// Whether its value stays in f32 where the model computes in fewer bits.
    pub fn is_wide(&self) -> bool {
        match self {
            Operation::Centre | Operation::RootMeanSquare { .. } => true,
            // bf16 counts to 256.
            Operation::Choose { experts, .. } => *experts > 256,
            _ => false,
        }
    }
}

/// `(product) · 0.22`; a product with a bias needs the brackets.
fn scaled(product: String, scale: f64) -> String {
    match times(scale) {
        plain if plain.is_empty() => product,
        scale => format!("({product}){scale}"),
    }
}

fn capped(product: String, cap: Option<f64>) -> String {
    match cap.map(short) {
        Some(cap) => format!("{cap} · tanh({product} / {cap})"),
        None => product,
    }
}
