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

    /// The number or flag under a key, as JSON.
    pub fn number(&self, key: &str) -> Result<Option<Value>, CheckpointError> {
        if let Ok(Some(flag)) = self.flag(key) {
            return Ok(Some(flag.into()));
        }
        if let Ok(Some(size)) = self.size(key) {
            return Ok(Some(size.into()));
        }
        Ok(self.real(key)?.map(Value::from))
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
