//! Points of one's own, from a CSV file: x, y and label in each row.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::data::{Point, RADIUS};
use super::state::Problem;
use crate::lang::{plain, quoted, say, say_with};

/// Points at most: an epoch on so many still takes less than a second.
pub const MOST: usize = 100_000;
/// Points at least, so that both training and test data have one at every ratio.
pub const LEAST: usize = 10;
/// Bytes of a file that are read.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("{}", say_with("playground-error-no-file", &[("file", plain(.0.display()))]))]
    NoFile(PathBuf),
    #[error("{0}: {1}")]
    Csv(PathBuf, csv::Error),
    #[error("{}", say_with("playground-error-row", &[
        ("file", plain(file.display())), ("line", plain(line)), ("why", plain(why))
    ]))]
    Row {
        file: PathBuf,
        line: u64,
        why: String,
    },
    #[error("{}", say_with("playground-error-few", &[
        ("file", plain(.0.display())), ("n", plain(.1)), ("least", plain(LEAST))
    ]))]
    TooFew(PathBuf, usize),
    #[error("{}", say_with("playground-error-many", &[
        ("file", plain(.0.display())), ("most", plain(MOST))
    ]))]
    TooMany(PathBuf),
}

/// Where x, y and label stand in a row.
type Columns = [usize; 3];

/// Names that a header may give them.
const NAMES: [&[&str]; 3] = [
    &["x", "x1"],
    &["y", "x2"],
    &["label", "class", "target", "value"],
];

/// Read points. The first line may be a header, whose names x, y and label then say which columns count.
///
/// # Errors
/// The file cannot be read, or a row is not three numbers; the message names its line.
pub fn read(path: &Path) -> Result<Vec<Point>, OwnError> {
    let of_file = |e| OwnError::File(path.to_owned(), e);
    if !std::fs::metadata(path).map_err(of_file)?.is_file() {
        return Err(OwnError::NoFile(path.to_owned()));
    }
    let file = File::open(path).map_err(of_file)?.take(MOST_BYTES + 1);
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(file);
    let mut points = Vec::new();
    let mut columns: Option<Columns> = None;
    let mut row = csv::StringRecord::new();
    while rows
        .read_record(&mut row)
        .map_err(|e| OwnError::Csv(path.to_owned(), e))?
    {
        let at_line = |why| OwnError::Row {
            file: path.to_owned(),
            line: row.position().map_or(0, csv::Position::line),
            why,
        };
        let is_first = columns.is_none();
        let columns = match columns {
            Some(columns) => columns,
            None => *columns.insert(columns_of(&row).map_err(at_line)?),
        };
        if is_first && row.iter().all(|field| field.parse::<f64>().is_err()) {
            continue;
        }
        points.push(point(&row, columns).map_err(at_line)?);
        if points.len() > MOST || rows.position().byte() > MOST_BYTES {
            return Err(OwnError::TooMany(path.to_owned()));
        }
    }
    match points.len() {
        n if n < LEAST => Err(OwnError::TooFew(path.to_owned(), n)),
        _ => Ok(points),
    }
}

/// The columns that the first row names, else the first three of three.
fn columns_of(row: &csv::StringRecord) -> Result<Columns, String> {
    let named = NAMES.map(|names| {
        let is_one = |field: &str| names.iter().any(|name| field.eq_ignore_ascii_case(name));
        row.iter().position(is_one)
    });
    match (named, row.len()) {
        ([Some(x), Some(y), Some(label)], _) => Ok([x, y, label]),
        (_, 3) => Ok([0, 1, 2]),
        (_, n) => Err(say_with("playground-error-columns", &[("n", n.into())])),
    }
}

fn point(row: &csv::StringRecord, columns: Columns) -> Result<Point, String> {
    let number = |which: usize| {
        let (at, name) = (columns[which], NAMES[which][0]);
        let field = row.get(at).ok_or_else(|| {
            say_with(
                "playground-error-no-field",
                &[
                    ("name", plain(name)),
                    ("fields", plain(row.len())),
                    ("due", plain(at + 1)),
                ],
            )
        })?;
        let said = |key, field| Err(say_with(key, &[("name", plain(name)), ("field", field)]));
        match field.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(x),
            Ok(_) => said("playground-error-field-finite", plain(field)),
            Err(_) if field.is_empty() => {
                let name = ("name", plain(name));
                Err(say_with("playground-error-field-empty", &[name]))
            }
            Err(_) => said("playground-error-field", quoted(field)),
        }
    };
    if columns == [0, 1, 2] && row.len() > 3 {
        let fields = ("fields", plain(row.len()));
        return Err(say_with("playground-error-fields", &[fields]));
    }
    Ok(Point {
        x: number(0)?,
        y: number(1)?,
        label: number(2)?,
    })
}

/// The points as a problem takes them: for classes, labels 0 become −1.
///
/// # Errors
/// Labels that are no classes.
pub fn labelled(points: &[Point], problem: Problem) -> Result<Vec<Point>, String> {
    if problem == Problem::Regression {
        return Ok(points.to_vec());
    }
    let all = |classes: [f64; 2]| points.iter().all(|p| classes.contains(&p.label));
    if !all([-1.0, 1.0]) && !all([0.0, 1.0]) {
        let is_other = |p: &&Point| ![-1.0, 0.0, 1.0].contains(&p.label);
        return Err(match points.iter().find(is_other) {
            Some(point) => say_with("playground-error-label", &[("label", plain(point.label))]),
            None => say("playground-error-labels").into(),
        });
    }
    let class = |p: &Point| Point {
        label: if p.label > 0.0 { 1.0 } else { -1.0 },
        ..*p
    };
    Ok(points.iter().map(class).collect())
}

