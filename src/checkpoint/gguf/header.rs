//! The header of a GGUF file: metadata and the list of tensors. Everything in it is checked against the
//! file's length before it is used, and no count reserves memory.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

use super::metadata::{Kind, Metadata, Value};
use crate::checkpoint::encoding::{GgmlType, ggml_type};
use crate::checkpoint::error::{self, CheckpointError};

pub const MAGIC: &[u8] = b"GGUF";
/// The versions that are read. Version 1 had 32-bit counts; there is none after 3 yet.
const VERSIONS: [u32; 2] = [2, 3];
const ALIGNMENT: &str = "general.alignment";
const DEFAULT_ALIGNMENT: u64 = 32;
const MAX_ALIGNMENT: u64 = 1 << 16;
/// The longest key or tensor name: the format allows keys of 65535 bytes.
const MAX_NAME: usize = 65_535;
/// The most axes of a tensor in ggml.
const MAX_AXES: u32 = 4;
/// The bytes of the smallest entry: an empty key, a type and a byte.
const SMALLEST_ENTRY: usize = 8 + 4 + 1;
/// The bytes of the smallest tensor entry: an empty name, no axes, a type and an offset.
const SMALLEST_TENSOR: usize = 8 + 4 + 4 + 8;

/// A checked header.
pub struct Header<'a> {
    pub metadata: Metadata<'a>,
    pub tensors: Vec<Tensor>,
    /// The bytes of the whole file.
    pub bytes: &'a [u8],
    /// The offset of the tensors' data.
    pub data: usize,
}

/// A tensor whose bytes lie within the file.
pub struct Tensor {
    pub name: String,
    pub kind: &'static GgmlType,
    /// The shape, slowest axis first. The file has the fastest first.
    pub shape: Vec<usize>,
    /// The tensor's bytes within the whole file.
    pub range: Range<usize>,
}

/// Read and check the header of the file at `path`, whose content is `bytes`.
///
/// # Errors
/// A violation of the format; the error names the key or tensor.
pub fn read<'a>(path: &'a Path, bytes: &'a [u8]) -> Result<Header<'a>, CheckpointError> {
    let mut cursor = Cursor { path, bytes, at: 0 };
    if !bytes.starts_with(MAGIC) {
        return Err(cursor.error("not a GGUF file: it does not begin with the letters GGUF"));
    }
    cursor.at = MAGIC.len();
    let version = cursor.u32("the version")?;
    if VERSIONS.contains(&version.swap_bytes()) {
        return Err(cursor.error("a big-endian GGUF file; only little-endian ones are read"));
    }
    if !VERSIONS.contains(&version) {
        return Err(cursor.error(format!(
            "GGUF version {version}; versions 2 and 3 are read (convert the model again)"
        )));
    }
    let n_tensors = cursor.count("tensors", SMALLEST_TENSOR)?;
    let n_entries = cursor.count("metadata entries", SMALLEST_ENTRY)?;
    let mut entries = HashMap::new();
    for i in 0..n_entries {
        let key = cursor.name(&format!("the key of metadata entry {i}"))?;
        let value = cursor.value(&key)?;
        if entries.contains_key(&key) {
            return Err(cursor.field(&key, "stands in the file twice"));
        }
        entries.insert(key, value);
    }
    let metadata = Metadata::new(path, bytes, entries);
    let alignment = metadata.size(ALIGNMENT)?.unwrap_or(DEFAULT_ALIGNMENT);
    if alignment % 8 != 0 || !(8..=MAX_ALIGNMENT).contains(&alignment) {
        let problem = format!("is {alignment}, not a multiple of 8 up to {MAX_ALIGNMENT}");
        return Err(cursor.field(ALIGNMENT, problem));
    }
    let found = (0..n_tensors).map(|i| cursor.tensor(i));
    let found: Vec<Listed> = found.collect::<Result<_, _>>()?;
    let data = cursor.at.next_multiple_of(alignment as usize);
    let tensors = place(&cursor, found, data, alignment)?;
    Ok(Header {
        metadata,
        tensors,
        bytes,
        data: data.min(bytes.len()),
    })
}

