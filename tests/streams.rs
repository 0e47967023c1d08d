//! Streams that all blocks mix, and attention beside entries that stand for runs of tokens: small models with random
//! numbers, made here. Their numbers agree with transformers (`python/tests/test_made_models.py`); here they agree with
//! themselves, however they are computed.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;
#[path = "common/made.rs"]
mod made;

use std::path::Path;

use layerwise::checkpoint::create::slots;
use layerwise::engine::Options;
use layerwise::graph::arch::{Arch, Positions, Score};
use layerwise::graph::indexer::Indexer;
use layerwise::graph::ngrams::{NGrams, Table};
use layerwise::graph::recurrence::GateBy;
use layerwise::graph::single::Single;
use layerwise::graph::streams::Hyper;
use layerwise::session::why::why;
use layerwise::trace::grid::Chosen;
use layerwise::trace::plan::Axis;
use layerwise::trace::query::{Answer, Choice, Query};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, HostTensor, Pick, Slice};

use device::options;
use made::{Dice, differs, exact, long, made, names, open, same, values};

const PROMPT: &str = "The capital of France is 中华";

/// The fields of a small model of each kind. Runs are short, and a query may look at few of many entries.
const CONFIGS: &[(&str, &str)] = &[
    (
        "streams that are written to",
        r#"{"model_type": "hy_v4", "num_hidden_layers": 3, "num_key_value_heads": 2, "q_lora_rank": 6, "kv_lora_rank": 8,
        "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 6, "index_n_heads": 12, "index_head_dim": 8,
        "index_topk": 5, "indexer_types": ["full", "full", "shared"], "hc_mult": 3, "hc_magnitude": 1.5, "hc_eps": 0.02,
        "moe_intermediate_size": 12, "n_routed_experts": 4, "num_experts_per_tok": 2, "swiglu_limit": 0.4}"#,
    ),
    (
        "streams that are mixed",
        r#"{"model_type": "deepseek_v4", "num_hidden_layers": 3, "head_dim": 8, "partial_rotary_factor": 0.5,
        "q_lora_rank": 6, "o_groups": 2, "o_lora_rank": 5, "index_n_heads": 12, "index_head_dim": 8, "index_topk": 3,
        "layer_types": ["sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"],
        "compress_rates": {"compressed_sparse_attention": 2, "heavily_compressed_attention": 5}, "sliding_window": 4,
        "mlp_layer_types": ["hash_moe", "moe", "moe"], "hc_mult": 3, "hc_sinkhorn_iters": 4, "hc_eps": 0.02,
        "moe_intermediate_size": 12, "n_routed_experts": 4, "num_experts_per_tok": 2, "swiglu_limit": 0.4,
        "rope_theta": 20.0, "compress_rope_theta": 60.0}"#,
    ),
    (
        "streams that are read an element at a time",
        r#"{"model_type": "qwen4_exp_text", "num_hidden_layers": 3, "head_dim": 8, "rope_parameters": {"rope_type":
        "default", "rope_theta": 20.0, "partial_rotary_factor": 0.5}, "layer_types": ["linear_attention",
        "full_attention", "linear_attention"], "linear_num_key_heads": 2, "linear_num_value_heads": 4,
        "linear_key_head_dim": 4, "linear_value_head_dim": 6, "num_experts": 4, "num_experts_per_tok": 2,
        "moe_intermediate_size": 12, "shared_expert_intermediate_size": 12, "hc_count": 3, "hc_lowrank": 5,
        "indexer_n_heads": 5, "indexer_kv_heads": 1, "indexer_head_dim": 6, "indexer_budget": 4,
        "indexer_compress_ratio": 2, "ple_layer_ids": [1, 3], "ple_embed_dim": 12, "ple_conv_kernel_size": 3,
        "heads_per_ngram": 2, "ngram_vocab_size_base": 40, "make_ngram_vocab_size_divisible_by": 7,
        "split_ngram_parts": 3, "eos_token_id": 101, "seed": 3}"#,
    ),
];

