//! Rules of a tokenizer that rewrite text, held to a size. A `tokenizer.json` comes with the model, and
//! forty rules that each write a letter twice make a terabyte of one. So the rules are tried one by one
//! on what they are about to be given, up to a limit.

use serde::Deserialize;
use tokenizers::{
    AddedToken, Decoder, DecoderWrapper, NormalizedString, Normalizer, NormalizerWrapper,
};

/// Bytes that rules may make of any text.
const SMALL: usize = 4 << 20;
/// How many times longer than a long text what they make of it may be.
const TIMES: usize = 16;

/// What is normalised when a `tokenizer.json` is read already.
#[derive(Deserialize)]
struct Rules {
    normalizer: Option<NormalizerWrapper>,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

/// Whether the tokenizer in `bytes` can be read. What is not a tokenizer is left to whoever reads it.
///
/// # Errors
/// What is wrong with the normalizer, in one text.
pub(super) fn of_added_tokens(bytes: &[u8]) -> Result<(), String> {
    let Ok(rules) = serde_json::from_slice::<Rules>(bytes) else {
        return Ok(());
    };
    let normalized = rules.added_tokens.iter().filter(|token| token.normalized);
    for token in normalized {
        of_normalizer(rules.normalizer.as_ref(), &token.content)?;
    }
    Ok(())
}

/// Whether `text` can be normalised.
///
/// # Errors
/// What is wrong, in one text.
pub(super) fn of_normalizer(rules: Option<&NormalizerWrapper>, text: &str) -> Result<(), String> {
    let limit = limit(text);
    match rules {
        Some(rules @ (NormalizerWrapper::Sequence(_) | NormalizerWrapper::Replace(_))) => {
            normalize(rules, &mut NormalizedString::from(text), limit)
        }
        Some(NormalizerWrapper::Prepend(rule)) => fits(rule.prepend.len(), limit, "normalizer"),
        _ => Ok(()),
    }
}

fn normalize(
    rule: &NormalizerWrapper,
    text: &mut NormalizedString,
    limit: usize,
) -> Result<(), String> {
    let before = text.get().len();
    match rule {
        NormalizerWrapper::Sequence(rules) => {
            return (rules.as_ref().iter()).try_for_each(|rule| normalize(rule, text, limit));
        }
        NormalizerWrapper::Replace(rule) => {
            fits(at_most(before, &rule.content), limit, "normalizer")?;
        }
        NormalizerWrapper::Prepend(rule) => {
            fits(before + rule.prepend.len(), limit, "normalizer")?;
        }
        _ => {}
    }
    rule.normalize(text).map_err(|e| e.to_string())?;
    fits(text.get().len(), limit, "normalizer")
}

/// Whether the piece of a token can be decoded.
///
/// # Errors
/// What is wrong, in one text.
pub(super) fn of_decoder(rules: Option<&DecoderWrapper>, piece: &str) -> Result<(), String> {
    match rules {
        Some(rules @ (DecoderWrapper::Sequence(_) | DecoderWrapper::Replace(_))) => {
            decode(rules, vec![piece.to_owned()], limit(piece)).map(|_| ())
        }
        _ => Ok(()),
    }
}

fn decode(rule: &DecoderWrapper, pieces: Vec<String>, limit: usize) -> Result<Vec<String>, String> {
    let length = |pieces: &[String]| pieces.iter().map(String::len).sum::<usize>();
    match rule {
        DecoderWrapper::Sequence(rules) => {
            let mut rules = rules.get_decoders().iter();
            return rules.try_fold(pieces, |pieces, rule| decode(rule, pieces, limit));
        }
        DecoderWrapper::Replace(rule) => {
            fits(at_most(length(&pieces), &rule.content), limit, "decoder")?;
        }
        _ => {}
    }
    let pieces = rule.decode_chain(pieces).map_err(|e| e.to_string())?;
    fits(length(&pieces), limit, "decoder")?;
    Ok(pieces)
}

fn limit(text: &str) -> usize {
    text.len().saturating_mul(TIMES).max(SMALL)
}

/// The most that replacing can make of so many bytes: `content` before each of them and at the end.
fn at_most(bytes: usize, content: &str) -> usize {
    (bytes + 1)
        .saturating_mul(content.len())
        .saturating_add(bytes)
}

fn fits(bytes: usize, limit: usize, field: &str) -> Result<(), String> {
    match bytes <= limit {
        true => Ok(()),
        false => Err(format!(
            "its `{field}` makes more than {limit} bytes of the text"
        )),
    }
}