/// A tensor as the file's list describes it.
struct Listed {
    name: String,
    kind: &'static GgmlType,
    shape: Vec<usize>,
    bytes: usize,
    /// The offset from the beginning of the data.
    offset: u64,
}

/// The tensors with their bytes. Each lies within the file, and none overlap.
fn place(
    cursor: &Cursor,
    listed: Vec<Listed>,
    data: usize,
    alignment: u64,
) -> Result<Vec<Tensor>, CheckpointError> {
    let mut names = HashSet::new();
    let mut tensors = Vec::new();
    for tensor in listed {
        let wrong = |problem: String| cursor.tensor_error(&tensor.name, problem);
        if !names.insert(tensor.name.clone()) {
            return Err(wrong("stands in the file twice".into()));
        }
        let (offset, bytes, length) = (tensor.offset, tensor.bytes, cursor.bytes.len());
        if offset % alignment != 0 {
            let problem =
                format!("has offset {offset}, not a multiple of the alignment {alignment}");
            return Err(wrong(problem));
        }
        let offset_in_file = usize::try_from(offset).ok();
        let start = offset_in_file.and_then(|offset| data.checked_add(offset));
        let range = start.and_then(|start| Some(start..start.checked_add(bytes)?));
        let Some(range) = range.filter(|r| r.end <= length) else {
            return Err(wrong(format!(
                "has {bytes} bytes at offset {offset} of the data, past the end of the file \
                 ({length} bytes): cut off or damaged"
            )));
        };
        tensors.push(Tensor {
            name: tensor.name,
            kind: tensor.kind,
            shape: tensor.shape,
            range,
        });
    }
    let mut order: Vec<&Tensor> = tensors.iter().collect();
    order.sort_by_key(|t| t.range.start);
    match order.windows(2).find(|w| w[0].range.end > w[1].range.start) {
        Some(pair) => {
            Err(cursor.tensor_error(&pair[1].name, format!("overlaps tensor `{}`", pair[0].name)))
        }
        None => Ok(tensors),
    }
}

