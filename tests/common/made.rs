//! Small models with random numbers, made in the test run.

use std::path::{Path, PathBuf};

use layerwise::checkpoint::create::{slots, weights};

/// Numbers that look random, the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        let (by, more) = (6364136223846793005_u64, 1442695040888963407);
        self.0 = self.0.wrapping_mul(by).wrapping_add(more);
        self.0 >> 33
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n.max(1)
    }

    /// From −1 to 1.
    pub fn number(&mut self) -> f32 {
        self.next() as f32 / (1_u64 << 30) as f32 - 1.0
    }
}

/// The folder of a model with these fields and random numbers.
pub fn made(name: &str, fields: &str, folder: &Path) -> PathBuf {
    let mut config = serde_json::json!({
        "vocab_size": 272, "hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 256,
    });
    let fields: serde_json::Value = serde_json::from_str(fields).unwrap();
    let all = config.as_object_mut().unwrap();
    all.extend(fields.as_object().unwrap().clone());
    let config = config.to_string();
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let slots = slots(&folder.join("config.json"), config.as_bytes()).unwrap();
    let mut dice = Dice(name.len() as u64);
    let mut values = Vec::new();
    for slot in &slots {
        let norm = slot.shape.len() == 1 && slot.name.contains("norm");
        let scale = match slot.shape.len() {
            1 => 0.5,
            _ => 1.5 / (slot.shape[slot.shape.len() - 1] as f32).sqrt(),
        };
        let number = |dice: &mut Dice| dice.number() * scale + if norm { 1.0 } else { 0.0 };
        // A table of experts has whole numbers.
        let table = slot.name.ends_with("tid2eid");
        let whole = |dice: &mut Dice| dice.below(3) as f32;
        let one = |dice: &mut Dice| if table { whole(dice) } else { number(dice) };
        values.extend((0..slot.numel()).map(|_| one(&mut dice)));
    }
    std::fs::write(folder.join("config.json"), config).unwrap();
    std::fs::write(
        folder.join("model.safetensors"),
        weights(&slots, &values).unwrap(),
    )
    .unwrap();
    let tokenizer =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama/tokenizer.json");
    std::fs::copy(tokenizer, folder.join("tokenizer.json")).unwrap();
    folder
}
