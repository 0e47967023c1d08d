//! tiktoken's encodings, embedded in the program.

use std::collections::HashMap;

use tiktoken_rs::tokenizer::{Tokenizer as Name, get_tokenizer};
use tiktoken_rs::{CoreBPE, bpe_for_tokenizer};

use super::{merges, parts};
use crate::trace::detail::{Detail, Step};

/// One of tiktoken's encodings.
pub struct TiktokenEncoding {
    pub name: &'static str,
    bpe: &'static CoreBPE,
    /// The rank of each byte string, which is also its id.
    ranks: HashMap<Vec<u8>, u32>,
}

const NAMES: [(&str, Name); 7] = [
    ("cl100k_base", Name::Cl100kBase),
    ("gpt2", Name::R50kBase),
    ("o200k_base", Name::O200kBase),
    ("o200k_harmony", Name::O200kHarmony),
    ("p50k_base", Name::P50kBase),
    ("p50k_edit", Name::P50kEdit),
    ("r50k_base", Name::R50kBase),
];

/// A number above every encoding's ids.
const MAX_ID: u32 = 210_000;

impl TiktokenEncoding {
    /// The encoding called `name`, or the one of the OpenAI model called `name`.
    ///
    /// # Errors
    /// The embedded encoding is damaged.
    pub fn named(name: &str) -> Option<Result<TiktokenEncoding, String>> {
        let known = NAMES.iter().find(|(n, _)| *n == name);
        let tokenizer = known.map(|(_, t)| *t).or_else(|| get_tokenizer(name))?;
        let (name, _) = NAMES.iter().rfind(|(_, t)| *t == tokenizer)?;
        Some(match bpe_for_tokenizer(tokenizer) {
            Ok(bpe) => Ok(TiktokenEncoding {
                name,
                bpe,
                ranks: (0..MAX_ID)
                    .filter_map(|id| Some((bpe.decode_bytes(&[id]).ok()?, id)))
                    .collect(),
            }),
            Err(error) => Err(format!("{name}: {error}")),
        })
    }

    /// The names of all encodings.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The tokens of `text`. The names of special tokens in it are read as those tokens.
    pub fn details(&self, text: &str) -> Vec<Detail> {
        let ids = self.bpe.encode_with_special_tokens(text);
        let bytes: Vec<Vec<u8>> = (ids.iter())
            .map(|id| self.bpe.decode_bytes(&[*id]).unwrap_or_default())
            .collect();
        let slices: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let parts = parts(&slices);
        let special = self.bpe.special_tokens();
        let tokens = ids.into_iter().zip(bytes).zip(parts);
        tokens
            .map(|((id, bytes), parts)| {
                let special = str::from_utf8(&bytes).is_ok_and(|text| special.contains(text));
                Detail {
                    id,
                    piece: None,
                    special,
                    parts,
                    merges: if special {
                        Vec::new()
                    } else {
                        self.merges(&bytes)
                    },
                    bytes,
                }
            })
            .collect()
    }

    fn merges(&self, bytes: &[u8]) -> Vec<Step> {
        let symbols = bytes.iter().map(|b| vec![*b]).collect();
        let steps = merges::replay(symbols, |left, right| {
            self.ranks
                .get(&[left, right].concat())
                .map(|id| *id as usize)
        });
        (steps.unwrap_or_default().into_iter())
            .map(|(rank, pieces)| Step { rank, pieces })
            .collect()
    }
}
