//! The families of models that are known: each a function from `config.json` to an [`Arch`] and a
//! table of weight names.

use super::arch::Arch;
use super::config::Config;
use super::error::CheckpointError;
use super::{Param, Role};

mod gpt2;
mod llama;
mod rope;

/// A family's answer to a config.
pub(super) struct Model {
    pub arch: Arch,
    pub names: Vec<Name>,
}

/// Where a family keeps the weight of one role.
pub(super) struct Name {
    pub role: Role,
    pub param: Param,
    /// The tensor's name, `{}` standing for the block's number.
    pub template: &'static str,
    /// Stored `[in, out]`.
    pub transposed: bool,
    /// The roles whose weights stand in this one tensor, in the order of its output axis; empty where
    /// it holds nothing else.
    pub fused: &'static [Role],
}

impl Name {
    const fn new(role: Role, param: Param, template: &'static str) -> Name {
        Name {
            role,
            param,
            template,
            transposed: false,
            fused: &[],
        }
    }

    /// The tensor's name in one block, or outside of them.
    pub fn full(&self, block: Option<usize>) -> String {
        match block {
            Some(i) => self.template.replace("{}", &i.to_string()),
            None => self.template.to_owned(),
        }
    }
}

type Read = fn(&str, &mut Config) -> Result<Model, CheckpointError>;

/// `model_type` and how its config is read.
const FAMILIES: &[(&str, Read)] = &[
    ("gpt2", gpt2::learned),
    ("gpt2_sinusoidal", gpt2::sinusoidal),
    ("llama", llama::read),
];

/// What a checkpoint's names may begin with before the family's own: nothing when the bare decoder was
/// saved, its attribute name when the model with its head was.
pub(super) const PREFIXES: &[&str] = &["", "transformer.", "model."];

/// Read a whole config; every field in it is understood, or an error.
pub(super) fn read(mut config: Config) -> Result<Model, CheckpointError> {
    let family = config.text("model_type")?;
    let known = || {
        FAMILIES
            .iter()
            .map(|(n, _)| *n)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some((_, read)) = FAMILIES.iter().find(|(name, _)| *name == family) else {
        return Err(config.error(
            "model_type",
            format!(
                "is {family:?}, a family not known here; known are {}",
                known()
            ),
        ));
    };
    config.only("is_encoder_decoder", false.into())?;
    config.only("pruned_heads", serde_json::json!({}))?;
    let model = read(&family, &mut config)?;
    config.finish()?;
    Ok(model)
}
