//! Training a tokenizer: byte-level BPE (Sennrich et al. 2016) in which every Han character of the text is a
//! token of its own.

use std::collections::BTreeSet;

use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{
    DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper,
    SplitDelimiterBehavior, TokenizerBuilder,
};

/// The pieces that no token reaches across: a Han character, an English contraction, a word with the space
/// before it, a digit, a sign, white space.
const PIECES: &str =
    r"\p{Han}|'(?:s|t|re|ve|m|ll|d)| ?[\p{L}\p{M}&&[^\p{Han}]]+| ?\p{N}| ?[^\s\p{L}\p{M}\p{N}]|\s";

/// The number of extra times that each Han character is shown. Even a character that occurs once is then
/// merged from its three bytes before rare English words are.
const HAN_REPEATS: usize = 4;

/// The smallest vocabulary: each byte is a token, so that every text can be encoded.
pub const SMALLEST_VOCAB: usize = 256;

/// Train a tokenizer of at most `d_vocab` tokens on `documents`. The result is its `tokenizer.json`, and its
/// number of tokens.
///
/// Equal documents give equal bytes. There are fewer tokens if the text has no more pairs to merge.
/// There are no special tokens.
///
/// # Errors
/// An error of the tokenizers crate.
pub fn train_tokenizer(documents: &[String], d_vocab: usize) -> Result<(Vec<u8>, usize), String> {
    train(documents, d_vocab).map_err(|e| e.to_string())
}

fn train(documents: &[String], d_vocab: usize) -> tokenizers::Result<(Vec<u8>, usize)> {
    let split = Split::new(
        SplitPattern::Regex(PIECES.into()),
        SplitDelimiterBehavior::Isolated,
        false,
    )?;
    let bytes = ByteLevel::new(false, true, false);
    let mut tokenizer = TokenizerBuilder::<
        BPE,
        NormalizerWrapper,
        PreTokenizerWrapper,
        PostProcessorWrapper,
        DecoderWrapper,
    >::new()
    .with_model(BPE::default())
    .with_pre_tokenizer(Some(Sequence::new(vec![split.into(), bytes.into()]).into()))
    .with_decoder(Some(ByteLevel::default().into()))
    .build()?;
    let mut trainer = BpeTrainerBuilder::new()
        .vocab_size(d_vocab)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .show_progress(false)
        .build();
    let han: BTreeSet<char> = documents
        .iter()
        .flat_map(|text| text.chars())
        .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
        .collect();
    let han = han.into_iter().map(|c| c.to_string().repeat(HAN_REPEATS));
    tokenizer.train(&mut trainer, documents.iter().cloned().chain(han))?;
    let d_vocab = tokenizer.get_vocab_size(true);
    Ok((tokenizer.to_string(false)?.into_bytes(), d_vocab))
}
