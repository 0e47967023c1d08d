//! Byte-pair encoding, step by step.
//!
//! The merges inside a token do not depend on its surroundings: a merge across its edge would have made
//! another token. Merging the token's own symbols in the order of rank therefore shows how it was made.

use std::collections::HashMap;

use serde::Deserialize;
use tokenizers::models::ModelWrapper;

/// The most symbols of a token that is replayed. The longest tokens of real vocabularies are runs of 128
/// spaces.
const MAX_SYMBOLS: usize = 512;

/// The merges that turn `symbols` into one piece: the rank of each, and the pieces after it. `rank` gives a
/// merge's rank by its left and right half; lower ranks come first. `None` if these merges do not lead to one
/// piece.
pub(super) fn replay(
    symbols: Vec<Vec<u8>>,
    rank: impl Fn(&[u8], &[u8]) -> Option<usize>,
) -> Option<Vec<(usize, Vec<Vec<u8>>)>> {
    if symbols.len() > MAX_SYMBOLS {
        return None;
    }
    let mut pieces = symbols;
    let mut steps = Vec::new();
    while pieces.len() > 1 {
        let pairs = pieces.windows(2).enumerate();
        let (rank, at) = pairs
            .filter_map(|(i, pair)| Some((rank(&pair[0], &pair[1])?, i)))
            .min()?;
        let right = pieces.remove(at + 1);
        pieces[at].extend(right);
        steps.push((rank, pieces.clone()));
    }
    Some(steps)
}

/// The merges of a `tokenizer.json`.
#[derive(Default)]
pub struct Table {
    ranks: HashMap<(Vec<u8>, Vec<u8>), usize>,
    /// The suffix of a word's last symbol.
    suffix: String,
}

#[derive(Deserialize)]
struct Bpe {
    merges: Vec<(String, String)>,
    end_of_word_suffix: Option<String>,
}

impl Table {
    /// The merges of a model; empty if it merges nothing. The tokenizers crate does not expose merges, but
    /// serialises them.
    pub fn of(model: &ModelWrapper) -> Table {
        let ModelWrapper::BPE(bpe) = model else {
            return Table::default();
        };
        let Ok(bpe) = serde_json::to_vec(bpe).and_then(|json| serde_json::from_slice::<Bpe>(&json))
        else {
            return Table::default();
        };
        let merges = bpe.merges.into_iter().enumerate();
        Table {
            ranks: merges
                .map(|(rank, (left, right))| ((left.into_bytes(), right.into_bytes()), rank))
                .collect(),
            suffix: bpe.end_of_word_suffix.unwrap_or_default(),
        }
    }

    /// The merges that make `piece`, given in the vocabulary's spelling.
    pub(super) fn steps(&self, piece: &str) -> Option<Vec<(usize, Vec<Vec<u8>>)>> {
        let (stem, suffix) = match piece.strip_suffix(&self.suffix) {
            Some(stem) if !stem.is_empty() => (stem, self.suffix.as_str()),
            _ => (piece, ""),
        };
        let mut symbols: Vec<Vec<u8>> = stem.chars().map(|c| c.to_string().into_bytes()).collect();
        symbols.last_mut()?.extend(suffix.bytes());
        replay(symbols, |left, right| {
            self.ranks.get(&(left.to_vec(), right.to_vec())).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_rank_goes_first_and_the_left_of_equals() {
        let known = ["bc", "ab", "abc"];
        let rank = |l: &[u8], r: &[u8]| known.iter().position(|k| k.as_bytes() == [l, r].concat());
        let symbols = |s: &str| s.bytes().map(|b| vec![b]).collect::<Vec<_>>();
        let bytes = |pieces: &[&str]| -> Vec<Vec<u8>> {
            pieces.iter().map(|p| p.as_bytes().to_vec()).collect()
        };
        assert_eq!(
            replay(symbols("abc"), rank),
            Some(vec![(0, bytes(&["a", "bc"])), (2, bytes(&["abc"]))])
        );
        assert_eq!(replay(symbols("aabc"), rank), None, "a+abc is no merge");
        assert_eq!(replay(symbols("a"), rank), Some(vec![]));
        let rank = |l: &[u8], r: &[u8]| (l == b"a" && r == b"a" || l.len() == 2).then_some(l.len());
        let steps = replay(symbols("aaaa"), rank).unwrap();
        assert_eq!(steps[0].1, bytes(&["aa", "a", "a"]));
        assert_eq!(steps[1].1, bytes(&["aa", "aa"]));
        assert_eq!(steps[2], (2, bytes(&["aaaa"])));
        assert_eq!(replay(vec![vec![0]; 513], |_, _| Some(0)), None);
    }
}
