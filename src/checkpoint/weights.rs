//! Weights on disk: safetensors files, mapped, and the architecture's tensors found in them.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::{Advice, Mmap, UncheckedAdvice};
use safetensors::tensor::{Dtype as StoredDtype, Metadata};

use super::error::CheckpointError;
use crate::trace::tensor::Dtype;

/// The largest header that the format allows, in bytes.
const MAX_HEADER: usize = 100_000_000;

/// The bytes of one file.
pub(super) enum Bytes {
    Mapped(Mmap),
    Embedded(&'static [u8]),
}

impl Bytes {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Embedded(bytes) => bytes,
        }
    }
}

/// One safetensors file whose header has been checked.
pub(super) struct Shard {
    pub path: PathBuf,
    bytes: Bytes,
    /// Where the tensors' data begins.
    data: usize,
    tensors: HashMap<String, Stored>,
}

/// A tensor as its file describes it.
pub(super) struct Stored {
    pub dtype: StoredDtype,
    pub shape: Vec<usize>,
    /// Within the whole file.
    pub range: Range<usize>,
}

impl Shard {
    pub fn map(path: PathBuf) -> Result<Shard, CheckpointError> {
        let io = |error| CheckpointError::Io {
            path: path.clone(),
            error,
        };
        let file = File::open(&path).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            return Err(problem(&path, "not a file"));
        }
        // SAFETY: the map is read-only. Another program that writes to a model's file while it is
        // open can change what is read or stop the program, as with any mapped file.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        Shard::new(path, Bytes::Mapped(map))
    }

    pub fn new(path: PathBuf, bytes: Bytes) -> Result<Shard, CheckpointError> {
        let (data, tensors) = read_header(&path, bytes.as_slice())?;
        Ok(Shard {
            path,
            bytes,
            data,
            tensors,
        })
    }

    pub fn find(&self, name: &str) -> Option<&Stored> {
        self.tensors.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.bytes.as_slice()[range.clone()]
    }

    /// The length word and the JSON before the data.
    pub fn header(&self) -> &[u8] {
        &self.bytes.as_slice()[..self.data]
    }

    pub fn all(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Ask the system to read these bytes soon. Only advice: a failure changes nothing.
    pub fn will_need(&self, range: &Range<usize>) {
        if let Bytes::Mapped(map) = &self.bytes {
            let _ = map.advise_range(Advice::WillNeed, range.start, range.len());
        }
    }

    /// Let the system take these bytes' memory. Only advice: a failure changes nothing.
    pub fn release(&self, range: &Range<usize>) {
        #[cfg(unix)]
        if let Bytes::Mapped(map) = &self.bytes {
            let (advice, start, len) = (UncheckedAdvice::DontNeed, range.start, range.len());
            // SAFETY: the mapping is of a file and never written to, so pages that left come back
            // with the same bytes.
            let _ = unsafe { map.unchecked_advise_range(advice, start, len) };
        }
    }
}

fn problem(path: &Path, problem: impl Into<String>) -> CheckpointError {
    CheckpointError::Weights {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// Where the data begins, and every tensor; each lies within the file, one after the other.
fn read_header(
    path: &Path,
    bytes: &[u8],
) -> Result<(usize, HashMap<String, Stored>), CheckpointError> {
    let not_safetensors = |why: String| problem(path, format!("not a safetensors file: {why}"));
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(not_safetensors(format!(
            "{} bytes are too few for a header",
            bytes.len()
        )));
    };
    let length = u64::from_le_bytes(*length);
    let header = usize::try_from(length)
        .ok()
        .filter(|n| *n <= MAX_HEADER)
        .and_then(|n| rest.get(..n))
        .ok_or_else(|| {
            not_safetensors(format!(
                "its header should be {length} bytes long, the file is {}; cut off, or another format",
                bytes.len()
            ))
        })?;
    let metadata: Metadata =
        serde_json::from_slice(header).map_err(|e| not_safetensors(format!("header: {e}")))?;
    let data = 8 + header.len();
    let found = bytes.len() - data;
    if metadata.data_len() != found {
        return Err(problem(
            path,
            format!(
                "the header describes {} bytes of data, the file holds {found}: cut off or damaged",
                metadata.data_len()
            ),
        ));
    }
    let tensors = metadata
        .tensors()
        .into_iter()
        .map(|(name, info)| {
            let (start, end) = info.data_offsets;
            let stored = Stored {
                dtype: info.dtype,
                shape: info.shape.clone(),
                range: data + start..data + end,
            };
            (name, stored)
        })
        .collect();
    Ok((data, tensors))
}

/// The element type as we know it.
pub(super) fn dtype(stored: StoredDtype) -> Option<Dtype> {
    match stored {
        StoredDtype::F64 => Some(Dtype::F64),
        StoredDtype::F32 => Some(Dtype::F32),
        StoredDtype::F16 => Some(Dtype::F16),
        StoredDtype::BF16 => Some(Dtype::BF16),
        _ => None,
    }
}
