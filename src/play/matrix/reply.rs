//! Replies of commands, as data and as text: the same in batch and on the screen.

use serde::{Serialize, Serializer};

use super::model::{Product, Vectors};
use super::words::{self, number};
use crate::play::number::{Exact, exact, exact_list, exact_rows};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// Two matrices, and their product as far as it is known.
    Product {
        #[serde(serialize_with = "exact_rows")]
        a: Vec<Vec<f64>>,
        #[serde(serialize_with = "exact_rows")]
        b: Vec<Vec<f64>>,
        /// A cell that has not landed is null.
        #[serde(serialize_with = "known_rows")]
        c: Vec<Vec<Option<f64>>>,
        /// Steps done, of so many.
        step: usize,
        steps: usize,
        /// The cell at work; null before the first step.
        cell: Option<AtCell>,
        #[serde(skip)]
        text: String,
    },
    /// Two vectors; what needs a direction is null where one has none, and all of it where they do not fit.
    Vectors {
        #[serde(serialize_with = "exact_list")]
        u: Vec<f64>,
        #[serde(serialize_with = "exact_list")]
        v: Vec<f64>,
        #[serde(serialize_with = "known_list")]
        sum: Option<Vec<f64>>,
        #[serde(serialize_with = "known")]
        dot: Option<f64>,
        /// The lengths of u and v.
        #[serde(serialize_with = "exact_list")]
        lengths: Vec<f64>,
        #[serde(serialize_with = "known")]
        cosine: Option<f64>,
        #[serde(serialize_with = "known")]
        degrees: Option<f64>,
        /// The part of u along v.
        #[serde(serialize_with = "known_list")]
        projection: Option<Vec<f64>>,
        #[serde(skip)]
        text: String,
    },
    Text {
        text: String,
    },
}

/// The cell at work; rows and columns count from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtCell {
    row: usize,
    column: usize,
    products: Vec<Term>,
    #[serde(serialize_with = "exact")]
    sum: f64,
    landed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    #[serde(serialize_with = "exact")]
    left: f64,
    #[serde(serialize_with = "exact")]
    right: f64,
    #[serde(serialize_with = "exact")]
    product: f64,
}

impl Reply {
    pub fn of_product(product: &Product) -> Reply {
        let shown = product.shown().filter(|_| product.fits());
        let cell = shown.map(|shown| {
            let (row, column) = (shown.row, shown.column);
            let term = |k: usize| {
                let (left, right) = (product.a.get(row, k), product.b.get(k, column));
                Term {
                    left,
                    right,
                    product: left * right,
                }
            };
            AtCell {
                row: row + 1,
                column: column + 1,
                products: (0..shown.products).map(term).collect(),
                sum: product.sum(row, column, shown.products),
                landed: shown.landed,
            }
        });
        Reply::Product {
            a: product.a.all().to_vec(),
            b: product.b.all().to_vec(),
            c: product.c(),
            step: product.at,
            steps: product.steps(),
            cell,
            text: text_of(product),
        }
    }

    pub fn of_vectors(vectors: &Vectors) -> Reply {
        let fits = vectors.fits();
        Reply::Vectors {
            u: vectors.u.clone(),
            v: vectors.v.clone(),
            sum: fits.then(|| vectors.sum()),
            dot: fits.then(|| vectors.dot()),
            lengths: vectors.lengths().to_vec(),
            cosine: vectors.cosine().filter(|_| fits),
            degrees: vectors.degrees().filter(|_| fits),
            projection: vectors.projection().filter(|_| fits),
            text: format!(
                "u = {}   v = {}\n{}",
                words::vector(&vectors.u),
                words::vector(&vectors.v),
                words::vectors(vectors).join("\n")
            ),
        }
    }

    pub fn text(&self) -> String {
        match self {
            Reply::Product { text, .. } | Reply::Vectors { text, .. } | Reply::Text { text } => {
                text.clone()
            }
        }
    }
}

/// The three matrices beside one another, and the last step.
fn text_of(product: &Product) -> String {
    let known = |m: &[Vec<f64>]| -> Vec<Vec<String>> {
        let row = |row: &Vec<f64>| row.iter().map(|x| number(*x)).collect();
        m.iter().map(row).collect()
    };
    let mut blocks = vec![("A", known(product.a.all())), ("B", known(product.b.all()))];
    if product.fits() {
        let cell = |x: &Option<f64>| x.map_or("·".into(), number);
        let c = product.c();
        let c = c.iter().map(|row| row.iter().map(cell).collect());
        blocks.push(("C = A · B", c.collect()));
    }
    let blocks: Vec<Vec<String>> = blocks
        .into_iter()
        .map(|(title, rows)| block(title, &rows))
        .collect();
    let height = blocks.iter().map(Vec::len).max().unwrap_or(0);
    let width = |block: &Vec<String>| block.iter().map(|l| l.chars().count()).max();
    let mut lines = Vec::new();
    for y in 0..height {
        let parts = blocks.iter().map(|block| {
            let line = block.get(y).map_or("", String::as_str);
            format!("{line:<width$}", width = width(block).unwrap_or(0))
        });
        lines.push(parts.collect::<Vec<_>>().join("    ").trim_end().to_owned());
    }
    lines.extend([words::sum(product), words::step(product)]);
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn block(title: &str, rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |j: usize| rows.iter().map(|row| row[j].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|j| width(j).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, &width)| format!("{cell:>width$}"));
        cells.collect::<Vec<_>>().join("  ")
    };
    let mut out = vec![title.to_owned()];
    out.extend(rows.iter().map(line));
    out
}

fn known<S: Serializer>(x: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    x.map(Exact).serialize(to)
}

fn known_list<S: Serializer>(all: &Option<Vec<f64>>, to: S) -> Result<S::Ok, S::Error> {
    let all = all.as_ref();
    let all = all.map(|all| all.iter().map(|x| Exact(*x)).collect::<Vec<_>>());
    all.serialize(to)
}

fn known_rows<S: Serializer>(rows: &[Vec<Option<f64>>], to: S) -> Result<S::Ok, S::Error> {
    let row = |row: &Vec<Option<f64>>| row.iter().map(|x| x.map(Exact)).collect::<Vec<_>>();
    to.collect_seq(rows.iter().map(row))
}
