//! The known families of models. Each is a function from `config.json` to an [`Arch`] and a table of weight
//! names.

use super::config::{Config, listed};
use super::error::CheckpointError;
use super::quantisation::{self, Quantisation};
use crate::graph::arch::{Arch, Pooling};
use crate::graph::role::Role;
use crate::trace::hook::Layer;
use names::Names;

mod activation;
mod bert;
mod bloom;
mod distilbert;
mod fields;
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
mod stablelm;
mod starcoder2;
mod windows;

pub(super) use names::{Layout, Name};

/// A model as its family reads it from a config.
pub(super) struct Model {
    pub arch: Arch,
    pub names: Vec<Name>,
    /// The parts that a file may lack although the config does not say so.
    pub optional: Vec<Optional>,
    pub quantisation: Option<Quantisation>,
    /// Warnings to read before trusting the numbers, a sentence each.
    pub warnings: Vec<String>,
}

/// A part of a model that a file may lack.
pub(super) struct Optional {
    /// The role whose weights tell that the part is there.
    pub tell: Role,
    pub roles: &'static [Role],
    /// The change of the architecture if the part is missing.
    pub without: fn(&mut Arch),
}

impl Model {
    fn new(arch: Arch, names: Names) -> Model {
        let mut model = Model {
            arch,
            names: names.into_vec(),
            optional: Vec::new(),
            quantisation: None,
            warnings: Vec::new(),
        };
        model.name_stored();
        model
    }

    /// List in the architecture the weights that have names.
    fn name_stored(&mut self) {
        let names = self.names.iter();
        let first = names.filter(|name| name.role.member().unwrap_or(0) == 0);
        self.arch.stored = first.map(|name| (name.role, name.param)).collect();
    }

    /// Pool in this way instead of the model's own.
    pub(super) fn pool(&mut self, pooling: Pooling) {
        self.arch.unembedding.pooling = Some(pooling);
        self.names.retain(|name| name.role != Role::Pooler);
        self.optional
            .retain(|part| !part.roles.contains(&Role::Pooler));
        // A pooled output does not need the head.
        if self.arch.attention.causal && !self.arch.tied_embeddings {
            self.optional.push(Optional {
                tell: Role::Unembed,
                roles: &[Role::Unembed],
                without: |arch| arch.unembedding.logits = false,
            });
        }
    }

    /// Remove each optional part that has no tensor in the files. `has` takes names without prefixes.
    pub(super) fn fit(&mut self, has: impl Fn(&str) -> bool) {
        for part in std::mem::take(&mut self.optional) {
            let mut names = self.names.iter();
            if names.any(|n| n.role == part.tell && has(&n.full(Layer::Unembed))) {
                continue;
            }
            (part.without)(&mut self.arch);
            self.names.retain(|name| !part.roles.contains(&name.role));
        }
        self.name_stored();
    }
}

type Read = fn(&str, &mut Config) -> Result<Model, CheckpointError>;

/// Each `model_type` with the function that reads its config.
const FAMILIES: &[(&str, Read)] = &[
    ("bert", bert::read),
    ("bloom", bloom::read),
    ("distilbert", distilbert::read),
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
    ("roberta", bert::read_roberta),
    ("stablelm", stablelm::read),
    ("starcoder2", starcoder2::read),
    ("xlm-roberta", bert::read_roberta),
];

/// The prefixes of a checkpoint's names before the family's own. There is none if the bare decoder was saved,
/// one if the model with its head was, and several if the model is part of another.
pub(super) const PREFIXES: &[&str] = &[
    "",
    "model.",
    "transformer.",
    "gpt_neox.",
    "bert.",
    "distilbert.",
    "roberta.",
    "decoder.",
    "model.decoder.",
    "model.language_model.",
    "language_model.model.",
    "language_model.",
];

/// Ends of names in older files, and their present form.
pub(super) const OLDER_ENDS: &[(&str, &str)] = &[
    ("LayerNorm.gamma", "LayerNorm.weight"),
    ("LayerNorm.beta", "LayerNorm.bias"),
    ("embed_out.weight", "lm_head.weight"),
];

/// Read a whole config.
///
/// # Errors
/// A field that changes numbers is not understood.
pub(super) fn read(mut config: Config) -> Result<Model, CheckpointError> {
    let family = config.text("model_type")?;
    let Some((_, read)) = FAMILIES.iter().find(|(name, _)| *name == family) else {
        let known = listed(FAMILIES);
        let problem = format!("is {family:?}, a family not known here; known are {known}");
        return Err(config.error("model_type", problem));
    };
    let mut config = config.of_family(&family);
    config.only("is_encoder_decoder", false.into())?;
    config.usual("pruned_heads", serde_json::json!({}));
    let quantisation = quantisation::read(&mut config)?;
    let model = read(&family, &mut config)?;
    if model.arch.attention.causal {
        config.only_or_left_out("is_causal", true.into())?;
    } else {
        // The field is read only if an encoder is used as a decoder.
        config.passed_over(&["is_causal"]);
    }
    // The field says nothing if all blocks of a family are of one kind.
    config.passed_over(&["layer_types"]);
    config.finish()?;
    Ok(Model {
        quantisation,
        warnings: config.warnings(),
        ..model
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::config_fields;

    #[test]
    fn the_fields_of_every_family_are_known() {
        for (family, _) in FAMILIES {
            assert!(config_fields::of(family).is_some(), "{family}");
        }
    }
}
