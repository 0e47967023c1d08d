//! Mixers with a state of fixed size: small models with random numbers, made here. Their numbers agree with transformers
//! (`python/tests/test_made_models.py`); here they agree with themselves, however they are computed.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;
#[path = "common/made.rs"]
mod made;

use std::path::Path;

use layerwise::graph::arch::{Arch, NormKind, Norms, Positions, QkNorm, Rope};
use layerwise::graph::recurrence::{Decay, GateBy, Mixing, Multipliers, Normal, Write};
use layerwise::trace::query::Choice;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::states;
use layerwise::trace::tensor::{Dtype, HostTensor, Pick, Slice};

use device::options;
use made::{
    LONG, SHORT, differs, long, made, names, open, runs_by_tokens, same, sums, values, whole,
};

/// The fields of a small model of each kind.
const CONFIGS: &[(&str, &str)] = &[
    (
        "delta",
        r#"{"model_type": "qwen3_5_text", "linear_num_key_heads": 2, "linear_num_value_heads": 4,
        "linear_key_head_dim": 4, "linear_value_head_dim": 6, "linear_conv_kernel_dim": 3, "head_dim": 8,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"], "num_hidden_layers": 3}"#,
    ),
    (
        "norms by block",
        r#"{"model_type": "olmo_hybrid", "linear_num_key_heads": 2, "linear_num_value_heads": 2,
        "linear_key_head_dim": 4, "linear_value_head_dim": 4, "head_dim": 8, "rope_parameters": null,
        "layer_types": ["linear_attention", "full_attention"], "num_hidden_layers": 2}"#,
    ),
    (
        "mamba2",
        r#"{"model_type": "mamba2", "num_heads": 4, "head_dim": 8, "state_size": 4, "n_groups": 2, "conv_kernel": 3,
        "expand": 2, "num_hidden_layers": 2, "use_bias": true, "time_step_limit": [0.05, 0.9]}"#,
    ),
    (
        "beside attention",
        r#"{"model_type": "falcon_h1", "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_ssm": 32, "mamba_d_state": 4,
        "mamba_n_groups": 1, "mamba_d_conv": 3, "num_hidden_layers": 2, "mamba_rms_norm": true,
        "ssm_multipliers": [0.7, 1.2, 0.8, 1.3, 0.6], "ssm_in_multiplier": 0.75, "ssm_out_multiplier": 1.25,
        "attention_in_multiplier": 0.8, "attention_out_multiplier": 1.2, "key_multiplier": 0.7,
        "mlp_multipliers": [0.8, 1.3]}"#,
    ),
    (
        "halves of blocks",
        r#"{"model_type": "nemotron_h", "mamba_num_heads": 4, "mamba_head_dim": 8, "ssm_state_size": 4, "n_groups": 2,
        "conv_kernel": 3, "layers_block_type": ["linear_attention", "full_attention", "mlp"], "head_dim": 8,
        "num_hidden_layers": 3}"#,
    ),
    (
        "mamba",
        r#"{"model_type": "falcon_mamba", "state_size": 4, "conv_kernel": 3, "expand": 2, "time_step_rank": 3,
        "num_hidden_layers": 2}"#,
    ),
    (
        "rows that fade apart",
        r#"{"model_type": "kimi_linear", "num_key_value_heads": 2, "linear_num_heads": 2, "linear_head_dim": 4,
        "linear_conv_kernel_dim": 3, "kv_lora_rank": 6, "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 6,
        "num_experts": 3, "num_experts_per_token": 2, "moe_intermediate_size": 8, "num_hidden_layers": 3,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"]}"#,
    ),
    (
        "rows that fade within a bound",
        r#"{"model_type": "bailing_hybrid", "num_key_value_heads": 2, "head_dim": 4, "short_conv_kernel_size": 3,
        "kda_lower_bound": -2.0, "kv_lora_rank": 6, "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 6,
        "num_experts": 4, "num_experts_per_token": 2, "moe_intermediate_size": 8, "num_hidden_layers": 3,
        "num_expert_group": 2, "topk_group": 1, "first_k_dense_replace": 1,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"]}"#,
    ),
    (
        "lightning",
        r#"{"model_type": "minimax", "num_hidden_layers": 2, "num_local_experts": 3, "num_experts_per_tok": 2,
        "head_dim": 8, "layer_types": ["linear_attention", "full_attention"], "linear_attn_alpha_factor": 1.4,
        "linear_attn_beta_factor": 0.7, "mlp_alpha_factor": 1.2, "mlp_beta_factor": 0.8}"#,
    ),
    (
        "numbers",
        r#"{"model_type": "recurrent_gemma", "num_hidden_layers": 3, "conv1d_width": 3, "lru_width": 12,
        "attention_window_size": 5, "logits_soft_cap": 3.0, "num_key_value_heads": 1}"#,
    ),
    (
        "means",
        r#"{"model_type": "rwkv", "num_hidden_layers": 3, "attention_hidden_size": 12, "rescale_every": 2}"#,
    ),
    (
        "exponentials",
        r#"{"model_type": "xlstm", "num_hidden_layers": 2, "num_heads": 2, "qk_dim_factor": 0.5, "v_dim_factor": 1.0,
        "ffn_round_up_to_multiple_of": 8, "gate_soft_cap": 2.0, "use_bias": true}"#,
    ),
    (
        "groups of values",
        r#"{"model_type": "zamba", "num_hidden_layers": 4, "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"],
        "n_mamba_heads": 2, "mamba_d_state": 4, "mamba_dt_rank": 3, "mamba_d_conv": 3, "num_key_value_heads": 2}"#,
    ),
    (
        "shared blocks",
        r#"{"model_type": "zamba2", "num_hidden_layers": 4, "layers_block_type": ["mamba", "hybrid", "hybrid", "hybrid"],
        "n_mamba_heads": 4, "mamba_d_state": 4, "mamba_d_conv": 3, "mamba_ngroups": 2, "num_mem_blocks": 2,
        "adapter_rank": 3, "use_shared_attention_adapter": true, "use_mem_rope": true, "num_key_value_heads": 2}"#,
    ),
    (
        "convolution",
        r#"{"model_type": "lfm2", "num_hidden_layers": 2, "conv_L_cache": 3, "conv_bias": true,
        "layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": false}"#,
    ),
    (
        "convolution, windows and gates",
        r#"{"model_type": "lfm3", "num_hidden_layers": 3, "conv_L_cache": 4, "conv_bias": true, "head_dim": 8,
        "sliding_window": 3, "layer_types": ["conv", "sliding_attention", "full_attention"]}"#,
    ),
];

