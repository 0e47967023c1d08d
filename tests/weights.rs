//! Weights by TransformerLens's names hold what the model's files hold, in TransformerLens's layout.
#![cfg(feature = "torch")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::tensor::{Pick, Slice};
use safetensors::{Dtype, SafeTensors};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn open(model: &str) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(&fixture(model)).unwrap();
    engine::open(checkpoint, "a", &Options::default()).unwrap()
}

/// The tensors of a model's file, read by the safetensors crate alone.
struct File(HashMap<String, (Vec<usize>, Vec<f64>)>);

impl File {
    fn of(model: &str) -> File {
        let bytes = std::fs::read(fixture(model).join("model.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let read = file
            .tensors()
            .into_iter()
            .filter(|(_, t)| t.dtype() == Dtype::F32);
        File(
            read.map(|(name, t)| {
                let numbers = t.data().as_chunks::<4>().0.iter();
                let numbers = numbers.map(|b| f64::from(f32::from_le_bytes(*b)));
                (name, (t.shape().to_vec(), numbers.collect()))
            })
            .collect(),
        )
    }

    /// The element at this index of the tensor whose name ends so.
    fn at(&self, name: &str, index: &[usize]) -> f64 {
        let end = format!(".{name}");
        let mut found = self
            .0
            .iter()
            .filter(|(n, _)| *n == name || n.ends_with(&end));
        let (_, (shape, data)) = found.next().unwrap_or_else(|| panic!("no {name}"));
        let at = index.iter().zip(shape).fold(0, |at, (i, n)| at * n + i);
        data[at]
    }
}

/// A weight, whole.
fn weight(source: &mut dyn Source, name: &str) -> (Vec<usize>, Vec<f64>) {
    let query = Query::Weight {
        name: name.into(),
        slice: Slice::default(),
    };
    match source.answer(&query, &Control::default()) {
        Ok(Answer::Weight(values)) => (values.shape, values.data),
        other => panic!("{name}: {other:?}"),
    }
}

/// Every index of a shape, row by row.
fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &n in shape {
        let longer = all
            .iter()
            .flat_map(|i| (0..n).map(move |j| [&i[..], &[j]].concat()));
        all = longer.collect();
    }
    all
}

type Due<'a> = dyn Fn(&File, &[usize]) -> f64 + 'a;

/// Whether a weight has this shape and these elements.
fn check(source: &mut dyn Source, file: &File, name: &str, shape: &[usize], due: &Due) {
    let (found, data) = weight(source, name);
    assert_eq!(found, shape, "{name}");
    for (i, value) in indices(shape).iter().zip(data) {
        let due = due(file, i);
        assert!(
            (value - due).abs() <= 1e-6 * due.abs(),
            "{name}{i:?}: {value}, not {due}"
        );
    }
}

#[test]
fn gpt2s_fused_and_turned_matrices_are_taken_apart() {
    let (mut model, file) = (open("models/gpt2"), File::of("models/gpt2"));
    let info = model.model().clone();
    let (heads, d, d_head) = (info.n_heads, info.d_model, info.d_head);
    for (part, leaf) in ["Q", "K", "V"].iter().enumerate() {
        check(
            &mut *model,
            &file,
            &format!("1.W_{leaf}"),
            &[heads, d, d_head],
            &|file, i| {
                file.at(
                    "h.1.attn.c_attn.weight",
                    &[i[1], part * d + i[0] * d_head + i[2]],
                )
            },
        );
        check(
            &mut *model,
            &file,
            &format!("1.b_{leaf}"),
            &[heads, d_head],
            &|file, i| file.at("h.1.attn.c_attn.bias", &[part * d + i[0] * d_head + i[1]]),
        );
    }
    check(
        &mut *model,
        &file,
        "blocks.1.attn.W_O",
        &[heads, d_head, d],
        &|file, i| file.at("h.1.attn.c_proj.weight", &[i[0] * d_head + i[1], i[2]]),
    );
    check(
        &mut *model,
        &file,
        "0.mlp.W_in",
        &[d, info.d_mlp],
        &|file, i| file.at("h.0.mlp.c_fc.weight", i),
    );
    check(
        &mut *model,
        &file,
        "0.mlp.W_out",
        &[info.d_mlp, d],
        &|file, i| file.at("h.0.mlp.c_proj.weight", i),
    );
    check(
        &mut *model,
        &file,
        "0.mlp.b_in",
        &[info.d_mlp],
        &|file, i| file.at("h.0.mlp.c_fc.bias", i),
    );
    check(
        &mut *model,
        &file,
        "embed.W_E",
        &[info.d_vocab, d],
        &|file, i| file.at("wte.weight", i),
    );
    check(&mut *model, &file, "W_pos", &[info.n_ctx, d], &|file, i| {
        file.at("wpe.weight", i)
    });
    check(&mut *model, &file, "W_U", &[d, info.d_vocab], &|file, i| {
        file.at("wte.weight", &[i[1], i[0]])
    });
    check(&mut *model, &file, "ln_final.w", &[d], &|file, i| {
        file.at("ln_f.weight", i)
    });
    check(&mut *model, &file, "0.ln1.b", &[d], &|file, i| {
        file.at("h.0.ln_1.bias", i)
    });
}

#[test]
fn neoxs_queries_keys_and_values_take_turns_in_one_matrix() {
    let (mut model, file) = (open("models/gpt_neox"), File::of("models/gpt_neox"));
    let info = model.model().clone();
    let (heads, d, d_head) = (info.n_heads, info.d_model, info.d_head);
    for (part, leaf) in ["Q", "K", "V"].iter().enumerate() {
        check(
            &mut *model,
            &file,
            &format!("0.W_{leaf}"),
            &[heads, d, d_head],
            &|file, i| {
                let row = (i[0] * 3 + part) * d_head + i[2];
                file.at("layers.0.attention.query_key_value.weight", &[row, i[1]])
            },
        );
    }
    check(&mut *model, &file, "W_U", &[d, info.d_vocab], &|file, i| {
        file.at("embed_out.weight", &[i[1], i[0]])
    });
}

#[test]
fn grouped_keys_gates_and_fused_halves_are_those_of_the_file() {
    let (mut model, file) = (open("models/llama"), File::of("models/llama"));
    let info = model.model().clone();
    let (heads, kv, d, d_head) = (info.n_heads, info.n_kv_heads, info.d_model, info.d_head);
    assert!(kv < heads, "the fixture groups its keys");
    check(
        &mut *model,
        &file,
        "1.W_Q",
        &[heads, d, d_head],
        &|file, i| {
            file.at(
                "layers.1.self_attn.q_proj.weight",
                &[i[0] * d_head + i[2], i[1]],
            )
        },
    );
    check(&mut *model, &file, "1.W_K", &[kv, d, d_head], &|file, i| {
        file.at(
            "layers.1.self_attn.k_proj.weight",
            &[i[0] * d_head + i[2], i[1]],
        )
    });
    check(
        &mut *model,
        &file,
        "1.W_O",
        &[heads, d_head, d],
        &|file, i| {
            file.at(
                "layers.1.self_attn.o_proj.weight",
                &[i[2], i[0] * d_head + i[1]],
            )
        },
    );
    // The activation reads the gate; W_in is the linear half.
    check(
        &mut *model,
        &file,
        "0.W_gate",
        &[d, info.d_mlp],
        &|file, i| file.at("layers.0.mlp.gate_proj.weight", &[i[1], i[0]]),
    );
    check(
        &mut *model,
        &file,
        "0.W_in",
        &[d, info.d_mlp],
        &|file, i| file.at("layers.0.mlp.up_proj.weight", &[i[1], i[0]]),
    );
    check(&mut *model, &file, "0.ln2.w", &[d], &|file, i| {
        file.at("layers.0.post_attention_layernorm.weight", i)
    });

    let (mut model, file) = (open("models/phi3"), File::of("models/phi3"));
    let info = model.model().clone();
    let (heads, kv, d, d_head) = (info.n_heads, info.n_kv_heads, info.d_model, info.d_head);
    check(&mut *model, &file, "0.W_V", &[kv, d, d_head], &|file, i| {
        let row = (heads + kv + i[0]) * d_head + i[2];
        file.at("layers.0.self_attn.qkv_proj.weight", &[row, i[1]])
    });
    check(
        &mut *model,
        &file,
        "0.W_in",
        &[d, info.d_mlp],
        &|file, i| {
            file.at(
                "layers.0.mlp.gate_up_proj.weight",
                &[info.d_mlp + i[1], i[0]],
            )
        },
    );
}

#[test]
fn experts_norms_of_heads_and_tables_with_an_offset_have_names_too() {
    let (mut model, file) = (open("models/opt"), File::of("models/opt"));
    let info = model.model().clone();
    // Two rows before that of the first token belong to padding.
    check(
        &mut *model,
        &file,
        "W_pos",
        &[info.n_ctx, info.d_model],
        &|file, i| file.at("embed_positions.weight", &[i[0] + 2, i[1]]),
    );

    let (mut model, file) = (open("models/qwen3"), File::of("models/qwen3"));
    let d_head = model.model().d_head;
    check(
        &mut *model,
        &file,
        "0.attn.q_norm.w",
        &[d_head],
        &|file, i| file.at("layers.0.self_attn.q_norm.weight", i),
    );

    let (mut model, file) = (open("models/bert"), File::of("models/bert"));
    let info = model.model().clone();
    check(
        &mut *model,
        &file,
        "W_token_type",
        &[2, info.d_model],
        &|file, i| file.at("embeddings.token_type_embeddings.weight", i),
    );
    check(
        &mut *model,
        &file,
        "embed_ln.w",
        &[info.d_model],
        &|file, i| file.at("embeddings.LayerNorm.weight", i),
    );
}

/// The place of an element of one half of a gated expert, `[in, out]`, in a tensor of all experts.
type Place = fn(half: usize, width: usize, i: &[usize]) -> [usize; 2];

/// Experts that are stacked in one tensor are each their own.
#[test]
fn stacked_experts_are_their_own_members() {
    let cases: [(&str, usize, &str, Place, bool); 4] = [
        // Halves take turns, `[in, out]`.
        (
            "gpt_oss",
            4,
            "0.mlp.experts",
            |half, _, i| [i[0], 2 * i[1] + half],
            false,
        ),
        // Halves one behind the other, `[in, out]` and `[out, in]`.
        (
            "llama4_text",
            4,
            "1.feed_forward.experts",
            |half, width, i| [i[0], half * width + i[1]],
            false,
        ),
        (
            "gemma4_text",
            3,
            "0.experts",
            |half, width, i| [half * width + i[1], i[0]],
            true,
        ),
        (
            "jetmoe",
            3,
            "0.mlp",
            |half, width, i| [half * width + i[1], i[0]],
            true,
        ),
    ];
    for (model, count, module, place, turned) in cases {
        let path = format!("models/{model}");
        let (mut source, file) = (open(&path), File::of(&path));
        let (into, out) = match model {
            "jetmoe" => ("input_linear.weight", "output_linear.weight"),
            _ => ("gate_up_proj", "down_proj"),
        };
        let block = module.split('.').next().unwrap();
        for expert in 0..count {
            let own = format!("{block}.mlp.experts.{expert}");
            for (half, name) in [format!("{own}.W_gate"), format!("{own}.W_in")]
                .iter()
                .enumerate()
            {
                let (shape, _) = weight(&mut *source, name);
                check(&mut *source, &file, name, &shape, &|file, i| {
                    let [a, b] = place(half, shape[1], i);
                    file.at(&format!("layers.{module}.{into}"), &[expert, a, b])
                });
            }
            let name = format!("{own}.W_out");
            let (shape, _) = weight(&mut *source, &name);
            check(&mut *source, &file, &name, &shape, &|file, i| {
                let at = if turned {
                    [expert, i[1], i[0]]
                } else {
                    [expert, i[0], i[1]]
                };
                file.at(&format!("layers.{module}.{out}"), &at)
            });
        }
    }
}

#[test]
fn a_gguf_file_opens_as_the_folder_that_it_was_made_from() {
    for name in [
        "gpt2", "gpt_neox", "mistral", "phi3", "qwen3", "mixtral", "bloom", "gemma2",
    ] {
        let mut folder = open(&format!("models/{name}"));
        let mut file = open(&format!("gguf/{name}.gguf"));
        let all = [
            "W_E",
            "W_U",
            "0.W_Q",
            "0.W_K",
            "0.W_V",
            "0.W_O",
            "1.ln1.w",
            "1.mlp.W_in",
            "1.mlp.W_out",
            "1.mlp.W_router",
            "1.mlp.experts.1.W_gate",
            "1.mlp.experts.2.W_out",
        ];
        let has = layerwise::session::beside::weights(folder.model());
        let there = all
            .iter()
            .filter(|name| layerwise::graph::named::find(&has, name).is_some());
        let there: Vec<&&str> = there.collect();
        assert!(there.len() >= 7, "{name}: {there:?}");
        for weight_name in there {
            let (a, b) = (
                weight(&mut *folder, weight_name),
                weight(&mut *file, weight_name),
            );
            assert_eq!(a.0, b.0, "{name} {weight_name}");
            let largest = a.1.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            for (x, y) in a.1.iter().zip(&b.1) {
                // The files are in half precision or wider.
                assert!(
                    (x - y).abs() <= 1e-3 * largest,
                    "{name} {weight_name}: {x} {y}"
                );
            }
        }
    }
}

#[test]
fn quantised_weights_are_multiplied_out() {
    // The folder has the same numbers in float32, read by Python's gguf.
    let twin = fixture("gguf/llama");
    let open = |path: &Path| {
        engine::open(Checkpoint::open(path).unwrap(), "a", &Options::default()).unwrap()
    };
    let (mut a, mut b) = (open(&twin.join("model.gguf")), open(&twin));
    for name in ["W_E", "0.W_Q", "0.W_K", "0.W_out", "0.W_gate", "W_U"] {
        assert_eq!(weight(&mut *a, name), weight(&mut *b, name), "{name}");
    }
}

#[test]
fn every_weight_of_every_fixture_opens_with_the_shape_that_is_listed() {
    for entry in std::fs::read_dir(fixture("models")).unwrap() {
        let folder = entry.unwrap().path();
        let checkpoint = Checkpoint::open(&folder).unwrap();
        let mut source = engine::open(checkpoint, "a", &Options::default()).unwrap();
        let all = layerwise::session::beside::weights(source.model());
        assert!(all.len() > 10, "{}", folder.display());
        for named in &all {
            let (name, shape) = (named.point.name.clone(), named.point.shape.clone());
            let slice = Slice(shape.iter().map(|n| Pick::Span(n - 1..*n)).collect());
            let query = Query::Weight {
                name: name.clone(),
                slice,
            };
            let Ok(Answer::Weight(values)) = source.answer(&query, &Control::default()) else {
                panic!("{} {name}", folder.display());
            };
            assert_eq!(values.data.len(), 1, "{name}");
            let Answer::WeightSummary(summary) = source
                .answer(
                    &Query::WeightSummary { name: name.clone() },
                    &Control::default(),
                )
                .unwrap()
            else {
                panic!("{name}");
            };
            assert_eq!(
                summary.count,
                shape.iter().product::<usize>(),
                "{} {name}",
                folder.display()
            );
        }
    }
}

#[test]
fn what_is_not_there_is_named_with_what_is_near() {
    let mut model = open("models/gpt2");
    for (name, due) in [
        (
            "0.W_Qq",
            "there is no weight 0.W_Qq; did you mean blocks.0.attn.W_Q?",
        ),
        ("W_nothing", "there is no weight W_nothing"),
    ] {
        let query = Query::WeightSummary { name: name.into() };
        let why = model.answer(&query, &Control::default()).unwrap_err();
        assert_eq!(why.to_string(), due);
    }
    let query = Query::Weight {
        name: "W_pos".into(),
        slice: Slice(vec![Pick::At(1_000_000)]),
    };
    assert!(model.answer(&query, &Control::default()).is_err());
}
