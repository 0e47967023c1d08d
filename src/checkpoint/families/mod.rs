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
mod windows;
mod xlm;
mod xlstm;
mod xmod;
mod zamba;

pub(super) use names::{Layout, Name};

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

type Read = fn(&str, &mut Config) -> Result<Model, CheckpointError>;

/// Each `model_type` with the function that reads its config.
const FAMILIES: &[(&str, Read)] = &[
    ("afmoe", moe::read_afmoe),
    ("apertus", apertus::read),
    ("arcee", arcee::read),
    ("aria", nested::read),
    ("aria_text", moe_softmax::read_aria),
    ("axk1", deepseek::read_axk1),
    ("axk2", indexed::read_axk2),
    ("aya_vision", nested::read),
    ("bailing_hybrid", bailing::read),
    ("bamba", mamba2::read_bamba),
    ("bart", bart::read),
    ("bert", bert::read),
    ("bert-generation", bert::read_generation),
    ("big_bird", bert_relatives::read_big_bird),
    ("bigbird_pegasus", bart::read_big_bird),
    ("biogpt", biogpt::read),
    ("bitnet", bitnet::read),
    ("blenderbot", bart::read_pre),
    ("blenderbot-small", bart::read_small),
    ("bloom", bloom::read),
    ("camembert", bert::read_roberta),
    ("codegen", codegen::read),
    ("cohere", cohere::read),
    ("cohere2", cohere::read2),
    ("cohere2_moe", cohere_moe::read),
    ("cohere2_vision", nested::read),
    ("cohere_compass", nested::read_with_head),
    ("cohere_compass_text", cohere_compass::read),
    ("ctrl", ctrl::read),
    ("cwm", cwm::read),
    ("data2vec-text", bert::read_roberta),
    ("dbrx", moe_softmax::read_dbrx),
    ("deepseek_ocr2", nested::read),
    ("deepseek_ocr2_text", deepseek::read_ocr),
    ("deepseek_v2", deepseek::read2),
    ("deepseek_v3", deepseek::read3),
    ("deepseek_v32", indexed::read),
    ("deepseek_v4", deepseek4::read),
    ("deepseek_vl", nested::read),
    ("deepseek_vl_hybrid", nested::read),
    ("diffllama", diffllama::read),
    ("distilbert", distilbert::read),
    ("doge", doge::read),
    ("dots1", moe::read_dots1),
    ("electra", bert_relatives::read_electra),
    ("emu3", nested::read),
    ("emu3_text_model", llama::read_emu3),
    ("ernie", bert::read_ernie),
    ("ernie4_5", helium::read_ernie),
    ("ernie4_5_moe", moe_softmax::read_ernie),
    ("exaone4", exaone4::read),
    ("exaone4_5", nested::read),
    ("exaone_moe", moe::read_exaone),
    ("falcon", falcon::read),
    ("falcon_h1", mamba2::read_falcon),
    ("falcon_mamba", mamba::read_falcon),
    ("fast_vlm", nested::read),
    ("flaubert", xlm::read),
    ("flex_olmo", moe_softmax::read_flex_olmo),
    ("flint", moe::read_flint),
    ("fuyu", nested::read),
    ("gemma", gemma::read),
    ("gemma2", gemma::read2),
    ("gemma3", nested::read),
    ("gemma3_text", gemma::read3),
    ("gemma3n", nested::read_with_head),
    ("gemma3n_text", gemma3n::read),
    ("gemma4", nested::read_with_head),
    ("gemma4_text", gemma4::read),
    ("gemma4_unified", nested::read_with_head),
    ("gemma4_unified_text", gemma4::read_unified),
    ("git", bert::read_git),
    ("glm", glm::read),
    ("glm4", glm::read4),
    ("glm46v", nested::read),
    ("glm4_moe", moe::read_glm4),
    ("glm4_moe_lite", deepseek::read_glm4_lite),
    ("glm4v", nested::read),
    ("glm4v_moe", nested::read),
    ("glm4v_moe_text", moe::read_glm4v),
    ("glm4v_text", glm::read4v),
    ("glm_moe_dsa", indexed::read_glm),
    ("glm_ocr", nested::read),
    ("glm_ocr_text", glm::read_ocr),
    ("glmga", nested::read),
    ("got_ocr2", nested::read),
    ("gpt-sw3", gpt2::learned),
    ("gpt2", gpt2::learned),
    ("gpt2_sinusoidal", gpt2::sinusoidal),
    ("gpt_bigcode", gpt_bigcode::read),
    ("gpt_neo", gpt_neo::read),
    ("gpt_neox", gpt_neox::read),
    ("gpt_neox_japanese", gpt_neox::read_japanese),
    ("gpt_oss", gpt_oss::read),
    ("gptj", gptj::read),
    ("granite", granite::read),
    ("granite4_vision", nested::read_with_head),
    ("granite4_vision_text", granite::read),
    ("granite_docling", nested::read_with_head),
    ("granite_docling_text", granite::read),
    ("granite_swa", granite_swa::read),
    ("granitemoe", moe_softmax::read_granite),
    ("granitemoe_swa", granite_swa::read_moe),
    ("granitemoehybrid", mamba2::read_granite),
    ("granitemoeshared", moe_softmax::read_granite),
    ("helium", helium::read),
    ("hunyuan_v1_dense", hunyuan::read),
    ("hunyuan_v1_moe", moe_softmax::read_hunyuan),
    ("hunyuan_vl", nested::read),
    ("hunyuan_vl_text", hunyuan::read),
    ("hy_v3", moe::read_hy3),
    ("hy_v4", hy4::read),
    ("hyperclovax", hyperclovax::read),
    ("hyperclovax_vision_v2", nested::read_with_head),
    ("idefics2", nested::read),
    ("idefics3", nested::read),
    ("internlm3", llama::read),
    ("internvl", nested::read),
    ("iquestcoder", llama::read),
    ("jais2", arcee::read_jais2),
    ("jamba", mamba::read_jamba),
    ("janus", nested::read),
    ("jetmoe", jetmoe::read),
    ("kimi_k25", nested::read),
    ("kimi_linear", kimi_linear::read),
    ("kolibri1", moe::read_kolibri),
    ("laguna", laguna::read),
    ("lfm2", lfm2::read),
    ("lfm2_moe", lfm2::read_moe),
    ("lfm2_vl", nested::read),
    ("lfm3", lfm3::read),
    ("lfm3_vl", nested::read),
    ("lighton_ocr", nested::read),
    ("llama", llama::read),
    ("llama4", nested::read),
    ("llama4_text", llama4::read),
    ("llava", nested::read),
    ("llava_next", nested::read),
    ("llava_next_video", nested::read),
    ("llava_onevision", nested::read),
    ("longcat_flash", longcat::read),
    ("mamba", mamba::read),
    ("mamba2", mamba2::read),
    ("marian", bart::read_marian),
    ("mbart", bart::read_mbart),
    ("megatron-bert", bert_relatives::read_megatron),
    ("mellum", moe_softmax::read_mellum),
    ("mimo_v2_flash", mimo::read),
    ("minicpm_ocr", nested::read),
    ("minicpmv4_6", nested::read),
    ("minicpmv4_7", nested::read),
    ("minimax", minimax::read),
    ("minimax_m2", moe::read_minimax2),
    ("minicpm3", deepseek::read_minicpm3),
    ("ministral", mistral::read),
    ("ministral3", ministral3::read),
    ("mistral", mistral::read),
    ("mistral3", nested::read),
    ("mistral4", deepseek::read_mistral4),
    ("mixtral", mixtral::read),
    ("mllama", nested::read),
    ("mllama_text_model", mllama::read),
    ("modernbert-decoder", modernbert_decoder::read),
    ("mpt", mpt::read),
    ("mvp", bart::read),
    ("nanochat", nanochat::read),
    ("nemotron", nemotron::read),
    ("nemotron_h", mamba2::read_nemotron),
    ("nemotron_h_omni", nested::read),
    ("olmo", olmo::read),
    ("olmo2", olmo2::read),
    ("olmo3", olmo2::read3),
    ("olmo_hybrid", olmo_hybrid::read),
    ("olmoe", moe_softmax::read_olmoe),
    ("openai-gpt", openai_gpt::read),
    ("opt", opt::read),
    ("ovis2", nested::read),
    ("paddleocr_vl", nested::read),
    ("paddleocr_vl_text", helium::read_paddle),
    ("paligemma", nested::read_with_head),
    ("pegasus", bart::read_pre),
    ("perception_lm", nested::read),
    ("persimmon", persimmon::read),
    ("phi", phi::read),
    ("phi3", phi3::read),
    ("phi4_multimodal", phi3::read_multimodal),
    ("phimoe", moe_softmax::read_phi),
    ("plbart", bart::read),
    ("pp_chart2table", nested::read),
    ("qianfan_ocr", nested::read),
    ("qwen2", qwen::read2),
    ("qwen2_5_omni", nested::read_with_head),
    ("qwen2_5_omni_text", qwen::read2_vl),
    ("qwen2_5_omni_thinker", nested::read),
    ("qwen2_5_vl", nested::read),
    ("qwen2_5_vl_text", qwen::read2_vl),
    ("qwen2_moe", qwen::read2_moe),
    ("qwen2_vl", nested::read),
    ("qwen2_vl_text", qwen::read2_vl),
    ("qwen3", qwen::read3),
    ("qwen3_5", nested::read),
    ("qwen3_5_moe", nested::read),
    ("qwen3_5_moe_text", qwen_next::read3_5_moe),
    ("qwen3_5_text", qwen_next::read3_5),
    ("qwen3_moe", qwen::read3_moe),
    ("qwen3_next", qwen_next::read_next),
    ("qwen3_omni_moe", nested::read_with_head),
    ("qwen3_omni_moe_text", qwen::read3_omni),
    ("qwen3_omni_moe_thinker", nested::read),
    ("qwen3_vl", nested::read),
    ("qwen3_vl_moe", nested::read),
    ("qwen3_vl_moe_text", qwen::read3_vl_moe),
    ("qwen3_vl_text", qwen::read3_vl),
    ("qwen4_exp", nested::read),
    ("qwen4_exp_text", qwen4::read),
    ("recurrent_gemma", recurrent_gemma::read),
    ("rembert", bert_relatives::read_rembert),
    ("roberta", bert::read_roberta),
    ("roberta-prelayernorm", bert_relatives::read_roberta_pre),
    ("roformer", bert_relatives::read_roformer),
    ("rwkv", rwkv::read),
    ("seed_oss", seed_oss::read),
    ("shieldgemma2", nested::read),
    ("smollm3", smollm3::read),
    ("smolvlm", nested::read),
    ("solar_open", moe::read_solar),
    ("stablelm", stablelm::read),
    ("starcoder2", starcoder2::read),
    ("vaultgemma", gemma::read_vault),
    ("video_llama_3", nested::read),
    ("video_llava", nested::read),
    ("vipllava", nested::read),
    ("xglm", biogpt::read_xglm),
    ("xlm", xlm::read),
    ("xlm-roberta", bert::read_roberta),
    ("xlm-roberta-xl", bert_relatives::read_xlm_roberta_xl),
    ("xlstm", xlstm::read),
    ("xmod", xmod::read),
    ("youtu", deepseek::read_youtu),
    ("zamba", zamba::read),
    ("zamba2", zamba::read2),
];

