//! Values as a file for other programs: tables, arrays, heat maps.

pub mod colour;
mod picture;
mod sheet;
mod table;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::trace::hook;
use crate::trace::query::{Answer, Query};
use crate::trace::source::{Pass, locate};
use crate::trace::sweep::SweepMap;
use crate::trace::tensor::{Pick, Values};
use crate::trace::{atomic_file, number};
pub use sheet::Sheet;

/// A form of file, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    /// NumPy's array format, version 1.0, in float64.
    Npy,
    Png,
    Svg,
}

const FORMATS: [(&str, Format); 5] = [
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("npy", Format::Npy),
    ("png", Format::Png),
    ("svg", Format::Svg),
];

/// Cells of a heat map at most: it is to be looked at.
const MOST_CELLS: usize = 1 << 22;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{} ends with none of {}", path.display(), endings())]
    Format { path: PathBuf },
    #[error("{} would have {cells} cells, and a picture has at most {MOST_CELLS}: choose a part with a slice", path.display())]
    TooLarge { path: PathBuf, cells: usize },
    #[error("a picture shows a matrix or several, and there is nothing in {name}")]
    Empty { name: String },
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the values cannot be written as a table: {0}")]
    Csv(#[from] csv::Error),
    #[error("the values cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the picture cannot be made: {0}")]
    Png(String),
}

fn endings() -> String {
    FORMATS.map(|(ending, _)| format!(".{ending}")).join(" ")
}

impl Format {
    /// The format of a file's ending.
    ///
    /// # Errors
    /// [`ExportError::Format`] for another ending.
    pub fn of(path: &Path) -> Result<Format, ExportError> {
        let ending = path.extension().map(|e| e.to_ascii_lowercase());
        let found = FORMATS
            .into_iter()
            .find(|(word, _)| ending.as_ref().is_some_and(|e| e == word));
        found.map(|(_, format)| format).ok_or(ExportError::Format {
            path: path.to_owned(),
        })
    }
}

/// Values, and where they stand in their hook point.
struct Exported<'a> {
    pub name: &'a str,
    /// For each axis that a slice leaves, its word and its first index.
    pub axes: Vec<(&'static str, usize)>,
    pub values: &'a Values,
    /// Names of rows and of columns, where their indices say less.
    pub labels: [&'a [String]; 2],
}

impl Exported<'_> {
    /// The name of a row, or its index.
    fn row(&self, at: usize, index: usize) -> String {
        let label = self.labels[0].get(at);
        label.map_or_else(|| index.to_string(), Clone::clone)
    }

    /// The name of a column, or its index.
    fn column(&self, at: usize, index: usize) -> String {
        let label = self.labels[1].get(at);
        label.map_or_else(|| index.to_string(), Clone::clone)
    }
}

/// Write the answer to a question as a file, whole or not at all; the shape of what was written, `None` for an answer
/// that is no numbers.
///
/// # Errors
/// [`ExportError`]
pub fn answer(
    passes: &[Pass],
    query: &Query,
    answer: &Answer,
    path: &Path,
) -> Result<Option<Vec<usize>>, ExportError> {
    let sheet = match (answer, query) {
        (Answer::Sweep(map), _) => {
            sweep(map, path)?;
            return Ok(Some(vec![map.points.len(), map.columns.len()]));
        }
        (Answer::Difference(found), _) => Sheet::of_difference(found),
        (
            Answer::Grid(grid),
            Query::Grid {
                pass, points, rows, ..
            },
        ) => {
            let pass = passes.get(*pass);
            let tokens = pass.map_or(&[][..], |pass| &pass.tokens[pass.start..]);
            let shown = rows.clone().unwrap_or(0..tokens.len());
            let tokens = tokens.get(shown).unwrap_or_default().iter();
            let tokens: Vec<String> = tokens.map(|token| token.text.clone()).collect();
            Sheet::of_grid(points, &tokens, grid)
        }
        (answer, query) => {
            let Some(values) = answer.values() else {
                return Ok(None);
            };
            export(passes, query, values, path)?;
            return Ok(Some(values.shape.clone()));
        }
    };
    if Format::of(path)? == Format::Json {
        put(path, &serde_json::to_vec(answer)?)?;
    } else {
        sheet.write(path)?;
    }
    Ok(Some(vec![sheet.rows.len(), sheet.columns.len()]))
}

