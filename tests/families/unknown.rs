//! Unknown fields are named, and harmless ones are ignored.

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use serde_json::{Value, json};

/// Open a copy of a small model with a changed config.
fn open_changed(model: &str, change: impl FnOnce(&mut Value)) -> Result<Checkpoint, String> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(model);
    let dir = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json"] {
        fs::copy(from.join(file), dir.path().join(file)).unwrap();
    }
    let bytes = fs::read(from.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&bytes).unwrap();
    change(&mut config);
    fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
    Checkpoint::open(dir.path()).map_err(|e| e.to_string())
}

fn open_with(model: &str, field: &str, value: Value) -> Result<Checkpoint, String> {
    open_changed(model, |config| set(config, field, value))
}

fn set(config: &mut Value, field: &str, value: Value) {
    match field.split_once('.') {
        Some((outer, inner)) => config[outer][inner] = value,
        None => config[field] = value,
    }
}

#[test]
fn an_option_that_is_not_computed_is_an_error_that_names_it() {
    for (model, field, value, why) in [
        (
            "mistral",
            "layer_types",
            json!(["full_attention"]),
            "has 1 entries for 2 blocks",
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
        (
            "gpt_oss",
            "quantization_config",
            json!({"quant_method": "gptq"}),
            "read are fp8, compressed-tensors",
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
            "gemma3",
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
            "gemma3_nested",
            "text_config.model_type",
            json!("gemma4"),
            "only \"gemma3_text\"",
        ),
        (
            "bert_no_head",
            "add_cross_attention",
            json!(true),
            "only false is computed",
        ),
        ("bert", "hidden_act", json!("mish"), "known are gelu"),
        ("bert", "num_attention_heads", json!(3), "does not divide"),
        ("bert", "embedding_size", json!(8), "not computed"),
        (
            "roberta",
            "max_position_embeddings",
            json!(2),
            "the first position is row 2",
        ),
        (
            "xlm-roberta",
            "pad_token_id",
            json!(-1),
            "a whole number from 0",
        ),
    ] {
        let changed = open_changed(model, |config| {
            // Nothing else is read beside `attention_layers`, so it is removed.
            config.as_object_mut().unwrap().remove("attention_layers");
            set(config, field, value);
        });
        let error = changed.err().unwrap_or_default();
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
        ("bert", "classifier_dropout", json!(0.1)),
        ("bert", "position_embedding_type", json!("absolute")),
        ("bert", "gradient_checkpointing", json!(false)),
        ("bert", "directionality", json!("bidi")),
        ("bert", "pooler_type", json!("first_token_transform")),
        ("bert", "pooler_num_fc_layers", json!(3)),
        ("roberta", "output_past", json!(true)),
        ("distilbert", "output_past", json!(true)),
        ("distilbert", "tie_weights_", json!(true)),
    ] {
        if let Err(error) = open_with(model, field, value) {
            panic!("{model}, {field}: {error}");
        }
    }
}

/// Rename fields of a config, or of the object `inside` it.
fn rename(config: &mut Value, inside: Option<&str>, fields: &[(&str, &str)]) {
    for (new, old) in fields {
        let from = match inside {
            Some(object) => &mut config[object],
            None => &mut *config,
        };
        let value = from.as_object_mut().unwrap().remove(*new).unwrap();
        config[*old] = value;
    }
    if let Some(object) = inside {
        config.as_object_mut().unwrap().remove(object);
    }
}

#[test]
fn older_forms_of_a_config_mean_the_same() {
    let plain = |model: &str| open_changed(model, |_| {}).unwrap().arch;
    let same = |model: &str, change: fn(&mut Value)| {
        assert_eq!(open_changed(model, change).unwrap().arch, plain(model));
    };
    same("bloom", |config| {
        let names = [
            ("n_layer", "num_hidden_layers"),
            ("n_head", "num_attention_heads"),
            ("hidden_size", "n_embed"),
        ];
        rename(config, None, &names);
        config["seq_length"] = json!(2048);
    });
    same("gpt_neox", |config| {
        config["rope_parameters"]
            .as_object_mut()
            .unwrap()
            .remove("rope_type");
        let names = [
            ("partial_rotary_factor", "rotary_pct"),
            ("rope_theta", "rotary_emb_base"),
        ];
        rename(config, Some("rope_parameters"), &names);
    });
    same("gemma", |config| {
        config["hidden_act"] = json!("gelu");
        config["hidden_activation"] = Value::Null;
    });
    same("gemma3", |config| {
        let sizes = ["layer_types", "rope_parameters"];
        for field in sizes {
            config.as_object_mut().unwrap().remove(field);
        }
        config["sliding_window_pattern"] = json!(2);
        config["rope_theta"] = json!(1e6);
        config["rope_local_base_freq"] = json!(1e4);
        config["rope_scaling"] = json!({"factor": 8.0, "rope_type": "linear"});
    });
    same("phi3_long", |config| {
        let mut scaling = config["rope_parameters"].take();
        let object = scaling.as_object_mut().unwrap();
        object.remove("rope_type");
        for field in ["rope_theta", "partial_rotary_factor"] {
            config[field] = object.remove(field).unwrap();
        }
        object.remove("original_max_position_embeddings");
        object.insert("type".into(), json!("su"));
        config["rope_scaling"] = scaling;
    });
    same("gpt_neo", |config| {
        config.as_object_mut().unwrap().remove("attention_layers");
    });
}

#[test]
fn null_is_no_window_and_no_cap_where_leaving_it_out_is_the_familys() {
    let without = |model: &str, field: &'static str| {
        open_changed(model, |config| {
            config.as_object_mut().unwrap().remove(field);
        })
        .unwrap()
        .arch
    };
    let mistral = open_with("mistral", "sliding_window", Value::Null).unwrap();
    assert_eq!(mistral.arch.attention.windows, [None, None]);
    let mistral = without("mistral", "sliding_window");
    assert_eq!(mistral.attention.windows, [Some(4096); 2]);
    let gemma = open_with("gemma2", "attn_logit_softcapping", Value::Null).unwrap();
    assert_eq!(gemma.arch.attention.score_cap, None);
    let gemma = without("gemma2", "attn_logit_softcapping");
    assert_eq!(gemma.attention.score_cap, Some(50.0));
}
