//! Parts of the names of tensors that differ between writers.

/// The prefixes of a checkpoint's names before the family's own. There is none if the bare decoder was saved,
/// one if the model with its head was, and several if the model is part of another.
pub(in crate::checkpoint) const PREFIXES: &[&str] = &[
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
pub(in crate::checkpoint) const OLDER_ENDS: &[(&str, &str)] = &[
    ("LayerNorm.gamma", "LayerNorm.weight"),
    ("LayerNorm.beta", "LayerNorm.bias"),
    ("embed_out.weight", "lm_head.weight"),
];

/// Starts of names behind a prefix, as some files write them, and their usual form. transformers writes a text model
/// beside images so.
pub(in crate::checkpoint) const OTHER_STARTS: &[(&str, &str)] = &[("blocks.", "layers.")];
