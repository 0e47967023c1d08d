//! Weight files: mapped safetensors, and the tensors in them.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::{Advice, Mmap, UncheckedAdvice};
use safetensors::tensor::{Dtype as StoredDtype, Metadata};

use super::encoding::Encoding;
use super::error::CheckpointError;
use super::files;
use crate::trace::header;
use crate::trace::tensor::Dtype;

/// The largest header that the format allows, in bytes.
const MAX_HEADER: usize = 100_000_000;

/// The bytes of one file.
pub(super) enum Bytes {
    /// The mapping of a file, and the file, even if another one stands at its path by now.
    Mapped(Mmap, Arc<File>),
    Embedded(&'static [u8]),
}

impl Bytes {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map, _) => map,
            Bytes::Embedded(bytes) => bytes,
        }
    }
}

/// A file's content, readable without its mapping.
pub(super) enum Content {
    File(Arc<File>),
    Embedded(&'static [u8]),
}

/// One safetensors file whose header has been checked.
pub(super) struct Shard {
    pub path: PathBuf,
    bytes: Bytes,
    /// The offset of the tensors' data.
    data: usize,
    tensors: HashMap<String, Stored>,
    /// The names in the file of tensors that are found under other names, by these other names.
    renamed: HashMap<String, String>,
}

/// A tensor as its file describes it.
#[derive(Clone)]
pub(super) struct Stored {
    /// The name in the file, if the tensor is found under another one.
    pub name: Option<String>,
    pub encoding: Encoding,
    pub shape: Vec<usize>,
    /// The tensor's bytes within the whole file.
    pub range: Range<usize>,
    pub conversion: Conversion,
    /// Whether its axes are stored in the other order than the family's.
    pub transposed: bool,
    /// Whether roles are stored one after the other although in the family they take turns.
    pub in_order: bool,
}

/// A converter's changes of a tensor, to be undone when it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    pub values: Values,
    pub order: Order,
}

/// A converter's change of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    #[default]
    Same,
    /// 1 was added.
    PlusOne,
    /// Each value `x` became `exp(x)`.
    Exp,
    /// Each value `x` became `-exp(x)`.
    MinusExp,
    /// Values were divided by a factor, whose bits these are as an f32.
    Divided { factor: u32 },
}

/// A converter's change of the order of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Same,
    /// In each of `heads` heads, rows that turn together are adjacent instead of half a head apart.
    Pairs { heads: usize },
    /// In each of `heads` heads, the first `turning` rows that turn together are half of these apart instead of
    /// adjacent.
    Halves { heads: usize, turning: usize },
    /// Each head's matrix has its axes in the other order.
    HeadsTransposed { heads: usize },
    /// Heads of `width` rows, or columns, come in rounds of one for each of `groups` groups, instead of group by group.
    /// The first `skip` rows stay.
    Rounds {
        skip: usize,
        groups: usize,
        width: usize,
        columns: bool,
    },
}

impl Stored {
    /// The tensor's name in the file; `key` is the name that it is found under.
    pub fn name<'a>(&'a self, key: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(key)
    }

    /// An error about the tensor `name`: it has another shape than is needed.
    pub fn misshapen(&self, path: &Path, name: &str, needed: &[usize]) -> CheckpointError {
        CheckpointError::Shape {
            path: path.to_owned(),
            tensor: name.to_owned(),
            expected: needed.to_vec(),
            found: self.shape.clone(),
        }
    }

    /// A tensor in the family's own layout.
    pub fn new(encoding: Encoding, shape: Vec<usize>, range: Range<usize>) -> Stored {
        Stored {
            name: None,
            encoding,
            shape,
            range,
            conversion: Conversion::default(),
            transposed: false,
            in_order: false,
        }
    }
}

impl Bytes {
    /// Map the file at `path`.
    pub fn map(path: &Path) -> Result<Bytes, CheckpointError> {
        let file = files::open(path)?;
        // SAFETY: the map is read-only. As with any mapped file, a program that writes to the model's file
        // meanwhile can change what is read or stop this program.
        let map = unsafe { Mmap::map(&file) };
        let map = map.map_err(|error| CheckpointError::io(path, error))?;
        files::refuse_pointer(path, &map)?;
        Ok(Bytes::Mapped(map, Arc::new(file)))
    }
}

impl Shard {
    /// Map a safetensors file.
    pub fn map(path: PathBuf) -> Result<Shard, CheckpointError> {
        let bytes = Bytes::map(&path)?;
        Shard::new(path, bytes)
    }

    /// A safetensors file with these bytes.
    pub fn new(path: PathBuf, bytes: Bytes) -> Result<Shard, CheckpointError> {
        let Header {
            data,
            tensors,
            metadata,
        } = read_header(&path, bytes.as_slice())?;
        let mut shard = Shard::of(path, bytes, data, tensors);
        // A tensor with two names is stored under one. safetensors' Python function `save_model` records the
        // other name here.
        for (alias, own) in &metadata {
            shard.alias(alias, own);
        }
        Ok(shard)
    }

    /// A file whose header has been read; its data begins at `data`.
    pub fn of(path: PathBuf, bytes: Bytes, data: usize, tensors: HashMap<String, Stored>) -> Shard {
        Shard {
            path,
            bytes,
            data,
            tensors,
            renamed: HashMap::new(),
        }
    }

    pub fn find(&self, name: &str) -> Option<&Stored> {
        let renamed = || self.tensors.get(self.renamed.get(name)?);
        self.tensors.get(name).or_else(renamed)
    }

