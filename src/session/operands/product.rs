//! The elements that a node multiplies, and the steps from their product to the node's own element.

use crate::graph::arch::{Alibi, alibi_slopes};
use crate::graph::named::{self, Layout, Named};
use crate::graph::operation::{Operation, Scores, ScoresInputs};
use crate::graph::role::Param;
use crate::graph::{Graph, Node, NodeId};
use crate::trace::hook;
use crate::trace::operands::{Cell, What};
use crate::trace::plan::Axis;
use crate::trace::query::Query;
use crate::trace::source::{ModelInfo, Pass};
use crate::trace::tensor::{Pick, Slice};

/// A product of two vectors, and the steps from their product to the element.
pub(super) struct Product {
    pub left: Vector,
    pub right: Vector,
    pub steps: Vec<What>,
    /// The element of a mask that hides this one where it is 0.
    pub shown: Option<Query>,
    pub formula: String,
}

/// Elements that lie in one or several tensors.
pub(super) struct Vector(pub Vec<Part>);

/// A slice of one tensor that is a list of numbers.
pub(super) struct Part {
    pub numbers: Numbers,
    /// The tensor's full name, and its pass; none for a weight.
    pub pass: Option<usize>,
    pub name: String,
    pub cells: Vec<Vec<usize>>,
}

/// Where numbers come from.
pub(super) enum Numbers {
    /// The answer to a question.
    Asked(Query),
    /// The output of an expert of a mixture, which is no value of the graph.
    Expert(Expert),
}

/// One element of the output of an expert: that of the mixture with the other shares at 0.
pub(super) struct Expert {
    pub pass: usize,
    /// Names of the mixture, of what experts read, and of their shares.
    pub mixture: String,
    pub x: String,
    pub shares: String,
    pub number: usize,
    /// The factor that multiplies shares.
    pub factor: f64,
    pub row: usize,
    pub column: usize,
}

impl Vector {
    pub fn cells(&self) -> Vec<Cell> {
        let cells = self.0.iter().flat_map(|part| {
            part.cells.iter().map(|cell| Cell {
                pass: part.pass,
                point: part.name.clone(),
                cell: cell.clone(),
            })
        });
        cells.collect()
    }
}

/// An element of a node.
pub(in crate::session) struct Place<'a> {
    pub graph: &'a Graph,
    pub named: &'a [Named],
    pub node: &'a Node,
    pub pass: usize,
    pub cell: &'a [usize],
}

