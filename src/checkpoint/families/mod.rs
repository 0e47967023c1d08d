//! The known families of models. Each is a function from `config.json` to an [`Arch`] and a table of weight
//! names.

use super::config::Config;
use super::error::CheckpointError;
use super::quantisation::{self, Quantisation};
use crate::graph::arch::{Arch, Pooling};
use crate::graph::role::Role;
use crate::trace::hook::Layer;
use names::Names;

mod activation;
mod apertus;
mod arcee;
mod bailing;
mod bart;
mod bert;
mod bert_relatives;
mod biogpt;
mod bitnet;
mod bloom;
mod codegen;
mod cohere;
mod cohere_compass;
mod cohere_moe;
mod ctrl;
mod cwm;
mod deepseek;
mod deepseek4;
mod delta;
mod diffllama;
mod distilbert;
mod doge;
mod exaone4;
mod falcon;
mod fields;
mod gemma;
mod gemma3n;
mod gemma4;
mod glm;
mod gpt2;
mod gpt_bigcode;
mod gpt_neo;
mod gpt_neox;
mod gpt_oss;
mod gptj;
mod granite;
mod granite_swa;
mod helium;
mod hunyuan;
mod hy4;
mod hyperclovax;
mod indexed;
mod jetmoe;
mod kimi_linear;
mod laguna;
mod lfm2;
mod lfm3;
mod llama;
mod llama4;
mod longcat;
mod mamba;
mod mamba2;
mod mimo;
mod minimax;
mod ministral3;
mod mistral;
mod mixtral;
mod mllama;
mod modernbert_decoder;
mod moe;
mod moe_softmax;
mod mpt;
mod names;
mod nanochat;
mod nemotron;
mod nested;
mod olmo;
mod olmo2;
mod olmo_hybrid;
mod openai_gpt;
mod opt;
mod other_names;
mod persimmon;
mod phi;
mod phi3;
#[cfg(test)]
mod published;
mod qwen;
mod qwen4;
mod qwen_next;
mod recurrent_gemma;
mod rope;
mod rwkv;
mod seed_oss;
mod smollm3;
mod stablelm;
mod starcoder2;
mod table;
mod windows;
mod xlm;
mod xlstm;
mod xmod;
mod zamba;

pub(super) use names::{Layout, Name};
pub(super) use other_names::{OLDER_ENDS, OTHER_STARTS, PREFIXES};
pub(super) use table::known_families;

/// A model as its family reads it from a config.
pub(super) struct Model {
    pub arch: Arch,
    pub names: Vec<Name>,
    /// The parts that a file may lack although the config does not say so.
    pub optional: Vec<Optional>,
    pub quantisation: Option<Quantisation>,
    /// The numbers of blocks in the files that are not computed.
    pub left_out: Vec<usize>,
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
            left_out: Vec::new(),
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

    /// Name the tensor that holds this role's weight in some files.
    fn also_apart(&mut self, role: Role, tensor: String) {
        for name in self.names.iter_mut().filter(|name| name.role == role) {
            name.unfused = Some(tensor.clone());
        }
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
            let blocks = (0..self.arch.n_layers).map(Layer::Block);
            let mut layers = blocks.chain([Layer::Unembed]);
            let tells = |n: &&Name| n.role == part.tell;
            if layers.any(|layer| self.names.iter().filter(tells).any(|n| has(&n.full(layer)))) {
                continue;
            }
            (part.without)(&mut self.arch);
            self.names.retain(|name| !part.roles.contains(&name.role));
        }
        self.name_stored();
    }
}

/// Read a whole config.
///
/// # Errors
/// A field that changes numbers is not understood.
pub(super) fn read(mut config: Config) -> Result<Model, CheckpointError> {
    let named = config.text("model_type")?;
    let (family, read) = table::known(&config, &named)?;
    let mut config = config.of_family(family);
    config.only("is_encoder_decoder", false.into())?;
    config.usual("pruned_heads", serde_json::json!({}));
    let quantisation = quantisation::read(&mut config)?;
    let model = read(family, &mut config)?;
    let model = finished(&mut config, model)?;
    Ok(Model {
        quantisation: quantisation.or(model.quantisation),
        warnings: config.warnings(),
        ..model
    })
}

/// A model whose family has read its config.
///
/// # Errors
/// A field that nobody read could change the numbers.
fn finished(config: &mut Config, model: Model) -> Result<Model, CheckpointError> {
    if model.arch.attention.causal {
        config.only_or_left_out("is_causal", true.into())?;
    } else {
        // The field is read only if an encoder is used as a decoder.
        config.passed_over(&["is_causal"]);
    }
    // The field says nothing if all blocks of a family are of one kind.
    config.passed_over(&["layer_types"]);
    config.finish()?;
    Ok(model)
}
