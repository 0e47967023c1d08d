//! A tokenizer changed by the files beside `tokenizer.json`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokenizers::models::ModelWrapper;
use tokenizers::{
    AddedToken, DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper,
};

use super::class::TokenizerClass;
use super::settings::TokenizerSettings;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::gguf::pre_tokenizers;
use crate::checkpoint::tokenizer_limits;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Added tokens by id.
pub(super) fn added(inner: &tokenizers::Tokenizer) -> BTreeMap<u32, AddedToken> {
    inner.get_added_tokens_decoder().into_iter().collect()
}

/// Whether texts are split into bytes: the pre-tokenizer or the decoder says so.
pub(super) fn byte_level(inner: &tokenizers::Tokenizer) -> bool {
    let parts = (inner.get_pre_tokenizer(), inner.get_decoder());
    serde_json::to_string(&parts).is_ok_and(|text| text.contains("\"ByteLevel\""))
}

/// The flags that change how a class splits texts.
pub(super) struct ClassFlags {
    prefix_space: Option<bool>,
    lower_case: bool,
    chinese: bool,
    accents: Option<bool>,
    legacy: bool,
    begin: bool,
    end: bool,
    split_special: bool,
}

impl ClassFlags {
    /// The flags of a folder. `complete` says that its tokenizer is a `tokenizer.json` and not a vocabulary
    /// alone.
    ///
    /// # Errors
    /// One of them is neither true nor false.
    pub(super) fn read(
        settings: &TokenizerSettings,
        complete: bool,
    ) -> Result<ClassFlags, CheckpointError> {
        let flag = |name| settings.flag(name);
        // The file's own tokens around a text take precedence.
        let around = |name| match flag(name)? {
            Some(on) => Ok(on && !complete),
            None => Ok(false),
        };
        Ok(ClassFlags {
            prefix_space: flag("add_prefix_space")?,
            lower_case: flag("do_lower_case")?.unwrap_or(true),
            chinese: flag("tokenize_chinese_chars")?.unwrap_or(true),
            accents: flag("strip_accents")?,
            legacy: flag("legacy")?.unwrap_or(false),
            begin: around("add_bos_token")?,
            end: around("add_eos_token")?,
            split_special: flag("split_special_tokens")?.unwrap_or(false),
        })
    }
}

/// The tokenizer with its class's own rules, and with all tokens that the settings add.
///
/// # Errors
/// The rules do not fit the tokenizer.
pub(super) fn apply(
    mut inner: tokenizers::Tokenizer,
    settings: &TokenizerSettings,
    flags: &ClassFlags,
) -> Result<tokenizers::Tokenizer, Failure> {
    let class = Some(settings.class).filter(|_| fits(settings, &inner));
    let class = class.unwrap_or(TokenizerClass::Backend);
    if class != TokenizerClass::Backend {
        inner = rebuilt(&inner, class, settings, flags)?;
    }
    add(&mut inner, settings)?;
    inner.set_encode_special_tokens(flags.split_special);
    let around = around(&inner, class, settings, flags)?;
    if let Some(around) = around {
        inner.with_post_processor(Some(around));
    }
    Ok(inner)
}

/// Whether the class can take the tokenizer's model. transformers refuses other models; here the file's rules
/// are used.
fn fits(settings: &TokenizerSettings, inner: &tokenizers::Tokenizer) -> bool {
    match (settings.class, inner.get_model()) {
        (TokenizerClass::Bert, model) => matches!(model, ModelWrapper::WordPiece(_)),
        (TokenizerClass::XlmRoberta, model) => matches!(model, ModelWrapper::Unigram(_)),
        (TokenizerClass::Gemma, ModelWrapper::BPE(_)) => {
            let unknown = settings.token("unk_token");
            unknown.is_some_and(|token| inner.token_to_id(token).is_some())
        }
        (TokenizerClass::Backend, _) | (_, ModelWrapper::BPE(_)) => true,
        _ => false,
    }
}

