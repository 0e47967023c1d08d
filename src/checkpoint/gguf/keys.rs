//! A GGUF file's values by the architecture's keys, and lists of numbers in its tensors.

use serde_json::Value;

use super::header::{Header, Tensor};
use super::metadata::Metadata;
use crate::checkpoint::encoding::Encoding;
use crate::checkpoint::error::CheckpointError;
use crate::trace::tensor::Dtype;

/// A tensor of divisors of frequencies, one for each pair of dimensions (Llama 3.1's stretched rotation).
pub const ROPE_FREQS: &str = "rope_freqs.weight";
pub const ROPE_SHORT: &str = "rope_factors_short.weight";
pub const ROPE_LONG: &str = "rope_factors_long.weight";

/// Blocks behind the model's own that guess tokens further ahead.
pub const AHEAD: &str = "nextn_predict_layers";

/// A number above every model's blocks.
pub const MAX_LAYERS: u64 = 10_000;

/// The keys of one architecture and the tensors of its files.
pub struct Read<'a> {
    pub prefix: &'static str,
    pub metadata: &'a Metadata<'a>,
    pub files: &'a [Header<'a>],
}

impl Read<'_> {
    pub fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.prefix)
    }

    /// An error about a key of the architecture.
    pub fn error(&self, key: &str, problem: impl Into<String>) -> CheckpointError {
        self.metadata.error(&self.key(key), problem)
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, CheckpointError> {
        self.metadata.flag(&self.key(key))
    }

    /// Whether a tensor is there, in any block if its name begins with `blk.0.`.
    pub fn has(&self, name: &str) -> bool {
        self.any(name).is_some()
    }

    /// The tensor of this name, of the first block that has one if the name begins with `blk.0.`.
    pub fn any(&self, name: &str) -> Option<&Tensor> {
        let Some(own) = name.strip_prefix("blk.0.") else {
            return self.tensor(name);
        };
        let of_block = |tensor: &&Tensor| {
            let rest = tensor.name.strip_prefix("blk.");
            rest.and_then(|rest| rest.split_once('.'))
                .is_some_and(|(_, rest)| rest == own)
        };
        self.files
            .iter()
            .find_map(|file| file.tensors.iter().find(of_block))
    }

    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        Some(self.found(name)?.1)
    }

    /// The tensor of this name, and its file.
    fn found(&self, name: &str) -> Option<(&Header<'_>, &Tensor)> {
        self.files.iter().find_map(|file| {
            let tensor = file.tensors.iter().find(|t| t.name == name)?;
            Some((file, tensor))
        })
    }

    pub fn size(&self, key: &str) -> Result<Option<u64>, CheckpointError> {
        self.metadata.size(&self.key(key))
    }

    pub fn real(&self, key: &str) -> Result<Option<f64>, CheckpointError> {
        self.metadata.real(&self.key(key))
    }

    /// Whether a key is true, above 0, or a list with a number above 0.
    pub fn tells(&self, key: &str) -> bool {
        let list = || self.metadata.reals(&self.key(key)).ok().flatten();
        self.flag(key).is_ok_and(|flag| flag == Some(true))
            || self.real(key).is_ok_and(|real| real > Some(0.0))
            || list().is_some_and(|list| list.iter().any(|x| *x > 0.0))
    }

    /// A number that the file must have.
    pub fn needed(&self, key: &str) -> Result<u64, CheckpointError> {
        self.metadata.required(&self.key(key), self.size(key)?)
    }

    /// The whole numbers under a key, one for each block; the same for all if the file has one number.
    pub fn by_block(&self, key: &str) -> Result<Vec<u64>, CheckpointError> {
        let count = self.needed("block_count")?;
        if count > MAX_LAYERS {
            return Err(self.error("block_count", format!("is {count}, more than {MAX_LAYERS}")));
        }
        let computed = count.saturating_sub(self.size(AHEAD)?.unwrap_or(0)) as usize;
        if let Ok(one) = self.size(key) {
            return Ok(vec![one.unwrap_or(0); computed]);
        }
        let numbers = self.metadata.reals(&self.key(key))?.unwrap_or_default();
        if numbers.len() != count as usize {
            let problem = format!("has {} entries for {count} blocks", numbers.len());
            return Err(self.error(key, problem));
        }
        Ok(numbers
            .into_iter()
            .take(computed)
            .map(|n| n as u64)
            .collect())
    }

    /// The number or flag under a key, or a list of numbers, as JSON.
    pub fn number(&self, key: &str) -> Result<Option<Value>, CheckpointError> {
        if let Ok(Some(flag)) = self.flag(key) {
            return Ok(Some(flag.into()));
        }
        if let Ok(Some(size)) = self.size(key) {
            return Ok(Some(size.into()));
        }
        let wrong = match self.real(key) {
            Ok(real) => return Ok(real.map(Value::from)),
            Err(wrong) => wrong,
        };
        let list = self.metadata.reals(&self.key(key)).map_err(|_| wrong)?;
        let whole = |x: f64| x.fract() == 0.0 && x.abs() < 1e15;
        let number = |x: f64| {
            if whole(x) {
                Value::from(x as i64)
            } else {
                Value::from(x)
            }
        };
        Ok(list.map(|list| list.into_iter().map(number).collect()))
    }

    /// The numbers in a tensor of the file, at most as many as a head has dimensions.
    pub fn factors(&self, name: &str) -> Result<Option<Vec<f32>>, CheckpointError> {
        let Some((file, tensor)) = self.found(name) else {
            return Ok(None);
        };
        let bytes = file.bytes.get(tensor.range.clone()).unwrap_or_default();
        let plain = tensor.kind.encoding == Encoding::Plain(Dtype::F32);
        if !plain || tensor.shape.len() != 1 || bytes.len() > 1 << 16 {
            let problem = "is not a short list of f32 numbers";
            return Err(file.metadata.error(name, problem));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        let numbers = numbers.iter().map(|b| f32::from_le_bytes(*b));
        Ok(Some(numbers.collect()))
    }
}
