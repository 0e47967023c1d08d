//! `docs/models.md` and the pinned lists of hook points; `make docs` writes them again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use layerwise::checkpoint::{Checkpoint, known_families};
use layerwise::graph::arch::Arch;
use layerwise::trace::hook::Layer;
use layerwise::trace::plan::HookPoint;

use super::models;
use super::quirks::QUIRKS;

/// Parts of each family that are not computed.
const GAPS: &[(&str, &str)] = &[
    (
        "bert",
        "whether one sentence follows another (`cls.seq_relationship`); padding",
    ),
    (
        "bloom",
        "`apply_residual_connection_post_layernorm` (no published model sets it)",
    ),
    (
        "electra",
        "the discriminator's head (`discriminator_predictions`); padding",
    ),
    (
        "gemma3_text",
        "images: only the text part of a model that also takes images runs; bidirectional attention",
    ),
    (
        "llama",
        "a prompt that continues past the length at which dynamic or longrope frequencies change \
         keeps its turned keys, as in transformers",
    ),
    ("xmod", "languages other than `default_language`"),
];

/// Families of transformers 5.23 that this program refuses, by the reason.
const LEFT: &[(&str, &str)] = &[
    (
        "an indexer of mixtures of keys that attention does not look at, and several streams whose mean is read at the end",
        "glm5_next",
    ),
    (
        "a norm of the key that heads share, and latent vectors of other widths by layer",
        "dots3_note",
    ),
    (
        "latent keys of other blocks, and frequencies with learned factors",
        "mistral_large4",
    ),
    ("a window for generated tokens alone", "unlimited_ocr"),
    (
        "embeddings by layer, shared keys and values, heads of different widths",
        "diffusion_gemma",
    ),
    (
        "several residual streams, or attention that picks what it looks at",
        "beam, hrm_text, inkling, inkling2, minimax_m3_vl, muse_spark, step3p7",
    ),
    ("norms with several ε", "muse_glimmer"),
    (
        "parts of encoders, or positions of their own",
        "albert, blip, blt, cosmos3_edge, cosmos3_omni, cpmant, idefics, kosmos-2, kosmos-2.5, prophetnet, reformer, xlnet, zaya",
    ),
    (
        "encoders that fill in masked tokens, with attention, positions or embeddings of their own",
        "convbert, deberta, deberta-v2, esm, esmc, eurobert, fnet, funnel, gte, ibert, jina_embeddings_v3, layoutlm, \
         longformer, luke, mobilebert, modernbert, mpnet, mra, neomme, nomic_bert, nystromformer, perceiver, \
         squeezebert, tapas, ultrabert, yoso",
    ),
    (
        "an encoder beside the decoder",
        "encoder-decoder, fsmt, led, longt5, m2m_100, mt5, nllb-moe, pegasus_x, switch_transformers, t5, t5gemma, \
         t5gemma2, umt5",
    ),
    (
        "rows of shapes and pronunciations, joined to a token's own",
        "roc_bert",
    ),
    (
        "text only beside an image",
        "blip-2, evolla, florence2, instructblip, instructblipvideo, molmo2, pi0, pix2struct, udop",
    ),
];

/// Compare `file` with its generated text, or write it if `UPDATE_DOCS` is set.
fn generated(file: &str, due: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, due).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == due, "{file} is out of date: run `make docs`");
}

/// The name and architecture of each small model.
fn archs() -> Vec<(String, Arch)> {
    let arch = |model: &std::path::PathBuf| {
        let name = model.file_name().unwrap_or_default();
        let arch = Checkpoint::open(model).unwrap().arch;
        (name.to_string_lossy().into_owned(), arch)
    };
    models().iter().map(arch).collect()
}

/// The families whose GGUF files the Python tests make, from the table there.
fn gguf_families() -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/tests/test_gguf_families.py");
    let text = fs::read_to_string(tests).unwrap();
    let table = text.split("FAMILIES = {").nth(1).unwrap().split("\n}\n");
    let lines = table.into_iter().next().unwrap().lines();
    let names = lines.filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": (\""));
    let names: Vec<String> = names.map(|(name, _)| format!("`{name}`")).collect();
    assert!(names.len() > 20);
    names.join(", ")
}

