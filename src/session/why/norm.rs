//! Norms, linear in what they read while the scale that they divide by is held as it is; and that scale itself.

use super::values::Values;
use super::{Derived, Spot, added, constant, short, times, told};
use crate::graph::NodeId;
use crate::graph::arch::{Norm, NormKind, QkNorm};
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

/// A row that a norm reads, and where its elements stand.
struct Row {
    cells: Vec<Cell>,
    /// `None` where the row is not there.
    numbers: Option<Vec<f64>>,
    /// 0 where the norm does not centre.
    mean: f64,
    centred: bool,
}

/// The steps that follow the division.
struct Stretch {
    weight: Option<f64>,
    bias: Option<Term>,
}

impl Row {
    fn at(&self, i: usize) -> Option<f64> {
        self.numbers.as_ref().and_then(|row| row.get(i).copied())
    }

    fn new(cells: Vec<Cell>, numbers: Option<Vec<f64>>, centred: bool) -> Row {
        let count = cells.len().max(1) as f64;
        let sum = |row: &Vec<f64>| row.iter().sum::<f64>() / count;
        let mean = numbers.as_ref().filter(|_| centred).map_or(0.0, sum);
        Row {
            cells,
            numbers,
            mean,
            centred,
        }
    }

    /// `√(mean((x − mean)²) + ε)`
    fn scale(&self, eps: f64) -> Option<f64> {
        let row = self.numbers.as_ref()?;
        let squares: f64 = row.iter().map(|x| (x - self.mean).powi(2)).sum();
        Some((squares / row.len().max(1) as f64 + eps).sqrt())
    }

    /// `(x[i] − mean) / scale · weight + bias` as a sum over the row.
    fn normed(&self, i: usize, scale: Option<f64>, by: Option<Cell>, end: Stretch) -> Derived {
        let count = self.cells.len().max(1) as f64;
        let mean = if self.centred { 1.0 / count } else { 0.0 };
        let share = |j: usize| if i == j { 1.0 - mean } else { -mean };
        let read = (0..self.cells.len()).filter(|j| i == *j || self.centred);
        let terms = read.map(|j| {
            let weight = scale.zip(end.weight).map(|(s, w)| share(j) * w / s);
            Term {
                by: by.clone(),
                ..times(self.cells[j].clone(), self.at(j), weight)
            }
        });
        let mut terms: Vec<Term> = terms.collect();
        let own = told(self.at(i));
        let x = if self.centred {
            format!("({own}{})", added(Some(-self.mean)))
        } else {
            own
        };
        let mut numbers = match scale {
            Some(1.0) => x,
            scale => format!("{x} / {}", told(scale)),
        };
        if end.weight != Some(1.0) {
            numbers += &format!(" · {}", told(end.weight));
        }
        if let Some(bias) = &end.bias {
            numbers += &added(bias.contribution);
        }
        // The quotient rounds, and the stretched one again.
        let size = terms.iter().filter_map(|term| term.contribution);
        let size = size.map(f64::abs).sum::<f64>();
        terms.extend(end.bias);
        Derived {
            terms,
            numbers: Some(numbers),
            notes: vec![Note::FrozenScale],
            size,
            ..Derived::default()
        }
    }
}

/// The row that `id`, perhaps a centred value, reads at these first indices.
fn row_of(
    values: &mut Values,
    pass: usize,
    id: NodeId,
    first: &[usize],
) -> Result<Row, SourceError> {
    let node = values.graph.node(id);
    let (read, centred) = match (&node.operation, node.inputs.first()) {
        (Operation::Centre, Some(input)) => (*input, true),
        _ => (id, false),
    };
    let numbers = values.row(pass, read, first)?;
    let cells = (0..values.width(pass, read)).map(|i| {
        let cell = [first, &[i]].concat();
        values.cell(pass, read, &cell)
    });
    Ok(Row::new(cells.collect(), numbers, centred))
}

/// `(x ⊙ (weight + offset) + bias) · scale` of a quotient.
pub fn affine(
    values: &mut Values,
    spot: &Spot,
    offset: f64,
    scale: f64,
) -> Result<Derived, SourceError> {
    let quotient = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let mut end = stretch(values, spot, offset)?;
    end.weight = end.weight.map(|weight| weight * scale);
    if let Some(bias) = &mut end.bias {
        bias.weight = Some(scale);
        bias.contribution = bias.contribution.map(|bias| bias * scale);
    }
    let mut derived = if values.changed(quotient.pass, quotient.id) {
        let x = values.one(&quotient)?;
        let from = values.cell(quotient.pass, quotient.id, &quotient.cell);
        let mut terms = vec![times(from, x, end.weight)];
        terms.extend(end.bias);
        Derived {
            terms,
            ..Derived::default()
        }
    } else {
        quotient_of(values, &quotient, end)?
    };
    derived.formula = Some(values.formula(spot.id));
    Ok(derived)
}

/// `x ⊙ weight · by`
pub fn multiplied(values: &mut Values, spot: &Spot, by: f64) -> Result<Derived, SourceError> {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let node = values.node(spot).clone();
    let named = values.named(&node, Param::Weight);
    let place = named.map(|named| {
        let one = named.point.shape == [1];
        let last = spot.cell.last().copied().unwrap_or(0);
        Cell {
            pass: None,
            point: named.point.name.clone(),
            cell: vec![if one { 0 } else { last }],
        }
    });
    let number = match &place {
        Some(cell) => values.weight(cell)?,
        None => Some(1.0),
    };
    let x = values.one(&read)?;
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            by: place,
            ..times(from, x, number.map(|w| w * by))
        }],
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

