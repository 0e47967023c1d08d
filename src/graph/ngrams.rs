//! Embeddings of runs of tokens as options of an architecture: tables whose rows are found by a hash of a token and those
//! before it (Cheng et al. 2026).

use serde::{Deserialize, Serialize};

/// Blocks that add to each stream what a table has for the last tokens. How like the stream is to a key of the row opens
/// a gate of its value, and a convolution adds the values of earlier runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NGrams {
    /// The length of all rows of a token, joined.
    pub d_embed: usize,
    /// The number of runs that the convolution spans. They are as far apart as the longest run is long.
    pub width: usize,
    /// The table of each block; `None` in a block without one.
    pub tables: Vec<Option<Table>>,
}

impl NGrams {
    /// The table of a block.
    pub fn of(&self, layer: usize) -> Option<&Table> {
        self.tables.get(layer).and_then(Option::as_ref)
    }
}

/// A table of rows for runs of tokens, and the hashes that find them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub hash: Hash,
    /// The rows of the table.
    pub rows: usize,
    /// The rows of each of the parts that files keep the table in; the last may have fewer.
    pub part: usize,
}

impl Table {
    /// The number of parts that have all their rows.
    pub fn whole_parts(&self) -> usize {
        self.rows / self.part.max(1)
    }

    /// The rows of the part behind them, if there is one.
    pub fn rest(&self) -> Option<usize> {
        Some(self.rows % self.part.max(1)).filter(|rest| *rest > 0)
    }
}

/// Hashes of the runs that end at a token: the exclusive or of ids, each times the factor of its distance, modulo a size.
/// Runs of two tokens have the first of the sizes, runs of three those behind, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// The factor of the token itself, of the one before it, and so on.
    pub factors: Vec<i64>,
    /// The rows of each hash. They lie one behind the other in the table.
    pub sizes: Vec<i64>,
    /// The token that ends a text. It stands in a run for all that lies before it, and before the first token.
    pub end: u32,
}

impl Hash {
    /// The length of the longest run.
    pub fn longest(&self) -> usize {
        self.factors.len()
    }

    /// The number of hashes of runs of each length.
    pub fn each(&self) -> usize {
        self.sizes.len() / self.longest().saturating_sub(1).max(1)
    }

    /// The row of each hash before that of the table's first.
    pub fn firsts(&self) -> Vec<i64> {
        let sums = self.sizes.iter().scan(0, |sum, size| {
            let first = *sum;
            *sum += size;
            Some(first)
        });
        sums.collect()
    }

    /// The row of the table that hash `i` finds for the run that ends with the last of `tokens`.
    pub fn row(&self, tokens: &[u32], i: usize) -> usize {
        let length = 2 + i / self.each().max(1);
        let (mut mixed, mut ended) = (0_i64, false);
        for (distance, factor) in self.factors.iter().take(length).enumerate() {
            let at = tokens.len().checked_sub(distance + 1);
            let own = at.filter(|_| !ended).and_then(|at| tokens.get(at));
            let token = own.copied().unwrap_or(self.end);
            // The run's last token may itself end a text, and reaches back to that text.
            ended |= distance > 0 && token == self.end;
            mixed ^= i64::from(token).wrapping_mul(*factor);
        }
        let (first, size) = (self.firsts()[i], self.sizes[i]);
        usize::try_from(first + mixed.rem_euclid(size)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_where_a_text_does() {
        let hash = Hash {
            factors: vec![3, 50, 700],
            sizes: vec![101, 103],
            end: 9,
        };
        assert_eq!(
            (hash.longest(), hash.each(), hash.firsts()),
            (3, 1, vec![0, 101])
        );
        let due =
            |ids: [i64; 3]| 101 + (((ids[0] * 3) ^ (ids[1] * 50) ^ (ids[2] * 700)) % 103) as usize;
        assert_eq!(hash.row(&[4, 5, 6], 0), ((6 * 3) ^ (5 * 50)) % 101);
        assert_eq!(hash.row(&[4, 5, 6], 1), due([6, 5, 4]));
        assert_eq!(hash.row(&[6], 1), due([6, 9, 9]));
        // Behind the end of a text nothing of it is seen; the end itself still belongs to it.
        assert_eq!(hash.row(&[4, 9, 6], 1), due([6, 9, 9]));
        assert_eq!(hash.row(&[4, 5, 9], 1), due([9, 5, 4]));
    }
}