/// A test with each of the small models.
fn with_each(test: impl Fn(&str, &Path)) {
    made::with_each(CONFIGS.iter().copied(), test);
}

fn go_on(source: &mut dyn Source, ids: &[u32]) {
    for id in ids {
        let last = source.passes().len() - 1;
        let choice = Choice::Token(*id);
        source.next(last, &choice, &Control::default()).unwrap();
    }
}

/// One token after the other gives what the whole prompt does, where runs of tokens end between passes too.
#[test]
fn tokens_one_by_one_give_what_all_at_once_do() {
    with_each(|kind, model| {
        for options in [exact(), long()] {
            let mut all = open(model, PROMPT, &options);
            let tokens = all.passes()[0].tokens.clone();
            for begun in ["The", "The capital", "The capital of France"] {
                let mut one = open(model, begun, &options);
                let first = one.passes()[0].tokens.len();
                assert_eq!(one.passes()[0].tokens[..], tokens[..first], "{begun}");
                let ids: Vec<u32> = tokens[first..].iter().map(|token| token.id).collect();
                go_on(&mut *one, &ids);
                let last = one.passes().len() - 1;
                let plan = all.passes()[0].plan.clone();
                for name in names(&*one, last) {
                    let point = plan.position(&name).unwrap();
                    let hook = &plan.points()[point];
                    let row = Pick::At(tokens.len() - 1);
                    let slice = match hook.axes[..] {
                        [Axis::Entry, ..] => Vec::new(),
                        [Axis::Head, ..] => vec![Pick::Span(0..hook.shape[0]), row],
                        _ => vec![row],
                    };
                    let due = all.values(0, point, &Slice(slice)).unwrap();
                    let found = values(&mut *one, last, &name);
                    same(&found.data, &due.data, &format!("{kind} {begun} {name}"));
                }
            }
        }
    });
}

/// A prompt too short for an entry, and everything that a screen asks of it.
#[test]
fn a_prompt_may_be_shorter_than_a_run() {
    with_each(|_, model| {
        let mut source = open(model, "T", &options());
        let plan = source.passes()[0].plan.clone();
        for point in 0..plan.len() {
            source.values(0, point, &Slice::default()).unwrap();
            source.summary(0, point, &Control::default()).unwrap();
        }
    });
}

#[test]
fn every_derivation_sums_to_its_value() {
    with_each(|kind, model| {
        for dtype in [Dtype::F32, Dtype::F64] {
            let mut source = open(model, PROMPT, &Options { dtype, ..options() });
            go_on(&mut *source, &[7, 7]);
            let mut dice = Dice(5);
            for pass in [0, 2] {
                for point in source.passes()[pass].plan.points().to_vec() {
                    // An expert alone rounds otherwise than one among others.
                    if dtype == Dtype::F32 && point.name.ends_with("experts_out") {
                        continue;
                    }
                    for _ in 0..6 {
                        let cell: Vec<usize> = point.shape.iter().map(|n| dice.below(*n)).collect();
                        let asked = (pass, &point.name[..], &cell[..]);
                        let found =
                            why(&mut *source, asked, usize::MAX, &Control::default()).unwrap();
                        let what = format!("{kind} {} {cell:?} {dtype:?}: {found:#?}", point.name);
                        assert!(found.lacking.is_empty(), "{what}");
                        assert!(!found.formula.is_empty(), "{what}");
                        let sum: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
                        let value = found.value.unwrap();
                        let far = (sum - value).abs();
                        assert!(
                            sum == value || far <= 2.0 * found.rounding.unwrap(),
                            "{far:e} {what}"
                        );
                    }
                }
            }
        }
    });
}

