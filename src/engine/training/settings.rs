//! The settings of a training run: with the corpus, everything it depends on.

use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::checkpoint::tokenizer_training::SMALLEST_VOCAB;

/// The largest number of tokens in one step.
const MOST_TOKENS: usize = 1 << 20;

/// The settings that, with the corpus, decide the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub n_layers: usize,
    pub n_heads: usize,
    pub d_model: usize,
    /// The context length of the model and of the sequences it learns from, in tokens.
    pub n_ctx: usize,
    /// The largest number of tokens in the vocabulary.
    pub d_vocab: usize,
    pub steps: usize,
    /// The number of sequences in a step.
    pub batch: usize,
    /// The largest rate of the schedule.
    pub learning_rate: f64,
    /// The number of steps until the learning rate is at its largest.
    pub warmup: usize,
    pub weight_decay: f64,
    /// The share of the lines that is held out, 0 to 0.5.
    pub validation: f64,
    pub seed: u64,
}

impl Default for Settings {
    /// The settings of the demo model.
    fn default() -> Settings {
        Settings {
            n_layers: 4,
            n_heads: 4,
            d_model: 64,
            n_ctx: 128,
            d_vocab: 2688,
            steps: 2000,
            batch: 16,
            learning_rate: 4e-3,
            warmup: 100,
            weight_decay: 0.01,
            validation: 0.02,
            seed: 0,
        }
    }
}

impl Settings {
    /// Check the settings.
    ///
    /// # Errors
    /// The first setting that no model can be trained with.
    pub fn check(&self) -> Result<(), TrainError> {
        for (flag, size, largest) in [
            ("layers", self.n_layers, 1 << 10),
            ("heads", self.n_heads, 1 << 10),
            ("d-model", self.d_model, 1 << 16),
            ("ctx", self.n_ctx, 1 << 20),
            ("vocab", self.d_vocab, 1 << 24),
            ("steps", self.steps, usize::MAX),
            ("batch", self.batch, 1 << 20),
        ] {
            if size == 0 {
                return bad(flag, "is 0, and must be at least 1");
            }
            if size > largest {
                return bad(flag, format!("is {size}, more than the {largest} allowed"));
            }
        }
        let (batch, n_ctx) = (self.batch, self.n_ctx);
        if batch * n_ctx > MOST_TOKENS {
            let most = format!("more than the {MOST_TOKENS} tokens a step that this trains");
            return bad("batch", format!("{batch} times --ctx {n_ctx} is {most}"));
        }
        let (n_heads, d_model) = (self.n_heads, self.d_model);
        if !d_model.is_multiple_of(n_heads) {
            let problem = format!("is {n_heads}, which does not divide --d-model {d_model}");
            return bad("heads", problem);
        }
        if !d_model.is_multiple_of(2) {
            return bad("d-model", "is odd: half of it are sines, half cosines");
        }
        if self.d_vocab < SMALLEST_VOCAB {
            let least = format!("every byte is a token, so it is at least {SMALLEST_VOCAB}");
            return bad("vocab", format!("is {}; {least}", self.d_vocab));
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return bad("lr", "must be a number above 0");
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return bad("weight-decay", "must be a number, 0 or above");
        }
        if !(0.0..=0.5).contains(&self.validation) {
            return bad("validation", "must be a share from 0 to 0.5");
        }
        Ok(())
    }

    /// The model's `config.json`, with a vocabulary of `d_vocab` tokens.
    pub fn config(&self, d_vocab: usize) -> Vec<u8> {
        let config = serde_json::json!({
            "model_type": "gpt2_sinusoidal",
            "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5,
            "n_embd": self.d_model,
            "n_head": self.n_heads,
            "n_inner": null,
            "n_layer": self.n_layers,
            "n_positions": self.n_ctx,
            "tie_word_embeddings": true,
            "vocab_size": d_vocab,
            "dtype": "float32",
        });
        format!("{config:#}\n").into_bytes()
    }
}

fn bad(flag: &'static str, problem: impl Into<String>) -> Result<(), TrainError> {
    let problem = problem.into();
    Err(TrainError::Setting { flag, problem })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::create::slots;

    #[test]
    fn the_defaults_make_a_model_that_fits_the_program() {
        let settings = Settings::default();
        settings.check().unwrap();
        let config = settings.config(settings.d_vocab);
        let slots = slots("config.json".as_ref(), &config).unwrap();
        let parameters: usize = slots
            .iter()
            .map(crate::checkpoint::create::Slot::numel)
            .sum();
        assert!(4 * parameters < 1_600_000, "{parameters}");
        assert_eq!(slots[0].name, "h.0.attn.c_attn.bias");
        assert_eq!(slots.len(), 1 + 4 * 12 + 2);
    }

    #[test]
    fn the_setting_that_is_wrong_is_named() {
        let with = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert!(with(|s| s.n_heads = 3).contains("--heads is 3, which does not divide"));
        assert!(with(|s| s.d_vocab = 255).contains("--vocab is 255"));
        assert!(with(|s| s.steps = 0).contains("--steps is 0"));
        assert!(with(|s| s.learning_rate = f64::NAN).contains("--lr"));
        assert!(with(|s| s.batch = 1 << 14).contains("--batch 16384 times --ctx 128"));
        assert!(with(|s| s.validation = 0.9).contains("--validation"));
        assert!(with(|s| (s.d_model, s.n_heads) = (15, 3)).contains("--d-model is odd"));
    }
}
