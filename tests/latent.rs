//! Latent attention and what comes with it, in small models with random numbers: keys that an indexer chooses, experts
//! beside the next block, experts without weights. Their numbers agree with transformers
//! (`python/tests/test_made_models.py`); here they agree with themselves, however they are computed.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;
#[path = "common/made.rs"]
mod made;

use std::path::Path;

use layerwise::graph::arch::{Arch, RopePairs};
use layerwise::trace::query::Choice;
use layerwise::trace::source::Control;
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::HostTensor;

use device::options;
use made::{LONG, SHORT, differs, lazily, made, names, open, runs_by_tokens, sums, values};

/// The fields of a small model of each kind. Prompts are longer than the keys that are chosen.
const CONFIGS: &[(&str, &str)] = &[
    (
        "chosen keys",
        r#"{"model_type": "deepseek_v32", "index_topk": 3, "index_head_dim": 6, "index_n_heads": 8,
        "mlp_layer_types": ["dense", "sparse"]}"#,
    ),
    (
        "choices taken over",
        r#"{"model_type": "glm_moe_dsa", "index_topk": 3, "index_head_dim": 6, "index_n_heads": 8, "num_hidden_layers": 3,
        "index_topk_pattern": "FSF", "first_k_dense_replace": 2}"#,
    ),
    (
        "shortcut",
        r#"{"model_type": "longcat_flash", "num_layers": 2, "ffn_hidden_size": 24, "moe_topk": 2, "zero_expert_num": 3,
        "expert_ffn_hidden_size": 8, "routed_scaling_factor": 1.5}"#,
    ),
    (
        "normed experts",
        r#"{"model_type": "axk1", "first_k_dense_replace": 1}"#,
    ),
    (
        "gated norms",
        r#"{"model_type": "axk2", "index_topk": 3, "index_head_dim": 6, "index_n_heads": 8, "gated_norm_rank": 3}"#,
    ),
];

const COMMON: &str = r#"{"num_key_value_heads": 2, "q_lora_rank": 6, "kv_lora_rank": 5, "qk_nope_head_dim": 4,
    "qk_rope_head_dim": 4, "v_head_dim": 6, "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8,
    "n_group": 2, "topk_group": 1, "num_hidden_layers": 2}"#;

fn fields(own: &str) -> String {
    let [mut all, own] =
        [COMMON, own].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    let (all_fields, own) = (all.as_object_mut().unwrap(), own.as_object().unwrap());
    if own.contains_key("num_layers") {
        for field in [
            "num_hidden_layers",
            "num_experts_per_tok",
            "moe_intermediate_size",
        ] {
            all_fields.remove(field);
        }
    }
    all_fields.extend(own.clone());
    all.to_string()
}

fn with_each(test: impl Fn(&str, &Path)) {
    made::with_each(CONFIGS.iter().map(|(kind, own)| (*kind, fields(own))), test);
}

#[test]
fn tokens_one_by_one_give_what_all_at_once_do() {
    with_each(runs_by_tokens);
}

#[test]
fn what_is_not_held_is_what_would_be_held() {
    with_each(lazily);
}

#[test]
fn every_derivation_sums_to_its_value() {
    with_each(sums);
}

/// Attention looks at the keys that the mask has, and each query has as many as there are to look at.
#[test]
fn attention_looks_at_the_chosen_keys_alone() {
    with_each(|kind, model| {
        let mut source = open(model, LONG, &options());
        for pass in 0..2 {
            source
                .next(pass, &Choice::Token(7), &Control::default())
                .unwrap();
        }
        for pass in [0, 2] {
            for name in names(&*source, pass) {
                let Some(block) = name.strip_suffix("attn.hook_index_mask") else {
                    continue;
                };
                let mask = values(&mut *source, pass, &name);
                let &[queries, keys] = &mask.shape[..] else {
                    panic!("{:?}", mask.shape)
                };
                let pattern = values(&mut *source, pass, &format!("{block}attn.hook_pattern"));
                for query in 0..queries {
                    let row = &mask.data[query * keys..][..keys];
                    let seen = keys - queries + query + 1;
                    assert_eq!(row.iter().sum::<f64>(), seen.min(3) as f64, "{kind} {name}");
                    for head in 0..pattern.shape[0] {
                        let shares = &pattern.data[(head * queries + query) * keys..][..keys];
                        let same = shares
                            .iter()
                            .zip(row)
                            .all(|(share, one)| (*share > 0.0) == (*one > 0.0));
                        assert!(same, "{kind} {name}: {shares:?} {row:?}");
                    }
                }
            }
        }
    });
}

