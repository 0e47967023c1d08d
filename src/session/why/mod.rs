//! Why an element is what it is: the operation that made it as a sum of contributions, with the numbers in it.
//!
//! | file | operations |
//! |---|---|
//! | here | the question and its answer: names, copies that are skipped, sums, rounding |
//! | `values` | the graph with its numbers |
//! | `product` | linear maps, scores, z, mixtures; the parts of heads |
//! | `attention` | sinks beside a pattern, what values add to scores, heads less other heads |
//! | `indexer` | which keys an indexer chooses, alone or in whole runs, and its scores |
//! | `expert` | the inside of a mixture's experts |
//! | `streams` | several streams, and neurons that are cut off |
//! | `sum` | the residual stream: everything that was added to it |
//! | `norm` | norms, their scales, centred rows |
//! | `softmax` | patterns, shares of experts, their choice |
//! | `recurrence` | recurrent mixers, their states and patterns, convolutions |
//! | `gates` | the gates of what a recurrent mixer writes and forgets |
//! | `peaks` | exponential gates, the peaks and weights that they are held by, rows mixed with the one before |
//! | `rotary` | queries and keys that positions turn |
//! | `single` | entries that stand for runs of tokens, and projections group by group |
//! | `activation` | activations and gates |
//! | `lookup` | rows of tables: tokens, segments, positions |
//! | `ngrams` | rows of tables that runs of tokens find, and the gates of their values |
//! | `text`, `asked` | how it reads; what the command asks where indices are left out |
//! | `pool` | one row of all rows, and its length |
//! | `difference` | an element of two branches: the difference as a sum of the operands' differences |

mod activation;
pub(super) mod asked;
mod attention;
mod difference;
mod expert;
mod gates;
mod indexer;
mod lookup;
mod ngrams;
mod norm;
mod peaks;
mod pool;
mod product;
mod recurrence;
mod rotary;
mod single;
mod softmax;
mod streams;
mod sum;
pub(crate) mod text;
mod values;

use super::operands::{element, unit};
use crate::graph::NodeId;
use crate::graph::arch::{PoolRows, Positions};
use crate::graph::operation::Operation;
use crate::trace::operands::{Cell, Rest};
use crate::trace::plan::HookPoint;
use crate::trace::source::{Control, Source, SourceError, locate};
use crate::trace::why::{Note, Term, Why};
use values::{Found, Values};

pub use difference::why_difference;

/// An element of a node.
#[derive(Clone, Debug)]
struct Spot {
    pass: usize,
    id: NodeId,
    cell: Vec<usize>,
}

/// How an element was made.
#[derive(Default)]
struct Derived {
    terms: Vec<Term>,
    notes: Vec<Note>,
    formula: Option<String>,
    /// The operation with its numbers, where it is no plain sum of products.
    numbers: Option<String>,
    /// A magnitude that rounds besides those of the terms.
    size: f64,
    product: bool,
}

/// The answer to [`Query::Why`](crate::trace::query::Query::Why).
///
/// # Errors
/// There is no such value or element, or what the source has to say. A source that lacks an operand is no error.
pub fn why(
    source: &mut dyn Source,
    (pass, point, cell): (usize, &str, &[usize]),
    most: usize,
    control: &Control,
) -> Result<Why, SourceError> {
    let last = source.passes().len().saturating_sub(1);
    if pass > last {
        return Err(SourceError::NoSuchPass { pass, last });
    }
    let mut values = Values::new(source, control, pass);
    let Some(found) = values.find(pass, point) else {
        // The name is wrong, and the error has the nearest one.
        locate(&values.passes, pass, point)?;
        return Err(SourceError::NoSuchPoint {
            point: point.to_owned(),
            nearest: None,
        });
    };
    let hook = match &found {
        Found::Node(id) => values.hook(pass, *id, false),
        Found::Head(id) => values.hook(pass, *id, true),
        Found::Expert(expert) => expert.hook(&values, pass),
    };
    element(&hook, cell)?;
    let unit = unit(values.reader.source.model().dtype);
    let (value, derived) = match found {
        Found::Head(id) => (None, product::of_head(&mut values, pass, id, cell)?),
        Found::Expert(expert) => (None, expert.derive(&mut values, pass, cell)?),
        Found::Node(id) => {
            let asked = Spot {
                pass,
                id,
                cell: cell.to_vec(),
            };
            let value = values.one(&asked)?;
            values.reader.lacking.clear();
            let spot = resolved(&values, asked);
            let mut derived = match passed(&values, &spot) {
                // A changed copy.
                Some(from) => Derived {
                    terms: vec![times(
                        values.cell(from.pass, from.id, &from.cell),
                        values.one(&from)?,
                        Some(1.0),
                    )],
                    formula: Some(values.formula(spot.id)),
                    ..Derived::default()
                },
                None => derive(&mut values, &spot)?,
            };
            if values.changed(spot.pass, spot.id) {
                derived.notes.insert(0, Note::Changed);
            }
            // Only a hook point's own product can be played.
            derived.product &= spot.id == id && values.graph.node(id).hook;
            (value, derived)
        }
    };
    Ok(answer(
        &hook,
        (pass, cell),
        value,
        derived,
        values.reader.lacking,
        unit,
        most,
    ))
}

