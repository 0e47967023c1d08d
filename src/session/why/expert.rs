//! The inside of a mixture's experts, which is no value of the graph: outputs, neurons, and what these read, computed
//! here in float64.

use super::activation::{activation_of, gate_of};
use super::values::Values;
use super::{Derived, Spot, times};
use crate::graph::NodeId;
use crate::graph::named::{self, Named};
use crate::graph::operation::{Experts, Operation};
use crate::graph::role::{Param, Role};
use crate::trace::hook;
use crate::trace::operands::Cell;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use crate::trace::source::SourceError;
use crate::trace::tensor::{Pick, Slice};
use crate::trace::why::Term;

/// A value inside of an expert: `blocks.0.mlp.experts.3`, `blocks.0.mlp.experts.3.hook_post`.
#[derive(Clone, Copy)]
pub struct Expert {
    /// The mixture's node.
    pub id: NodeId,
    number: usize,
    part: Part,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Out,
    Post,
    Pre,
    Linear,
}

/// Elements of a matrix that are read at once.
const READ: usize = 1 << 22;

impl Expert {
    /// The value of this name.
    pub fn find(values: &Values, name: &str) -> Option<Expert> {
        let (block, rest) = name.strip_prefix("blocks.")?.split_once(".mlp.experts.")?;
        let (number, leaf) = rest.split_once('.').unwrap_or((rest, ""));
        let part = match leaf {
            "" => Part::Out,
            leaf => match hook::leaf(leaf) {
                "post" => Part::Post,
                "pre" => Part::Pre,
                "pre_linear" => Part::Linear,
                _ => return None,
            },
        };
        let (block, number) = (block.parse().ok()?, number.parse().ok()?);
        let here = hook::Layer::Block(block);
        let mut nodes = values.graph.nodes().filter(|(_, node)| node.layer == here);
        let found = nodes.find_map(|(id, node)| match &node.operation {
            Operation::Experts(e) => {
                let inside = !e.is_identity(number) && (part != Part::Linear || e.gated);
                (number < e.count && (part == Part::Out || inside)).then_some(id)
            }
            _ => None,
        });
        Some(Expert {
            id: found?,
            number,
            part,
        })
    }