/// A test with each of the small models.
fn with_each(test: impl Fn(&str, &Path)) {
    made::with_each(CONFIGS.iter().copied(), test);
}

fn with(wanted: &str, test: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let (name, fields) = CONFIGS.iter().find(|(name, _)| *name == wanted).unwrap();
    test(&made(name, fields, folder.path()));
}

#[test]
fn tokens_one_by_one_give_what_all_at_once_do() {
    with_each(runs_by_tokens);
}

#[test]
fn chunks_give_what_steps_do() {
    with_each(|kind, model| {
        let mut steps = open(model, LONG, &whole());
        let mut chunks = open(model, LONG, &long());
        for name in names(&*steps, 0) {
            let (a, b) = (
                values(&mut *chunks, 0, &name),
                values(&mut *steps, 0, &name),
            );
            same(&a.data, &b.data, &format!("{kind} {name}"));
            // A part that is looked at is that part of the whole.
            let point = steps.passes()[0].plan.position(&name).unwrap();
            let shape = steps.passes()[0].plan.points()[point].shape.clone();
            let at = Slice(shape.iter().map(|n| Pick::At(n - 1)).collect());
            let found = chunks.values(0, point, &at).unwrap();
            same(
                &found.data,
                &b.data[b.data.len() - 1..],
                &format!("{kind} {name}, its end"),
            );
        }
    });
}

