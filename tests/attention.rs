//! Varieties of attention that no model under `fixtures` has, in small models with random numbers: heads, sinks and
//! rotary bases by block, a bias in the last block alone, sinks beside patterns that sum to 1, rounded penalties of
//! distance, blocks that turn before mixtures. Their numbers agree with transformers
//! (`python/tests/test_made_models.py`); here they agree with themselves, however they are computed, and each of them
//! counts.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;
#[path = "common/made.rs"]
mod made;

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::graph::arch::{Activation, Arch, Experts, Positions, Residual, Rope, Rotary, Score};
use layerwise::session::why::why;
use layerwise::trace::source::{Control, Source};

use made::{LONG, SHORT, differs, exact, lazily, made, open, runs_by_tokens, same, sums, values};

/// The fields of a small model of each kind.
const CONFIGS: &[(&str, &str)] = &[
    (
        "heads by block",
        r#"{"model_type": "mimo_v2_flash", "num_hidden_layers": 2, "num_attention_heads": 4, "head_dim": 8,
        "v_head_dim": 6, "sliding_window": 5, "layer_types": ["full_attention", "sliding_attention"],
        "mlp_layer_types": ["dense", "sparse"], "n_routed_experts": 4, "num_experts_per_tok": 2,
        "moe_intermediate_size": 8, "n_group": 2, "topk_group": 1, "routed_scaling_factor": 1.5,
        "attention_value_scale": 0.7, "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": 50.0, "partial_rotary_factor": 0.5},
            "sliding_attention": {"rope_type": "default", "rope_theta": 20.0, "partial_rotary_factor": 0.5}}}"#,
    ),
    (
        "a bias at the end",
        r#"{"model_type": "gpt_neox_japanese", "num_hidden_layers": 3, "intermediate_multiple_size": 2,
        "num_key_value_heads": 2, "rotary_pct": 0.5}"#,
    ),
    (
        "sinks beside",
        r#"{"model_type": "granitemoe_swa", "num_hidden_layers": 3, "sliding_window": 5, "num_local_experts": 4,
        "num_experts_per_tok": 2, "shared_intermediate_size": 12, "layer_rope_theta": [0, 100.0, 20.0],
        "layer_types": ["full_attention", "sliding_attention", "sliding_attention"], "embedding_multiplier": 1.5,
        "residual_multiplier": 0.8, "attention_multiplier": 0.3, "logits_scaling": 1.2}"#,
    ),
    (
        "penalties beside the MLP",
        r#"{"model_type": "falcon", "num_hidden_layers": 2, "num_attention_heads": 4, "num_kv_heads": 4, "alibi": true,
        "new_decoder_architecture": false, "multi_query": true, "parallel_attn": true, "bias": true}"#,
    ),
    (
        "penalties before the MLP",
        r#"{"model_type": "falcon", "num_hidden_layers": 2, "num_attention_heads": 2, "num_kv_heads": 2, "alibi": true,
        "new_decoder_architecture": false, "multi_query": false, "parallel_attn": false, "bias": true}"#,
    ),
    (
        "all before the mixtures turn",
        r#"{"model_type": "cohere2_moe", "num_hidden_layers": 3, "head_dim": 8, "sliding_window": 5, "num_experts": 4,
        "num_experts_per_tok": 2, "num_shared_experts": 2, "expert_selection_fn": "sigmoid",
        "prefix_dense_intermediate_size": 20, "mlp_layer_types": ["dense", "sparse", "sparse"],
        "layer_types": ["full_attention", "sliding_attention", "full_attention"]}"#,
    ),
];

