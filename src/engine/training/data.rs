//! The corpus as token sequences: training lines, lines held out, and the rows of each step.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Settings, TrainError};
use crate::checkpoint::{CheckpointError, Tokenizer};
use crate::engine::random::Random;

/// The largest corpus, which is in memory as text and as tokens.
const MOST_BYTES: u64 = 256 << 20;

/// A text with one document a line.
pub struct Corpus {
    /// The documents, each with the newline that ends it; empty lines are left out.
    pub documents: Vec<String>,
    /// Hex SHA-256 of the file.
    pub hash: String,
}

impl Corpus {
    /// Read a corpus.
    ///
    /// # Errors
    /// The file cannot be read, is too large, is not UTF-8, or has less than two lines of text.
    pub fn read(path: &Path) -> Result<Corpus, TrainError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|e| TrainError::file(path, e))?;
        if bytes.len() as u64 > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            let problem = format!("is larger than {most} MiB, the most that this trains on");
            return Err(TrainError::file(path, problem));
        }
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            let at = e.valid_up_to();
            let line = 1 + bytes[..at].iter().filter(|b| **b == b'\n').count();
            let place = format!("line {line} is not UTF-8 (byte {at} of the file)");
            TrainError::file(path, place + "; convert the text to UTF-8 first")
        })?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let documents: Vec<String> = lines.map(|line| format!("{line}\n")).collect();
        let problem = match documents.len() {
            0 => "there is no text in it; give a text with one document a line",
            1 => {
                "one line is too little to train on; give a text with one document a line, some \
                 hundred lines at least"
            }
            _ => {
                let hash = Sha256::digest(&bytes);
                let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                return Ok(Corpus { documents, hash });
            }
        };
        Err(TrainError::file(path, problem))
    }
}

/// The documents as tokens, cut at the length of the context.
pub struct Data {
    pub training: Vec<Vec<i64>>,
    pub held_out: Vec<Vec<i64>>,
}

/// The stream of random numbers for the split. The streams of the steps follow it, and those of the weights
/// are far below.
const SPLIT: u64 = 1 << 32;
const STEPS: u64 = SPLIT + 1;

impl Data {
    /// Tokenize a corpus and split it.
    ///
    /// # Errors
    /// The tokenizer fails.
    pub fn new(
        corpus: &Corpus,
        tokenizer: &Tokenizer,
        settings: &Settings,
    ) -> Result<Data, CheckpointError> {
        let mut pieces = Vec::new();
        for document in &corpus.documents {
            let tokens = tokenizer.encode(document)?;
            let ids: Vec<i64> = tokens.iter().map(|t| i64::from(t.id)).collect();
            pieces.extend(ids.chunks(settings.n_ctx).map(<[i64]>::to_vec));
        }
        Ok(split(pieces, settings))
    }

    /// The sequences of the step after `step` steps: `batch` rows of `n_ctx + 1` tokens. They depend on the
    /// seed and the step alone. Each row begins with a random line, as a prompt would, and goes on with
    /// others.
    pub fn rows(&self, settings: &Settings, step: usize) -> Vec<i64> {
        let mut random = Random::new(settings.seed, STEPS + step as u64);
        let length = settings.n_ctx + 1;
        let mut rows = Vec::with_capacity(settings.batch * length);
        for row in 1..=settings.batch {
            while rows.len() < row * length {
                rows.extend(&self.training[random.below(self.training.len())]);
            }
            rows.truncate(row * length);
        }
        rows
    }

    /// Rows, built like those of [`Data::rows`], that hold every line held out; `None` if there are none.
    pub fn held_out_rows(&self, settings: &Settings) -> Option<Vec<i64>> {
        let mut lines = self.held_out.iter().peekable();
        let length = settings.n_ctx + 1;
        let mut rows: Vec<i64> = Vec::new();
        while lines.peek().is_some() {
            let end = rows.len() + length;
            while rows.len() < end {
                // The last row is filled up from the beginning.
                rows.extend(lines.next().or(self.held_out.first())?);
            }
            rows.truncate(end);
        }
        (!rows.is_empty()).then_some(rows)
    }
}

/// The largest number of lines held out, enough to estimate the loss.
const MOST_HELD_OUT: usize = 1000;

fn split(mut pieces: Vec<Vec<i64>>, settings: &Settings) -> Data {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    Random::new(settings.seed, SPLIT).shuffle(&mut order);
    let mut count = (pieces.len() as f64 * settings.validation) as usize;
    if settings.validation > 0.0 {
        count = count.clamp(1, MOST_HELD_OUT);
    }
    order.truncate(count);
    order.sort_unstable();
    let held_out = order.iter().map(|&i| std::mem::take(&mut pieces[i]));
    let held_out = held_out.collect();
    pieces.retain(|piece| !piece.is_empty());
    Data {
        training: pieces,
        held_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            n_ctx: 7,
            batch: 3,
            validation: 0.1,
            ..Settings::default()
        }
    }

    /// 20 lines of 1 to 5 tokens; tokens are `100 · line + i`.
    fn data() -> Data {
        let pieces = (0..20)
            .map(|line| (0..=line % 5).map(|i| 100 * line + i).collect())
            .collect();
        split(pieces, &settings())
    }

    #[test]
    fn every_line_is_learnt_from_or_held_out() {
        let data = data();
        assert_eq!((data.training.len(), data.held_out.len()), (18, 2));
        let mut all = [data.training, data.held_out].concat();
        all.sort();
        assert_eq!(all.len(), 20);
        assert!(all.iter().enumerate().all(|(i, l)| l[0] == 100 * i as i64));
    }

    #[test]
    fn rows_begin_with_a_line_and_depend_on_seed_and_step_alone() {
        let (data, mut settings) = (data(), settings());
        let rows = data.rows(&settings, 5);
        assert_eq!(rows.len(), 3 * 8);
        assert!(rows.chunks(8).all(|row| row[0] % 100 == 0));
        assert_eq!(rows, data.rows(&settings, 5));
        assert_ne!(rows, data.rows(&settings, 6));
        settings.seed = 1;
        assert_ne!(rows, data.rows(&settings, 5));
    }

    #[test]
    fn rows_held_out_hold_all_of_them() {
        let (data, mut settings) = (data(), settings());
        let rows = data.held_out_rows(&settings).unwrap();
        assert_eq!(rows.len() % 8, 0);
        for line in &data.held_out {
            assert!(rows.contains(&line[0]), "{line:?} {rows:?}");
        }
        settings.validation = 0.0;
        let none = split(data.training, &settings);
        assert_eq!(none.held_out_rows(&settings), None);
    }

    #[test]
    fn a_bad_corpus_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus.txt");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            Corpus::read(&path)
        };
        let error = |bytes: &[u8]| read(bytes).err().unwrap().to_string();
        assert!(error(b"").contains("no text"));
        assert!(error(b" \n\n").contains("no text"));
        assert!(error(b"one line\n").contains("too little"));
        let latin1 = error(b"fine\ncaf\xe9\n");
        assert!(latin1.contains("corpus.txt: line 2 is not UTF-8"));
        assert_eq!(read(b"a\r\n\r\nb").unwrap().documents, ["a\n", "b\n"]);
    }
}
