//! CSV files of matrices: a line a row, no names.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::error::{DataError, PlayError};
use super::model::Matrix;
use crate::play::number::number;
use crate::trace::atomic_file::AtomicFile;

/// Bytes of a file, with room for the largest matrix.
const MOST_BYTES: u64 = 64 << 10;

/// Read a matrix.
pub fn read(file: &Path) -> Result<Matrix, PlayError> {
    read_file(file).map_err(|why| PlayError::Data {
        file: file.to_owned(),
        why,
    })
}

fn read_file(path: &Path) -> Result<Matrix, DataError> {
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => DataError::Missing,
        _ => DataError::Read(e),
    })?;
    // A pipe or a device might never end.
    if !meta.is_file() {
        return Err(DataError::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(DataError::TooManyBytes(MOST_BYTES));
    }
    parse(&bytes)
}

/// The matrix of the text of a CSV file.
pub fn parse(bytes: &[u8]) -> Result<Matrix, DataError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            match error.kind() {
                csv::ErrorKind::Utf8 { .. } => DataError::NotText { line },
                _ => DataError::Csv(error.to_string()),
            }
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |(i, text): (usize, &str)| {
            number(text).map_err(|why| DataError::Cell {
                line,
                column: i + 1,
                why: Box::new(why.into()),
            })
        };
        rows.push(
            record
                .iter()
                .enumerate()
                .map(cell)
                .collect::<Result<_, _>>()?,
        );
    }
    Matrix::new(rows).map_err(|why| DataError::Matrix(Box::new(why)))
}

/// Write a matrix. The file appears whole or not at all.
pub fn write(file: &Path, rows: &[Vec<f64>]) -> Result<(), PlayError> {
    let line = |row: &Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    let text: String = rows.iter().map(|row| line(row) + "\n").collect();
    let written = AtomicFile::create(file).and_then(|out| {
        out.file().write_all(text.as_bytes())?;
        out.finish()
    });
    written.map_err(|why| PlayError::Write {
        file: file.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_matrices_and_bad_ones_say_where() {
        let matrix = parse("\u{feff}1, 2\n3,4.5\n".as_bytes()).unwrap();
        assert_eq!(matrix.all(), [[1.0, 2.0], [3.0, 4.5]]);
        let long = "1,".repeat(20) + "1\n";
        for (text, due) in [
            (&b""[..], "it is empty"),
            (b"1,2\n3\n", "row 2 has length 1"),
            (b"1,2\n3,red\n", "line 2, column 2: \"red\" is no number"),
            (b"1,NaN\n", "line 1, column 2: NaN is not a finite number"),
            (b"1,\xff\n", "line 1 is not UTF-8 text"),
            (long.as_bytes(), "1×21 is too large"),
        ] {
            let why = parse(text).unwrap_err().to_string();
            assert!(why.contains(due), "{text:?}: {why}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let matrix = Matrix::parse("1 2.5; -3 0.1").unwrap();
        write(&file, matrix.all()).unwrap();
        assert_eq!(read(&file).unwrap(), matrix);
        fs::write(&file, "1,2\n".repeat(100_000)).unwrap();
        let why = read(&file).unwrap_err().to_string();
        assert!(why.contains("a.csv: it has more than 65536 bytes"), "{why}");
        let why = read(folder.path()).unwrap_err().to_string();
        assert!(why.contains("not an ordinary file"), "{why}");
    }
}