    fn mixture<'a>(&self, values: &'a Values) -> Option<&'a Experts> {
        match &values.graph.node(self.id).operation {
            Operation::Experts(experts) => Some(experts),
            _ => None,
        }
    }

    fn name(&self, values: &Values, part: Part) -> String {
        let block = values.graph.node(self.id).layer;
        let leaf = match part {
            Part::Out => "",
            Part::Post => ".hook_post",
            Part::Pre => ".hook_pre",
            Part::Linear => ".hook_pre_linear",
        };
        format!("{block}.mlp.experts.{}{leaf}", self.number)
    }

    /// Its name, axes and shape.
    pub fn hook(&self, values: &Values, pass: usize) -> HookPoint {
        let inner = self.named(values, Role::ExpertIn(self.number), Param::Weight);
        let width = match self.part {
            Part::Out => values.width(pass, self.id),
            _ => inner.map_or(0, |named| named.point.shape[1]),
        };
        let axis = match self.part {
            Part::Out => Axis::DModel,
            _ => Axis::DMlp,
        };
        HookPoint {
            name: self.name(values, self.part),
            axes: vec![Axis::Token, axis],
            shape: vec![values.rows(pass), width],
        }
    }

    fn named<'a>(&self, values: &'a Values, role: Role, param: Param) -> Option<&'a Named> {
        let layer = values.graph.node(self.id).layer;
        named::by_role(&values.named, layer, role, param)
    }

    pub fn derive(
        &self,
        values: &mut Values,
        pass: usize,
        cell: &[usize],
    ) -> Result<Derived, SourceError> {
        let &[token, at] = cell else {
            return Ok(Derived::default());
        };
        match self.part {
            Part::Out
                if self
                    .mixture(values)
                    .is_some_and(|e| e.is_identity(self.number)) =>
            {
                self.handed_on(values, (pass, token), at)
            }
            Part::Out => self.output(values, (pass, token), at),
            Part::Post => self.neuron(values, (pass, token), at),
            Part::Pre => self.read(values, Role::ExpertIn(self.number), (pass, token), at),
            Part::Linear => self.read(values, Role::ExpertLinear(self.number), (pass, token), at),
        }
    }

    /// The row that the expert reads at a token.
    fn x(
        &self,
        values: &mut Values,
        pass: usize,
        token: usize,
    ) -> Result<Option<Vec<f64>>, SourceError> {
        let spot = Spot {
            pass,
            id: self.id,
            cell: Vec::new(),
        };
        let x = values.input(&spot, 0);
        let share = self.share(values, pass, token)?;
        let row = values.row(pass, x, &[token])?;
        Ok(row.zip(share).map(|(mut row, share)| {
            row.iter_mut().for_each(|x| *x *= share);
            row
        }))
    }

    /// The factor of the row that the expert reads: its share, where that is of the input.
    fn share(
        &self,
        values: &mut Values,
        pass: usize,
        token: usize,
    ) -> Result<Option<f64>, SourceError> {
        if !self.mixture(values).is_some_and(|e| e.share_of_input) {
            return Ok(Some(1.0));
        }
        values.one(&Spot {
            pass,
            id: values.graph.node(self.id).inputs[1],
            cell: vec![token, self.number],
        })
    }

    /// A column of a matrix `[in, out]`; of a bias one number.
    fn column(
        &self,
        values: &mut Values,
        role: Role,
        out: usize,
    ) -> Result<(Vec<Cell>, Option<Vec<f64>>), SourceError> {
        let Some(named) = self.named(values, role, Param::Weight) else {
            return Ok((Vec::new(), None));
        };
        let (name, count) = (named.point.name.clone(), named.point.shape[0]);
        let slice = Slice(vec![Pick::Span(0..count), Pick::At(out)]);
        let query = Query::Weight {
            name: name.clone(),
            slice,
        };
        let column = values.reader.read(&query)?;
        if column.is_none() {
            values.reader.lacks(&name);
        }
        let cells = (0..count).map(|i| Cell {
            pass: None,
            point: name.clone(),
            cell: vec![i, out],
        });
        Ok((cells.collect(), column))
    }

    fn bias(
        &self,
        values: &mut Values,
        role: Role,
        out: usize,
    ) -> Result<Option<Term>, SourceError> {
        let named = self.named(values, role, Param::Bias);
        let Some(name) = named.map(|named| named.point.name.clone()) else {
            return Ok(None);
        };
        let cell = Cell {
            pass: None,
            point: name,
            cell: vec![out],
        };
        let number = values.weight(&cell)?;
        Ok(Some(times(cell, number, Some(1.0))))
    }

    /// A number that a neuron reads: a row times a column.
    fn read(
        &self,
        values: &mut Values,
        role: Role,
        (pass, token): (usize, usize),
        at: usize,
    ) -> Result<Derived, SourceError> {
        let input = values.graph.node(self.id).inputs[0];
        let x = values.row(pass, input, &[token])?;
        let share = self.share(values, pass, token)?;
        let (cells, column) = self.column(values, role, at)?;
        let column = column.zip(share);
        let column = column.map(|(all, share)| all.iter().map(|w| w * share).collect());
        let number =
            |all: &Option<Vec<f64>>, i: usize| all.as_ref().and_then(|all| all.get(i).copied());
        let terms = cells.into_iter().enumerate().map(|(i, by)| Term {
            by: Some(by),
            ..times(
                values.cell(pass, input, &[token, i]),
                number(&x, i),
                number(&column, i),
            )
        });
        let mut terms: Vec<Term> = terms.collect();
        terms.extend(self.bias(values, role, at)?);
        let leaf = if self.part == Part::Pre {
            "pre"
        } else {
            "pre_linear"
        };
        Ok(Derived {
            formula: Some(format!(
                "{leaf} = {} · W",
                hook::in_formula(values.name(input))
            )),
            terms,
            ..Derived::default()
        })
    }

    /// All numbers that neurons read through one matrix: a part of its columns at a time.
    fn all(
        &self,
        values: &mut Values,
        role: Role,
        x: &[f64],
    ) -> Result<Option<Vec<f64>>, SourceError> {
        let Some(named) = self.named(values, role, Param::Weight) else {
            return Ok(None);
        };
        let (name, shape) = (named.point.name.clone(), named.point.shape.clone());
        let bias = self
            .named(values, role, Param::Bias)
            .map(|b| b.point.name.clone());
        let (rows, columns) = (shape[0], shape[1]);
        let step = (READ / rows.max(1)).max(1);
        let mut out = vec![0.0; columns];
        for start in (0..columns).step_by(step) {
            values.reader.control.go_on()?;
            let span = start..(start + step).min(columns);
            let query = Query::Weight {
                name: name.clone(),
                slice: Slice(vec![Pick::Span(0..rows), Pick::Span(span.clone())]),
            };
            let Some(part) = values.reader.read(&query)? else {
                values.reader.lacks(&name);
                return Ok(None);
            };
            for (x, row) in x.iter().zip(part.chunks(span.len())) {
                for (sum, w) in out[span.clone()].iter_mut().zip(row) {
                    *sum += x * w;
                }
            }
        }
        if let Some(name) = bias {
            let query = Query::Weight {
                name,
                slice: Slice::default(),
            };
            let Some(bias) = values.reader.read(&query)? else {
                return Ok(None);
            };
            for (sum, b) in out.iter_mut().zip(bias) {
                *sum += b;
            }
        }
        Ok(Some(out))
    }

    /// The output of an expert without weights: what it reads.
    fn handed_on(
        &self,
        values: &mut Values,
        (pass, token): (usize, usize),
        at: usize,
    ) -> Result<Derived, SourceError> {
        let input = values.graph.node(self.id).inputs[0];
        let x = self.x(values, pass, token)?;
        let number = x.and_then(|x| x.get(at).copied());
        let from = values.cell(pass, input, &[token, at]);
        Ok(Derived {
            terms: vec![times(from, number, Some(1.0))],
            formula: Some(format!(
                "expert {} = {}",
                self.number,
                hook::in_formula(values.name(input))
            )),
            ..Derived::default()
        })
    }

    /// The expert's output as the sum over its neurons.
    fn output(
        &self,
        values: &mut Values,
        (pass, token): (usize, usize),
        at: usize,
    ) -> Result<Derived, SourceError> {
        let (cells, column) = self.column(values, Role::ExpertOut(self.number), at)?;
        let neurons = match self.x(values, pass, token)? {
            Some(x) => self.neurons(values, &x)?,
            None => None,
        };
        let number =
            |all: &Option<Vec<f64>>, i: usize| all.as_ref().and_then(|all| all.get(i).copied());
        let name = self.name(values, Part::Post);
        let terms = cells.into_iter().enumerate().map(|(j, by)| {
            let from = Cell {
                pass: Some(pass),
                point: name.clone(),
                cell: vec![token, j],
            };
            Term {
                by: Some(by),
                ..times(from, number(&neurons, j), number(&column, j))
            }
        });
        let mut terms: Vec<Term> = terms.collect();
        terms.extend(self.bias(values, Role::ExpertOut(self.number), at)?);
        Ok(Derived {
            terms,
            formula: Some(format!("expert {} = post · W_out", self.number)),
            ..Derived::default()
        })
    }

    fn neurons(&self, values: &mut Values, x: &[f64]) -> Result<Option<Vec<f64>>, SourceError> {
        let pre = self.all(values, Role::ExpertIn(self.number), x)?;
        let Some(mixture) = self.mixture(values).cloned() else {
            return Ok(None);
        };
        let (gate, act) = (mixture.gate, |x| mixture.gate.activation.of(x));
        if !mixture.gated {
            return Ok(pre.and_then(|pre| pre.into_iter().map(act).collect()));
        }
        let linear = self.all(values, Role::ExpertLinear(self.number), x)?;
        let neuron = |(x, y)| {
            let (x, y) = gate.read(x, y);
            Some(act(x)? * y)
        };
        Ok(pre
            .zip(linear)
            .and_then(|(pre, linear)| pre.into_iter().zip(linear).map(neuron).collect()))
    }

    /// A neuron: the activation of one number, perhaps times another.
    fn neuron(
        &self,
        values: &mut Values,
        at: (usize, usize),
        j: usize,
    ) -> Result<Derived, SourceError> {
        let Some(mixture) = self.mixture(values).cloned() else {
            return Ok(Derived::default());
        };
        let sum = |values: &mut Values, role: Role| {
            let terms = self.read(values, role, at, j)?.terms;
            Ok::<Option<f64>, SourceError>(terms.iter().map(|term| term.contribution).sum())
        };
        let pre = sum(values, Role::ExpertIn(self.number))?;
        let place = |part| Cell {
            pass: Some(at.0),
            point: self.name(values, part),
            cell: vec![at.1, j],
        };
        let (of_pre, of_linear) = (place(Part::Pre), place(Part::Linear));
        let word = mixture.gate.activation.word();
        if !mixture.gated {
            let value = pre.and_then(|x| mixture.gate.activation.of(x));
            return Ok(Derived {
                formula: Some(format!("post = {word}(pre)")),
                ..activation_of(&word, (of_pre, pre), value)
            });
        }
        let linear = sum(values, Role::ExpertLinear(self.number))?;
        Ok(Derived {
            formula: Some(format!("post = {word}(pre) ⊙ pre_linear")),
            ..gate_of(&mixture.gate, (of_pre, pre), (of_linear, linear))
        })
    }
}