impl Place<'_> {
    /// The name of an input as a formula has it.
    pub fn short(&self, id: NodeId) -> String {
        hook::in_formula(&self.graph.node(self.stored(id)).name)
    }

    /// The node whose value is recorded in the place of this one: a state has the values of its keys.
    fn stored(&self, id: NodeId) -> NodeId {
        let node = self.graph.node(id);
        match node.operation {
            Operation::Append => node.inputs[0],
            Operation::Extend => self.stored(node.inputs[0]),
            _ => id,
        }
    }

    pub(super) fn product(&self, model: &ModelInfo, passes: &[Pass]) -> Option<Product> {
        let inputs = &self.node.inputs;
        Some(match &self.node.operation {
            Operation::Linear { scale, cap, clip } => self.linear(*scale, *cap, *clip)?,
            Operation::Scores(spec) => {
                let &[head, query, key] = self.cell else {
                    return None;
                };
                let ScoresInputs {
                    q,
                    k,
                    gains,
                    chosen,
                } = spec.inputs(inputs)?;
                let length = self.node_width(q);
                let left = self.row(q, self.pass, &[query, head], length);
                let entry = self.entry(k, passes, key);
                let right = match entry {
                    Some((entries, entry)) => self.row(entries, self.pass, &[entry, 0], length),
                    None => self.keys(k, passes, head, Some(key), None),
                };
                let at = &passes[self.pass];
                let gain = gains.and_then(|id| self.gain(id, passes, head, key));
                let mut steps = self.after_scores(spec, head, at.start + query, key);
                steps.extend(gain);
                let point = at.plan.find(&self.node.name)?;
                let seen = model.visible_keys(at, &at.plan.points()[point], query);
                let entries = model.visible_entries(at, &at.plan.points()[point], query);
                let visible = seen.contains(&key) || entries.contains(&key);
                if !visible {
                    steps.push(What::Mask);
                }
                let names: Vec<String> = inputs.iter().map(|id| self.short(*id)).collect();
                let written = self.node.operation.written(&names, "");
                // A mask beside entries is of entries alone.
                let masked = match (entry, spec.behind) {
                    (Some((_, entry)), _) => Some(entry),
                    (None, Some(_)) => None,
                    (None, None) => Some(key),
                };
                let shown = chosen.zip(masked).map(|(chosen, key)| Query::Values {
                    pass: self.pass,
                    point: self.graph.node(chosen).name.clone(),
                    slice: Slice::at(&[query, key]),
                });
                Product {
                    shown: shown.filter(|_| visible),
                    ..self.with(left, right, steps, written)
                }
            }
            Operation::Mix => {
                let (&[row, head, d], &[pattern, v]) = (self.cell, &inputs[..]) else {
                    return None;
                };
                let at = &passes[self.pass];
                let keys = self.graph.node(pattern).shape.last();
                let keys = keys.map_or(0, |dim| dim.length(at.tokens.len() - at.start, at.start));
                let right = self.row(pattern, self.pass, &[head, row], keys);
                let mut left = self.keys(v, passes, head, None, Some(d));
                for entry in at.tokens.len()..keys {
                    if let Some((entries, entry)) = self.entry(v, passes, entry) {
                        left.0.push(self.number(entries, &[entry, 0, d]));
                    }
                }
                let names = [self.short(pattern), self.short(v)];
                self.with(
                    left,
                    right,
                    Vec::new(),
                    self.node.operation.written(&names, ""),
                )
            }
            Operation::Experts(mixture) if self.node.operation.is_product() => {
                let (&[row, column], &[x, shares]) = (self.cell, &inputs[..]) else {
                    return None;
                };
                let right = self.row(shares, self.pass, &[row], mixture.count);
                let name = |id: NodeId| self.graph.node(id).name.clone();
                let module = self.node.name.rsplit_once('.').map_or("", |(m, _)| m);
                let module = module.strip_suffix(".mlp").unwrap_or(module);
                let expert = |number| Part {
                    numbers: Numbers::Expert(Expert {
                        pass: self.pass,
                        mixture: self.node.name.clone(),
                        x: name(x),
                        shares: name(shares),
                        number,
                        factor: mixture.scale,
                        row,
                        column,
                    }),
                    pass: Some(self.pass),
                    name: format!("{module}.mlp.experts.{number}"),
                    cells: vec![vec![row, column]],
                };
                let left = Vector((0..mixture.count).map(expert).collect());
                let names = [self.short(x), self.short(shares)];
                let written = self.node.operation.written(&names, "");
                let steps = match mixture.scale {
                    1.0 => Vec::new(),
                    factor => vec![What::Scale { factor }],
                };
                self.with(left, right, steps, written)
            }
            _ => return None,
        })
    }

    fn with(&self, left: Vector, right: Vector, steps: Vec<What>, written: String) -> Product {
        let name = hook::in_formula(&self.node.name);
        Product {
            left,
            right,
            steps,
            shown: None,
            formula: format!("{name} = {written}"),
        }
    }

    fn linear(&self, scale: f64, cap: Option<f64>, clip: Option<f64>) -> Option<Product> {
        let input = *self.node.inputs.first()?;
        let widths = self.node.shape.iter().skip(1).map(|d| d.length(0, 0));
        let widths: Vec<usize> = widths.collect();
        // A value without tokens is one row.
        let (row, out) = match (self.cell, &widths[..]) {
            (&[out], _) => (None, out),
            (&[row, out], _) => (Some(row), out),
            (&[row, head, d], &[_, d_head]) => (Some(row), head * d_head + d),
            _ => return None,
        };
        let own = |param| named::of_node(self.named, self.node, param);
        let (matrix, bias) = (own(Param::Weight)?, own(Param::Bias));
        let column = column(matrix, out)?;
        let length = column.cells.len();
        let left = match (row, &self.graph.node(input).operation) {
            (Some(row), _) => self.row(input, self.pass, &[row], length),
            // The first token's row is read where it is recorded.
            (None, Operation::Pool(_)) => {
                let read = *self.graph.node(input).inputs.first()?;
                self.row(read, self.pass, &[0], length)
            }
            (None, _) => self.row(input, self.pass, &[], length),
        };
        let mut steps = Vec::new();
        if let Some(bias) = bias {
            let by = Cell {
                pass: None,
                point: bias.point.name.clone(),
                cell: match bias.point.shape[..] {
                    [_, d_head] => vec![out / d_head.max(1), out % d_head.max(1)],
                    _ => vec![out],
                },
            };
            steps.push(What::Bias { by, number: None });
        }
        if scale != 1.0 {
            steps.push(What::Scale { factor: scale });
        }
        steps.extend(cap.map(|cap| What::Cap { cap }));
        steps.extend(clip.map(|most| What::Clip { most }));
        let leaf = |named: &Named| hook::leaf(&named.point.name).to_owned();
        let bias = bias.map_or(String::new(), |bias| format!(" + {}", leaf(bias)));
        let weights = leaf(matrix) + &bias;
        let inputs = [self.short(input)];
        let written = self.node.operation.written(&inputs, &weights);
        let right = Vector(vec![column]);
        Some(self.with(left, right, steps, written))
    }

    fn after_scores(&self, spec: &Scores, head: usize, query: usize, key: usize) -> Vec<What> {
        let mut steps = Vec::new();
        if let Some(temper) = spec.temper {
            let factor = temper.factor(query);
            steps.push(What::Scale { factor });
        }
        if spec.scale != 1.0 {
            steps.push(What::Scale { factor: spec.scale });
        }
        let slopes = alibi_slopes(self.heads());
        if let Some((alibi, slope)) = spec.alibi.zip(slopes.get(head)) {
            // A rounded gain is no fixed multiple of the position.
            let slope = match alibi {
                Alibi::Exact => f64::from(*slope),
                Alibi::Rounded => alibi.gain(*slope, key, spec.scale) / key.max(1) as f64,
            };
            steps.push(What::Position { slope, key });
        }
        steps.extend(spec.cap.map(|cap| What::Cap { cap }));
        steps
    }

    /// The addition of what a key's value says.
    fn gain(&self, id: NodeId, passes: &[Pass], head: usize, key: usize) -> Option<What> {
        let id = self.stored(id);
        let node = self.graph.node(id);
        let pass = passes.iter().rposition(|pass| pass.start <= key)?;
        let group = self.heads() / self.node_width(id).max(1);
        Some(What::Bias {
            by: Cell {
                pass: Some(pass),
                point: node.name.clone(),
                cell: vec![key - passes[pass].start, head / group.max(1)],
            },
            number: None,
        })
    }

    /// The number of heads.
    fn heads(&self) -> usize {
        let mut axes = self.node.shape.iter();
        let head = axes.find(|dim| dim.axis == Axis::Head);
        head.map_or(1, |dim| dim.length(0, 0))
    }

    /// The length of a node's last axis.
    fn node_width(&self, id: NodeId) -> usize {
        let shape = &self.graph.node(id).shape;
        shape.last().map_or(0, |dim| dim.length(0, 0))
    }

    /// All `length` elements of a value behind the first indices.
    fn row(&self, id: NodeId, pass: usize, first: &[usize], length: usize) -> Vector {
        let id = self.stored(id);
        let node = self.graph.node(id);
        let inner: Vec<usize> = node
            .shape
            .iter()
            .skip(first.len() + 1)
            .map(|d| d.length(0, 0))
            .collect();
        let inner: usize = inner.iter().product();
        let several = node.shape.len() > first.len() + 1;
        let cells = (0..length).map(|i| {
            let mut cell = first.to_vec();
            if several {
                cell.extend([i / inner.max(1), i % inner.max(1)]);
            } else {
                cell.push(i);
            }
            cell
        });
        Vector(vec![Part {
            numbers: Numbers::Asked(Query::Values {
                pass,
                point: node.name.clone(),
                slice: Slice::at(first),
            }),
            pass: Some(pass),
            name: node.name.clone(),
            cells: cells.collect(),
        }])
    }

    /// The entries behind keys, and the number of the one at this place among them.
    fn entry(&self, keys: NodeId, passes: &[Pass], key: usize) -> Option<(NodeId, usize)> {
        let node = self.graph.node(keys);
        let entry = key.checked_sub(passes[self.pass].tokens.len())?;
        (node.operation == Operation::Extend).then(|| (node.inputs[1], entry))
    }

    /// One number of a value of this pass.
    fn number(&self, id: NodeId, cell: &[usize]) -> Part {
        let name = &self.graph.node(id).name;
        Part {
            numbers: Numbers::Asked(Query::Values {
                pass: self.pass,
                point: name.clone(),
                slice: Slice::at(cell),
            }),
            pass: Some(self.pass),
            name: name.clone(),
            cells: vec![cell.to_vec()],
        }
    }

    /// Elements of keys or values, which the passes up to this one have made: all of one key, or one of all keys.
    fn keys(
        &self,
        id: NodeId,
        passes: &[Pass],
        head: usize,
        key: Option<usize>,
        d: Option<usize>,
    ) -> Vector {
        let id = self.stored(id);
        let node = self.graph.node(id);
        let kv_heads = node.shape.get(1).map_or(1, |dim| dim.length(0, 0));
        let group = self.heads() / kv_heads.max(1);
        let kv_head = head / group.max(1);
        let d_head = self.node_width(id);
        let mut parts = Vec::new();
        for (number, pass) in passes.iter().enumerate().take(self.pass + 1) {
            let rows = pass.start..pass.tokens.len();
            let rows = match key {
                Some(key) if rows.contains(&key) => key - rows.start..key - rows.start + 1,
                Some(_) => continue,
                None => 0..rows.len(),
            };
            let columns = d.map_or(0..d_head, |d| d..d + 1);
            let cells = rows.clone().flat_map(|row| {
                columns
                    .clone()
                    .map(move |column| vec![row, kv_head, column])
            });
            parts.push(Part {
                cells: cells.collect(),
                numbers: Numbers::Asked(Query::Values {
                    pass: number,
                    point: node.name.clone(),
                    slice: Slice(vec![
                        Pick::Span(rows),
                        Pick::At(kv_head),
                        Pick::Span(columns),
                    ]),
                }),
                pass: Some(number),
                name: node.name.clone(),
            });
        }
        Vector(parts)
    }
}