#[test]
fn the_pattern_times_the_values_is_what_is_read() {
    with_each(|kind, model| {
        for options in [whole(), long()] {
            let mut source = open(model, LONG, &options);
            for pass in 0..2 {
                source
                    .next(pass, &Choice::Token(7), &Control::default())
                    .unwrap();
            }
            for pass in 0..3 {
                for name in names(&*source, pass) {
                    let Some(block) = name.strip_suffix("mixer.hook_pattern") else {
                        continue;
                    };
                    let pattern = values(&mut *source, pass, &name);
                    let &[heads, rows, keys] = &pattern.shape[..] else {
                        panic!("{:?}", pattern.shape)
                    };
                    // Values of all tokens so far, [key, head, d_head].
                    let mut v = Vec::new();
                    for before in 0..=pass {
                        v.extend(
                            values(&mut *source, before, &format!("{block}mixer.hook_v")).data,
                        );
                    }
                    let has_skip =
                        names(&*source, pass).contains(&format!("{block}mixer.hook_read"));
                    let read = if has_skip { "read" } else { "z" };
                    let z = values(&mut *source, pass, &format!("{block}mixer.hook_{read}"));
                    let d_head = z.shape[2];
                    assert_eq!(v.len(), keys * heads * d_head);
                    let mut found = vec![0.0; z.data.len()];
                    for (i, found) in found.iter_mut().enumerate() {
                        let (row, head, d) = (i / (heads * d_head), i / d_head % heads, i % d_head);
                        for key in 0..keys {
                            let share = pattern.data[(head * rows + row) * keys + key];
                            *found += share * v[(key * heads + head) * d_head + d];
                        }
                    }
                    same(&found, &z.data, &format!("{kind} {name} in pass {pass}"));
                }
            }
        }
    });
}

#[test]
fn going_back_gives_what_a_fresh_model_does() {
    with_each(|kind, model| {
        let ids = |ids: &[u32]| {
            let mut source = open(model, SHORT, &options());
            for (pass, id) in ids.iter().enumerate() {
                source
                    .next(pass, &Choice::Token(*id), &Control::default())
                    .unwrap();
            }
            source
        };
        let mut back = ids(&[7, 8, 9, 10]);
        values(&mut *back, 4, "logits");
        back.next(1, &Choice::Token(20), &Control::default())
            .unwrap();
        back.next(2, &Choice::Token(21), &Control::default())
            .unwrap();
        let mut fresh = ids(&[7, 20, 21]);
        assert_eq!(back.passes().len(), 4);
        for pass in 0..4 {
            for name in names(&*fresh, pass) {
                let (a, b) = (
                    values(&mut *back, pass, &name),
                    values(&mut *fresh, pass, &name),
                );
                assert!(a.data == b.data, "{kind} {name} in pass {pass}");
            }
        }
    });
}

/// A changed value reaches exactly what depends on it, in later passes too.
#[test]
fn a_replaced_value_reaches_exactly_what_depends_on_it() {
    let two_more = |model: &Path| {
        let mut source = open(model, SHORT, &options());
        for pass in 0..2 {
            source
                .next(pass, &Choice::Token(7), &Control::default())
                .unwrap();
        }
        source
    };
    with_each(|kind, model| {
        let mut source = two_more(model);
        let all = |source: &mut dyn Source| -> Vec<Vec<Vec<f64>>> {
            let each = |source: &mut dyn Source, pass| {
                names(source, pass)
                    .iter()
                    .map(|name| values(source, pass, name).data)
                    .collect()
            };
            (0..3).map(|pass| each(source, pass)).collect()
        };
        let before = all(&mut *source);
        let mixers = names(&*source, 0).into_iter().enumerate();
        for (point, name) in mixers.filter(|(_, name)| name.contains("mixer.")) {
            let own = values(&mut *source, 0, &name);
            let twice = HostTensor {
                dtype: Dtype::F32,
                shape: own.shape.clone(),
                bytes: (own.data.iter())
                    .flat_map(|x| (2.0 * x + 0.25).to_le_bytes_f32())
                    .collect::<Vec<u8>>()
                    .into(),
            };
            let reached = source.replace(0, point, Some(&twice)).unwrap();
            let after = all(&mut *source);
            let mut fresh = two_more(model);
            fresh.replace(0, point, Some(&twice)).unwrap();
            assert!(all(&mut *fresh) == after, "{kind} {name}");
            for (pass, (before, after)) in before.iter().zip(&after).enumerate() {
                for (other, (a, b)) in before.iter().zip(after).enumerate() {
                    let said = reached.contains(&(pass, other));
                    assert!(a == b || said, "{kind} {name}: {pass} {other}");
                }
            }
            // Later passes read what a token leaves in its state. A pattern and queries are read nowhere else.
            let leaf = name.rsplit("hook_").next().unwrap();
            if ["k", "write", "state", "decay", "pre"].contains(&leaf) {
                let last = after[2].last().unwrap();
                assert!(last != before[2].last().unwrap(), "{kind} {name}");
            }
            source.replace(0, point, None).unwrap();
        }
        assert!(all(&mut *source) == before, "{kind}");
    });
}

