//! Errors about config fields and the family's tensors, translated to the keys and tensors of the GGUF file.

use super::architectures::{Architecture, Mapping, Module};
use super::config::PATTERN;
use crate::checkpoint::error::CheckpointError;

/// The names that one architecture's files use.
#[derive(Clone, Copy)]
pub struct Terms(pub &'static Architecture);

impl Terms {
    pub fn translate(self, error: CheckpointError) -> CheckpointError {
        match error {
            CheckpointError::Field {
                path,
                field,
                problem,
            } => CheckpointError::Field {
                path,
                field: self.key(&field).unwrap_or(field),
                problem,
            },
            CheckpointError::MissingTensor { path, tensor } => CheckpointError::MissingTensor {
                path,
                tensor: self.tensor(&tensor).unwrap_or(tensor),
            },
            other => other,
        }
    }

    /// The key that a config field was made from.
    fn key(self, field: &str) -> Option<String> {
        let mut fields = self.0.fields();
        let found = fields.find(|(_, name)| *name == field).map(|(key, _)| key);
        let key = found.or((field == "layer_types").then_some(PATTERN))?;
        Some(format!("{}.{key}", self.0.name))
    }

    /// The file's name of the tensor that the family calls `name`.
    fn tensor(self, name: &str) -> Option<String> {
        // Names without a suffix in the family have one in the file.
        let (module, suffix) = match name.rsplit_once('.')? {
            (module, suffix @ ("weight" | "bias")) => (module, suffix),
            _ => (name, "weight"),
        };
        let behind_layers = module.strip_prefix(self.0.layers);
        let in_block = behind_layers.and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
        let module = in_block.map_or(module, |(_, module)| module);
        // A number within a block is an expert's or a head's.
        let parts = module.split('.').map(|part| match part.parse::<usize>() {
            Ok(_) => "{i}",
            Err(_) => part,
        });
        let template = parts.collect::<Vec<_>>().join(".");
        let mut modules = self.0.modules(in_block.is_some());
        let Module(own, _, mapping) = modules.find(|module| module.1 == template)?;
        let block = in_block.map_or_else(String::new, |(block, _)| format!("blk.{block}."));
        Some(match mapping {
            Mapping::Exp | Mapping::MinusExp | Mapping::Flat if module == name => {
                format!("{block}{own}")
            }
            _ => format!("{block}{own}.{suffix}"),
        })
    }
}