/// The GGUF file that was made from a small model; it may not exist.
fn gguf(name: &str) -> std::path::PathBuf {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gguf");
    files.join(format!("{name}.gguf"))
}

#[test]
fn the_table_of_models_is_up_to_date() {
    let mut families: BTreeMap<String, Vec<(String, Arch)>> = BTreeMap::new();
    for (name, arch) in archs() {
        let family = families.entry(arch.family.clone()).or_default();
        family.push((name, arch));
    }
    let mut page = String::from(HEAD);
    for (family, models) in &families {
        let names: Vec<String> = models.iter().map(|(n, _)| format!("`{n}`")).collect();
        let quirks: Vec<&str> = QUIRKS
            .iter()
            .filter(|quirk| models.iter().any(|(_, arch)| quirk.off(arch).is_some()))
            .map(|quirk| quirk.name)
            .collect();
        let files: Vec<String> = (models.iter().map(|(name, _)| name))
            .filter(|name| gguf(name).exists())
            .map(|name| format!("`{name}`"))
            .collect();
        let gaps: Vec<&str> = GAPS
            .iter()
            .filter(|(name, _)| name == family)
            .map(|(_, gap)| *gap)
            .collect();
        let _ = write!(
            page,
            "\n## {family}\n\n- Checked: {}\n- Checked as GGUF: {}\n- Quirks: {}\n- Known gaps: {}\n",
            names.join(", "),
            if files.is_empty() {
                "none".to_owned()
            } else {
                files.join(", ")
            },
            quirks.join("; "),
            if gaps.is_empty() {
                "none known".to_owned()
            } else {
                gaps.join("; ")
            }
        );
    }
    let page = page.replace("GGUF_FAMILIES", &gguf_families());
    let mut page = page;
    let alone: Vec<String> = known_families()
        .filter(|family| !families.contains_key(*family))
        .map(|family| format!("`{family}`"))
        .collect();
    let _ = write!(page, "{MADE}{}\n{REFUSED}", alone.join(", "));
    for (why, which) in LEFT {
        let _ = writeln!(page, "- {why}: {which}");
    }
    generated("docs/models.md", &page);
}

#[test]
fn the_readme_counts_the_families() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let count = format!("{} families", known_families().count());
    assert!(readme.contains(&count), "README.md: {count}");
}

#[test]
fn what_is_left_is_not_known() {
    let known: Vec<&str> = known_families().collect();
    for (_, which) in LEFT {
        for family in which.split(", ") {
            assert!(!known.contains(&family), "{family}");
        }
    }
}

const MADE: &str = "
# Families without a model here

They differ from families above in little but names. A test makes a small model of each with transformers and compares
the logits with float64 (`python/tests/test_made_models.py`), apart from a few that cannot be made small. A family
that sees or hears is its text model: prompts have no images and no sound, positions of several axes are those of
the text, and parts for other senses are passed over. `big_bird` refuses prompts that are long enough for its sparse
attention, and `xlm` and `flaubert` add no rows for languages.

";

const REFUSED: &str = "
# Left out

Families of transformers 5.23 that are refused, by what they would need:

";

const HEAD: &str = "# Models

Generated by `make docs` from the small models under `fixtures/models`, and checked by `make test`.

Each model named here is compared with transformers 5.23: hidden states, attention patterns, the final norm
and logits. The distance to transformers' float64 may be at most four times the distance of its own float32,
plus 1e-7 of the largest value. The prompt is longer than the windows, and longer than the context before
stretching if rotary frequencies are stretched. A quirk is listed if leaving it out moves a model's logits by
more than that distance. Every tensor in a model's file is read.

An encoder's prompt has a masked token, and two segments if the model tells segments apart. Pooled vectors are
compared too.

Hook points have the names and values of TransformerLens 4.3's `TransformerBridge`, without the batch axis:

- `hook_q_normed` and `hook_k_normed` are `[token, head, d_head]` in every family.
- Mixtures have `mlp.hook_router_logits` (before the softmax), `mlp.hook_expert_indices` and
  `mlp.hook_expert_weights` in the place of an MLP's hook points.