/// The element that a copy is of: names of the same number are passed over, but where an intervention changes it.
fn resolved(values: &Values, mut spot: Spot) -> Spot {
    while !values.changed(spot.pass, spot.id) {
        match passed(values, &spot) {
            Some(next) => spot = next,
            None => break,
        }
    }
    spot
}

/// The element that this one is a copy of, if it is one. A state's row is that of its token's pass.
fn passed(values: &Values, spot: &Spot) -> Option<Spot> {
    let mut spot = spot.clone();
    let node = values.graph.node(spot.id);
    let d_head = values.width(spot.pass, spot.id);
    let turns = |rope: usize, d: usize| match &values.arch.positions {
        Positions::Rotary(rotary) => {
            let rope = rotary.ropes.get(rope);
            rope.is_some_and(|r| r.pair(d, d_head).is_some())
        }
        _ => false,
    };
    let rows = values.rows(spot.pass);
    match node.operation {
        Operation::Copy => {}
        Operation::Extend => {
            let tokens = values.passes[spot.pass].start + rows;
            if let Some(key) = spot.cell.first_mut()
                && *key >= tokens
            {
                *key -= tokens;
                spot.id = node.inputs[1];
                return Some(spot);
            }
        }
        Operation::Rotate { rope }
        | Operation::TurnBack { rope }
        | Operation::RotateEntries { rope, .. }
            if spot.cell.last().is_some_and(|d| !turns(rope, *d)) => {}
        Operation::Pool(PoolRows::First) => spot.cell.insert(0, 0),
        Operation::Pool(PoolRows::Last) => spot.cell.insert(0, rows.saturating_sub(1)),
        Operation::Affine { scale: 1.0, .. } if node.weights.is_empty() => {}
        Operation::Join => {
            let own = values.width(spot.pass, node.inputs[0]);
            if let [_, head, d] = &mut spot.cell[..]
                && *d >= own
            {
                (*head, *d) = (0, *d - own);
                spot.id = node.inputs[1];
                return Some(spot);
            }
        }
        Operation::Heads { ref of } => {
            let own = values.width(spot.pass, node.inputs[0]).max(1);
            if let [_, head, d] = &mut spot.cell[..] {
                let from = of.get(*head).and_then(|all| all.get(*d / own));
                (*head, *d) = (from.copied().unwrap_or(0), *d % own);
            }
        }
        Operation::Beside => {
            let own = values.width(spot.pass, node.inputs[0]);
            if let [_, d] = &mut spot.cell[..]
                && *d >= own
            {
                *d -= own;
                spot.id = node.inputs[1];
                return Some(spot);
            }
        }
        Operation::Append => {
            let key = spot.cell.first_mut()?;
            let mut passes = values.passes[..=spot.pass].iter();
            spot.pass = passes.rposition(|pass| pass.start <= *key).unwrap_or(0);
            *key -= values.passes[spot.pass].start;
        }
        _ => return None,
    }
    spot.id = *node.inputs.first()?;
    Some(spot)
}