/// Points moved and stretched along both axes so that they fill the plane that is drawn.
pub fn scaled(points: &[Point]) -> Vec<Point> {
    let span = |of: fn(&Point) -> f64| {
        let all = || points.iter().map(of);
        let low = all().fold(f64::INFINITY, f64::min);
        let high = all().fold(f64::NEG_INFINITY, f64::max);
        move |x: f64| match high - low {
            // Halves, so that not even the widest span overflows.
            width if width > 0.0 => ((x / 2.0 - low / 2.0) / (width / 2.0) * 2.0 - 1.0) * RADIUS,
            _ => 0.0,
        }
    };
    let (x, y) = (span(|p| p.x), span(|p| p.y));
    let moved = |p: &Point| Point {
        x: x(p.x),
        y: y(p.y),
        label: p.label,
    };
    points.iter().map(moved).collect()
}

/// How many points lie outside the plane that is drawn.
pub fn outside(points: &[Point]) -> usize {
    let is_out = |p: &&Point| p.x.abs() > RADIUS || p.y.abs() > RADIUS;
    points.iter().filter(is_out).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Result<Vec<Point>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|e| {
            let text = e.to_string();
            text.replace(path.to_str().unwrap(), "points.csv")
        })
    }

    #[test]
    fn points_are_read_with_and_without_a_header() {
        let rows = "1, 2.5,-1\r\n".repeat(10);
        let due = Point {
            x: 1.0,
            y: 2.5,
            label: -1.0,
        };
        assert_eq!(given(&rows).unwrap(), [due; 10]);
        assert_eq!(given(&format!("a,b,c\n{rows}")).unwrap(), [due; 10]);
        assert_eq!(
            given(&format!("\u{feff}x,y,label\n{rows}")).unwrap(),
            [due; 10]
        );
        let more = format!("name,Class,X2,X1\n{}", "ann,-1,2.5,1\n".repeat(10));
        assert_eq!(given(&more).unwrap(), [due; 10]);
    }

    #[test]
    fn bad_rows_are_named_by_their_line() {
        let good = "0,0,1\n".repeat(12);
        for (text, word) in [
            (String::new(), "points.csv: 0 points are too few"),
            ("x,y,label\n".into(), "0 points are too few"),
            (
                format!("{good}1,2\n"),
                "line 13: the row has no field for label",
            ),
            (
                format!("{good}1,2,3,4\n"),
                "line 13: the row has 4 fields, not 3",
            ),
            (
                format!("{good}1,two,1\n"),
                "line 13: y is \"two\", which is no number",
            ),
            (format!("{good}1,,1\n"), "line 13: y is empty"),
            (
                format!("{good}NaN,2,1\n"),
                "line 13: x is NaN, which is no finite number",
            ),
            (format!("{good}1,1e999,1\n"), "line 13: y is 1e999"),
            (
                "1;2;1\n".into(),
                "line 1: a row is x, y, label, and this one has 1 field;",
            ),
            ("1,2,3,4,5\n".into(), "and this one has 5 fields;"),
            ("0,0,1\n".repeat(1_000_000), "more than 100000 points"),
        ] {
            let why = given(&text).unwrap_err();
            assert!(why.contains(word), "{word}: {why}");
        }
        assert!(read(Path::new("/nowhere.csv")).is_err());
        assert!(
            read(Path::new("/"))
                .unwrap_err()
                .to_string()
                .contains("not an ordinary file")
        );
    }

    #[test]
    fn labels_become_classes() {
        let points = |labels: &[f64]| -> Vec<Point> {
            let point = |label: &f64| Point {
                x: 3.0 * label,
                y: 7.0,
                label: *label,
            };
            labels.iter().map(point).collect()
        };
        let classes = labelled(&points(&[0.0, 1.0]), Problem::Classification).unwrap();
        assert_eq!(
            classes.iter().map(|p| p.label).collect::<Vec<_>>(),
            [-1.0, 1.0]
        );
        let why = labelled(&points(&[1.0, 2.0]), Problem::Classification).unwrap_err();
        assert!(why.contains("the label 2 is no class"), "{why}");
        // The one that is wrong is named, not the first that might be.
        let why = labelled(&points(&[0.0, 1.0, 2.0]), Problem::Classification).unwrap_err();
        assert!(why.contains("the label 2 is no class"), "{why}");
        let why = labelled(&points(&[-1.0, 0.0, 1.0]), Problem::Classification).unwrap_err();
        assert!(
            why.starts_with("the labels -1 and 0 are both there"),
            "{why}"
        );
        assert!(labelled(&points(&[1.0, 2.0]), Problem::Regression).is_ok());
        let moved = scaled(&points(&[0.0, 1.0, 2.0]));
        assert_eq!(
            moved.iter().map(|p| p.x).collect::<Vec<_>>(),
            [-6.0, 0.0, 6.0]
        );
        assert_eq!(outside(&points(&[1.0])), 1);
    }
}
