//! A checkpoint larger than memory: 7B Llama dimensions in f32, 27 GB of zeros in a sparse file that takes
//! almost no disk. The figures are the time from nothing to the first block on screen, and the resident
//! memory then.

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use common::LAYERWISE;
use common::screen::{Screen, is_full};
use serde_json::{Map, json};

const LAYERS: usize = 32;
const D_MODEL: usize = 4096;
const D_MLP: usize = 11008;
const VOCAB: usize = 32000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = make(folder.path()).expect("room for a sparse file");
    let path = folder.path().to_str().expect("a plain path");
    println!(
        "large: {LAYERS} layers, {:.1} GB of weights in f32",
        bytes as f64 / 1e9
    );

    let mut screen = Screen::start(LAYERWISE, &[path, "-p", "中华人民"], 120, 36);
    let first = screen.first(is_full);
    report("the embedding on screen", first.as_secs_f64(), &screen);
    let block = screen
        .press("g0.resid_post\r", Duration::from_secs(5))
        .expect("a frame");
    let text = screen.text();
    assert!(
        text.contains("blocks.0 · step") && is_full(&text),
        "not block 0:\n{text}"
    );
    let seconds = (first + block).as_secs_f64();
    report("block 0's output on screen", seconds, &screen);
}

fn report(what: &str, seconds: f64, screen: &Screen) {
    let resident = screen.resident_mb();
    let resident = resident.map_or("unknown here".into(), |mb| format!("{mb:.0} MB"));
    println!("  {what:<27} after {seconds:.2} s, resident {resident}");
}

/// Write the model's folder, and return the bytes of its weights.
fn make(folder: &Path) -> std::io::Result<u64> {
    let mut header = Map::new();
    let mut end = 0;
    let mut add = |name: String, shape: &[usize]| {
        let start = end;
        end += shape.iter().product::<usize>() * 4;
        let info = json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]});
        header.insert(name, info);
    };
    add("model.embed_tokens.weight".into(), &[VOCAB, D_MODEL]);
    for i in 0..LAYERS {
        let mut add =
            |name: &str, shape: &[usize]| add(format!("model.layers.{i}.{name}.weight"), shape);
        add("input_layernorm", &[D_MODEL]);
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"] {
            add(&format!("self_attn.{name}"), &[D_MODEL, D_MODEL]);
        }
        add("post_attention_layernorm", &[D_MODEL]);
        add("mlp.gate_proj", &[D_MLP, D_MODEL]);
        add("mlp.up_proj", &[D_MLP, D_MODEL]);
        add("mlp.down_proj", &[D_MODEL, D_MLP]);
    }
    add("model.norm.weight".into(), &[D_MODEL]);
    add("lm_head.weight".into(), &[VOCAB, D_MODEL]);
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = File::create(folder.join("model.safetensors"))?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    let length = 8 + header.len() as u64 + end as u64;
    file.set_len(length)?;

    let config = json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
        "hidden_size": D_MODEL, "intermediate_size": D_MLP, "num_hidden_layers": LAYERS,
        "num_attention_heads": 32, "num_key_value_heads": 32, "vocab_size": VOCAB,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "tie_word_embeddings": false,
        "rope_theta": 10000.0, "torch_dtype": "float32",
    });
    fs::write(folder.join("config.json"), serde_json::to_vec(&config)?)?;
    let tokenizer = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/tokenizer.json");
    fs::copy(tokenizer, folder.join("tokenizer.json"))?;
    Ok(end as u64)
}