fn with_each(test: impl Fn(&str, &Path)) {
    made::with_each(CONFIGS.iter().copied(), test);
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

/// Leaving out any option changes what a model says.
#[test]
fn every_option_is_used() {
    type Change = fn(&mut Arch);
    let changes: &[(&str, &str, Change)] = &[
        ("heads by block", "sinks", |a| a.attention.sinks = false),
        ("heads by block", "factor of values", |a| {
            a.attention.multipliers.value = 1.0;
        }),
        ("heads by block", "windows", |a| {
            a.attention.windows.fill(None);
        }),
        ("heads by block", "a window's width", |a| {
            a.attention.windows[1] = Some(6);
        }),
        ("heads by block", "the base of blocks that slide", |a| {
            rotary(a).by_layer[1] = Some(0);
        }),
        ("heads by block", "the base of blocks that do not", |a| {
            rotary(a).by_layer[0] = Some(1);
        }),
        ("heads by block", "a part of each head turns", |a| {
            each_rope(a, |rope| rope.d_rotary = 8);
        }),
        ("heads by block", "scores by the width of keys", |a| {
            a.attention.scales.fill(1.0 / 6f64.sqrt());
        }),
        ("heads by block", "sigmoids", |a| {
            experts(a).score = Score::Softmax;
        }),
        ("heads by block", "numbers for the choice", |a| {
            experts(a).choice_bias = false;
        }),
        ("heads by block", "groups", |a| experts(a).groups = None),
        ("heads by block", "shares that sum to 1", |a| {
            experts(a).renormalise = false;
        }),
        ("heads by block", "factor of shares", |a| {
            experts(a).scale = 1.0;
        }),
        ("a bias at the end", "the last block's bias", |a| {
            a.attention.out_biased.fill(false);
        }),
        ("a bias at the end", "one half after the other", |a| {
            a.block.residual = Residual::Parallel;
        }),
        ("a bias at the end", "a part of each head turns", |a| {
            each_rope(a, |rope| rope.d_rotary = 8);
        }),
        ("a bias at the end", "GELU", |a| {
            a.mlp.activation = Activation::GeluTanh;
        }),
        ("sinks beside", "sinks", |a| {
            a.attention.sinks = false;
            a.attention.sinks_beside = false;
        }),
        ("sinks beside", "windows", |a| {
            a.attention.windows.fill(None);
        }),
        ("sinks beside", "a window's width", |a| {
            a.attention.windows[1] = Some(6);
        }),
        ("sinks beside", "a base for each block", |a| {
            rotary(a).by_layer[2] = rotary(a).by_layer[1];
        }),
        ("sinks beside", "a block without positions", |a| {
            rotary(a).by_layer[0] = Some(0);
        }),
        ("sinks beside", "the MLP beside experts", |a| {
            experts(a).shared = None;
        }),
        ("sinks beside", "shares among the chosen", |a| {
            experts(a).renormalise = !experts(a).renormalise;
        }),
        ("sinks beside", "scaled embeddings", |a| {
            a.embedding.scale = 1.0;
        }),
        ("sinks beside", "scaled halves", |a| {
            a.block.residual_scale = 1.0;
        }),
        ("sinks beside", "scaled scores", |a| {
            a.attention.scales.fill(8f64.sqrt().recip());
        }),
        ("sinks beside", "scaled logits", |a| {
            a.unembedding.scale = 1.0;
        }),
        ("all before the mixtures turn", "a block that turns", |a| {
            rotary(a).by_layer[0] = None;
        }),
        ("all before the mixtures turn", "one that does not", |a| {
            rotary(a).by_layer[2] = Some(0);
        }),
        ("all before the mixtures turn", "the mean of experts", |a| {
            experts(a).shared.as_mut().unwrap().averaged = false;
        }),
        ("all before the mixtures turn", "sigmoids", |a| {
            experts(a).score = Score::Softmax;
        }),
        ("penalties beside the MLP", "penalties", |a| {
            a.positions = Positions::None;
        }),
        ("penalties beside the MLP", "rounded and scaled", |a| {
            a.positions = Positions::Alibi;
        }),
        ("penalties before the MLP", "penalties", |a| {
            a.positions = Positions::None;
        }),
        ("penalties before the MLP", "rounded and scaled", |a| {
            a.positions = Positions::Alibi;
        }),
        (
            "penalties before the MLP",
            "one half after the other",
            |a| {
                a.block.residual = Residual::Parallel;
            },
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (kind, option, change) in changes {
        let (_, fields) = CONFIGS.iter().find(|(name, _)| name == kind).unwrap();
        let model = made(kind, fields, folder.path());
        differs(kind, option, &model, LONG, *change);
    }
}

/// Sinks take a part of each pattern in blocks that have them. Beside patterns, they take it from what is mixed.
#[test]
fn patterns_sum_to_one_where_no_sink_takes_a_part() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, wholes) in [
        ("heads by block", [true, false]),
        ("sinks beside", [true; 2]),
    ] {
        let (_, fields) = CONFIGS.iter().find(|(name, _)| *name == kind).unwrap();
        let mut source = open(&made(kind, fields, folder.path()), LONG, &exact());
        for (block, whole) in wholes.into_iter().enumerate() {
            let pattern = values(
                &mut *source,
                0,
                &format!("blocks.{block}.attn.hook_pattern"),
            );
            for row in pattern.data.chunks_exact(pattern.shape[2]) {
                let sum: f64 = row.iter().sum();
                assert_eq!((sum - 1.0).abs() < 1e-12, whole, "{kind} {block}: {sum}");
            }
        }
    }
}

/// The two ways to write a sink's share give the same output.
#[test]
fn sinks_beside_a_pattern_take_what_sinks_within_it_do() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, fields) = CONFIGS[2];
    let model = made(kind, fields, folder.path());
    let mut within = Checkpoint::open(&model).unwrap();
    within.arch.attention.sinks_beside = false;
    let mut within = engine::open(within, LONG, &exact()).unwrap();
    let mut beside = open(&model, LONG, &exact());
    let logits = |source: &mut dyn Source| values(source, 0, "logits").data;
    same(&logits(&mut *beside), &logits(&mut *within), kind);
}