fn derive(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let operation = values.graph.node(spot.id).operation.clone();
    match &operation {
        Operation::Experts(mixture) if mixture.share_of_input => expert::mixture(values, spot),
        Operation::Linear { .. }
        | Operation::Scores(_)
        | Operation::Mix
        | Operation::Experts(_) => product::derive(values, spot),
        Operation::Sum => sum::derive(values, spot),
        Operation::Affine { offset, scale } => norm::affine(values, spot, *offset, *scale),
        Operation::Divide => norm::divided(values, spot),
        Operation::Resize { least } => streams::resized(values, spot, *least),
        Operation::Blend { first } => streams::blended(values, spot, *first),
        Operation::Correct { at } => streams::corrected(values, spot, *at),
        Operation::Spread => streams::spread(values, spot),
        Operation::Open(open) => streams::open(values, spot, open),
        Operation::Balance { count, by } => streams::balanced(values, spot, *count, *by),
        Operation::Gather { each } => streams::gathered(values, spot, *each),
        Operation::Scatter => streams::scattered(values, spot),
        Operation::Dot { scale } => ngrams::product(values, spot, *scale),
        Operation::SignedRoot { least } => ngrams::root(values, spot, *least),
        Operation::NGrams(hash) => ngrams::row(values, spot, hash),
        Operation::Cut { deviations } => streams::cut(values, spot, *deviations),
        Operation::Multiply { by } => norm::multiplied(values, spot, *by),
        Operation::Centre => norm::centred(values, spot),
        Operation::RootMeanSquare { eps } => norm::scale(values, spot, *eps),
        Operation::HeadNorm { over, norm } => norm::of_heads(values, spot, *over, norm),
        Operation::Rotate { rope } => rotary::derive(values, spot, *rope, rotary::Turn::On),
        Operation::TurnBack { rope } => rotary::derive(values, spot, *rope, rotary::Turn::Back),
        Operation::RotateEntries { rope, every } => {
            rotary::derive(values, spot, *rope, rotary::Turn::Entry(*every))
        }
        Operation::Compress { every, overlap } => {
            single::compressed(values, spot, (*every, *overlap))
        }
        Operation::Grouped { groups } => single::grouped(values, spot, *groups),
        Operation::ChooseByToken { .. } => lookup::row(values, spot, 1.0),
        Operation::IndexScores(spec) => indexer::scores(values, spot, spec),
        Operation::Largest { keys, .. } => indexer::largest(values, spot, *keys),
        Operation::Average { every } => indexer::averaged(values, spot, *every),
        Operation::OfRuns { every } => indexer::of_runs(values, spot, *every),
        Operation::Pattern { .. } => softmax::pattern(values, spot),
        Operation::HeadsIn { active } => attention::heads_in(values, spot, *active),
        Operation::HeadsOut { active } => attention::heads_out(values, spot, *active),
        Operation::Plus => attention::shifted(values, spot),
        Operation::Unsunk => attention::unsunk(values, spot),
        Operation::KeyGain => attention::gain(values, spot),
        Operation::Difference { first } => attention::difference(values, spot, *first),
        Operation::Choose { .. } => softmax::chosen(values, spot),
        Operation::Shares {
            score,
            renormalise,
            scale,
        } => softmax::share(values, spot, *score, (*renormalise, *scale)),
        Operation::Weigh => activation::weighed(values, spot),
        Operation::Activate(activation) => activation::activated(values, spot, *activation),
        Operation::Gate(gate) => activation::gated(values, spot, gate),
        Operation::Lookup { scale } => lookup::row(values, spot, *scale),
        Operation::Positions { offset, padding } => {
            lookup::position(values, spot, *offset, *padding)
        }
        Operation::Sinusoids | Operation::SinusoidHalves { .. } => {
            Ok(lookup::sinusoid(values, spot))
        }
        Operation::Convolve {
            width,
            apart,
            activation,
        } => recurrence::convolved(values, spot, (*width, *apart), *activation),
        Operation::Unit { eps, scale } => recurrence::unit(values, spot, *eps, *scale),
        Operation::Step { least, most } => recurrence::step(values, spot, (*least, *most)),
        Operation::Decay => recurrence::decay(values, spot),
        Operation::BoundedDecay { bound } => gates::bounded(values, spot, *bound),
        Operation::LogSigmoid => peaks::log_sigmoid(values, spot),
        Operation::Learned => peaks::learned(values, spot),
        Operation::Peak { first } => peaks::peak(values, spot, *first),
        Operation::Falling { first } => peaks::falling(values, spot, *first),
        Operation::Exp => peaks::exponential(values, spot),
        Operation::Bounded { eps } => peaks::bounded(values, spot, *eps),
        Operation::Own => peaks::own(values, spot),
        Operation::Mean => peaks::mean(values, spot),
        Operation::Shift => peaks::shifted(values, spot),
        Operation::GatedDecay { rate } => gates::decay(values, spot, *rate),
        Operation::WriteShare => gates::balance(values, spot),
        Operation::Blocks { count, turned } => gates::blocks(values, spot, (*count, *turned)),
        Operation::FixedDecay { slopes } => Ok(recurrence::fixed_decay(values, spot, slopes)),
        Operation::Sigmoid { scale } => recurrence::sigmoids(values, spot, *scale),
        Operation::Times => recurrence::product(values, spot),
        Operation::Delta => recurrence::delta(values, spot),
        Operation::Recur => recurrence::state(values, spot),
        Operation::Read => recurrence::read(values, spot),
        Operation::Unrolled(write) => recurrence::unrolled(values, spot, *write),
        Operation::Skip => recurrence::skip(values, spot),
        Operation::Pool(rows) => pool::derive(values, spot, *rows),
        Operation::Length => pool::length(values, spot),
        Operation::Tokens
        | Operation::Segments
        | Operation::Past
        | Operation::Ones
        | Operation::Beside
        | Operation::Append
        | Operation::Extend
        | Operation::Join
        | Operation::Heads { .. }
        | Operation::LastRows { .. }
        | Operation::Carry
        | Operation::Copy => Ok(Derived::default()),
    }
}