/// The prefixes of a checkpoint's names before the family's own. There is none if the bare decoder was saved,
/// one if the model with its head was, and several if the model is part of another.
pub(super) const PREFIXES: &[&str] = &[
    "",
    "model.",
    "transformer.",
    "gpt_neox.",
    "gpt_neox_japanese.",
    "bert.",
    "distilbert.",
    "roberta.",
    "decoder.",
    "model.decoder.",
    "model.language_model.",
    "language_model.model.",
    "language_model.",
    "model.text_model.",
    "text_model.model.",
    "text_model.",
    "thinker.model.",
    "thinker.",
    "biogpt.",
    "rwkv.",
    "backbone.",
    "language_model.backbone.",
    "data2vec_text.",
    "ernie.",
    "electra.",
    "git.",
    "rembert.",
    "roberta_prelayernorm.",
    "roformer.",
    "language_model.model.encoder.",
];

/// Ends of names in older files, and their present form.
pub(super) const OLDER_ENDS: &[(&str, &str)] = &[
    ("LayerNorm.gamma", "LayerNorm.weight"),
    ("LayerNorm.beta", "LayerNorm.bias"),
    ("embed_out.weight", "lm_head.weight"),
];

/// Starts of names behind a prefix, as some files write them, and their usual form. transformers writes a text model
/// beside images so.
pub(super) const OTHER_STARTS: &[(&str, &str)] = &[("blocks.", "layers.")];