/// Write the answer to a question for values as a file, whole or not at all.
///
/// # Errors
/// [`ExportError`]
fn export(passes: &[Pass], query: &Query, values: &Values, path: &Path) -> Result<(), ExportError> {
    let name = query.point().or(query.beside()).unwrap_or_default();
    let point = locate(passes, query.pass(), name).ok();
    let point = point.map(|at| &passes[query.pass()].plan.points()[at]);
    let picks = match query {
        Query::Values { slice, .. } | Query::Weight { slice, .. } | Query::Kept { slice, .. } => {
            &slice.0[..]
        }
        _ => &[],
    };
    let axes = point
        .map_or(&[][..], |point| &point.axes)
        .iter()
        .enumerate();
    let axes = axes.filter_map(|(i, axis)| match picks.get(i) {
        Some(Pick::At(_)) => None,
        Some(Pick::Span(span)) => Some((axis.word(), span.start)),
        None => Some((axis.word(), 0)),
    });
    let mut axes: Vec<(&str, usize)> = axes.collect();
    if axes.is_empty() {
        // A value that is no step has no axes in the plan.
        let words = ["head", "row", "column"];
        let last = words.len().saturating_sub(values.shape.len());
        axes.extend(words[last..].iter().map(|&word| (word, 0)));
    }
    let exported = Exported {
        name,
        axes,
        values,
        labels: [&[], &[]],
    };
    write(&exported, path)
}

/// Write the effects of a sweep as a file, whole or not at all. JSON has all of its numbers.
///
/// # Errors
/// [`ExportError`]
fn sweep(map: &SweepMap, path: &Path) -> Result<(), ExportError> {
    if Format::of(path)? == Format::Json {
        return put(path, &serde_json::to_vec(map)?);
    }
    let shape = vec![map.points.len(), map.columns.len()];
    let points: Vec<String> = map.points.iter().map(|name| hook::brief(name)).collect();
    let exported = Exported {
        name: "effect",
        axes: vec![("point", 0), ("part", 0)],
        values: &Values::new(shape, map.effects()),
        labels: [&points, &map.columns],
    };
    write(&exported, path)
}

/// Write the file, whole or not at all.
///
/// # Errors
/// [`ExportError`]
fn write(exported: &Exported, path: &Path) -> Result<(), ExportError> {
    let cells = exported.values.data.len();
    let bytes = match Format::of(path)? {
        Format::Csv => table::csv(exported)?,
        Format::Json => json(exported)?,
        Format::Npy => table::npy(exported.values),
        Format::Png | Format::Svg if cells == 0 => {
            let name = exported.name.to_owned();
            return Err(ExportError::Empty { name });
        }
        Format::Png | Format::Svg if cells > MOST_CELLS => {
            let path = path.to_owned();
            return Err(ExportError::TooLarge { path, cells });
        }
        Format::Png => picture::png(exported)?,
        Format::Svg => picture::svg(exported).into_bytes(),
    };
    put(path, &bytes)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    atomic_file::write(path, bytes).map_err(|error| ExportError::Write {
        path: path.to_owned(),
        error,
    })
}

#[derive(Serialize)]
struct Json<'a> {
    name: &'a str,
    axes: Vec<&'a str>,
    /// The first index of each axis.
    from: Vec<usize>,
    shape: &'a [usize],
    #[serde(serialize_with = "number::list::serialize")]
    values: &'a [f64],
}

fn json(exported: &Exported) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Json {
        name: exported.name,
        axes: exported.axes.iter().map(|axis| axis.0).collect(),
        from: exported.axes.iter().map(|axis| axis.1).collect(),
        shape: &exported.values.shape,
        values: &exported.values.data,
    })
}