/// A changed value reaches exactly what depends on it, in later passes too.
#[test]
fn a_replaced_value_reaches_exactly_what_depends_on_it() {
    with_each(|kind, model| {
        let two_more = || {
            let mut source = open(model, "The capital", &options());
            go_on(&mut *source, &[7, 7]);
            source
        };
        let all = |source: &mut dyn Source| -> Vec<Vec<Vec<f64>>> {
            let each = |source: &mut dyn Source, pass| {
                let names = names(source, pass).into_iter();
                names.map(|name| values(source, pass, &name).data).collect()
            };
            (0..3).map(|pass| each(source, pass)).collect()
        };
        let mut source = two_more();
        let before = all(&mut *source);
        let parts = [
            "hyper",
            "entr",
            "resid",
            "z_turned",
            "indices",
            "ngrams",
            "index_mask",
        ];
        let own = |name: &str| parts.iter().any(|part| name.contains(part));
        let all_names = names(&*source, 0).into_iter().enumerate();
        for (point, name) in all_names.filter(|(_, name)| own(name)) {
            let own = values(&mut *source, 0, &name);
            let change = |x: &f64| {
                if name.ends_with("indices") {
                    (x + 1.0) % 4.0
                } else {
                    2.0 * x + 0.25
                }
            };
            let bytes = own.data.iter().map(|x| (change(x) as f32).to_le_bytes());
            let changed = HostTensor {
                dtype: Dtype::F32,
                shape: own.shape.clone(),
                bytes: bytes.flatten().collect::<Vec<u8>>().into(),
            };
            let reached = source.replace(0, point, Some(&changed)).unwrap();
            let after = all(&mut *source);
            let mut fresh = two_more();
            fresh.replace(0, point, Some(&changed)).unwrap();
            assert!(all(&mut *fresh) == after, "{kind} {name}");
            for (pass, (before, after)) in before.iter().zip(&after).enumerate() {
                for (other, (a, b)) in before.iter().zip(after).enumerate() {
                    let said = reached.contains(&(pass, other));
                    assert!(a == b || said, "{kind} {name}: {pass} {other}");
                }
            }
            source.replace(0, point, None).unwrap();
        }
        assert!(all(&mut *source) == before, "{kind}");
    });
}

/// The lens at the last of the streams is the model's answer, and the parts of a logit sum to it.
#[test]
fn streams_are_read_by_lenses_and_by_attribution() {
    with_each(|kind, model| {
        let mut source = open(model, PROMPT, &exact());
        let plan = source.passes()[0].plan.clone();
        let row = source.passes()[0].tokens.len() - 1;
        let residual: Vec<usize> = (0..plan.len()).filter(|&i| plan.is_residual(i)).collect();
        // Two blocks of the last model add runs of tokens, too.
        let due = if kind == CONFIGS[2].0 { 11 } else { 9 };
        assert_eq!(residual.len(), due, "{kind}");
        let control = Control::default();
        let all = source.lenses(0, &residual, row, 5, 1.0, &control).unwrap();
        let answer = source.lens(0, plan.len() - 1, row, 5, 1.0).unwrap();
        let last = all.last().unwrap();
        same(
            &[last.top[0].logit, last.entropy],
            &[answer.top[0].logit, answer.entropy],
            kind,
        );
        for row in [1, row] {
            let query = Query::Attribute {
                pass: 0,
                row,
                token: Some(Chosen::Id(7)),
                against: None,
            };
            let Answer::Attribute(found) = source.answer(&query, &control).unwrap() else {
                panic!("{kind}");
            };
            let sum: f64 = found.parts.iter().map(|part| part.value).sum();
            let logits = source.values(0, plan.len() - 1, &Slice::at(&[row, 7]));
            same(&[sum], &logits.unwrap().data, &format!("{kind} {row}"));
        }
    });
}

