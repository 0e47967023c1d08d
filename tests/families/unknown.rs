//! What is not known is named; what makes no difference is let be.

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use serde_json::{Value, json};

/// Open a copy of a small model with one field of its config changed.
fn open_with(model: &str, field: &str, value: Value) -> Result<Checkpoint, String> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(model);
    let dir = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json"] {
        fs::copy(from.join(file), dir.path().join(file)).unwrap();
    }
    let bytes = fs::read(from.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&bytes).unwrap();
    match field.split_once('.') {
        Some((outer, inner)) => config[outer][inner] = value,
        None => config[field] = value,
    }
    fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
    Checkpoint::open(dir.path()).map_err(|e| e.to_string())
}

#[test]
fn an_option_that_is_not_computed_is_an_error_that_names_it() {
    for (model, field, value, why) in [
        (
            "mistral",
            "layer_types",
            json!(["full_attention"]),
            "not known",
        ),
        ("mistral", "sliding_window", json!(0), "whole number from 1"),
        (
            "mixtral",
            "num_experts_per_tok",
            json!(5),
            "of num_local_experts = 4",
        ),
        ("mixtral", "num_local_experts", json!(1 << 20), "more than"),
        (
            "qwen3_moe",
            "mlp_only_layers",
            json!([-1]),
            "a list of whole numbers",
        ),
        ("qwen2", "use_mrope", json!(true), "only false is known"),
        (
            "gpt_oss",
            "quantization_config",
            json!({"quant_method": "mxfp4"}),
            "not known",
        ),
        (
            "gpt_oss",
            "layer_types",
            json!(["full_attention"]),
            "has 1 entries for 2 blocks",
        ),
        (
            "gpt_oss",
            "layer_types",
            json!(["full_attention", "chunked_attention"]),
            "a list of full_attention, sliding_attention",
        ),
        (
            "gpt_neo",
            "attention_types",
            json!([[["global"], 5]]),
            "not for 2 blocks",
        ),
        (
            "gpt_neo",
            "attention_types",
            json!([[[], u64::MAX]]),
            "not for 2 blocks",
        ),
        (
            "gpt_neo",
            "attention_types",
            json!([["global", 2]]),
            "is not a list",
        ),
        (
            "gptj",
            "rotary_dim",
            json!(16),
            "not an even number up to the 8",
        ),
        (
            "bloom",
            "apply_residual_connection_post_layernorm",
            json!(true),
            "only false",
        ),
        (
            "gemma",
            "use_bidirectional_attention",
            json!(true),
            "only false",
        ),
        (
            "phi3_long",
            "rope_parameters.long_factor",
            json!([1.0]),
            "has 1 numbers for 2 pairs",
        ),
        (
            "phi3_long",
            "rope_parameters.long_factor",
            json!([1.0, 0.0]),
            "numbers above 0",
        ),
        (
            "phi3_long",
            "rope_parameters.partial_rotary_factor",
            json!(3.0),
            "in pairs",
        ),
        (
            "gpt_neox",
            "rope_parameters.rope_type",
            json!("axial"),
            "known are default, linear",
        ),
        (
            "gpt_neox",
            "rope_parameters.mrope_section",
            json!([1, 2]),
            "not known",
        ),
        (
            "gemma3_nested",
            "text_config.model_type",
            json!("gemma4"),
            "only \"gemma3_text\"",
        ),
        ("gemma3_nested", "text_config.altup", json!(2), "not known"),
    ] {
        let error = open_with(model, field, value).err().unwrap_or_default();
        assert!(
            error.contains(field) && error.contains(why),
            "{model}, {field}: {error:?}"
        );
    }
}

#[test]
fn fields_of_training_and_storage_are_let_be() {
    for (model, field, value) in [
        ("mistral", "some_new_dropout", json!(0.1)),
        ("opt", "layerdrop", json!(0.1)),
        ("bloom", "masked_softmax_fusion", json!(true)),
        ("starcoder2", "attention_softmax_in_fp32", json!(true)),
        ("mixtral", "router_aux_loss_coef", json!(0.02)),
        ("gemma2", "cache_implementation", json!("hybrid")),
        ("gemma3_nested", "vision_config", json!({"anything": 1})),
        ("gpt_oss", "initial_context_length", json!(4096)),
        ("qwen2", "sliding_window", json!(131_072)),
    ] {
        if let Err(error) = open_with(model, field, value) {
            panic!("{model}, {field}: {error}");
        }
    }
}

#[test]
fn older_forms_of_a_config_mean_the_same() {
    let plain = |model: &str| open_with(model, "_", Value::Null).unwrap().arch;
    let bloom = open_with("bloom", "num_attention_heads", json!(7)).err();
    assert!(bloom.is_some_and(|e| e.contains("num_attention_heads")));
    let gemma = open_with("gemma", "hidden_act", json!("gelu"))
        .unwrap()
        .arch;
    assert_eq!(gemma, plain("gemma"));
    let mistral = open_with("mistral", "sliding_window", Value::Null)
        .unwrap()
        .arch;
    assert_eq!(mistral.attention.windows, [None, None]);
}
