//! The terms of an element that a matrix product makes: the graph says which values and weights they are, the source
//! is asked for these, and float64 adds them up.
//!
//! | file | what |
//! |---|---|
//! | here | the question and its answer; sum, steps and rounding |
//! | `product` | which elements a node multiplies, and what follows the sum |
//! | `read` | their numbers, as far as the source has them |

pub(super) mod product;
pub(super) mod read;

use crate::graph::Graph;
use crate::graph::arch::Arch;
use crate::graph::operation::Operation;
use crate::trace::hook;
use crate::trace::operands::{Operands, Rest, Term, What};
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::source::{Control, ModelInfo, Pass, Source, SourceError, locate};
use crate::trace::tensor::{Dtype, Slice};
use product::Place;
use read::Reader;

/// The answer to [`Query::Operands`].
///
/// # Errors
/// There is no such hook point or element, no matrix product makes it, or what the source has to say. A source that
/// lacks an operand is no error.
pub fn operands(
    source: &mut dyn Source,
    (pass, point, cell): (usize, &str, &[usize]),
    (most, largest): (usize, bool),
    control: &Control,
) -> Result<Operands, SourceError> {
    let at = locate(source.passes(), pass, point)?;
    let hook = source.passes()[pass].plan.points()[at].clone();
    element(&hook, cell)?;
    let (graph, arch) = layer_of(source.model(), &source.passes()[pass], &hook);
    let no_product = |written: String| {
        let name = hook::short(&hook.name);
        SourceError::Slice(format!("no matrix product makes {name}{written}"))
    };
    let id = graph
        .find(&hook.name)
        .ok_or_else(|| no_product(String::new()))?;
    let node = graph.node(id);
    let place = Place {
        graph: &graph,
        named: &graph.named_weights(arch.mlp.gated),
        node,
        pass,
        cell,
    };
    let mut reader = Reader::new(source, control);
    let Some(mut out) = of_place(&place, &mut reader)? else {
        let inputs: Vec<String> = node.inputs.iter().map(|id| place.short(*id)).collect();
        let written = node.operation.written(&inputs, "W");
        return Err(no_product(match &written[..] {
            "" => String::new(),
            written => format!(": it is {written}"),
        }));
    };
    list(&mut out, most, largest);
    Ok(out)
}

/// The slice of one element.
///
/// # Errors
/// There is no such element.
pub(super) fn element(hook: &HookPoint, cell: &[usize]) -> Result<Slice, SourceError> {
    if cell.len() != hook.shape.len() {
        return Err(SourceError::Slice(format!(
            "an element of {} {} needs {} indices, not {}",
            hook::short(&hook.name),
            super::format::shape(hook),
            hook.shape.len(),
            cell.len()
        )));
    }
    let whole = Slice::at(cell);
    whole.ranges(&hook.axes, &hook.shape)?;
    Ok(whole)
}

/// All terms of an element; `None` where no matrix product makes it.
pub(super) fn of_place(
    place: &Place,
    reader: &mut Reader,
) -> Result<Option<Operands>, SourceError> {
    let (node, pass, cell) = (place.node, place.pass, place.cell);
    let Some(product) = place.product(reader.source.model(), reader.source.passes()) else {
        return Ok(None);
    };
    let before = std::mem::take(&mut reader.lacking);
    let value = reader.read(&Query::Values {
        pass,
        point: node.name.clone(),
        slice: Slice::at(cell),
    })?;
    let right = reader.vector(&product.right, &[])?;
    let left = reader.vector(&product.left, &right)?;
    let mut steps = product.steps;
    if let Some(shown) = &product.shown
        && reader.read(shown)?.is_some_and(|shown| shown == [0.0])
    {
        steps.push(What::Mask);
    }
    // A query that sees too many keys looks at those whose values say most.
    let picks = matches!(node.operation, Operation::Scores(spec) if spec.most.is_some());
    let value = value.and_then(|v| v.first().copied());
    if picks && value == Some(f64::NEG_INFINITY) {
        steps.push(What::Mask);
    }
    let steps = reader.steps(steps)?;
    let lacking = std::mem::replace(&mut reader.lacking, before);
    let dtype = reader.source.model().dtype;
    let cells = product.left.cells().into_iter().zip(product.right.cells());
    let terms = cells.zip(left.into_iter().zip(right)).enumerate();
    let terms = terms.map(|(index, ((from, by), (value, weight)))| Term {
        index,
        from,
        value,
        by,
        weight,
        contribution: value.zip(weight).map(|(x, w)| x * w),
    });
    // Experts that a token is not sent to are no terms.
    let is_mixture = matches!(node.operation, Operation::Experts(_));
    let terms = terms.filter(|term| !is_mixture || term.weight != Some(0.0));
    let mut out = Operands {
        pass,
        point: node.name.clone(),
        cell: cell.to_vec(),
        formula: product.formula,
        value,
        terms: terms.collect(),
        rest: Rest::default(),
        sum: None,
        steps,
        computed: None,
        rounding: None,
        lacking,
    };
    add_up(&mut out, dtype);
    if is_mixture {
        // An expert is run anew, with fewer rows, and inside of it larger numbers cancel out.
        out.rounding = out.rounding.map(|r| 4.0 * r);
    }
    Ok(Some(out))
}

/// The graph of a hook point's layer.
fn layer_of(model: &ModelInfo, pass: &Pass, point: &HookPoint) -> (Graph, Arch) {
    let arch = Arch::of_trace(model, &pass.plan);
    (Graph::of_layer(&arch, point.layer()), arch)
}

/// Find the sum, what each step makes of it, and how far rounding reaches.
fn add_up(out: &mut Operands, dtype: Dtype) {
    let contributions: Option<Vec<f64>> = out.terms.iter().map(|t| t.contribution).collect();
    out.sum = contributions.as_ref().map(|all| all.iter().sum());
    let magnitudes = contributions.map(|all| all.iter().map(|x| x.abs()).sum::<f64>());
    let (mut result, mut size) = (out.sum, magnitudes);
    for step in &mut out.steps {
        result = match &step.what {
            What::Bias { number, .. } => {
                size = size.zip(*number).map(|(s, b)| s + b.abs());
                result.zip(*number).map(|(x, b)| x + b)
            }
            What::Scale { factor } => {
                size = size.map(|s| s * factor.abs());
                result.map(|x| x * factor)
            }
            What::Position { slope, key } => {
                let gained = slope * *key as f64;
                size = size.map(|s| s + gained.abs());
                result.map(|x| x + gained)
            }
            What::Cap { cap } => result.map(|x| cap * (x / cap).tanh()),
            What::Clip { most } => result.map(|x| x.clamp(-most, *most)),
            What::Mask => Some(f64::NEG_INFINITY),
        };
        step.result = result;
    }
    out.computed = result;
    out.rounding = size.map(|s| s * unit(dtype));
}

/// The error that rounding may make of a magnitude of 1: by the dtype, and by the sum made here.
pub(in crate::session) fn unit(dtype: Dtype) -> f64 {
    dtype.epsilon() + f64::EPSILON
}

/// Keep the terms that are asked for, and the sum of the rest.
fn list(out: &mut Operands, most: usize, largest: bool) {
    if largest {
        let size = |term: &Term| term.contribution.map_or(f64::INFINITY, f64::abs);
        out.terms.sort_by(|a, b| size(b).total_cmp(&size(a)));
    }
    let rest = out.terms.split_off(out.terms.len().min(most));
    out.rest = Rest::of(rest.iter().map(|term| term.contribution));
}
