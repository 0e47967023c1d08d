//! Formulas of operations, without shapes.

use super::arch::Score;
use super::factor::{short, times, times_root};
use super::operation::Operation;
use super::recurrence::{Normal, Write};
use super::streams::Opening;

impl Operation {
    /// The operation's formula, without shapes. `x` names the inputs and `w` the weights.
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
            Operation::SinusoidHalves { .. } => "sin(position · frequency), then cos".into(),
            Operation::Copy => "the sum of all earlier layers".into(),
            Operation::Sum => x.join(" + "),
            Operation::Linear { scale, cap, clip } => {
                let product = format!("{} · {w}", one(0));
                clipped(capped(scaled(product, *scale), *cap), *clip)
            }
            Operation::Centre => format!("{} − mean", one(0)),
            Operation::RootMeanSquare { .. } => format!("√(mean({}²) + ε)", one(0)),
            Operation::Divide => format!("{} / {}", one(0), one(1)),
            Operation::Affine { offset, scale } => {
                let weight = match offset {
                    0.0 => w.to_owned(),
                    _ => w.replacen("weight", &format!("({} + weight)", short(*offset)), 1),
                };
                scaled(format!("{}{weight}", one(0)), *scale)
            }
            Operation::Multiply { by } => {
                let weight = if w.is_empty() {
                    String::new()
                } else {
                    format!(" ⊙ {w}")
                };
                format!("{}{weight}{}", one(0), times_root(*by))
            }
            Operation::Resize { .. } => format!("{} · size of {} / size", one(1), one(0)),
            Operation::Blend { .. } => {
                format!("{} + Σ {} · streams", one(1), one(0))
            }
            Operation::Correct { at } => {
                format!(
                    "{} + (1 + {}[{at}]) · ({} − {})",
                    one(3),
                    one(0),
                    one(1),
                    one(2)
                )
            }
            Operation::Spread => format!("{} in each stream", one(0)),
            Operation::Open(Opening { scale, plus }) => {
                let plus = match plus {
                    0.0 => "",
                    _ => " + ε",
                };
                format!("σ({} · {w}){}{plus}", one(0), times(*scale))
            }
            Operation::Balance { .. } => {
                format!(
                    "softmax({} · {w}), rows and columns made to sum to 1",
                    one(0)
                )
            }
            Operation::Gather { each: false } => format!("Σ {} · {}", one(0), one(1)),
            Operation::Gather { each: true } => format!("Σ {} ⊙ {} over streams", one(0), one(1)),
            Operation::Scatter if x.len() < 3 => format!("{} · {}", one(0), one(1)),
            Operation::Scatter => {
                let kept = match x.get(3) {
                    Some(mix) => format!("Σ {mix} · {}", one(2)),
                    None => one(2).to_owned(),
                };
                format!("{kept} + {} · {}", one(0), one(1))
            }
            Operation::Dot { scale } => {
                format!(
                    "{} · {} of each stream{}",
                    one(0),
                    one(1),
                    times_root(*scale)
                )
            }
            Operation::SignedRoot { .. } => format!("sign({0}) · √max(|{0}|, least)", one(0)),
            Operation::NGrams(hash) => {
                format!("{w}[hashes of the last 2 to {} tokens]", hash.longest())
            }
            Operation::Cut { deviations } => {
                format!(
                    "relu({} − mean − {} · deviation)",
                    one(0),
                    short(*deviations)
                )
            }
            Operation::Join => format!("[{}; {} in all heads]", one(0), one(1)),
            Operation::Beside => format!("[{}; {}]", one(0), one(1)),
            Operation::HeadNorm { .. } => format!("norm({})", one(0)),
            Operation::Rotate { .. } => format!("{} turned by position × frequency (RoPE)", one(0)),
            Operation::TurnBack { .. } => format!("{} turned back (RoPE)", one(0)),
            Operation::RotateEntries { every, .. } => {
                format!("{} turned by {every} · entry × frequency (RoPE)", one(0))
            }
            Operation::Compress { every, .. } => {
                format!(
                    "Σ softmax({} + place) ⊙ {} in runs of {every}",
                    one(1),
                    one(0)
                )
            }
            Operation::Average { every } => format!("mean of {} in runs of {every}", one(0)),
            Operation::OfRuns { every } => {
                format!(
                    "{} of the key's run of {every}, 1 behind whole runs",
                    one(0)
                )
            }
            Operation::Extend => format!("[{}; {}]", one(0), one(1)),
            Operation::Grouped { groups } => {
                format!("{} · {w} in each of {groups} groups", one(0))
            }
            Operation::Append => format!("[past; {}]", one(0)),
            Operation::Scores(scores) => {
                let far = if scores.alibi.is_some() {
                    " − slope · distance"
                } else {
                    ""
                };
                let scale = times_root(scores.scale);
                let grows = if scores.temper.is_some() {
                    " · temper(position)"
                } else {
                    ""
                };
                let product = format!("{}·{}ᵀ{scale}{grows}{far}", one(0), one(1));
                let product = capped(product, scores.cap);
                match (x.get(2), scores.most) {
                    (Some(gain), Some(_)) => format!("{product} + {gain}"),
                    (Some(mask), None) => format!("{product} where {mask} is 1"),
                    (None, _) => product,
                }
            }
            Operation::IndexScores(scores) => {
                let scale = times_root(scores.scale);
                let product = format!("relu({}·{}ᵀ{scale})", one(0), one(1));
                match x.get(2) {
                    Some(weights) => format!("Σ {weights} · {product}"),
                    None => format!("Σ {product} over heads"),
                }
            }
            Operation::Largest { keys, .. } => format!("1 at the {keys} largest {}", one(0)),
            Operation::Pattern { sinks: true } => "softmax([scores, sink]), sink left out".into(),
            Operation::Pattern { sinks: false } => "softmax(scores)".into(),
            Operation::HeadsIn { .. } => format!("{} · W_Q of the token's experts", one(0)),
            Operation::HeadsOut { .. } => {
                format!("Σ share · {} · W_O of the token's experts", one(0))
            }
            Operation::Plus => format!("{} + bias", one(0)),
            Operation::Unsunk => format!("σ(ln Σ exp({}) − sink)", one(0)),
            Operation::KeyGain => format!("exp({w} · softplus({}))", one(0)),
            Operation::Heads { .. } => format!("heads of {}", one(0)),
            Operation::Difference { .. } => format!("{0}, first half − λ · second half", one(0)),
            Operation::Mix => format!("{} · {}", one(0), one(1)),
            Operation::Activate(activation) => format!("{}({})", activation.word(), one(0)),
            Operation::Gate(gate) => {
                format!("{}({}) ⊙ {}", gate.activation.word(), one(0), one(1))
            }
            Operation::Choose { .. } => "the experts with the largest shares".into(),
            Operation::ChooseByToken { .. } => format!("{w}[{}]", one(0)),
            Operation::Shares {
                score,
                renormalise,
                scale,
            } => {
                let rest = if *renormalise {
                    "made to sum to 1"
                } else {
                    "the rest 0"
                };
                let score = match score {
                    Score::Softmax => "softmax",
                    Score::Sigmoid | Score::Logit => "σ",
                    Score::SqrtSoftplus => "√softplus",
                    Score::SparseMixer(_) => "softmax of near",
                };
                format!("top({score}({})), {rest}{}", one(0), times(*scale))
            }
            Operation::Weigh => format!("σ({}) ⊙ {}", one(0), one(1)),
            Operation::Experts(e) if e.share_of_input => {
                format!("Σ expert(share · {}){}", one(0), times(e.scale))
            }
            Operation::Experts(e) => format!("Σ share · expert({}){}", one(0), times(e.scale)),
            Operation::Convolve {
                width,
                apart,
                activation,
            } => {
                let sum = match apart {
                    1 => format!("Σ {w}[j] ⊙ {}[token − {} + j]", one(0), width - 1),
                    _ => format!(
                        "Σ {w}[j] ⊙ {}[token − {apart} · ({} − j)]",
                        one(0),
                        width - 1
                    ),
                };
                match activation {
                    Some(activation) => format!("{}({sum})", activation.word()),
                    None => sum,
                }
            }
            Operation::LastRows { rows } => format!("the last {rows} rows of {}", one(0)),
            Operation::Unit { scale, .. } => {
                format!("{0} / √(Σ {0}² + ε){1}", one(0), times_root(*scale))
            }
            Operation::Step { .. } => format!("softplus({} + bias)", one(0)),
            Operation::BoundedDecay { bound } => {
                format!(
                    "{} · σ(exp(decay_log) · ({} + step_bias))",
                    short(*bound),
                    one(0)
                )
            }
            Operation::Decay => format!("−exp(decay_log) · {}", one(0)),
            Operation::GatedDecay { rate } => {
                format!("−{} · softplus(decay_log) ⊙ σ({})", short(*rate), one(0))
            }
            Operation::WriteShare => format!("σ({}) ⊙ √(1 − exp(2 {}))", one(0), one(1)),
            Operation::Blocks { .. } => format!("{} · {w}, in blocks", one(0)),
            Operation::Ones => "1".into(),
            Operation::LogSigmoid => format!("log σ({})", one(0)),
            Operation::Learned => "−exp(decay_log)".into(),
            Operation::Peak { .. } => format!("max(peak before + {}, {})", one(0), one(1)),
            Operation::Falling { .. } => format!("{} + peak before − {}", one(0), one(1)),
            Operation::Exp => format!("exp({} − {})", one(0), one(1)),
            Operation::Bounded { .. } => {
                format!("{} / (max(|{}|, exp(−{})) + ε)", one(0), one(1), one(2))
            }
            Operation::Own => format!("σ({} + bonus − log(weight of earlier tokens))", one(0)),
            Operation::Mean => {
                format!(
                    "{0} ⊙ {1} + (1 − {0}) ⊙ mean of earlier values",
                    one(0),
                    one(1)
                )
            }
            Operation::Shift => format!("{0} ⊙ {w} + {0}[token − 1] ⊙ (1 − {w})", one(0)),
            Operation::FixedDecay { .. } => "−slope of the head".into(),
            Operation::Sigmoid { scale } => format!("σ({}){}", one(0), times(*scale)),
            Operation::Times => format!("{} ⊙ {}", one(0), one(1)),
            Operation::Delta => {
                format!(
                    "{2} ⊙ ({1} − {0} · exp({3}) S)",
                    one(0),
                    one(1),
                    one(2),
                    one(3)
                )
            }
            Operation::Recur => format!("exp({2}) S + {0} ⊗ {1}", one(0), one(1), one(2)),
            Operation::Read => format!("{} · {}", one(0), one(1)),
            Operation::Carry => format!("the last {}", one(0)),
            Operation::Unrolled(Write::Value) => {
                format!("{}·{}ᵀ ⊙ exp(Σ {})", one(0), one(1), one(2))
            }
            Operation::Unrolled(Write::Exponential {
                by: Normal::Mean, ..
            }) => {
                format!(
                    "exp(Σ {}) ⊙ {}, made to sum to 1 with {}",
                    one(2),
                    one(3),
                    one(4)
                )
            }
            Operation::Unrolled(Write::Step | Write::Balanced | Write::Exponential { .. }) => {
                format!("{}·{}ᵀ ⊙ exp(Σ {}) ⊙ {}", one(0), one(1), one(2), one(3))
            }
            Operation::Unrolled(Write::Delta(_)) => format!(
                "({}·{}ᵀ ⊙ exp(Σ {}) − what later tokens write over) ⊙ {}",
                one(0),
                one(1),
                one(2),
                one(3)
            ),
            Operation::Skip => format!("{} + skip ⊙ {}", one(0), one(1)),
            Operation::Pool(_) => format!("{}, all rows as one", one(0)),
            Operation::Length => format!("√(Σ {}²)", one(0)),
        }
    }
}

/// A scaled product, `(product) · 0.22`; a product with a bias needs the brackets.
fn scaled(product: String, scale: f64) -> String {
    match times(scale) {
        plain if plain.is_empty() => product,
        scale => format!("({product}){scale}"),
    }
}

fn clipped(product: String, clip: Option<f64>) -> String {
    match clip.map(short) {
        Some(clip) => format!("within ±{clip}: {product}"),
        None => product,
    }
}

fn capped(product: String, cap: Option<f64>) -> String {
    match cap.map(short) {
        Some(cap) => format!("{cap} · tanh({product} / {cap})"),
        None => product,
    }
}