/// Leaving out any option changes what a model says.
#[test]
fn every_option_is_used() {
    type Change = fn(&mut Arch);
    let [written, mixed, elements] = [0, 1, 2].map(|i: usize| CONFIGS[i].0);
    let changes: &[(&str, &str, Change)] = &[
        (written, "shares of reading: ε", |a| {
            hyper(a).read.plus = 0.0;
        }),
        (written, "shares of writing: their factor", |a| {
            hyper(a).write.scale = 1.0;
        }),
        (written, "shares of writing: ε", |a| {
            hyper(a).write.plus = 0.0;
        }),
        (written, "sinks", |a| a.attention.sinks = false),
        (written, "gate", |a| a.attention.gate = None),
        (written, "indexer", |a| a.attention.indexer = None),
        (written, "a choice that is taken over", |a| {
            a.attention.chosen[2] = Some(0);
        }),
        (written, "ε of the indexer's norm", |a| {
            a.attention.indexer.as_mut().unwrap().eps = 0.5;
        }),
        (written, "the bound of experts", |a| {
            a.experts.as_mut().unwrap().clamp = None;
        }),
        (written, "a bound of experts alone", |a| {
            a.mlp.clamp = Some(0.1);
        }),
        (mixed, "mixing", |a| hyper(a).mix = None),
        (mixed, "turns of dividing", |a| {
            hyper(a).mix.as_mut().unwrap().turns = 1;
        }),
        (mixed, "ε of mixing", |a| {
            hyper(a).mix.as_mut().unwrap().eps = 0.0;
        }),
        (mixed, "factor of writing", |a| hyper(a).write.scale = 1.0),
        (mixed, "the bound of gates", |a| a.mlp.clamp = None),
        (mixed, "entries of an indexer", |a| {
            single(a).entries[1] = None;
        }),
        (mixed, "entries", |a| single(a).entries[2] = None),
        (mixed, "the choice of entries", |a| {
            single(a).entries[1].as_mut().unwrap().indexer = None;
        }),
        (mixed, "one entry fewer", |a| {
            let entries = single(a).entries[1].as_mut().unwrap();
            entries.indexer.as_mut().unwrap().keys -= 1;
        }),
        (mixed, "windows beside entries", |a| {
            a.attention.windows.fill(None);
        }),
        (mixed, "sinks", |a| a.attention.sinks = false),
        (mixed, "positions of blocks with entries", |a| {
            if let Positions::Rotary(rotary) = &mut a.positions {
                rotary.by_layer.fill(Some(0));
            }
        }),
        (mixed, "the last dimensions turn", |a| {
            if let Positions::Rotary(rotary) = &mut a.positions {
                rotary
                    .ropes
                    .iter_mut()
                    .for_each(|rope| rope.trailing = false);
            }
        }),
        (elements, "the mean of streams", |a| {
            hyper(a).read.scale = 1.0;
        }),
        (elements, "the factor of writing", |a| {
            hyper(a).write.scale = 1.0;
        }),
        (elements, "the choice of runs", |a| {
            a.attention.indexer = None;
        }),
        (elements, "one run fewer", |a| indexer(a).keys -= 1),
        (elements, "a sigmoid for the gate of what is read", |a| {
            let gate = a.recurrence.as_mut().unwrap().gate.as_mut().unwrap();
            gate.by = GateBy::Sigmoid;
        }),
        (elements, "shares that sum to 1", |a| {
            a.experts.as_mut().unwrap().renormalise = false;
        }),
        (elements, "runs of tokens", |a| ngrams(a).tables.fill(None)),
        (elements, "runs of tokens in the last block", |a| {
            ngrams(a).tables[2] = None;
        }),
        (elements, "the factor of the token before", |a| {
            table(a).hash.factors[1] += 2;
        }),
        (elements, "the factor of the one before that", |a| {
            table(a).hash.factors[2] += 2;
        }),
        (elements, "the order of sizes", |a| {
            table(a).hash.sizes.swap(0, 2);
        }),
        (elements, "the token that ends a text", |a| {
            table(a).hash.end = 7;
        }),
        (mixed, "the root of softplus", |a| {
            a.experts.as_mut().unwrap().score = Score::Sigmoid;
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (kind, option, change) in changes {
        let (_, fields) = CONFIGS.iter().find(|(name, _)| name == kind).unwrap();
        let model = made(kind, fields, folder.path());
        differs(kind, option, &model, PROMPT, *change);
    }
}

fn hyper(arch: &mut Arch) -> &mut Hyper {
    arch.block.hyper.as_mut().unwrap()
}

fn indexer(arch: &mut Arch) -> &mut Indexer {
    arch.attention.indexer.as_mut().unwrap()
}

fn ngrams(arch: &mut Arch) -> &mut NGrams {
    arch.embedding.ngrams.as_mut().unwrap()
}

fn table(arch: &mut Arch) -> &mut Table {
    ngrams(arch).tables[0].as_mut().unwrap()
}

fn single(arch: &mut Arch) -> &mut Single {
    arch.attention.single.as_mut().unwrap()
}

/// A token goes to the experts that the table has for it, wherever it stands.
#[test]
fn a_table_chooses_experts_by_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let (name, fields) = CONFIGS[1];
    let mut source = open(&made(name, fields, folder.path()), "The", &exact());
    go_on(&mut *source, &[7, 9, 7]);
    let chosen = |source: &mut dyn Source, block: usize| {
        let name = format!("blocks.{block}.mlp.hook_expert_indices");
        [1, 2, 3].map(|pass| values(source, pass, &name).data)
    };
    let [seven, nine, again] = chosen(&mut *source, 0);
    assert_eq!(seven, again);
    assert_ne!(seven, nine);
    let whole = seven
        .iter()
        .chain(&nine)
        .all(|x| (0.0..3.0).contains(x) && x.fract() == 0.0);
    assert!(whole, "{seven:?} {nine:?}");
}

/// A traced model is replayed with its streams and entries.
#[test]
fn a_trace_keeps_streams_and_entries() {
    with_each(|kind, model| {
        let mut live = open(model, PROMPT, &options());
        go_on(&mut *live, &[7]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace.safetensors");
        live.save(&file, &[], &Control::default()).unwrap();
        let mut trace = layerwise::trace::replay::Replay::open(&file).unwrap();
        for pass in 0..2 {
            // The last state alone is recorded.
            let all = names(&*live, pass).into_iter();
            for name in all.filter(|name| !name.ends_with("mixer.hook_state")) {
                let (a, b) = (
                    values(&mut *live, pass, &name),
                    values(&mut trace, pass, &name),
                );
                assert_eq!((&a.shape, a.data), (&b.shape, b.data), "{kind} {name}");
            }
        }
    });
}

/// Fields that do not fit together are an error that names one of them.
#[test]
fn fields_that_do_not_fit_together_are_named() {
    let (_, fields) = CONFIGS[2];
    let wrong = [
        ("indexer_budget", "5"),
        ("indexer_kv_heads", "2"),
        ("indexer_head_dim", "3"),
        ("hc_count", "1"),
        ("ple_layer_ids", "[0]"),
        ("ple_layer_ids", "[4]"),
        ("ple_embed_dim", "13"),
        ("ngram_vocab_size_base", "200000000"),
        ("ngram_size", "1"),
        ("seed", "1.5"),
        ("eos_token_id", "null"),
        ("output_gate_type", "\"gelu\""),
    ];
    for (field, value) in wrong {
        let mut config: serde_json::Value = serde_json::from_str(fields).unwrap();
        config["heads_per_ngram"] = 200.into();
        config["ple_embed_dim"] = 400.into();
        let sizes = r#"{"vocab_size": 272, "hidden_size": 16, "num_attention_heads": 2, "num_key_value_heads": 1}"#;
        let sizes: serde_json::Value = serde_json::from_str(sizes).unwrap();
        let all = config.as_object_mut().unwrap();
        all.extend(sizes.as_object().unwrap().clone());
        config[field] = serde_json::from_str(value).unwrap();
        let config = config.to_string();
        let Err(found) = slots(Path::new("config.json"), config.as_bytes()) else {
            panic!("{field} {value}");
        };
        let named = found.to_string();
        let due = match field {
            "ngram_size" => "ple_embed_dim",
            field => field,
        };
        assert!(named.contains(due), "{field} {value}: {named}");
    }
}