- An indexer's queries, keys and weights of heads are `attn.hook_index_q`, `attn.hook_index_k` and
  `attn.hook_index_weights`. Its scores are `attn.hook_index_scores`, and `attn.hook_index_mask` is 1 at the keys that
  attention looks at.
- Where all blocks mix several streams, `hook_resid_pre`, `hook_resid_mid` and `hook_resid_post` are `[token, stream,
  d_model]`. The numbers by which a half reads, writes and mixes them are `hyper1.*` and `hyper2.*`, and what the
  unembedding reads is `hyper_final.hook_out`. Streams that are read an element at a time lie in one row, `[token,
  d_streams]`, as in transformers' own hidden states; `hyper1.hook_open` has the share of each element, and what the
  unembedding reads is `ln_final.hook_out`.
- A table's rows for the runs of tokens that end at each are `ngrams.hook_embed`. `ngrams.hook_gate` says how far each
  stream opens to them, and `hook_resid_ngrams` is the stream with what was added.
- Entries that stand for runs of tokens are `attn.hook_entries`. Scores and patterns have them behind the keys of tokens.
  `attn.hook_entry_scores` and `attn.hook_entry_mask` are an indexer's.
- Where a block of the files has two attentions and two MLPs (`longcat_flash`), it counts as two blocks, as in
  transformers' own count. Experts of the first write `mlp.hook_experts_out`, which is added to the second's
  `hook_resid_post`.
- Segments are `hook_token_type_embed`. The head of masked tokens is `mlm_head.hook_out` (before its activation)
  and `mlm_head.hook_post`, then `ln_final`. Where the stream ends in a norm, that one is `ln_final`, and the head ends in
  `mlm_head.hook_normed`. sentence-transformers adds `pooling.*`.
- Encoders' names mean what they meant in TransformerLens's `HookedEncoder`: `hook_embed` is the tokens' rows
  alone, `hook_attn_out` the output of attention, `hook_resid_mid` and `hook_resid_post` the sums before their
  norms. `TransformerBridge` gives those four names to values after a norm, and its scores are softmaxed. Its
  caches are read accordingly.

Published weights of fewer bits are dequantised to float32 when their layer runs; in a mixture, only the experts
that tokens are routed to. 8-bit floats with scales are read in every family (`quant_method` `fp8`, by blocks or
whole tensors, and `compressed-tensors` in the format `float-quantized`), MXFP4 in gpt_oss. Models whose names end
with `_fp8`, `_compressed` and `_mxfp4` are stored this way. Activations are not rounded, unlike in some servers of
such models: they stay in the dtype of the pass. Any other `quantization_config` is an error.

GGUF files are read as the model that they were made from. Each file named here has the same architecture and
tokens as its folder, and the same bits at every hook point. Files with rotary factors in float32, and files with
experts in 16 bits, are as near to float64 as their folder instead. Files of these families are made in the test run
(`python/tests/test_gguf_families.py`) and have the logits of their folders:

GGUF_FAMILIES

Facts without a key are llama.cpp's:

- Mistral, Mixtral and StarCoder 2 have no windows.
- Every sixth block of Gemma 3, and every second of Gemma 2 and gpt-oss, has no window.
- The scores of Gemma 2 and 3 are scaled by the width of a head.
- The base of rotary positions is 10,000.
- Llama 4 attends within runs of 8192 tokens, every fourth block does not turn, and queries and keys are normed unless
  there are 128 experts.
- MiniCPM 3 has the multipliers of its published model and Mistral 4 the growth of its scores, Trinity scales its
  embeddings, DBRX's shares sum to 1.
- DeepSeek 3 without keys for groups of experts has one group, and so have Kimi Linear, MiMo and Hunyuan 4.
- Blocks have experts where they have a router: MiMo, Laguna, Mellum 2, Hunyuan 3 and 4.
- Every fourth block of Laguna sees all tokens, from the first on. A gate has the width that its matrix has.
- A delta net of Kimi Linear has as many heads as attention. MiMo's shares sum to 1.
- Every eighth block of MiniMax-Text-01 attends and the rest have states; all add to the stream times one factor. As many
  dimensions of a head turn as the file says, while transformers turns all of them.