trait Bytes {
    fn to_le_bytes_f32(self) -> [u8; 4];
}

impl Bytes for f64 {
    fn to_le_bytes_f32(self) -> [u8; 4] {
        (self as f32).to_le_bytes()
    }
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
        ("delta", "delta rule", |a| {
            recurrence(a).write = Write::Value;
        }),
        ("delta", "unit", |a| recurrence(a).unit = None),
        ("delta", "ε of lengths", |a| recurrence(a).unit = Some(0.5)),
        ("delta", "activation", |a| recurrence(a).activation = None),
        ("delta", "gate", |a| recurrence(a).gate = None),
        ("delta", "norm", |a| recurrence(a).norm = None),
        ("delta", "mixers", |a| a.without_mlp = vec![true; 3]),
        ("norms by block", "β to 2", |a| {
            recurrence(a).write = Write::Delta(1.0);
        }),
        ("mamba2", "steps as shares", |a| {
            recurrence(a).write = Write::Value;
        }),
        ("mamba2", "skip", |a| recurrence(a).skip = false),
        ("mamba2", "bounds of steps", |a| {
            let (least, most) = (0.0, None);
            recurrence(a).decay = Decay::Steps { least, most };
        }),
        ("mamba2", "gate before the norm", |a| {
            recurrence(a).gate.as_mut().unwrap().first = false;
        }),
        ("mamba2", "norm by groups", |a| {
            recurrence(a).norm.as_mut().unwrap().over = QkNorm::AllHeads;
        }),
        ("beside attention", "attention beside", |a| {
            a.mixers.fill(Mixing::Recurrence);
        }),
        ("beside attention", "mixer beside", |a| {
            a.mixers.fill(Mixing::Attention);
        }),
        ("beside attention", "factors of the mixer", |a| {
            recurrence(a).multipliers = Multipliers::default();
        }),
        ("beside attention", "factors of attention", |a| {
            a.attention.multipliers = Default::default();
        }),
        ("beside attention", "factors of the MLP", |a| {
            a.mlp.multipliers = [1.0; 2];
        }),
        ("halves of blocks", "least step", |a| {
            let (least, most) = (0.5, None);
            recurrence(a).decay = Decay::Steps { least, most };
        }),
        ("rows that fade apart", "delta rule", |a| {
            recurrence(a).write = Write::Value;
        }),
        ("rows that fade apart", "unit", |a| {
            recurrence(a).unit = None;
        }),
        ("rows that fade apart", "gate", |a| {
            recurrence(a).gate = None;
        }),
        ("rows that fade apart", "gate by sigmoids", |a| {
            recurrence(a).gate.as_mut().unwrap().by = GateBy::Silu;
        }),
        ("rows that fade apart", "gate after the norm", |a| {
            recurrence(a).gate.as_mut().unwrap().first = true;
        }),
        ("rows that fade apart", "no positions in attention", |a| {
            let rope = Rope {
                trailing: true,
                ..Rope::new(1e4, 4)
            };
            a.positions = Positions::rotary(rope, a.n_layers);
        }),
        ("mamba", "norms of what steps are made of", |a| {
            recurrence(a).from_values.as_mut().unwrap().normed = None;
        }),
        ("lightning", "slopes", |a| {
            if let Decay::Fixed(slopes) = &mut recurrence(a).decay {
                slopes.iter_mut().flatten().for_each(|slope| *slope = 0.0);
            }
        }),
        ("lightning", "factors of the stream", |a| {
            a.block.factors.clear();
        }),
        ("lightning", "gate", |a| recurrence(a).gate = None),
        ("numbers", "share that is written", |a| {
            recurrence(a).write = Write::Value;
        }),
        ("numbers", "rate of forgetting", |a| {
            recurrence(a).decay = Decay::Gated {
                rate: 7.0,
                blocks: 2,
            };
        }),
        ("numbers", "gate", |a| recurrence(a).gate = None),
        ("numbers", "gate's activation", |a| {
            recurrence(a).gate.as_mut().unwrap().by = GateBy::Silu;
        }),
        ("numbers", "convolution", |a| {
            recurrence(a).convolution = None;
        }),
        ("numbers", "window", |a| a.attention.windows.fill(None)),
        ("numbers", "scaled embeddings", |a| a.embedding.scale = 1.0),
        ("numbers", "cap of logits", |a| a.unembedding.cap = None),
        ("means", "rows of the token before", |a| {
            recurrence(a).shifted = false;
        }),
        ("means", "rows that the MLP reads", |a| {
            a.mlp.shifted = false;
        }),
        ("means", "gate", |a| recurrence(a).gate = None),
        ("means", "halves", |a| a.block.halve_every = None),
        ("means", "division by weights", |a| {
            let by = Normal::Bounded { eps: 1e-6 };
            recurrence(a).write = Write::Exponential { cap: None, by };
        }),
        ("exponentials", "cap of what is written", |a| {
            let by = Normal::Bounded { eps: 1e-6 };
            recurrence(a).write = Write::Exponential { cap: None, by };
        }),
        ("exponentials", "ε of the division", |a| {
            let by = Normal::Bounded { eps: 1e4 };
            let cap = Some(2.0);
            recurrence(a).write = Write::Exponential { cap, by };
        }),
        ("rows that fade within a bound", "the bound", |a| {
            let bound = Some(-3.0);
            recurrence(a).decay = Decay::Rows { rank: None, bound };
        }),
        ("rows that fade within a bound", "a bound at all", |a| {
            let bound = None;
            recurrence(a).decay = Decay::Rows { rank: None, bound };
        }),
        ("rows that fade within a bound", "gate of each head", |a| {
            a.attention.gate = None;
        }),
        ("exponentials", "cap of what is forgotten", |a| {
            recurrence(a).decay = Decay::Sigmoid { cap: None };
        }),
        ("exponentials", "queries scaled", |a| {
            recurrence(a).multipliers.query = 1.0;
        }),
        ("exponentials", "norm", |a| recurrence(a).norm = None),
        ("exponentials", "mean of a head taken away", |a| {
            recurrence(a).norm.as_mut().unwrap().kind = NormKind::Rms;
        }),
        ("exponentials", "gate", |a| recurrence(a).gate = None),
        ("exponentials", "cap of logits", |a| {
            a.unembedding.cap = None;
        }),
        ("groups of values", "shared block", |a| {
            a.mixers.fill(Mixing::Recurrence);
        }),
        ("groups of values", "scale of scores", |a| {
            a.attention.scales.fill(1.0 / 4.0);
        }),
        ("shared blocks", "adapters of attention", |a| {
            a.attention.adapter = None;
        }),
        ("shared blocks", "adapters of the MLP", |a| {
            a.mlp.adapter = None;
        }),
        ("shared blocks", "rotary positions", |a| {
            a.positions = Positions::None;
        }),
        ("convolution, windows and gates", "gate", |a| {
            a.attention.gate = None;
        }),
        ("convolution, windows and gates", "windows", |a| {
            a.attention.windows.fill(None);
        }),
        ("convolution, windows and gates", "norms", |a| {
            a.block.norms = Norms::Pre;
        }),
        ("convolution, windows and gates", "positions by type", |a| {
            if let Positions::Rotary(rotary) = &mut a.positions {
                rotary.by_layer.iter_mut().flatten().for_each(|i| *i = 0);
            }
        }),
    ];
    for (kind, option, change) in changes {
        with(kind, |model| {
            differs(kind, option, model, SHORT, *change);
        });
    }
}

