//! transformers' tokenizer classes. Some make their own rules, and take only the vocabulary from
//! `tokenizer.json`.

/// A class with rules of its own, or the one that takes all rules from `tokenizer.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenizerClass {
    /// `TokenizersBackend`, and all classes that behave like it.
    Backend,
    Bert,
    Cohere,
    Gemma,
    Gpt2,
    GptNeoX,
    Llama,
    Qwen2,
    Roberta,
    XlmRoberta,
}

/// Each family's class, as transformers 5.23 registers it. Some families have none.
const REGISTERED: &[(&str, TokenizerClass)] = &[
    ("bert", TokenizerClass::Bert),
    ("cohere", TokenizerClass::Cohere),
    ("cohere2", TokenizerClass::Cohere),
    ("distilbert", TokenizerClass::Bert),
    ("gemma", TokenizerClass::Gemma),
    ("gemma2", TokenizerClass::Gemma),
    ("gemma3", TokenizerClass::Gemma),
    ("gemma3_text", TokenizerClass::Gemma),
    ("gpt2", TokenizerClass::Gpt2),
    ("gpt_bigcode", TokenizerClass::Backend),
    ("gpt_neo", TokenizerClass::Gpt2),
    ("gpt_neox", TokenizerClass::GptNeoX),
    ("gptj", TokenizerClass::Gpt2),
    ("granite", TokenizerClass::Backend),
    ("granitemoe", TokenizerClass::Backend),
    ("mistral", TokenizerClass::Backend),
    ("mixtral", TokenizerClass::Backend),
    ("mpt", TokenizerClass::GptNeoX),
    ("olmo", TokenizerClass::GptNeoX),
    ("olmo2", TokenizerClass::Backend),
    ("olmo3", TokenizerClass::Backend),
    ("opt", TokenizerClass::Gpt2),
    ("phi", TokenizerClass::Gpt2),
    ("phi3", TokenizerClass::Backend),
    ("qwen2", TokenizerClass::Qwen2),
    ("qwen3", TokenizerClass::Qwen2),
    ("qwen3_moe", TokenizerClass::Qwen2),
    ("roberta", TokenizerClass::Roberta),
    ("stablelm", TokenizerClass::Backend),
    ("starcoder2", TokenizerClass::Gpt2),
    ("xlm-roberta", TokenizerClass::XlmRoberta),
];

/// Families whose published folders name a wrong class; the registered class is used instead.
const MISNAMED: [&str; 2] = ["phi3", "qwen2"];

impl TokenizerClass {
    /// The class that `AutoTokenizer` uses for a family, if files name the class `name`.
    pub(super) fn of(family: Option<&str>, name: Option<&str>, byte_level: bool) -> TokenizerClass {
        let registered = REGISTERED.iter().find(|(name, _)| Some(*name) == family);
        let registered = registered.map(|(_, class)| *class);
        let misnamed = family.is_some_and(|family| MISNAMED.contains(&family));
        let named = name.map(TokenizerClass::named);
        match (registered, named) {
            (registered, None) => registered.unwrap_or(TokenizerClass::Backend),
            (_, Some(TokenizerClass::Llama)) if byte_level && !misnamed => TokenizerClass::Backend,
            (Some(TokenizerClass::Backend), Some(_)) => TokenizerClass::Backend,
            (Some(registered), Some(_)) if misnamed => registered,
            (_, Some(named)) => named,
        }
    }

    fn named(name: &str) -> TokenizerClass {
        match name.strip_suffix("Fast").unwrap_or(name) {
            "BertTokenizer" | "DistilBertTokenizer" => TokenizerClass::Bert,
            "CohereTokenizer" => TokenizerClass::Cohere,
            "GemmaTokenizer" => TokenizerClass::Gemma,
            "CodeGenTokenizer" | "GPT2Tokenizer" => TokenizerClass::Gpt2,
            "GPTNeoXTokenizer" => TokenizerClass::GptNeoX,
            "LlamaTokenizer" => TokenizerClass::Llama,
            "Qwen2Tokenizer" => TokenizerClass::Qwen2,
            "RobertaTokenizer" => TokenizerClass::Roberta,
            "XLMRobertaTokenizer" => TokenizerClass::XlmRoberta,
            _ => TokenizerClass::Backend,
        }
    }

    /// The special tokens that the class uses if no file names them.
    pub(super) fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            TokenizerClass::Backend => &[],
            TokenizerClass::Bert => &[
                ("unk_token", "[UNK]"),
                ("sep_token", "[SEP]"),
                ("pad_token", "[PAD]"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            TokenizerClass::Cohere => &[
                ("bos_token", "<BOS_TOKEN>"),
                ("eos_token", "<|END_OF_TURN_TOKEN|>"),
                ("unk_token", "<UNK>"),
                ("sep_token", "<SEP>"),
                ("pad_token", "<PAD>"),
                ("cls_token", "<CLS>"),
                ("mask_token", "<MASK_TOKEN>"),
            ],
            TokenizerClass::Gemma => &[
                ("bos_token", "<bos>"),
                ("eos_token", "<eos>"),
                ("unk_token", "<unk>"),
                ("pad_token", "<pad>"),
                ("mask_token", "<mask>"),
            ],
            TokenizerClass::Gpt2 => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
            ],
            TokenizerClass::GptNeoX => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|padding|>"),
            ],
            TokenizerClass::Llama => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
            ],
            TokenizerClass::Qwen2 => &[
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|endoftext|>"),
            ],
            TokenizerClass::Roberta | TokenizerClass::XlmRoberta => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
                ("sep_token", "</s>"),
                ("pad_token", "<pad>"),
                ("cls_token", "<s>"),
                ("mask_token", "<mask>"),
            ],
        }
    }
}