- Granite's blocks with windows and sinks turn where the file's list says so. Gates of Qwen4-Exp's delta nets are sigmoids.
- GLM-5 with a context of 2^20 tokens and no list of the blocks that choose keys has that of GLM-5.2.

Falcon-H1's multipliers are in its weights, so that its hook points differ from the folder's by these factors.
Queries, keys, rows of experts and heads of states are in the family's order again, in memory as on screen.

Blocks of ggml are read in the types q4_0 to q8_0, q2_K to q8_K, iq1_s to iq4_xs, q1_0, tq1_0, tq2_0, mxfp4 and nvfp4,
each number as the package `gguf` reads it (`python/tests/test_gguf_blocks.py`), which knows the size alone of q1_0.
q8_1 is refused, and so are whole numbers but those of a table of experts (DeepSeek 4). A tensor's own factor (`.scale`, beside nvfp4) is taken into account.

Architectures of llama.cpp that are not read are an error that names the nearest one. Encoders other than BERT have no
file that proves them. llama.cpp has no architecture for the rest, among them `olmo_hybrid`, `zamba`, `zamba2`,
`recurrent_gemma`, `xlstm`, `rwkv` (version 4), `lfm3`, `jetmoe`, `doge`, `diffllama`, `helium`, `persimmon`, `codegen`,
`gpt_neo`, `opt`, `vaultgemma`, `axk1`, `axk2` and `flint`: their files are folders.

Activations are the family's, while llama.cpp computes every GELU by its tanh approximation. The bounds of
gpt-oss's Yarn are not rounded, as in the original, while llama.cpp rounds them. Encoders have no head in such
files. Files do not say whether a pooled vector is scaled to length 1: it is not.

Every field of a config that transformers' own code for the family reads is computed, or refused by name if its
value changes the numbers. A field that is left out has transformers' default, and other names of a field mean what
they mean there. A field that this code does not read is passed over with a warning. `--ignore-config FIELD` reads a
config as if the field were not there. Each field of each family is left out, set to null and set to other values,
and the numbers are compared with transformers' (`fixtures/config_sweep.json`). A prompt that is longer than the
context runs with a warning; with learned positions it is refused.

Types whose code is on the hub alone: `kimi_k2` is read as `deepseek_v3`, `phi4mm` as `phi4_multimodal` without its
adapters for images and sound. A `model_type` that is not known is an error.
";

#[test]
fn hook_points_are_those_pinned() {
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for (name, arch) in archs() {
        let list = hook_points(&arch);
        match lists.iter_mut().find(|(_, known)| *known == list) {
            Some((names, _)) => *names = format!("{names}, {name}"),
            None => lists.push((name, list)),
        }
    }
    let page = lists.iter().fold(String::new(), |page, (names, list)| {
        format!("{page}# {names}\n{}\n\n", list.join("\n"))
    });
    generated("tests/families/hook_points.txt", &page);
}

/// Every hook point in order with its axes; equal blocks are written once.
fn hook_points(arch: &Arch) -> Vec<String> {
    let line = |point: &HookPoint| {
        let axes: Vec<&str> = point.axes.iter().map(|axis| axis.word()).collect();
        (point.name.clone(), axes.join(", "))
    };
    let plan = layerwise::graph::Graph::new(arch).plan(5, 2);
    let mut list: Vec<String> = Vec::new();
    let mut last: Vec<String> = Vec::new();
    for layer in std::iter::once(Layer::Embed)
        .chain((0..arch.n_layers).map(Layer::Block))
        .chain([Layer::Unembed])
    {
        let prefix = format!("{layer}.");
        let points = plan.points()[plan.layer_range(layer)].iter().map(line);
        let inner: Vec<String> = points
            .map(|(name, axes)| match name.strip_prefix(&prefix) {
                Some(inner) => format!("  {inner} [{axes}]"),
                None => format!("{name} [{axes}]"),
            })
            .collect();
        if matches!(layer, Layer::Block(_)) {
            list.push(format!("{layer}"));
            if inner == last {
                continue;
            }
        }
        list.extend(inner.clone());
        last = inner;
    }
    list
}