fn recurrence(arch: &mut Arch) -> &mut layerwise::graph::recurrence::Recurrence {
    arch.recurrence.as_mut().unwrap()
}

/// A trace has states where they are named. Otherwise it has the last one, and says so.
#[test]
fn a_trace_keeps_the_last_state_or_all() {
    with("delta", |model| {
        let mut live = open(model, SHORT, &options());
        live.next(0, &Choice::Token(7), &Control::default())
            .unwrap();
        let name = "blocks.0.mixer.hook_state";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace.safetensors");
        let mut write = |hooks: &[&str]| {
            live.save(&file, hooks, &Control::default()).unwrap();
            let size = std::fs::metadata(&file).unwrap().len();
            (Replay::open(&file).unwrap(), size)
        };
        let (mut whole, large) = write(&["*", "*.state"]);
        let (mut plain, small) = write(&[]);
        assert!(plain.unknown().is_empty(), "{:?}", plain.unknown());
        for pass in 0..2 {
            let state = values(&mut whole, pass, name);
            let rows = state.shape[0];
            assert_eq!(state.shape[1..], [4, 4, 6]);
            let point = whole.passes()[pass].plan.position(name).unwrap();
            let each = state.data.len() / rows;
            let ask = |trace: &mut Replay, row: Pick| {
                let found = trace.values(pass, point, &Slice(vec![row]));
                found.map(|found| (found.shape, found.data))
            };
            let last = state.data[(rows - 1) * each..].to_vec();
            let at = ask(&mut plain, Pick::At(rows - 1)).unwrap();
            assert_eq!(at, (vec![4, 4, 6], last.clone()));
            let span = ask(&mut plain, Pick::Span(rows - 1..rows)).unwrap();
            assert_eq!(span, (vec![1, 4, 4, 6], last));
            let heads = plain.heads(pass, point, 4, 6, &Control::default()).unwrap();
            assert_eq!(heads.shape, [4, 4, 6]);
            if rows > 1 {
                let why = ask(&mut plain, Pick::At(0)).unwrap_err().to_string();
                assert!(
                    why.contains("--hooks '*' --hooks '*.mixer.hook_state'"),
                    "{why}"
                );
                assert!(why.contains("the state after the last"), "{why}");
            }
            let pattern = values(&mut plain, pass, "blocks.0.mixer.hook_pattern");
            assert!(!pattern.data.is_empty());
        }
        assert!(small < large, "{small} {large}");
        // A copy has what the trace has.
        let copy = folder.path().join("copy.safetensors");
        for trace in [&mut plain, &mut whole] {
            trace.save(&copy, &[], &Control::default()).unwrap();
            let mut again = Replay::open(&copy).unwrap();
            let point = again.passes()[1].plan.position(name).unwrap();
            assert_eq!(again.has(1, point), trace.has(1, point));
            let row = Slice(vec![Pick::At(0)]);
            let found = [&mut again, trace].map(|t| t.values(1, point, &row).unwrap().data);
            assert_eq!(found[0], found[1]);
        }
    });
}

/// Patterns of heads of one number are left out too; states of one number stay.
#[test]
fn states_of_one_number_are_recorded() {
    with("numbers", |model| {
        let mut live = open(model, SHORT, &options());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace.safetensors");
        live.save(&file, &[], &Control::default()).unwrap();
        let said = states::left_out(live.passes(), &[]).unwrap();
        assert!(said.contains("--hooks '*.mixer.hook_pattern'"), "{said}");
        let mut trace = Replay::open(&file).unwrap();
        let found = values(&mut trace, 0, "blocks.0.mixer.hook_state");
        let due = values(&mut *live, 0, "blocks.0.mixer.hook_state");
        assert_eq!((found.shape, found.data), (due.shape, due.data));
        let pattern = trace.passes()[0]
            .plan
            .position("blocks.0.mixer.hook_pattern");
        assert!(!trace.has(0, pattern.unwrap()));
    });
}
