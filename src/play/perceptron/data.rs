//! Samples to learn from: three that are known, and CSV files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::error::{Columns, DataError, PlayError};
use super::model::{MOST_INPUTS, name};
use crate::play::number::number;

/// Samples of a data set. The rule needs few to be seen at work.
pub const MOST_ROWS: usize = 10_000;
/// Bytes of a file, with room for that many samples.
const MOST_BYTES: u64 = 4 << 20;

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub values: Vec<f64>,
    pub answer: bool,
}

/// Samples with the names of their columns.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    pub names: Vec<String>,
    pub answer: String,
    pub samples: Vec<Sample>,
}

/// A data set that needs no file: `and`, `or`, `xor`.
pub fn known(word: &str) -> Option<DataSet> {
    let answer: fn(bool, bool) -> bool = match word {
        "and" => |a, b| a && b,
        "or" => |a, b| a || b,
        "xor" => |a, b| a != b,
        _ => return None,
    };
    let rows = [(false, false), (false, true), (true, false), (true, true)];
    let samples = rows.map(|(a, b)| Sample {
        values: vec![f64::from(a), f64::from(b)],
        answer: answer(a, b),
    });
    Some(DataSet {
        names: vec!["x1".into(), "x2".into()],
        answer: word.into(),
        samples: samples.into(),
    })
}

/// 0 or 1.
pub fn answer(text: &str) -> Result<bool, PlayError> {
    match number(text)? {
        0.0 => Ok(false),
        1.0 => Ok(true),
        _ => Err(PlayError::Answer(text.trim().to_owned())),
    }
}

/// Two samples with the same inputs and different answers: no rule can learn both.
pub fn contradiction(samples: &[Sample]) -> Option<(usize, usize)> {
    let mut seen = HashMap::new();
    for (i, sample) in samples.iter().enumerate() {
        let bits: Vec<u64> = sample.values.iter().map(|x| x.to_bits()).collect();
        let &mut (first, answer) = seen.entry(bits).or_insert((i, sample.answer));
        if answer != sample.answer {
            return Some((first, i));
        }
    }
    None
}

/// Read a CSV file: a column an input, the answer in the last; the first line may be names.
pub fn read(file: &Path) -> Result<DataSet, PlayError> {
    read_file(file).map_err(|why| PlayError::Data {
        file: file.to_owned(),
        why,
    })
}

fn read_file(path: &Path) -> Result<DataSet, DataError> {
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
        return Err(match parse(&bytes) {
            Err(error @ DataError::ManyRows(_)) => error,
            _ => DataError::Large(MOST_BYTES),
        });
    }
    parse(&bytes)
}

/// Samples of the text of a CSV file.
pub fn parse(bytes: &[u8]) -> Result<DataSet, DataError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut header: Option<Vec<String>> = None;
    let mut samples = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(error, bytes))?;
        let line = line(record.position(), bytes);
        if record.len() < 2 {
            return Err(DataError::OneColumn { line });
        }
        let inputs = record.len() - 1;
        if inputs > MOST_INPUTS {
            let most = MOST_INPUTS;
            return Err(DataError::ManyInputs {
                found: inputs,
                most,
            });
        }
        if header.is_none() {
            let names = names(&record)?;
            let is_names = names.is_some();
            header = Some(names.unwrap_or_else(|| {
                let inputs = (1..=inputs).map(|i| format!("x{i}"));
                inputs.chain(["answer".to_owned()]).collect()
            }));
            if is_names {
                continue;
            }
        }
        if samples.len() == MOST_ROWS {
            return Err(DataError::ManyRows(MOST_ROWS));
        }
        let cell = |column: usize, why: PlayError| DataError::Cell {
            line,
            column: header.as_ref().map_or(String::new(), |h| h[column].clone()),
            why: Box::new(why),
        };
        let values = (0..inputs).map(|i| number(&record[i]).map_err(|why| cell(i, why.into())));
        samples.push(Sample {
            values: values.collect::<Result<_, _>>()?,
            answer: answer(&record[inputs]).map_err(|why| cell(inputs, why))?,
        });
    }
    let Some(mut names) = header else {
        return Err(DataError::Empty);
    };
    if samples.is_empty() {
        return Err(DataError::OnlyNames);
    }
    let answer = names.pop().unwrap_or_default();
    Ok(DataSet {
        names,
        answer,
        samples,
    })
}

/// The names that a first line gives; `None` if one of its columns is a number, so that it is a sample.
fn names(record: &csv::StringRecord) -> Result<Option<Vec<String>>, DataError> {
    if record.iter().any(|field| field.parse::<f64>().is_ok()) {
        return Ok(None);
    }
    let mut names: Vec<String> = Vec::new();
    for field in record {
        let name = name(field).map_err(|why| DataError::Header(Box::new(why)))?;
        if names.contains(&name) {
            return Err(DataError::Header(Box::new(PlayError::NameTaken(name))));
        }
        names.push(name);
    }
    Ok(Some(names))
}

