//! Writing a trace: the header first, then each tensor's bytes as they are computed. The temporary file gets
//! the target's name when it is whole and on disk.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::atomic_file::AtomicFile;
use super::meta::{KEY, Meta, numbers_key};
use super::source::SourceError;
use super::tensor::{Dtype, HostTensor};

/// The longest header that readers of safetensors accept, in bytes.
const MAX_HEADER: usize = 100_000_000;

/// One tensor to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The tensor's name (see [`super::meta::key`]).
    pub key: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
}

impl Entry {
    /// The number of bytes that the tensor takes.
    pub fn size(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.size()
    }
}

/// A writer of the tensors' bytes, one tensor after the other.
pub struct Sink<'a> {
    out: BufWriter<&'a File>,
    path: &'a Path,
    /// The number of bytes of the present tensor still to come.
    due: usize,
}

impl Sink<'_> {
    /// Write the next little-endian bytes of the present tensor, all of them or a part.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.due = (self.due.checked_sub(bytes.len())).ok_or_else(|| {
            SourceError::Other("a tensor has more bytes than its shape says".into())
        })?;
        self.raw(bytes)
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.out.write_all(bytes).map_err(failed(self.path))
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = path.to_owned();
    |error| SourceError::Write { path, error }
}

/// Write a trace to `path`, calling `fill(i, sink)` once for each of `entries`. The numbers of interventions
/// follow them.
///
/// Tensors are laid out in the order of `entries`, but wider elements come first, so that each tensor is
/// aligned to its elements. `fill` is called in the order of `entries`. An existing file at `path` stays as
/// it is until everything is written and synced; after an error there is no new file.
///
/// # Errors
/// [`SourceError::Write`] naming `path`, and any error of `fill`.
pub fn write_trace(
    path: &Path,
    meta: &Meta,
    entries: &[Entry],
    mut fill: impl FnMut(usize, &mut Sink) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut meta = meta.clone();
    let numbers = numbers(&mut meta);
    let own = entries.len();
    let of_numbers = numbers.iter().map(|(key, numbers)| Entry {
        key: key.clone(),
        dtype: numbers.dtype,
        shape: numbers.shape.clone(),
    });
    let entries: Vec<Entry> = entries.iter().cloned().chain(of_numbers).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(entries[i].dtype.size()));
    let header = header(&meta, &entries, &order)?;
    let mut starts = vec![0; entries.len()];
    let mut next = (8 + header.len()) as u64;
    for i in order {
        starts[i] = next;
        next += entries[i].size() as u64;
    }

    let whole = AtomicFile::create(path).map_err(failed(path))?;
    let mut sink = Sink {
        out: BufWriter::with_capacity(1 << 20, whole.file()),
        path,
        due: 0,
    };
    sink.raw(&(header.len() as u64).to_le_bytes())?;
    sink.raw(&header)?;
    for (i, entry) in entries.iter().enumerate() {
        let start = SeekFrom::Start(starts[i]);
        sink.out.seek(start).map_err(failed(path))?;
        sink.due = entry.size();
        match i.checked_sub(own) {
            None => fill(i, &mut sink)?,
            Some(i) => sink.put(&numbers[i].1.bytes)?,
        }
        if sink.due != 0 {
            let why = format!("{} lacks {} bytes", entry.key, sink.due);
            return Err(SourceError::Other(why));
        }
    }
    sink.out.flush().map_err(failed(path))?;
    drop(sink);
    whole.finish().map_err(failed(path))
}

/// The numbers of the interventions, taken out of the description, and the names of their tensors.
fn numbers(meta: &mut Meta) -> Vec<(String, Arc<HostTensor<'static>>)> {
    let all = meta.interventions.iter_mut().enumerate();
    let all = all.filter_map(|(i, one)| Some((numbers_key(i + 1), one.value.take()?)));
    all.collect()
}

/// The JSON header, padded so that the data begins at a multiple of 8 bytes.
fn header(meta: &Meta, entries: &[Entry], order: &[usize]) -> Result<Vec<u8>, SourceError> {
    let bad = |e: serde_json::Error| SourceError::Other(format!("trace header: {e}"));
    let mut header = Map::new();
    let description = serde_json::to_string(meta).map_err(bad)?;
    header.insert("__metadata__".into(), json!({ KEY: description }));
    let mut offset = 0;
    for &i in order {
        let entry = &entries[i];
        let end = offset + entry.size();
        let dtype = entry.dtype.to_string().to_uppercase();
        let info = json!({
            "dtype": dtype, "shape": entry.shape, "data_offsets": [offset, end],
        });
        if header.insert(entry.key.clone(), info).is_some() {
            let why = format!("{} would be written twice", entry.key);
            return Err(SourceError::Other(why));
        }
        offset = end;
    }
    let mut bytes = serde_json::to_vec(&Value::Object(header)).map_err(bad)?;
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    if bytes.len() > MAX_HEADER {
        return Err(SourceError::Other(format!(
            "the trace's header would be {} MB, more than readers accept: record fewer passes",
            bytes.len() / 1_000_000
        )));
    }
    Ok(bytes)
}