/// The vocabulary under the class's rules.
fn rebuilt(
    inner: &tokenizers::Tokenizer,
    class: TokenizerClass,
    settings: &TokenizerSettings,
    flags: &ClassFlags,
) -> Result<tokenizers::Tokenizer, Failure> {
    let mut model = inner.get_model().clone();
    match &mut model {
        ModelWrapper::BPE(model) => {
            let pieces = matches!(class, TokenizerClass::Gemma | TokenizerClass::Llama);
            model.byte_fallback = pieces;
            model.fuse_unk = pieces;
            model.ignore_merges = false;
            let unknown = settings.token("unk_token").map(str::to_owned);
            model.unk_token = unknown.filter(|_| class == TokenizerClass::Gemma);
        }
        ModelWrapper::WordPiece(model) => {
            if let Some(unknown) = settings.token("unk_token") {
                unknown.clone_into(&mut model.unk_token);
            }
        }
        _ => {}
    }
    let mut new = tokenizers::Tokenizer::new(model);
    let table = inner.get_normalizer().and_then(table);
    let rules = rules(class, flags, table);
    new.with_normalizer(part::<Option<NormalizerWrapper>>(rules.normalizer)?)?;
    new.with_pre_tokenizer(part::<Option<PreTokenizerWrapper>>(rules.pre_tokenizer)?);
    new.with_decoder(part::<Option<DecoderWrapper>>(rules.decoder)?);
    new.with_post_processor(inner.get_post_processor().cloned());
    Ok(new)
}

/// SentencePiece's table in a normalizer.
fn table(normalizer: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match normalizer {
        NormalizerWrapper::Precompiled(_) => Some(normalizer.clone()),
        NormalizerWrapper::Sequence(rules) => rules.as_ref().iter().find_map(table),
        _ => None,
    }
}

/// A class's rules in the form of `tokenizer.json`.
struct ClassRules {
    normalizer: Value,
    pre_tokenizer: Value,
    decoder: Value,
}

fn rules(
    class: TokenizerClass,
    flags: &ClassFlags,
    table: Option<NormalizerWrapper>,
) -> ClassRules {
    let prefix = flags.prefix_space.unwrap_or(false);
    let bytes = |use_regex| {
        json!({
            "type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": use_regex,
        })
    };
    let sequence = |parts: Value| json!({"type": "Sequence", "pretokenizers": parts});
    let composed = json!({"type": "NFC"});
    let spaces = json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "});
    let mut pieces = vec![
        spaces,
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    let (normalizer, pre_tokenizer, decoder) = match class {
        TokenizerClass::Backend | TokenizerClass::Gpt2 | TokenizerClass::Roberta => {
            (Value::Null, bytes(true), bytes(true))
        }
        TokenizerClass::GptNeoX => (composed, bytes(true), bytes(true)),
        TokenizerClass::Cohere => {
            let digits = json!({"type": "Digits", "individual_digits": true});
            (
                composed,
                sequence(json!([digits, bytes(true)])),
                bytes(true),
            )
        }
        TokenizerClass::Qwen2 => {
            let split = json!({
                "type": "Split", "pattern": {"Regex": pre_tokenizers::LETTERS_AND_SINGLE_DIGITS}, "behavior": "Isolated",
                "invert": false,
            });
            (
                composed,
                sequence(json!([split, bytes(false)])),
                bytes(true),
            )
        }
        TokenizerClass::Gemma => (
            json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}),
            json!({
                "type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious",
                "invert": false,
            }),
            json!({"type": "Sequence", "decoders": pieces}),
        ),
        TokenizerClass::Llama => {
            let scheme = match flags.prefix_space {
                Some(false) => "never",
                _ if flags.legacy => "always",
                _ => "first",
            };
            if flags.prefix_space != Some(false) {
                pieces.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
            }
            (
                Value::Null,
                json!({
                    "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false,
                }),
                json!({"type": "Sequence", "decoders": pieces}),
            )
        }
        TokenizerClass::Bert => (
            json!({
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": flags.chinese,
                "strip_accents": flags.accents, "lowercase": flags.lower_case,
            }),
            json!({"type": "BertPreTokenizer"}),
            json!({"type": "WordPiece", "prefix": "##", "cleanup": true}),
        ),
        TokenizerClass::XlmRoberta => {
            let scheme = match flags.prefix_space {
                Some(false) => "never",
                _ => "always",
            };
            let pieces = json!({
                "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": true,
            });
            let words = sequence(json!([{"type": "WhitespaceSplit"}, pieces]));
            (json!(table), words, pieces)
        }
    };
    ClassRules {
        normalizer,
        pre_tokenizer,
        decoder,
    }
}