/// The answer: terms sorted and cut, their sum, and how far rounding reaches.
fn answer(
    hook: &HookPoint,
    (pass, cell): (usize, &[usize]),
    value: Option<f64>,
    mut derived: Derived,
    lacking: Vec<String>,
    unit: f64,
    most: usize,
) -> Why {
    let terms = &mut derived.terms;
    let computed: Option<f64> = terms.iter().map(|term| term.contribution).sum();
    let nothing = terms.is_empty() && !lacking.is_empty();
    // Rust's sum of no terms is -0.
    let computed = computed.filter(|_| !nothing).map(|sum| sum + 0.0);
    let sizes = terms.iter().map(|term| term.size.or(term.contribution));
    let size: Option<f64> = sizes.map(|size| size.map(f64::abs)).sum();
    let size = size.map(|size| size + derived.size);
    // Each addition made here rounds too.
    let own = f64::EPSILON * (terms.len() as f64).sqrt();
    let large = |term: &Term| term.contribution.map_or(f64::INFINITY, f64::abs);
    terms.sort_by(|a, b| large(b).total_cmp(&large(a)));
    let numbers = derived.numbers.unwrap_or_else(|| written(terms));
    let all: f64 = terms
        .iter()
        .filter_map(|t| t.contribution)
        .map(f64::abs)
        .sum();
    let rest = terms.split_off(terms.len().min(most));
    let listed = terms
        .iter()
        .filter_map(|t| t.contribution)
        .map(f64::abs)
        .sum::<f64>();
    Why {
        pass,
        against: None,
        point: hook.name.clone(),
        cell: cell.to_vec(),
        formula: derived.formula.unwrap_or_default(),
        numbers,
        value,
        computed,
        rounding: size.map(|size| size * (unit + own)),
        rest: Rest::of(rest.iter().map(|term| term.contribution)),
        covered: computed.filter(|_| all > 0.0).map(|_| listed / all),
        terms: derived.terms,
        notes: derived.notes,
        product: derived.product,
        lacking,
    }
}

/// Products that are written out in a line.
const WRITTEN: usize = 3;

/// `0.412 · 1.310 − 0.077 · 2.000 + …`
fn written(terms: &[Term]) -> String {
    let mut out = String::new();
    for (i, term) in terms.iter().take(WRITTEN).enumerate() {
        let number = term.value.or(term.contribution);
        let (number, weight) = match term.weight {
            Some(weight) if weight != 1.0 => (term.value, format!(" · {}", short(weight))),
            _ => (number, String::new()),
        };
        out += &if i == 0 { told(number) } else { added(number) };
        out += &weight;
    }
    if terms.len() > WRITTEN {
        out += " + …";
    }
    out
}

/// A number in a formula, in few digits and with the minus of formulas.
fn short(x: f64) -> String {
    let text = match x.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e5).contains(&size) => {
            let places = 3usize.saturating_sub(size.log10().floor().max(0.0) as usize);
            format!("{size:.places$}")
        }
        size if size.is_finite() => format!("{size:.2e}"),
        size if size.is_nan() => "NaN".to_owned(),
        _ => "∞".to_owned(),
    };
    if x < 0.0 { format!("−{text}") } else { text }
}

/// [`short`], or a dot where the number is not there.
fn told(x: Option<f64>) -> String {
    x.map_or("·".to_owned(), short)
}

/// A number added to what stands before it: ` + 0.5`, ` − 0.5`.
fn added(x: Option<f64>) -> String {
    let text = told(x);
    match text.strip_prefix('−') {
        Some(size) => format!(" − {size}"),
        None => format!(" + {text}"),
    }
}

/// A number that belongs to no value and no weight.
fn constant(name: &str, value: f64) -> Term {
    let from = Cell {
        pass: None,
        point: name.to_owned(),
        cell: Vec::new(),
    };
    times(from, Some(value), Some(1.0))
}

/// A value times a weight that stands nowhere by itself.
fn times(from: Cell, value: Option<f64>, weight: Option<f64>) -> Term {
    Term {
        from,
        value,
        by: None,
        weight,
        contribution: value.zip(weight).map(|(x, w)| x * w),
        size: None,
    }
}
