//! Embeddings of runs of tokens: the rows that hashes find, and their numbers.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Kind, Tensor};

use super::Result;
use super::linear;
use crate::graph::ngrams::Hash;

/// The rows of the table for the runs that end at each of the last `tokens`. `[key]` → `[token, hash]`
pub fn rows(ids: &Tensor, hash: &Hash, tokens: i64) -> Result<Tensor> {
    // A run reaches no further back than it is long.
    let all = ids.size()[ids.dim() - 1];
    let near = all.min(tokens + hash.longest() as i64 - 1);
    let own = ids.f_narrow(-1, all - near, near)?; // [key]
    let end = i64::from(hash.end);
    let before = |x: &Tensor, first: i64| -> Result<Tensor> {
        let first = x.f_narrow(-1, 0, 1)?.f_full_like(first)?;
        Ok(Tensor::f_cat(&[first, x.f_narrow(-1, 0, near - 1)?], -1)?)
    };
    // Behind the end of a text, only ends are seen.
    let ended = before(&own, end)?.f_eq(end)?;
    let (mut at, mut mixed) = (own.shallow_clone(), own.f_zeros_like()?);
    let mut by_length = Vec::new();
    for (distance, factor) in hash.factors.iter().enumerate() {
        if distance > 0 {
            at = before(&at, end)?.f_masked_fill(&ended, end)?;
        }
        mixed = mixed.f_bitwise_xor_tensor(&at.f_mul_scalar(*factor)?)?;
        if distance > 0 {
            by_length.push(mixed.f_narrow(-1, near - tokens, tokens)?);
        }
    }
    let mixed = Tensor::f_stack(&by_length, -1)?; // [token, length]
    let each = hash.each() as i64;
    let mixed = mixed.f_repeat_interleave_self_int(each, -1, None)?; // [token, hash]
    let numbers = |x: &[i64]| Tensor::f_from_slice(x).and_then(|x| x.f_to_device(ids.device()));
    let found = mixed.f_remainder_tensor(&numbers(&hash.sizes)?)?;
    Ok(found.f_add(&numbers(&hash.firsts())?)?)
}

/// These rows of a table that is kept in parts of equal length, of which the last may be shorter, joined for each token.
/// `[token, hash]` → `[token, d_embed]`
pub fn look_up(parts: &[&Tensor], rows: &Tensor, kind: Kind) -> Result<Tensor> {
    if let [whole] = parts {
        return Ok(linear::look_up(whole, rows, kind)?.f_flatten(-2, -1)?);
    }
    let length = parts.first().map_or(1, |part| part.size()[0]).max(1);
    let (device, flat) = (rows.device(), rows.f_flatten(0, -1)?);
    let flat = flat.f_to_device(tch::Device::Cpu)?;
    let part_of = flat.f_div_scalar_mode(length, "floor")?;
    let mut places = Vec::new();
    let mut found = Vec::new();
    // Parts that no run is in stay in their file.
    for (number, part) in parts.iter().enumerate() {
        let here = part_of.f_eq(number as i64)?.f_nonzero()?.f_flatten(0, -1)?;
        if here.numel() == 0 {
            continue;
        }
        let own = flat.f_index_select(0, &here)?;
        let own = own.f_sub_scalar(number as i64 * length)?;
        found.push(linear::look_up(part, &own, kind)?);
        places.push(here);
    }
    let order = Tensor::f_cat(&places, 0)?.f_argsort(0, false)?;
    let all = Tensor::f_cat(&found, 0)?.f_index_select(0, &order)?;
    let mut size = rows.size();
    size.push(-1);
    let all = all.f_to_device(device)?.f_view(&size[..])?; // [token, hash, d]
    Ok(all.f_flatten(-2, -1)?)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    fn hash() -> Hash {
        Hash {
            factors: vec![3, 50, 700],
            sizes: vec![11, 13, 17, 19],
            end: 9,
        }
    }

    #[test]
    fn all_tokens_have_the_rows_of_their_runs() {
        let hash = hash();
        let text = [4_u32, 9, 5, 6, 9, 9, 7];
        let ids: Vec<i64> = text.iter().map(|id| i64::from(*id)).collect();
        let due = |from: usize| -> Vec<i64> {
            let of = |to: usize| (0..4).map(move |i| (to, i));
            let all = (from..text.len()).flat_map(of);
            all.map(|(to, i)| hash.row(&text[..=to], i) as i64)
                .collect()
        };
        let ids = Tensor::from_slice(&ids);
        for tokens in [7, 2, 1] {
            let found = rows(&ids, &hash, tokens).unwrap();
            assert_eq!(found.size(), [tokens, 4]);
            let found = Vec::<i64>::try_from(found.flatten(0, -1)).unwrap();
            assert_eq!(found, due(7 - tokens as usize), "{tokens}");
        }
    }

    #[test]
    fn a_table_in_parts_has_the_rows_of_the_whole() {
        let table = Tensor::arange(60 * 2, (Kind::Float, Device::Cpu)).view([60, 2]);
        let rows = Tensor::from_slice(&[59_i64, 0, 24, 25, 49, 50]).view([3, 2]);
        let whole = look_up(&[&table], &rows, Kind::Float).unwrap();
        let parts = [
            table.narrow(0, 0, 25),
            table.narrow(0, 25, 25),
            table.narrow(0, 50, 10),
        ];
        let found = look_up(&parts.each_ref(), &rows, Kind::Float).unwrap();
        assert_eq!(whole.size(), [3, 4]);
        assert!(found.equal(&whole));
    }
}