/// The numbers of a linear map's matrix that make its output number `out`, and where they stand.
fn column(matrix: &Named, out: usize) -> Option<Part> {
    let all = |axis: usize| Pick::Span(0..matrix.point.shape[axis]);
    let (slice, cells): (_, Vec<Vec<usize>>) = match (matrix.layout, &matrix.point.shape[..]) {
        (Layout::Turned, &[length, _]) => (
            vec![all(0), Pick::At(out)],
            (0..length).map(|i| vec![i, out]).collect(),
        ),
        (Layout::IntoHeads(_), &[_, length, d_head]) => {
            let (head, d) = (out / d_head.max(1), out % d_head.max(1));
            (
                vec![Pick::At(head), all(1), Pick::At(d)],
                (0..length).map(|i| vec![head, i, d]).collect(),
            )
        }
        (Layout::FromHeads(heads), &[_, d_head, _]) => (
            vec![all(0), all(1), Pick::At(out)],
            (0..heads * d_head)
                .map(|i| vec![i / d_head, i % d_head, out])
                .collect(),
        ),
        _ => return None,
    };
    Some(Part {
        numbers: Numbers::Asked(Query::Weight {
            name: matrix.point.name.clone(),
            slice: Slice(slice),
        }),
        pass: None,
        name: matrix.point.name.clone(),
        cells,
    })
}