/// A reading position in the file.
struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn error(&self, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::content(self.path, problem)
    }

    fn field(&self, key: &str, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::field(self.path, shortened(key), problem)
    }

    fn tensor_error(&self, name: &str, problem: String) -> CheckpointError {
        self.error(format!("tensor `{}` {problem}", shortened(name)))
    }

    /// The next `n` bytes; `what` names them in errors.
    fn take(&mut self, n: usize, what: &str) -> Result<&'a [u8], CheckpointError> {
        let end = self.at.checked_add(n);
        let Some(taken) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(self.error(format!(
                "cut off or damaged: {what} at byte {} needs {n} bytes, the file has {}",
                self.at,
                self.bytes.len()
            )));
        };
        self.at += n;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self, what: &str) -> Result<[u8; N], CheckpointError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, what)?);
        Ok(out)
    }

    fn u32(&mut self, what: &str) -> Result<u32, CheckpointError> {
        self.fixed(what).map(u32::from_le_bytes)
    }

    fn u64(&mut self, what: &str) -> Result<u64, CheckpointError> {
        self.fixed(what).map(u64::from_le_bytes)
    }

    /// A count of things of at least `smallest` bytes each. The file must have room for them.
    fn count(&mut self, what: &str, smallest: usize) -> Result<usize, CheckpointError> {
        let count = self.u64(&format!("the number of {what}"))?;
        let room = (self.bytes.len() - self.at) / smallest;
        match usize::try_from(count) {
            Ok(count) if count <= room => Ok(count),
            _ => Err(self.error(format!(
                "claims {count} {what}, more than a file of {} bytes can hold",
                self.bytes.len()
            ))),
        }
    }

    /// The bytes of a string, which follow its length.
    fn string(&mut self, what: &str) -> Result<&'a [u8], CheckpointError> {
        let length = self.u64(what)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX), what)
    }

    fn name(&mut self, what: &str) -> Result<String, CheckpointError> {
        let bytes = self.string(what)?;
        match std::str::from_utf8(bytes) {
            Ok(name) if (1..=MAX_NAME).contains(&name.len()) => Ok(name.to_owned()),
            Ok(name) => Err(self.error(format!("{what} is {} bytes long", name.len()))),
            Err(_) => Err(self.error(format!("{what} is not UTF-8"))),
        }
    }

    fn value(&mut self, key: &str) -> Result<Value, CheckpointError> {
        let what = format!("`{}`", shortened(key));
        let kind = self.kind(key, &what)?;
        Ok(match kind {
            Kind::Array => {
                let of = self.kind(key, &what)?;
                if of == Kind::Array {
                    return Err(self.field(key, "is an array of arrays, which is not known"));
                }
                let count = self.count(&format!("elements of {what}"), of.smallest())?;
                let start = self.at;
                match of.size() {
                    Some(size) => {
                        self.take(count * size, &what)?;
                    }
                    None => {
                        for _ in 0..count {
                            self.string(&what)?;
                        }
                    }
                }
                Value::Array {
                    of,
                    count,
                    range: start..self.at,
                }
            }
            Kind::Text => {
                let text = std::str::from_utf8(self.string(&what)?);
                let text = text.map_err(|_| self.field(key, "is not UTF-8"))?;
                Value::Text(text.to_owned())
            }
            scalar => {
                let bytes = self.take(scalar.size().unwrap_or_default(), &what)?;
                let value = scalar.read(bytes);
                value.ok_or_else(|| self.field(key, "is neither true nor false"))?
            }
        })
    }

    fn kind(&mut self, key: &str, what: &str) -> Result<Kind, CheckpointError> {
        let id = self.u32(what)?;
        Kind::of(id).ok_or_else(|| self.field(key, format!("is of type {id}, which is not known")))
    }

    fn tensor(&mut self, i: usize) -> Result<Listed, CheckpointError> {
        let name = self.name(&format!("the name of tensor {i}"))?;
        let what = format!("tensor `{}`", shortened(&name));
        let axes = self.u32(&what)?;
        if !(1..=MAX_AXES).contains(&axes) {
            return Err(self.tensor_error(&name, format!("has {axes} axes, not 1 to {MAX_AXES}")));
        }
        let shape = (0..axes).map(|_| self.u64(&what));
        let shape: Vec<u64> = shape.collect::<Result<_, _>>()?;
        let id = self.u32(&what)?;
        let offset = self.u64(&what)?;
        let Some(kind) = ggml_type(id) else {
            let problem = format!("has elements of type {id}, not one of ggml's");
            return Err(self.tensor_error(&name, problem));
        };
        let Some((shape, bytes)) = sizes(&shape, kind) else {
            let problem = format!(
                "has axes {shape:?} (fastest first), which do not make rows of whole {} blocks of {}",
                kind.encoding, kind.elements
            );
            return Err(self.tensor_error(&name, problem));
        };
        Ok(Listed {
            name,
            kind,
            shape,
            bytes,
            offset,
        })
    }
}

/// The shape, slowest axis first, and the bytes of a tensor. `None` if an axis is empty, rows are not whole
/// blocks, or the numbers are too large.
fn sizes(axes: &[u64], kind: &GgmlType) -> Option<(Vec<usize>, usize)> {
    let mut shape: Vec<usize> = axes
        .iter()
        .map(|&n| usize::try_from(n).ok().filter(|n| *n > 0))
        .collect::<Option<_>>()?;
    if shape.first()? % kind.elements != 0 {
        return None;
    }
    let elements = shape.iter().try_fold(1usize, |a, &n| a.checked_mul(n))?;
    // Read numbers take more room than stored ones, and their size must not overflow either.
    elements
        .checked_mul(8)
        .filter(|n| isize::try_from(*n).is_ok())?;
    let bytes = (elements / kind.elements).checked_mul(kind.bytes)?;
    shape.reverse();
    Some((shape, bytes))
}

/// A name, as errors show it.
fn shortened(name: &str) -> String {
    error::shortened(name, 80)
}