/// The line that a record stands in; a position is that of the empty lines before it.
fn line(position: Option<&csv::Position>, bytes: &[u8]) -> u64 {
    let Some(position) = position else {
        return 0;
    };
    let from = bytes.iter().skip(position.byte() as usize);
    let empty = from.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + empty.filter(|&&byte| byte == b'\n').count() as u64
}

fn csv_error(error: csv::Error, bytes: &[u8]) -> DataError {
    let line = line(error.position(), bytes);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => DataError::Ragged {
            line,
            found: Columns(*len),
            due: Columns(*expected_len),
        },
        csv::ErrorKind::Utf8 { .. } => DataError::NotText { line },
        _ => DataError::Csv(error.to_string()),
    }
}

/// The data set as the text of a CSV file.
pub fn csv(names: &[String], output: &str, samples: &[Sample]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(names.iter().map(String::as_str).chain([output]))?;
    for sample in samples {
        let values = sample.values.iter().map(f64::to_string);
        let answer = u8::from(sample.answer).to_string();
        writer.write_record(values.chain([answer]))?;
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_names_or_none() {
        let with =
            parse("\u{feff}天气,price,go\r\n1,0.5,1\r\n\r\n0, -2 ,0\r\n".as_bytes()).unwrap();
        assert_eq!(
            (with.names, with.answer),
            (vec!["天气".into(), "price".into()], "go".into())
        );
        assert_eq!(with.samples[1].values, [0.0, -2.0]);
        assert!(with.samples[0].answer && !with.samples[1].answer);
        let without = parse(b"0,0,0\n1,1,1").unwrap();
        assert_eq!(
            (without.names.join(" "), without.samples.len()),
            ("x1 x2".into(), 2)
        );
    }

    #[test]
    fn a_bad_file_says_where_and_why() {
        let many = "1,1\n".repeat(MOST_ROWS + 1);
        let wide = format!("{}1", "1,".repeat(MOST_INPUTS + 1));
        for (text, due) in [
            ("", "it is empty"),
            ("\n\n", "it is empty"),
            ("a,b,y\n", "it has names and no sample"),
            (
                "a,b,y\n0,0,1\n0,1\n",
                "line 3 has 2 columns, and the first has 3 columns",
            ),
            ("a,b,y\n0,x,1\n", "line 2, column b: \"x\" is no number"),
            ("a,b,y\r\n\r\n\r\n0,x,1\r\n", "line 4, column b"),
            ("\n\na,b,y\n\n0,1\n", "line 5 has 2 columns"),
            ("a,b,y\n0,,1\n", "line 2, column b: \"\" is no number"),
            (
                "a,b,y\n0,NaN,1\n",
                "line 2, column b: NaN is not a finite number",
            ),
            (
                "a,b,y\n0,-inf,1\n",
                "line 2, column b: -inf is not a finite number",
            ),
            ("a,b,y\n0,1e30,1\n", "line 2, column b: 1e30 is too large"),
            ("a,b,y\n0,1,2\n", "line 2, column y: \"2\" is no answer"),
            ("a,b,y\n0,1,yes\n", "line 2, column y: \"yes\" is no number"),
            ("a,a,y\n0,1,1\n", "line 1: another input has the name \"a\""),
            ("1;0;1\n", "line 1 has one column"),
            (&wide, "it has 13 inputs"),
            (&many, "it has more than 10000 samples"),
        ] {
            let why = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(why.starts_with(due), "{text:.20}: {why}");
        }
        let why = parse(b"a,y\n\xff,1\n").unwrap_err().to_string();
        assert_eq!(why, "line 2 is not UTF-8 text");
    }

    #[test]
    fn a_file_is_an_ordinary_one() {
        let folder = tempfile::tempdir().unwrap();
        let why = read(folder.path()).unwrap_err().to_string();
        assert!(why.ends_with("it is not an ordinary file"), "{why}");
        let why = read(&folder.path().join("no")).unwrap_err().to_string();
        assert!(why.contains("it is not there"), "{why}");
        let large = folder.path().join("large.csv");
        fs::write(&large, "0.12345,1\n".repeat(1_000_000)).unwrap();
        let why = read(&large).unwrap_err().to_string();
        assert!(why.contains("more than 10000 samples"), "{why}");
        fs::write(&large, vec![b'1'; MOST_BYTES as usize + 9]).unwrap();
        let why = read(&large).unwrap_err().to_string();
        assert!(why.contains("bytes"), "{why}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut data = known("xor").unwrap();
        data.names[0] = "a, \"b\"".into();
        data.samples[0].values[0] = 0.1;
        let bytes = csv(&data.names, &data.answer, &data.samples).unwrap();
        assert_eq!(parse(&bytes).unwrap(), data);
    }

    #[test]
    fn samples_that_contradict_each_other_are_found() {
        let mut data = known("and").unwrap();
        assert_eq!(contradiction(&data.samples), None);
        data.samples.push(Sample {
            values: vec![0.0, 1.0],
            answer: true,
        });
        assert_eq!(contradiction(&data.samples), Some((1, 4)));
    }
}
