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
    /// Whether texts begin with a special token if the file does not say.
    pub begins: bool,
}

const GPT2: Split = Split {
    names: "gpt-2 phi-2 mpt olmo jais trillion granite-docling roberta-bpe \
            jina-v1-en jina-v2-code jina-v2-de jina-v2-es jina-de jina-es modern-bert gigachat mellum exaone4 a.x-4.0",
    digits: false,
    first: &[],
    words: None,
    then: &[],
    composed: false,
    whole_words: false,
    begins: false,
};

const LETTERS_AND_UP_TO_THREE_DIGITS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Qwen 2's words.
pub const LETTERS_AND_SINGLE_DIGITS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

const WORDS_BY_CASE: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// A symbol goes with the letters after it.
const SYMBOLS_BEFORE_LETTERS: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;

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
        names: "smollm starcoder refact command-r codeshell exaone minerva-7b mellum2",
        digits: true,
        ..GPT2
    },
    Split {
        names: "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
        words: Some(LETTERS_AND_UP_TO_THREE_DIGITS),
        whole_words: true,
        begins: true,
        ..GPT2
    },
    Split {
        names: "dbrx smaug-bpe glm4 chatglm-bpe",
        words: Some(LETTERS_AND_UP_TO_THREE_DIGITS),
        ..GPT2
    },
    Split {
        names: "qwen2 stablelm2 deepseek-r1-qwen megrez kormo f2llmv2",
        words: Some(LETTERS_AND_SINGLE_DIGITS),
        composed: true,
        ..GPT2
    },
    // Lines first.
    Split {
        names: "laguna",
        first: &[r"[^\n]+|\n+"],
        words: Some(LETTERS_AND_SINGLE_DIGITS),
        ..GPT2
    },
    Split {
        names: "hunyuan solar-open grok-2",
        words: Some(LETTERS_AND_SINGLE_DIGITS),
        ..GPT2
    },
    Split {
        names: "qwen35",
        words: Some(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        composed: true,
        ..GPT2
    },
    Split {
        names: "deepseek-v3 hunyuan-dense joyai-llm hy_v4",
        first: &[r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+"],
        words: Some(SYMBOLS_BEFORE_LETTERS),
        ..GPT2
    },
    Split {
        names: "deepseek-llm",
        first: &[
            r"[\r\n]",
            r"\s?[\p{Lu}\p{Ll}\p{Lt}]+",
            r"\s?[!-/:-~！-／：-～‘-‟　-。]+",
            r"\s+$",
            "[一-龥ࠀ-一가-퟿]+",
        ],
        words: Some(r"\p{N}+"),
        ..GPT2
    },
    Split {
        names: "deepseek-coder",
        first: &[r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+"],
        words: Some(r"\p{N}"),
        ..GPT2
    },
    Split {
        names: "falcon",
        first: &[r"[\p{P}$+<=>^~|`]+"],
        words: Some(GPT2_WORDS),
        then: &["[0-9][0-9][0-9]"],
        ..GPT2
    },
    // Digits in groups of three first.
    Split {
        names: "minicpm5",
        first: &[r"\p{N}{1,3}"],
        words: Some(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        whole_words: true,
        ..GPT2
    },
    Split {
        names: "seed-coder",
        words: Some(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        ..GPT2
    },
    Split {
        names: "bailingmoe bailingmoe2 llada-moe",
        words: Some(
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ),
        ..GPT2
    },
    Split {
        names: "exaone-moe",
        words: Some(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+",
        ),
        ..GPT2
    },
    // Digits in groups of three from the right, scripts that use no spaces, and then words.
    Split {
        names: "afmoe",
        first: &[
            r"\p{Nd}{1,3}(?=(?:\p{Nd}{3})*(?!\p{Nd}))",
            "[一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+",
        ],
        words: Some(SYMBOLS_BEFORE_LETTERS),
        ..GPT2
    },
    Split {
        names: "kimi-k2",
        words: Some(
            r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        ..GPT2
    },
    Split {
        names: "youtu",
        first: &["[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+"],
        words: Some(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        whole_words: true,
        ..GPT2
    },
    Split {
        names: "jais-2",
        words: Some(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}",
        ),
        ..GPT2
    },
    Split {
        names: "gpt-4o llama4 kanana2 talkie minimax-m2",
        words: Some(WORDS_BY_CASE),
        ..GPT2
    },
    Split {
        names: "tiny_aya cohere2moe",
        first: &[r"\d{1,3}(?=(?:\d{3})*\b)"],
        words: Some(WORDS_BY_CASE),
        ..GPT2
    },
    Split {
        names: "tekken",
        words: Some(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        whole_words: true,
        begins: true,
        ..GPT2
    },
    Split {
        names: "bloom poro-chat gpt3-finnish",
        words: Some(r" ?[^(\s|[.,!?…。，、।۔،])]+"),
        ..GPT2
    },
    Split {
        names: "viking",
        words: Some(r" ?[^(\s|[.,!?…。，、।۔،])]+"),
        then: &[r"\p{N}"],
        ..GPT2
    },
];

/// The split that files call `name`.
pub fn find(name: &str) -> Option<&'static Split> {
    let called = |split: &&Split| split.names.split(' ').any(|own| own == name);
    SPLITS.iter().find(called)
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

#[cfg(test)]
mod tests {
    use tokenizers::tokenizer::{
        OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _,
    };
    use tokenizers::{PreTokenizerWrapper, pre_tokenizers::sequence::Sequence};

    use super::*;

    /// The words of a text, without the step that turns bytes into characters.
    fn words(split: &Split, text: &str) -> Vec<String> {
        let json = split.json();
        let steps = json["pretokenizers"].as_array().unwrap();
        let steps = steps.iter().filter(|step| step["type"] == "Split");
        let steps = steps.map(|step| serde_json::from_value(step.clone()).unwrap());
        let steps: Vec<PreTokenizerWrapper> = steps.collect();
        let mut text = PreTokenizedString::from(text);
        Sequence::new(steps).pre_tokenize(&mut text).unwrap();
        let parts = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
        parts.iter().map(|(word, ..)| word.to_string()).collect()
    }

    const TEXT: &str = "I'LL say: 1234567 times 中文かな\u{AC00}, e\u{301}\u{327} HTTPServer #tag\r\n\r\n  x   \tไทย 3.14 `a`  ";

    #[test]
    fn no_split_loses_text() {
        for split in SPLITS {
            assert_eq!(words(split, TEXT).concat(), TEXT, "{}", split.names);
        }
    }

    #[test]
    fn texts_begin_with_a_special_token_where_llama_cpp_adds_it() {
        let begins = SPLITS.iter().filter(|split| split.begins);
        let names: Vec<&str> = begins.flat_map(|split| split.names.split(' ')).collect();
        let llama3 =
            "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano";
        let expected: Vec<&str> = llama3.split(' ').chain(["tekken"]).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn splits_differ_where_the_published_ones_do() {
        let of = |name: &str, text: &str| words(find(name).unwrap(), text).join("·");
        for (name, text, words) in [
            (
                "deepseek-v3",
                "a1234567 中文x#tag",
                "a·123·456·7· ·中文·x·#tag",
            ),
            ("afmoe", "a1234567 中文x", "a·1·234·567· ·中文·x"),
            ("glm4", "a1234567 中文x", "a·123·456·7· 中文x"),
            ("qwen35", "12 e\u{301}!", "1·2· e\u{301}·!"),
            ("kimi-k2", "ab中文cd 12345", "ab·中文·cd· ·123·45"),
            ("falcon", "a`b` 12345", "a·`·b·`· ·123·45"),
            ("deepseek-llm", "abc, 中文 12", "abc·,· ·中文· ·12"),
            ("seed-coder", "a  12!\n", "a· · ·1·2·!·\n"),
            ("minicpm5", "ab1234 c", "ab·123·4· c"),
            ("viking", "ab12, c", "ab·1·2·,· c"),
        ] {
            assert_eq!(of(name, text), words, "{name}");
        }
    }
}