/// Read a whole config.
///
/// # Errors
/// A field that changes numbers is not understood.
pub(super) fn read(mut config: Config) -> Result<Model, CheckpointError> {
    let family = of_code(config.text("model_type")?);
    let read = known(&config, &family)?;
    let mut config = config.of_family(&family);
    config.only("is_encoder_decoder", false.into())?;
    config.usual("pruned_heads", serde_json::json!({}));
    let quantisation = quantisation::read(&mut config)?;
    let model = read(&family, &mut config)?;
    let model = finished(&mut config, model)?;
    Ok(Model {
        quantisation: quantisation.or(model.quantisation),
        warnings: config.warnings(),
        ..model
    })
}

/// Types in published configs whose own code is on the hub, and the families that have the same weights.
const OF_CODE: &[(&str, &str)] = &[("kimi_k2", "deepseek_v3"), ("phi4mm", "phi4_multimodal")];

/// The family of a `model_type`.
fn of_code(named: String) -> String {
    let known = OF_CODE.iter().find(|(name, _)| *name == named);
    known.map_or(named, |(_, family)| (*family).to_owned())
}

/// Every `model_type` that is known.
pub(super) fn known_families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(name, _)| *name)
}

/// The function that reads the configs of a family.
fn known(config: &Config, family: &str) -> Result<Read, CheckpointError> {
    match FAMILIES.iter().find(|(name, _)| *name == family) {
        Some((_, read)) => Ok(*read),
        None => {
            let nearest = known_families().min_by_key(|name| strsim::levenshtein(name, family));
            let problem = format!(
                "is {family:?}, a family not known here; the nearest of {} known ones is {}, and docs/models.md lists \
                 all",
                FAMILIES.len(),
                nearest.unwrap_or_default(),
            );
            Err(config.error("model_type", problem))
        }
    }
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
