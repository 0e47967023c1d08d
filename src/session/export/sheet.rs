//! Numbers in rows and columns that have names, as a pane shows them.

use std::path::Path;

use serde::Serialize;

use super::{ExportError, Exported, Format, put, write};
use crate::trace::branch::Difference;
use crate::trace::grid::LensGrid;
use crate::trace::hook;
use crate::trace::number;
use crate::trace::tensor::Values;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    pub name: String,
    /// The names of the axes of rows and columns.
    pub axes: [&'static str; 2],
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// Row by row; NaN where there is none.
    #[serde(serialize_with = "number::list::serialize")]
    pub values: Vec<f64>,
}

impl Sheet {
    /// A sheet with these columns, without rows.
    pub fn new(name: impl Into<String>, axes: [&'static str; 2], columns: &[&str]) -> Sheet {
        Sheet {
            name: name.into(),
            axes,
            rows: Vec::new(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            values: Vec::new(),
        }
    }

    /// Add a row; numbers that it lacks are NaN.
    pub fn push(&mut self, row: impl Into<String>, values: impl IntoIterator<Item = f64>) {
        self.rows.push(row.into());
        self.values.extend(values);
        let all = self.rows.len() * self.columns.len();
        self.values.resize(all, f64::NAN);
    }

    /// The difference of two branches, with the tokens of both beside their rows.
    pub fn of_difference(found: &Difference) -> Sheet {
        let columns = found.shape.last().copied().unwrap_or(1).max(1);
        let names: Vec<String> = (0..columns).map(|i| i.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut sheet = Sheet::new(&found.point, ["token", "change"], &names);
        let changes: Vec<f64> = (0..found.here.len())
            .map(|i| found.change(i).unwrap_or(f64::NAN))
            .collect();
        for (row, values) in changes.chunks(columns).enumerate() {
            let at = row % found.tokens.len().max(1);
            let name = match found.tokens.get(at) {
                Some((here, Some(there))) if here != there => format!("{here} → {there}"),
                Some((here, _)) => here.clone(),
                None => row.to_string(),
            };
            sheet.push(name, values.iter().copied());
        }
        sheet
    }

    /// How probable the top token of each cell of a lens grid is.
    pub fn of_grid(points: &[String], tokens: &[String], grid: &LensGrid) -> Sheet {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut sheet = Sheet::new("probability of the top token", ["point", "token"], &tokens);
        for (point, cells) in points.iter().zip(&grid.cells) {
            let prob = cells
                .iter()
                .map(|cell| cell.as_ref().map_or(f64::NAN, |cell| cell.prob));
            sheet.push(hook::brief(point), prob.take(tokens.len()));
        }
        sheet
    }

    /// Write it as a file, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError`]
    pub fn write(&self, path: &Path) -> Result<(), ExportError> {
        if Format::of(path)? == Format::Json {
            return put(path, &serde_json::to_vec(self)?);
        }
        let shape = vec![self.rows.len(), self.columns.len()];
        let exported = Exported {
            name: &self.name,
            axes: self.axes.map(|axis| (axis, 0)).to_vec(),
            values: &Values::new(shape, self.values.clone()),
            labels: [&self.rows, &self.columns],
        };
        write(&exported, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_names_beside_its_rows_and_above_its_columns() {
        let mut sheet = Sheet::new("share", ["token", "measure"], &["first", "second"]);
        sheet.push("中", [1.0, 0.25]);
        sheet.push("华", [-2.0]);
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| {
            let path = folder.path().join(name);
            sheet.write(&path).unwrap();
            std::fs::read(path).unwrap()
        };
        let csv = String::from_utf8(read("a.csv")).unwrap();
        assert_eq!(csv, "token,first,second\n中,1,0.25\n华,-2,NaN\n");
        let json: serde_json::Value = serde_json::from_slice(&read("a.json")).unwrap();
        assert_eq!(json["rows"][1], "华");
        assert_eq!(json["columns"][1], "second");
        assert_eq!(json["values"][2], -2.0);
        let svg = String::from_utf8(read("a.svg")).unwrap();
        assert!(svg.contains("中") && svg.contains(">second<"), "{svg}");
        assert!(read("a.png").starts_with(b"\x89PNG"));
        assert!(read("a.npy").starts_with(b"\x93NUMPY"));
    }
}
