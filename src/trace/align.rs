//! Which tokens of two texts belong together.

use super::token::Token;

/// Cells of the table that finds what two texts share, beyond their common beginning and end.
const MOST: usize = 1 << 22;

/// For each token of `a` the place of its counterpart in `b`. The texts' common beginning and end belong together,
/// and between them the longest common subsequence. Tokens between two such are counterparts if there are equally
/// many of them in both texts: one word in the place of another. Any other token has none.
pub fn align(a: &[Token], b: &[Token]) -> Vec<Option<usize>> {
    let same = |(a, b): &(&Token, &Token)| a.text == b.text;
    let first = a.iter().zip(b).take_while(same).count();
    let (rest_a, rest_b) = (&a[first..], &b[first..]);
    let last = rest_a.iter().rev().zip(rest_b.iter().rev());
    let last = last.take_while(same).count();
    let (mid_a, mid_b) = (
        &rest_a[..rest_a.len() - last],
        &rest_b[..rest_b.len() - last],
    );
    let mut pairs: Vec<(usize, usize)> = (0..first).map(|i| (i, i)).collect();
    let common = common(mid_a, mid_b).into_iter();
    pairs.extend(common.map(|(i, j)| (first + i, first + j)));
    pairs.extend((0..last).map(|i| (a.len() - last + i, b.len() - last + i)));
    let mut out = vec![None; a.len()];
    let (mut from_a, mut from_b) = (0, 0);
    for (i, j) in pairs.into_iter().chain([(a.len(), b.len())]) {
        if i - from_a == j - from_b {
            (from_a..i).for_each(|at| out[at] = Some(from_b + at - from_a));
        }
        if i < a.len() {
            out[i] = Some(j);
        }
        (from_a, from_b) = (i + 1, j + 1);
    }
    out
}

/// The places of a longest common subsequence; none for texts so long that the search takes too much.
fn common(a: &[Token], b: &[Token]) -> Vec<(usize, usize)> {
    let (n, m) = (a.len(), b.len());
    if n.saturating_mul(m) > MOST {
        return Vec::new();
    }
    // lengths[i][j]: that of a[i..] and b[j..].
    let mut lengths = vec![vec![0_u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            lengths[i][j] = if a[i].text == b[j].text {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    while i < n && j < m {
        if a[i].text == b[j].text {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let token = |text: &str| Token {
            id: 0,
            text: text.into(),
        };
        text.split_whitespace().map(token).collect()
    }

    #[test]
    fn tokens_belong_together_by_what_texts_share() {
        for (a, b, due) in [
            ("a b c", "a b c", vec![Some(0), Some(1), Some(2)]),
            // One word in the place of another.
            ("a b c", "a x c", vec![Some(0), Some(1), Some(2)]),
            // A word more, in front, between and behind.
            ("b c", "a b c", vec![Some(1), Some(2)]),
            ("a b c", "a c", vec![Some(0), None, Some(1)]),
            ("a b", "a b c", vec![Some(0), Some(1)]),
            ("a b c", "a b", vec![Some(0), Some(1), None]),
            // Two words in the place of one have no counterpart.
            ("a p q c", "a x c", vec![Some(0), None, None, Some(2)]),
            // A common middle is found on both sides of other changes.
            (
                "a p m q z",
                "a x y m w z",
                vec![Some(0), None, Some(3), Some(4), Some(5)],
            ),
            ("a", "b c", vec![None]),
            ("", "b", vec![]),
        ] {
            assert_eq!(align(&tokens(a), &tokens(b)), due, "{a} | {b}");
        }
    }

    #[test]
    fn texts_that_share_little_and_are_long_take_no_time() {
        let long = |n: usize, word: &str| tokens(&format!("{word} ").repeat(n));
        let aligned = align(&long(5000, "a"), &long(4000, "b"));
        assert!(aligned.iter().all(Option::is_none));
    }
}
