//! Which of transformers' tokenizer classes reads a folder: some make their own rules and take only the
//! vocabulary from `tokenizer.json`.

/// A class with rules of its own, or the one that takes all of them from `tokenizer.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `TokenizersBackend`, and classes that are not told apart here.
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

/// Each family's class, as transformers 5.23 registers it; families without an entry have none.
const REGISTERED: &[(&str, Class)] = &[
    ("bert", Class::Bert),
    ("cohere", Class::Cohere),
    ("cohere2", Class::Cohere),
    ("distilbert", Class::Bert),
    ("gemma", Class::Gemma),
    ("gemma2", Class::Gemma),
    ("gemma3", Class::Gemma),
    ("gemma3_text", Class::Gemma),
    ("gpt2", Class::Gpt2),
    ("gpt_bigcode", Class::Backend),
    ("gpt_neo", Class::Gpt2),
    ("gpt_neox", Class::GptNeoX),
    ("gptj", Class::Gpt2),
    ("granite", Class::Backend),
    ("granitemoe", Class::Backend),
    ("mistral", Class::Backend),
    ("mixtral", Class::Backend),
    ("mpt", Class::GptNeoX),
    ("olmo", Class::GptNeoX),
    ("olmo2", Class::Backend),
    ("olmo3", Class::Backend),
    ("opt", Class::Gpt2),
    ("phi", Class::Gpt2),
    ("phi3", Class::Backend),
    ("qwen2", Class::Qwen2),
    ("qwen3", Class::Qwen2),
    ("qwen3_moe", Class::Qwen2),
    ("roberta", Class::Roberta),
    ("stablelm", Class::Backend),
    ("starcoder2", Class::Gpt2),
    ("xlm-roberta", Class::XlmRoberta),
];

/// Families whose published folders name a wrong class, so that theirs is taken.
const MISNAMED: [&str; 2] = ["phi3", "qwen2"];

impl Class {
    /// The class that `AutoTokenizer` takes for a family, if files name the class `said`.
    pub(super) fn of(family: Option<&str>, said: Option<&str>, byte_level: bool) -> Class {
        let registered = REGISTERED.iter().find(|(name, _)| Some(*name) == family);
        let registered = registered.map(|(_, class)| *class);
        let misnamed = family.is_some_and(|family| MISNAMED.contains(&family));
        let said = said.map(Class::named);
        match (registered, said) {
            (registered, None) => registered.unwrap_or(Class::Backend),
            (_, Some(Class::Llama)) if byte_level && !misnamed => Class::Backend,
            (Some(Class::Backend), Some(_)) => Class::Backend,
            (Some(registered), Some(_)) if misnamed => registered,
            (_, Some(said)) => said,
        }
    }

    fn named(name: &str) -> Class {
        match name.strip_suffix("Fast").unwrap_or(name) {
            "BertTokenizer" | "DistilBertTokenizer" => Class::Bert,
            "CohereTokenizer" => Class::Cohere,
            "GemmaTokenizer" => Class::Gemma,
            "CodeGenTokenizer" | "GPT2Tokenizer" => Class::Gpt2,
            "GPTNeoXTokenizer" => Class::GptNeoX,
            "LlamaTokenizer" => Class::Llama,
            "Qwen2Tokenizer" => Class::Qwen2,
            "RobertaTokenizer" => Class::Roberta,
            "XLMRobertaTokenizer" => Class::XlmRoberta,
            _ => Class::Backend,
        }
    }

    /// What the class calls its special tokens where no file does.
    pub(super) fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Class::Backend => &[],
            Class::Bert => &[
                ("unk_token", "[UNK]"),
                ("sep_token", "[SEP]"),
                ("pad_token", "[PAD]"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Class::Cohere => &[
                ("bos_token", "<BOS_TOKEN>"),
                ("eos_token", "<|END_OF_TURN_TOKEN|>"),
                ("unk_token", "<UNK>"),
                ("sep_token", "<SEP>"),
                ("pad_token", "<PAD>"),
                ("cls_token", "<CLS>"),
                ("mask_token", "<MASK_TOKEN>"),
            ],
            Class::Gemma => &[
                ("bos_token", "<bos>"),
                ("eos_token", "<eos>"),
                ("unk_token", "<unk>"),
                ("pad_token", "<pad>"),
                ("mask_token", "<mask>"),
            ],
            Class::Gpt2 => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
            ],
            Class::GptNeoX => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|padding|>"),
            ],
            Class::Llama => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
            ],
            Class::Qwen2 => &[
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|endoftext|>"),
            ],
            Class::Roberta | Class::XlmRoberta => &[
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