/// Blocks that slide have twice the keys and values, which are shorter than keys.
#[test]
fn heads_differ_by_block() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, fields) = CONFIGS[0];
    let mut source = open(&made(kind, fields, folder.path()), SHORT, &exact());
    let mut heads = |name: &str| values(&mut *source, 0, name).shape[1..].to_vec();
    assert_eq!(heads("blocks.0.attn.hook_k"), [1, 8]);
    assert_eq!(heads("blocks.1.attn.hook_k"), [2, 8]);
    assert_eq!(heads("blocks.0.attn.hook_v"), [1, 6]);
    assert_eq!(heads("blocks.1.attn.hook_v"), [2, 6]);
}

/// An expert's number in the sum of a mixture is that of its own derivation, and the factor of shares is a step.
#[test]
fn an_expert_is_the_sum_of_its_neurons_before_shares_are_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, fields) = CONFIGS[2];
    let mut source = open(&made(kind, fields, folder.path()), SHORT, &exact());
    let (all, control) = (usize::MAX, Control::default());
    let asked = (0, "blocks.0.mlp.hook_experts_out", &[0, 1][..]);
    let mixture = why(&mut *source, asked, all, &control).unwrap();
    assert_eq!(mixture.terms.len(), 2);
    for term in mixture.terms {
        let (value, share) = (term.value.unwrap(), term.weight.unwrap());
        same(&[term.contribution.unwrap()], &[value * share * 0.8], kind);
        let asked = (0, &term.from.point[..], &term.from.cell[..]);
        let expert = why(&mut *source, asked, all, &control).unwrap();
        same(&[expert.computed.unwrap()], &[value], &term.from.point);
    }
}

fn experts(arch: &mut Arch) -> &mut Experts {
    arch.experts.as_mut().unwrap()
}

fn rotary(arch: &mut Arch) -> &mut Rotary {
    match &mut arch.positions {
        Positions::Rotary(rotary) => rotary,
        other => panic!("{other:?}"),
    }
}

fn each_rope(arch: &mut Arch, change: fn(&mut Rope)) {
    rotary(arch).ropes.iter_mut().for_each(change);
}