/// A key that is put into the mask is looked at, in the block that takes the choice over too.
#[test]
fn a_changed_choice_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let (name, own) = CONFIGS[1];
    let model = made(name, &fields(own), folder.path());
    let mut source = open(&model, SHORT, &options());
    let mask = values(&mut *source, 0, "blocks.0.attn.hook_index_mask");
    let (queries, point) = (mask.shape[0], "blocks.0.attn.hook_index_mask");
    let place = source.passes()[0].plan.position(point).unwrap();
    let ones = HostTensor {
        dtype: layerwise::trace::tensor::Dtype::F32,
        shape: mask.shape.clone(),
        bytes: (mask.data.iter())
            .flat_map(|_| 1f32.to_le_bytes())
            .collect::<Vec<u8>>()
            .into(),
    };
    source.replace(0, place, Some(&ones)).unwrap();
    for block in [0, 1] {
        let pattern = values(
            &mut *source,
            0,
            &format!("blocks.{block}.attn.hook_pattern"),
        );
        let last = &pattern.data[(queries - 1) * queries..queries * queries];
        assert!(last.iter().all(|share| *share > 0.0), "{block}: {last:?}");
    }
}

/// Leaving out any option changes what a model says.
#[test]
fn every_option_is_used() {
    type Change = fn(&mut Arch);
    let changes: &[(&str, &str, Change)] = &[
        ("chosen keys", "indexer", |a| a.attention.indexer = None),
        ("chosen keys", "number of keys", |a| {
            a.attention.indexer.as_mut().unwrap().keys = 4;
        }),
        ("chosen keys", "dimensions that turn", |a| {
            a.attention.indexer.as_mut().unwrap().rope = 0;
        }),
        ("chosen keys", "pairs of an indexer", |a| {
            turns(a, RopePairs::Interleaved);
        }),
        ("choices taken over", "pairs of an indexer", |a| {
            turns(a, RopePairs::HalfSplit);
        }),
        ("shortcut", "experts beside the next block", |a| {
            experts(a).shortcut = false;
        }),
        ("shortcut", "experts without weights", |a| {
            experts(a).identities += 1;
        }),
        ("shortcut", "factor of queries", |a| {
            a.attention.latent.as_mut().unwrap().scales[0] = 1.0;
        }),
        ("shortcut", "factor of keys and values", |a| {
            a.attention.latent.as_mut().unwrap().scales[1] = 1.0;
        }),
        ("shortcut", "numbers for the choice", |a| {
            experts(a).choice_bias = false;
        }),
        ("shortcut", "shares as they are", |a| {
            experts(a).renormalise = true;
        }),
        ("shortcut", "factor of shares", |a| experts(a).scale = 1.0),
        ("normed experts", "norm of experts", |a| {
            experts(a).normed = false;
        }),
        ("gated norms", "gates of norms", |a| {
            a.block.norm_gate = None;
        }),
        ("gated norms", "the gate of what heads mix", |a| {
            a.attention.gate = None;
        }),
        ("gated norms", "groups of experts", |a| {
            experts(a).groups = None;
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (kind, option, change) in changes {
        let (_, own) = CONFIGS.iter().find(|(name, _)| name == kind).unwrap();
        let model = made(kind, &fields(own), folder.path());
        differs(kind, option, &model, LONG, *change);
    }
}

/// Queries and gates expand from a normed vector and from the vector as it is: without the columns for either, a model
/// says something else.
#[test]
fn both_of_two_joined_vectors_are_read() {
    const WEIGHT: &str = "layers.1.self_attn.q_b_proj.weight";
    let folder = tempfile::tempdir().unwrap();
    let (kind, own) = CONFIGS
        .iter()
        .find(|(name, _)| *name == "gated norms")
        .unwrap();
    let model = made(kind, &fields(own), folder.path());
    let file = model.join("model.safetensors");
    let whole = std::fs::read(&file).unwrap();
    let says = || values(&mut *open(&model, SHORT, &options()), 0, "logits").data;
    let due = says();
    let weight = safetensors::SafeTensors::deserialize(&whole).unwrap();
    let weight = weight.tensor(WEIGHT).unwrap();
    let start = weight.data().as_ptr() as usize - whole.as_ptr() as usize;
    let columns = weight.shape()[1];
    for half in [0..columns / 2, columns / 2..columns] {
        let mut changed = whole.clone();
        let numbers = &mut changed[start..start + weight.data().len()];
        for row in numbers.chunks_exact_mut(4 * columns) {
            row[4 * half.start..4 * half.end].fill(0);
        }
        std::fs::write(&file, &changed).unwrap();
        let gaps = says().into_iter().zip(&due).map(|(a, b)| (a - b).abs());
        assert!(gaps.fold(0.0, f64::max) > 1e-4, "{half:?}");
    }
}

fn experts(arch: &mut Arch) -> &mut layerwise::graph::arch::Experts {
    arch.experts.as_mut().unwrap()
}

fn turns(arch: &mut Arch, pairs: RopePairs) {
    if let layerwise::graph::arch::Positions::Rotary(rotary) = &mut arch.positions {
        rotary.ropes[1].pairs = pairs;
    }
}