fn part<T: DeserializeOwned>(part: Value) -> Result<T, Failure> {
    Ok(serde_json::from_value(part)?)
}

/// Add the tokens of the settings, in transformers' order: it decides the ids of new tokens.
fn add(inner: &mut tokenizers::Tokenizer, settings: &TokenizerSettings) -> Result<(), Failure> {
    let mut tokens: Vec<AddedToken> = Vec::new();
    let own = added(inner);
    if let Some(by_id) = &settings.by_id {
        tokens.extend(by_id.values().cloned());
    }
    let named = settings.named.iter().map(|(_, token)| token);
    for token in named.clone().chain(&settings.extra) {
        let known = own.values().chain(&tokens);
        if !known
            .into_iter()
            .any(|other| other.content == token.content)
        {
            tokens.push(token.clone());
        }
    }
    for token in &mut tokens {
        token.special |= named.clone().any(|other| other.content == token.content);
        if token.normalized {
            tokenizer_limits::check_normalizer(inner.get_normalizer(), &token.content)?;
        }
    }
    inner.add_tokens(tokens)?;
    if settings.class == TokenizerClass::Qwen2 {
        let special = named.chain(&settings.extra);
        let special = special.map(|token| AddedToken::from(token.content.as_str(), true));
        inner.add_tokens(special.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// The tokens around a text, if they are not those of `tokenizer.json`.
fn around(
    inner: &tokenizers::Tokenizer,
    class: TokenizerClass,
    settings: &TokenizerSettings,
    flags: &ClassFlags,
) -> Result<Option<PostProcessorWrapper>, Failure> {
    let token = |name: &str| {
        let text = settings.token(name)?;
        Some((text, inner.token_to_id(text)?))
    };
    let flagged = |on: bool, name| on.then(|| token(name)).flatten();
    let json = match class {
        TokenizerClass::Bert => template(token("cls_token"), token("sep_token")),
        TokenizerClass::XlmRoberta => template(token("bos_token"), token("eos_token")),
        TokenizerClass::Roberta => {
            let (cls, sep) = (token("cls_token"), token("sep_token"));
            json!({
                "type": "RobertaProcessing", "sep": sep, "cls": cls, "trim_offsets": true,
                "add_prefix_space": flags.prefix_space.unwrap_or(false),
            })
        }
        _ if class == TokenizerClass::GptNeoX || inner.get_post_processor().is_none() => {
            let begin = flagged(flags.begin, "bos_token");
            template(begin, flagged(flags.end, "eos_token"))
        }
        _ => return Ok(None),
    };
    part(json)
}

/// A template that puts a text between two tokens.
fn template(before: Option<(&str, u32)>, after: Option<(&str, u32)>) -> Value {
    let special = |(token, _): (&str, u32)| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let around = |id: &str, kind: u8| -> Vec<Value> {
        let text = json!({"Sequence": {"id": id, "type_id": kind}});
        let before = before.map(special).into_iter();
        before.chain([text]).chain(after.map(special)).collect()
    };
    let both = [around("A", 0), around("B", 1)].concat();
    let tokens = before.into_iter().chain(after);
    let tokens = tokens.map(|(token, id)| {
        let entry = json!({"id": token, "ids": [id], "tokens": [token]});
        (token.to_owned(), entry)
    });
    json!({
        "type": "TemplateProcessing", "single": around("A", 0), "pair": both,
        "special_tokens": tokens.collect::<serde_json::Map<_, _>>(),
    })
}
