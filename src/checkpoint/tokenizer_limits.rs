//! Limits for the rules of a tokenizer that rewrite text. A `tokenizer.json` comes with the model, and forty
//! rules that each double a letter make a terabyte of one letter. The rules are therefore tried one by one on
//! the actual text, up to a limit.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::{
    AddedToken, Decoder, DecoderWrapper, NormalizedString, Normalizer, NormalizerWrapper,
};

/// The number of bytes that rules may make of any text.
const SMALL: usize = 4 << 20;
/// The largest ratio of rewritten text to a long text.
const TIMES: usize = 16;

/// The rules that are applied while a `tokenizer.json` is read.
#[derive(Deserialize)]
struct Rules {
    normalizer: Option<Value>,
    added_tokens: Option<Value>,
}

/// Check that the added tokens in `bytes` can be normalised. If the bytes are not a tokenizer, its reader
/// reports that.
///
/// # Errors
/// The problem with the normalizer.
pub(super) fn check_added_tokens(bytes: &[u8]) -> Result<(), String> {
    let Ok(rules) = serde_json::from_slice::<Rules>(bytes) else {
        return Ok(());
    };
    let [normalizer, added_tokens] =
        [rules.normalizer, rules.added_tokens].map(Option::unwrap_or_default);
    check_tables(&normalizer)?;
    let normalizer = serde_json::from_value::<Option<NormalizerWrapper>>(normalizer);
    let added_tokens = serde_json::from_value::<Option<Vec<AddedToken>>>(added_tokens);
    let (Ok(normalizer), Ok(added_tokens)) = (normalizer, added_tokens) else {
        return Ok(());
    };
    let added_tokens = added_tokens.unwrap_or_default();
    let normalized = added_tokens.iter().filter(|token| token.normalized);
    for token in normalized {
        check_normalizer(normalizer.as_ref(), &token.content)?;
    }
    Ok(())
}

/// Check that each of SentencePiece's tables in a normalizer is as long as its first four bytes say. That
/// much memory is reserved before anything is read.
fn check_tables(rules: &Value) -> Result<(), String> {
    const TABLE: &str = "precompiled_charsmap";
    match rules {
        Value::Object(fields) => {
            let table = fields.get(TABLE).and_then(Value::as_str);
            if let Some(table) = table.filter(|t| says(t).is_some_and(|n| n > t.len())) {
                let due = says(table).unwrap_or_default();
                return Err(format!(
                    "its `{TABLE}` says that it has {due} bytes, and has {}",
                    table.len() / 4 * 3
                ));
            }
            fields.values().try_for_each(check_tables)
        }
        Value::Array(rules) => rules.iter().try_for_each(check_tables),
        _ => Ok(()),
    }
}

/// The number in the first four bytes of a base64 text (RFC 4648), the lowest byte first.
fn says(text: &str) -> Option<usize> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |c: &u8| DIGITS.iter().position(|d| d == c);
    let bits = text.as_bytes().get(..6)?.iter();
    // The number has 36 bits; the first 32 are the four bytes.
    let number = bits
        .map(digit)
        .try_fold(0, |n, digit| Some(n << 6 | digit? as u64))?
        >> 4;
    usize::try_from((number as u32).swap_bytes()).ok()
}

/// Check that `text` can be normalised.
///
/// # Errors
/// The problem, as a text.
pub(super) fn check_normalizer(
    rules: Option<&NormalizerWrapper>,
    text: &str,
) -> Result<(), String> {
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

/// Check that the piece of a token can be decoded.
///
/// # Errors
/// The problem, as a text.
pub(super) fn check_decoder(rules: Option<&DecoderWrapper>, piece: &str) -> Result<(), String> {
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

/// The largest result of a replacement in this many bytes: `content` before each byte and at the end.
fn at_most(bytes: usize, content: &str) -> usize {
    (bytes + 1)
        .saturating_mul(content.len())
        .saturating_add(bytes)
}

fn fits(bytes: usize, limit: usize, field: &str) -> Result<(), String> {
    if bytes <= limit {
        Ok(())
    } else {
        Err(format!(
            "its `{field}` makes more than {limit} bytes of the text"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_shorter_than_it_says_is_refused() {
        assert_eq!(says("/////wAA"), Some(u32::MAX as usize));
        assert_eq!(says("ALQCAACE"), Some(0x2b400));
        assert_eq!((says("AAA"), says("=AAAAAAA")), (None, None));
        let tokenizer = |table: &str| {
            let rule = format!(r#"{{"type": "Precompiled", "precompiled_charsmap": "{table}"}}"#);
            format!(r#"{{"normalizer": {{"type": "Sequence", "normalizers": [{rule}]}}}}"#)
        };
        let odd = tokenizer("/////wAAAAAAAA==").replacen('{', r#"{"added_tokens": 5, "#, 1);
        assert!(check_added_tokens(odd.as_bytes()).is_err());
        let error = check_added_tokens(tokenizer("/////wAAAAAAAA==").as_bytes()).unwrap_err();
        assert!(
            error.contains("says that it has 4294967295 bytes"),
            "{error}"
        );
        assert_eq!(
            check_added_tokens(tokenizer("CAAAAAAAAAAAAAAA").as_bytes()),
            Ok(())
        );
    }
}