/// A mixture whose experts read the row times their share, and whose outputs are added up.
pub fn mixture(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let (Operation::Experts(experts), &[token, _]) =
        (values.node(spot).operation.clone(), &spot.cell[..])
    else {
        return Ok(Derived::default());
    };
    let shares = values.input(spot, 1);
    let row = values.row(spot.pass, shares, &[token])?;
    let mut terms: Vec<Term> = Vec::new();
    let mut size = 0.0;
    for number in 0..experts.count {
        let share = row.as_ref().and_then(|row| row.get(number).copied());
        if share == Some(0.0) {
            continue;
        }
        let expert = Expert {
            id: spot.id,
            number,
            part: Part::Out,
        };
        let parts = expert.derive(values, spot.pass, &spot.cell)?.terms;
        let value: Option<f64> = parts.iter().map(|term| term.contribution).sum();
        size += magnitude(&parts);
        let from = Cell {
            pass: Some(spot.pass),
            point: expert.name(values, Part::Out),
            cell: spot.cell.clone(),
        };
        terms.push(times(from, value, Some(experts.scale)));
    }
    Ok(Derived {
        terms,
        size,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// The magnitude that rounding follows inside of the experts whose outputs are these terms.
pub fn inside(values: &mut Values, spot: &Spot, terms: &[Term]) -> Result<f64, SourceError> {
    let mut size = 0.0;
    for term in terms {
        let Some(expert) = Expert::find(values, &term.from.point) else {
            continue;
        };
        let parts = expert.derive(values, spot.pass, &spot.cell)?.terms;
        let scale = expert.mixture(values).map_or(1.0, |e| e.scale);
        let share = term.weight.unwrap_or(0.0);
        size += magnitude(&parts) * (share * scale).abs();
    }
    Ok(size)
}

/// The magnitude that rounding follows in an expert whose neurons add this: larger numbers cancel out in it, and in
/// what its neurons read.
fn magnitude(parts: &[Term]) -> f64 {
    let sizes = parts.iter().filter_map(|term| term.contribution);
    4.0 * sizes.map(f64::abs).sum::<f64>()
}