pub fn divided(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let end = Stretch {
        weight: Some(1.0),
        bias: None,
    };
    let mut derived = quotient_of(values, spot, end)?;
    derived.formula = Some(values.formula(spot.id));
    Ok(derived)
}

fn quotient_of(values: &mut Values, spot: &Spot, end: Stretch) -> Result<Derived, SourceError> {
    let Some((&last, first)) = spot.cell.split_last() else {
        return Ok(Derived::default());
    };
    let (x, scale) = (values.input(spot, 0), values.input(spot, 1));
    let row = row_of(values, spot.pass, x, first)?;
    let size = Spot {
        pass: spot.pass,
        id: scale,
        cell: [first, &[0]].concat(),
    };
    let by = values.cell(size.pass, scale, &size.cell);
    let scale = values.one(&size)?;
    Ok(row.normed(last, scale, Some(by), end))
}

/// The weight with its offset, and the bias, of a norm's element.
fn stretch(values: &mut Values, spot: &Spot, offset: f64) -> Result<Stretch, SourceError> {
    let node = values.node(spot).clone();
    let place = |values: &Values, param| {
        let named = values.named(&node, param)?;
        let axes = named.point.shape.len().min(spot.cell.len());
        Some(Cell {
            pass: None,
            point: named.point.name.clone(),
            cell: spot.cell[spot.cell.len() - axes..].to_vec(),
        })
    };
    let weight = match place(values, Param::Weight) {
        Some(cell) => values.weight(&cell)?.map(|weight| weight + offset),
        None => Some(1.0),
    };
    let bias = match place(values, Param::Bias) {
        Some(cell) => {
            let number = values.weight(&cell)?;
            Some(times(cell, number, Some(1.0)))
        }
        None => None,
    };
    Ok(Stretch { weight, bias })
}

/// `x − mean(x)`
pub fn centred(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let Some((&last, first)) = spot.cell.split_last() else {
        return Ok(Derived::default());
    };
    let row = row_of(values, spot.pass, spot.id, first)?;
    let end = Stretch {
        weight: Some(1.0),
        bias: None,
    };
    let mut derived = row.normed(last, Some(1.0), None, end);
    derived.notes.clear();
    derived.formula = Some(values.formula(spot.id));
    Ok(derived)
}

/// The scale: its square is the mean of squares and ε, so each square over the count and the scale adds up to it.
pub fn scale(values: &mut Values, spot: &Spot, eps: f64) -> Result<Derived, SourceError> {
    let first = &spot.cell[..spot.cell.len().saturating_sub(1)];
    let row = row_of(values, spot.pass, values.input(spot, 0), first)?;
    let scale = row.scale(eps);
    let count = row.cells.len().max(1) as f64;
    let terms = row.cells.iter().enumerate().map(|(i, cell)| {
        let value = row.at(i).map(|x| x - row.mean);
        let weight = value.zip(scale).map(|(x, s)| x / (count * s));
        times(cell.clone(), value, weight)
    });
    let mut terms: Vec<Term> = terms.collect();
    if let Some(scale) = scale {
        terms.push(constant("ε / scale", eps / scale));
    }
    let mean = scale.map(|scale| short(scale * scale - eps));
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        numbers: mean.map(|mean| format!("√({mean} + {eps:e})")),
        notes: vec![Note::Squares],
        ..Derived::default()
    })
}

/// A whole norm of a head's query or key, or of all heads' as one.
pub fn of_heads(
    values: &mut Values,
    spot: &Spot,
    over: QkNorm,
    norm: &Norm,
) -> Result<Derived, SourceError> {
    let x = values.input(spot, 0);
    let d_head = values.width(spot.pass, x);
    let (first, at) = match (&spot.cell[..], over) {
        (&[token, head, d], QkNorm::AllHeads | QkNorm::Groups(_)) => {
            (vec![token], head * d_head + d)
        }
        (&[token, head, d], _) => (vec![token, head], d),
        // A row of neurons.
        (&[token, j], _) => (vec![token], j),
        _ => return Ok(Derived::default()),
    };
    let mut numbers = values.row(spot.pass, x, &first)?;
    // The elements of this group alone.
    let mut start = 0;
    if let (QkNorm::Groups(groups), Some(row)) = (over, &mut numbers) {
        let each = row.len() / groups.max(1);
        start = at / each.max(1) * each;
        *row = row[start..start + each].to_vec();
    }
    let at = at - start;
    let count = match (&numbers, over) {
        (Some(row), _) => row.len(),
        (None, _) => d_head,
    };
    let cells = (start..start + count).map(|i| {
        let cell = match over {
            QkNorm::AllHeads | QkNorm::Groups(_) if spot.cell.len() == 3 => {
                [&first[..], &[i / d_head.max(1), i % d_head.max(1)]].concat()
            }
            _ => [&first[..], &[i]].concat(),
        };
        values.cell(spot.pass, x, &cell)
    });
    let row = Row::new(cells.collect(), numbers, norm.kind == NormKind::Layer);
    let scale = row.scale(norm.eps);
    let end = stretch(values, spot, norm.weight_offset)?;
    let mut derived = row.normed(at, scale, None, end);
    derived.formula = Some(values.formula(spot.id));
    Ok(derived)
}
