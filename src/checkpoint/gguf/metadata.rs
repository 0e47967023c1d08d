//! A GGUF file's metadata: typed values under keys. Errors name the key.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::checkpoint::error::CheckpointError;

/// The type of a value, with GGUF's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
}

impl Kind {
    pub fn of(id: u32) -> Option<Kind> {
        use Kind::*;
        const KINDS: [Kind; 13] = [
            U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64,
        ];
        KINDS.get(id as usize).copied()
    }

    /// The bytes of one value; `None` if they vary.
    pub fn size(self) -> Option<usize> {
        match self {
            Kind::U8 | Kind::I8 | Kind::Bool => Some(1),
            Kind::U16 | Kind::I16 => Some(2),
            Kind::U32 | Kind::I32 | Kind::F32 => Some(4),
            Kind::U64 | Kind::I64 | Kind::F64 => Some(8),
            Kind::Text | Kind::Array => None,
        }
    }

    /// Bytes of the smallest value.
    pub fn smallest(self) -> usize {
        // An empty string is its length alone.
        self.size().unwrap_or(8)
    }

    /// The value in exactly these bytes; `None` if they are not one.
    pub fn read(self, bytes: &[u8]) -> Option<Value> {
        Some(match self {
            Kind::U8 => Value::Whole(u8::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::I8 => Value::Whole(i8::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::U16 => Value::Whole(u16::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::I16 => Value::Whole(i16::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::U32 => Value::Whole(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::I32 => Value::Whole(i32::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::U64 => Value::Whole(u64::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::I64 => Value::Whole(i64::from_le_bytes(bytes.try_into().ok()?).into()),
            Kind::F32 => Value::Real(widened(f32::from_le_bytes(bytes.try_into().ok()?))),
            Kind::F64 => Value::Real(f64::from_le_bytes(bytes.try_into().ok()?)),
            Kind::Bool => match bytes {
                [0] => Value::Flag(false),
                [1] => Value::Flag(true),
                _ => return None,
            },
            Kind::Text | Kind::Array => return None,
        })
    }
}

/// The f64 with the same decimal form as `x`: files store 1e-5 in f32 and mean 1e-5.
fn widened(x: f32) -> f64 {
    x.to_string().parse().unwrap_or(f64::from(x))
}

/// A value. Arrays are read when they are needed.
#[derive(Debug)]
pub enum Value {
    Whole(i128),
    Real(f64),
    Flag(bool),
    Text(String),
    Array {
        of: Kind,
        count: usize,
        /// The array's bytes within the file.
        range: Range<usize>,
    },
}

/// The metadata of a file.
pub struct Metadata<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    entries: HashMap<String, Value>,
}

impl<'a> Metadata<'a> {
    pub fn new(path: &'a Path, bytes: &'a [u8], entries: HashMap<String, Value>) -> Metadata<'a> {
        Metadata {
            path,
            bytes,
            entries,
        }
    }

    /// An error about one key, such as "field `llama.block_count` is missing".
    pub fn error(&self, key: &str, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::field(self.path, key, problem)
    }

    /// Keys that begin with `prefix`, sorted.
    pub fn keys(&self, prefix: &str) -> Vec<&str> {
        let mut keys: Vec<&str> = self.entries.keys().map(String::as_str).collect();
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        keys
    }

    fn typed<'v, T>(
        &'v self,
        key: &str,
        wanted: &str,
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, CheckpointError> {
        let Some(value) = self.entries.get(key) else {
            return Ok(None);
        };
        let wrong = || self.error(key, format!("is {}, not {wanted}", described(value)));
        read(value).map(Some).ok_or_else(wrong)
    }

    /// A whole number from 0.
    pub fn size(&self, key: &str) -> Result<Option<u64>, CheckpointError> {
        self.typed(key, "a whole number", |value| match value {
            Value::Whole(n) => u64::try_from(*n).ok(),
            _ => None,
        })
    }

    /// A finite number.
    pub fn real(&self, key: &str) -> Result<Option<f64>, CheckpointError> {
        self.typed(key, "a number", |value| match value {
            Value::Real(x) => Some(*x).filter(|x| x.is_finite()),
            Value::Whole(n) => Some(*n as f64),
            _ => None,
        })
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, CheckpointError> {
        self.typed(key, "true or false", |value| match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        })
    }

    pub fn text(&self, key: &str) -> Result<Option<&str>, CheckpointError> {
        self.typed(key, "text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    pub fn required<T>(&self, key: &str, value: Option<T>) -> Result<T, CheckpointError> {
        value.ok_or_else(|| self.error(key, "is missing"))
    }

    /// An array of strings.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&'a str>>, CheckpointError> {
        let Some(texts) = self.byte_texts(key)? else {
            return Ok(None);
        };
        let text = |(i, text)| {
            let text = std::str::from_utf8(text);
            text.map_err(|_| self.error(key, format!("entry {i} is not UTF-8")))
        };
        let texts = texts.into_iter().enumerate().map(text);
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// An array of strings, which may not be UTF-8.
    pub fn byte_texts(&self, key: &str) -> Result<Option<Vec<&'a [u8]>>, CheckpointError> {
        let array = self.typed(key, "an array of texts", |value| match value {
            Value::Array {
                of: Kind::Text,
                count,
                range,
            } => Some((*count, range.clone())),
            _ => None,
        })?;
        let Some((count, range)) = array else {
            return Ok(None);
        };
        let mut rest = self.bytes.get(range).unwrap_or_default();
        let mut texts = Vec::new();
        for i in 0..count {
            let text = rest.split_first_chunk::<8>().and_then(|(length, after)| {
                let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
                let (text, after) = after.split_at_checked(length)?;
                rest = after;
                Some(text)
            });
            texts.push(text.ok_or_else(|| self.error(key, format!("ends before entry {i}")))?);
        }
        Ok(Some(texts))
    }

    /// An array of flags; some files write them as whole numbers.
    pub fn flags(&self, key: &str) -> Result<Option<Vec<bool>>, CheckpointError> {
        self.values(key, "an array of flags", |value| match value {
            Value::Flag(flag) => Some(flag),
            Value::Whole(n) => Some(n != 0),
            _ => None,
        })
    }

    /// An array of whole numbers.
    pub fn wholes(&self, key: &str) -> Result<Option<Vec<i64>>, CheckpointError> {
        self.values(key, "an array of whole numbers", |value| match value {
            Value::Whole(n) => i64::try_from(n).ok(),
            _ => None,
        })
    }

    /// An array of numbers.
    pub fn reals(&self, key: &str) -> Result<Option<Vec<f64>>, CheckpointError> {
        self.values(key, "an array of numbers", |value| match value {
            Value::Real(x) => Some(x),
            Value::Whole(n) => Some(n as f64),
            _ => None,
        })
    }

    /// The bytes of an array of f32 numbers within the file; none if there is no such key.
    pub fn f32_range(&self, key: &str) -> Result<Range<usize>, CheckpointError> {
        let array = self.typed(key, "an array of f32 numbers", |value| match value {
            Value::Array { of, range, .. } => (*of == Kind::F32).then(|| range.clone()),
            _ => None,
        })?;
        Ok(array.unwrap_or_default())
    }

    /// An array whose values `read` reads; `wanted` names them in errors.
    fn values<T>(
        &self,
        key: &str,
        wanted: &str,
        read: impl Fn(Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        let array = self.typed(key, wanted, |value| match value {
            Value::Array { of, range, .. } => Some((*of, of.size()?, range.clone())),
            _ => None,
        })?;
        let Some((of, size, range)) = array else {
            return Ok(None);
        };
        let values = self.bytes.get(range).unwrap_or_default().chunks_exact(size);
        let one = |(i, bytes): (usize, &[u8])| {
            let value = of.read(bytes).and_then(&read);
            value.ok_or_else(|| self.error(key, format!("entry {i} is not one of {wanted}")))
        };
        let values = values.enumerate().map(one);
        values.collect::<Result<_, _>>().map(Some)
    }
}

/// A value, as errors show it.
fn described(value: &Value) -> String {
    match value {
        Value::Whole(n) => n.to_string(),
        Value::Real(x) => x.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        Value::Array { of, count, .. } => format!("an array of {count} values of type {of:?}"),
    }
}
