//! The splits of text before byte-level BPE, by their names in GGUF files (`tokenizer.ggml.pre`).

use serde_json::{Value, json};

/// The split that llama.cpp uses for a file without the key.
pub const DEFAULT: &str = "default";

/// A way to split text into words.
pub struct Split {
    /// The names that files give it, separated by spaces.
    names: &'static str,
    /// Whether each digit is a word, before anything else is split.
    digits: bool,
    /// Patterns that are cut out before words are.
    first: &'static [&'static str],
    /// The pattern of words; `None` for GPT-2's.
    words: Option<&'static str>,
    /// Patterns that are cut out of words.
    then: &'static [&'static str],
    /// Whether characters are composed first (NFC).
    pub composed: bool,
    /// Whether a word that is a token becomes that token, whatever the merges say.
    pub whole_words: bool,
}

const GPT2: Split = Split {
    names: "gpt-2 phi-2 mpt olmo jais trillion granite-docling roberta-bpe \
            jina-v1-en jina-v2-code jina-v2-de jina-v2-es modern-bert gigachat mellum",
    digits: false,
    first: &[],
    words: None,
    then: &[],
    composed: false,
    whole_words: false,
};

const LETTERS_AND_UP_TO_THREE_DIGITS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Qwen 2's words.
pub const LETTERS_AND_SINGLE_DIGITS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

const GPT2_WORDS: &str =
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const SPLITS: &[Split] = &[
    GPT2,
    // The order is punctuation, GPT-2's words, numbers, and in numbers three digits at a time.
    Split {
        names: DEFAULT,
        first: &[r"[\p{P}$+<=>^~|]+"],
        words: Some(GPT2_WORDS),
        then: &[r"\p{N}+", "[0-9][0-9][0-9]"],
        ..GPT2
    },
    Split {
        names: "smollm starcoder refact command-r codeshell exaone minerva-7b",
        digits: true,
        ..GPT2
    },
    Split {
        names: "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2",
        words: Some(LETTERS_AND_UP_TO_THREE_DIGITS),
        whole_words: true,
        ..GPT2
    },
    Split {
        names: "dbrx smaug-bpe",
        words: Some(LETTERS_AND_UP_TO_THREE_DIGITS),
        ..GPT2
    },
    Split {
        names: "qwen2 stablelm2 deepseek-r1-qwen megrez kormo",
        words: Some(LETTERS_AND_SINGLE_DIGITS),
        composed: true,
        ..GPT2
    },
    Split {
        names: "gpt-4o llama4 kanana2",
        words: Some(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        ..GPT2
    },
    Split {
        names: "tekken",
        words: Some(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        whole_words: true,
        ..GPT2
    },
    Split {
        names: "bloom poro-chat gpt3-finnish",
        words: Some(r" ?[^(\s|[.,!?…。，、।۔،])]+"),
        ..GPT2
    },
];

/// The split that files call `name`.
pub fn find(name: &str) -> Option<&'static Split> {
    let called = |split: &&Split| split.names.split(' ').any(|own| own == name);
    SPLITS.iter().find(called)
}

/// Whether texts under this split begin with a special token if the file does not say.
pub fn begins(name: &str) -> bool {
    matches!(
        name,
        "llama-bpe" | "llama3" | "llama-v3" | "falcon3" | "tekken"
    )
}

/// All known names.
pub fn names() -> String {
    let names: Vec<&str> = SPLITS.iter().flat_map(|s| s.names.split(' ')).collect();
    names.join(", ")
}

impl Split {
    /// The split for `tokenizer.json`.
    pub fn json(&self) -> Value {
        let mut steps = Vec::new();
        if self.digits {
            steps.push(json!({"type": "Digits", "individual_digits": true}));
        }
        let patterns = self.first.iter().chain(&self.words).chain(self.then);
        steps.extend(patterns.map(|pattern| {
            json!({
                "type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false,
            })
        }));
        steps.push(json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": self.words.is_none(),
        }));
        json!({"type": "Sequence", "pretokenizers": steps})
    }
}
