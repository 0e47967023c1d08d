//! The families of models that are known: each a function from `config.json` to an [`Arch`] and a
//! table of weight names.

use super::arch::Arch;
use super::config::Config;
use super::error::CheckpointError;
use super::quantisation::{self, Quantisation};
use names::Names;

mod activation;
mod bloom;
mod gemma;
mod gpt2;
mod gpt_neo;
mod gpt_neox;
mod gpt_oss;
mod gptj;
mod granite;
mod llama;
mod mistral;
mod mixtral;
mod names;
mod olmo2;
mod opt;
mod phi;
mod phi3;
mod qwen;
mod rope;
mod sizes;
mod stablelm;
mod starcoder2;
mod windows;

pub(super) use names::{Layout, Name};

/// A family's answer to a config.
pub(super) struct Model {
    pub arch: Arch,
    pub names: Vec<Name>,
    pub quantisation: Option<Quantisation>,
}

impl Model {
    fn new(arch: Arch, names: Names) -> Model {
        Model {
            arch,
            names: names.into_vec(),
            quantisation: None,
        }
    }
}

type Read = fn(&str, &mut Config) -> Result<Model, CheckpointError>;

/// `model_type` and how its config is read.
const FAMILIES: &[(&str, Read)] = &[
    ("bloom", bloom::read),
    ("gemma", gemma::read),
    ("gemma2", gemma::read2),
    ("gemma3", gemma::read3_nested),
    ("gemma3_text", gemma::read3),
    ("gpt2", gpt2::learned),
    ("gpt2_sinusoidal", gpt2::sinusoidal),
    ("gpt_neo", gpt_neo::read),
    ("gpt_neox", gpt_neox::read),
    ("gpt_oss", gpt_oss::read),
    ("gptj", gptj::read),
    ("granite", granite::read),
    ("llama", llama::read),
    ("mistral", mistral::read),
    ("mixtral", mixtral::read),
    ("olmo2", olmo2::read),
    ("opt", opt::read),
    ("phi", phi::read),
    ("phi3", phi3::read),
    ("qwen2", qwen::read2),
    ("qwen3", qwen::read3),
    ("qwen3_moe", qwen::read3_moe),
    ("stablelm", stablelm::read),
    ("starcoder2", starcoder2::read),
];

/// What a checkpoint's names may begin with before the family's own: nothing when the bare decoder was
/// saved, its attribute name when the model with its head was, several where that model is a part of
/// another.
pub(super) const PREFIXES: &[&str] = &[
    "",
    "model.",
    "transformer.",
    "gpt_neox.",
    "decoder.",
    "model.decoder.",
    "model.language_model.",
    "language_model.model.",
    "language_model.",
];

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
    let quantisation = quantisation::read(&mut config)?;
    let model = read(&family, &mut config)?;
    config.finish()?;
    Ok(Model {
        quantisation,
        ..model
    })
}