    /// Make the tensor `own` found as `alias` too, unless another tensor has that name.
    pub fn alias(&mut self, alias: &str, own: &str) {
        if let Some(stored) = self.find(own).filter(|_| self.find(alias).is_none()) {
            let mut stored = stored.clone();
            stored.name.get_or_insert(own.to_owned());
            self.tensors.insert(alias.to_owned(), stored);
        }
    }

    /// The names under which tensors are found.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Make every tensor found under the name that `name` makes of its own.
    ///
    /// # Errors
    /// Two tensors would have the same name.
    pub fn rename(&mut self, name: impl Fn(&str) -> String) -> Result<(), CheckpointError> {
        if self.keys().all(|key| name(key) == key) {
            return Ok(());
        }
        let mut tensors = HashMap::new();
        for (key, mut stored) in std::mem::take(&mut self.tensors) {
            let new = name(&key);
            if new != key {
                self.renamed.insert(key.clone(), new.clone());
                stored.name.get_or_insert(key);
            }
            let own = stored.name(&new).to_owned();
            if let Some(other) = tensors.insert(new.clone(), stored) {
                let mut both = [own, other.name(&new).to_owned()];
                both.sort_unstable();
                let what = format!("tensors `{}` and `{}` are both `{new}`", both[0], both[1]);
                return Err(CheckpointError::content(&self.path, what));
            }
        }
        self.tensors = tensors;
        Ok(())
    }

    /// Every tensor with its name in the file. A tensor that was split into parts is listed once for each.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Stored)> {
        let tensors = self.tensors.iter();
        tensors.map(|(key, stored)| (stored.name(key), stored))
    }

    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.bytes.as_slice()[range.clone()]
    }

    /// The length word and the JSON before the data.
    pub fn header(&self) -> &[u8] {
        &self.bytes.as_slice()[..self.data]
    }

    /// The file's content, for a reader that does not use the mapping.
    pub fn content(&self) -> Content {
        match &self.bytes {
            Bytes::Mapped(_, file) => Content::File(file.clone()),
            Bytes::Embedded(bytes) => Content::Embedded(bytes),
        }
    }

    pub fn all(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Ask the system to read these bytes soon. It is only advice: a failure changes nothing.
    pub fn will_need(&self, range: &Range<usize>) {
        if let Bytes::Mapped(map, _) = &self.bytes {
            let _ = map.advise_range(Advice::WillNeed, range.start, range.len());
        }
    }

    /// Let the system take these bytes' memory back. It is only advice: a failure changes nothing.
    pub fn release(&self, range: &Range<usize>) {
        #[cfg(unix)]
        if let Bytes::Mapped(map, _) = &self.bytes {
            let (advice, start, len) = (UncheckedAdvice::DontNeed, range.start, range.len());
            // SAFETY: the mapping is of a file and never written to, so pages that were released come back
            // with the same bytes.
            let _ = unsafe { map.unchecked_advise_range(advice, start, len) };
        }
    }
}

/// Read the header, and check that the tensors fill the file one after the other.
fn read_header(path: &Path, bytes: &[u8]) -> Result<Header, CheckpointError> {
    let not_safetensors =
        |why: String| CheckpointError::content(path, format!("not a safetensors file: {why}"));
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
    let metadata: Metadata = serde_json::from_slice(header).map_err(|e| {
        not_safetensors(match header::fault(header) {
            Some((tensor, why)) => format!("tensor `{tensor}`: {why}"),
            None => format!("header: {e}"),
        })
    })?;
    let data = 8 + header.len();
    let found = bytes.len() - data;
    if metadata.data_len() != found {
        let due = metadata.data_len();
        let problem = format!(
            "the header describes {due} bytes of data, the file holds {found}: cut off or damaged"
        );
        return Err(CheckpointError::content(path, problem));
    }
    let tensors = metadata
        .tensors()
        .into_iter()
        .map(|(name, info)| {
            let (start, end) = info.data_offsets;
            let range = data + start..data + end;
            let stored = Stored::new(encoding(info.dtype), info.shape.clone(), range);
            (name, stored)
        })
        .collect();
    Ok(Header {
        data,
        tensors,
        metadata: metadata.metadata().clone().unwrap_or_default(),
    })
}

/// A file's header.
struct Header {
    /// The offset of the data.
    data: usize,
    tensors: HashMap<String, Stored>,
    /// The writer's notes beside the tensors.
    metadata: HashMap<String, String>,
}

/// The encoding of a safetensors type.
fn encoding(stored: StoredDtype) -> Encoding {
    match stored {
        StoredDtype::F64 => Encoding::Plain(Dtype::F64),
        StoredDtype::F32 => Encoding::Plain(Dtype::F32),
        StoredDtype::F16 => Encoding::Plain(Dtype::F16),
        StoredDtype::BF16 => Encoding::Plain(Dtype::BF16),
        StoredDtype::F8_E4M3 => Encoding::F8E4M3,
        StoredDtype::F8_E5M2 => Encoding::Unknown("F8_E5M2"),
        StoredDtype::BOOL => Encoding::Unknown("BOOL"),
        StoredDtype::U8 => Encoding::Unknown("U8"),
        StoredDtype::I8 => Encoding::Unknown("I8"),
        StoredDtype::I16 => Encoding::Unknown("I16"),
        StoredDtype::U16 => Encoding::Unknown("U16"),
        StoredDtype::I32 => Encoding::Whole(32),
        StoredDtype::U32 => Encoding::Unknown("U32"),
        StoredDtype::I64 => Encoding::Whole(64),
        StoredDtype::U64 => Encoding::Unknown("U64"),
        _ => Encoding::Unknown("one of another kind"),
    }
}
