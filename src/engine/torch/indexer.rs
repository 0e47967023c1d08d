//! The choice of the keys that attention looks at.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Device, Kind, Tensor};

use super::{Result, wider};

/// `Σ weights[head] · relu(q · kᵀ · scale)` over heads, −∞ where the mask `[query, key]` is true; weights are 1 if there are
/// none. `[token, head, d_head]`, `[key, 1, d_head]`, `[token, head]` → `[query, key]`
pub fn scores(
    [q, k]: [&Tensor; 2],
    weights: Option<&Tensor>,
    scale: f64,
    mask: &Tensor,
) -> Result<Tensor> {
    let wide = |x: &Tensor| x.f_to_kind(wider(x.kind()));
    let (q, weights) = (wide(q)?, weights.map(wide).transpose()?);
    let kt = wide(k)?.f_select(-2, 0)?.f_transpose(-2, -1)?; // [d_head, key]
    let of_head = |head: i64| -> Result<Tensor> {
        let scores = q.f_select(-2, head)?.f_matmul(&kt)?; // [query, key]
        let scores = scores.f_mul_scalar(scale)?.f_relu()?;
        match &weights {
            Some(weights) => Ok(scores.f_mul(&weights.f_narrow(-1, head, 1)?)?),
            None => Ok(scores),
        }
    };
    // One head's scores are held at a time.
    let mut sum = of_head(0)?;
    for head in 1..q.size()[q.dim() - 2] {
        sum = sum.f_add(&of_head(head)?)?;
    }
    Ok(sum.f_masked_fill(mask, f64::NEG_INFINITY)?)
}

/// 1 at the largest so many of each row, 0 elsewhere and at −∞. `[query, key]`
pub fn largest(scores: &Tensor, keys: usize, kind: Kind) -> Result<Tensor> {
    let all = scores.size()[scores.dim() - 1];
    let (_, places) = scores.f_topk((keys as i64).min(all), -1, true, true)?;
    let ones = scores.f_zeros_like()?.f_scatter_value(-1, &places, 1)?;
    let dark = scores.f_eq(f64::NEG_INFINITY)?;
    Ok(ones.f_masked_fill(&dark, 0)?.f_to_kind(kind)?)
}

/// [`largest`] among those of each row that are not −∞, which come first. A choice between equal numbers hangs on how many
/// there are. `[query, key]`
pub fn largest_seen(scores: &Tensor, keys: usize, kind: Kind) -> Result<Tensor> {
    let (axis, all) = ((scores.dim() - 2) as i64, scores.size()[scores.dim() - 1]);
    let seen = scores
        .f_ne(f64::NEG_INFINITY)?
        .f_sum_dim_intlist(-1, false, Kind::Int64)?;
    // The rows of a batch see the same.
    let seen = seen
        .f_view([-1, scores.size()[scores.dim() - 2]])?
        .f_select(0, 0)?;
    let seen = Vec::<i64>::try_from(&seen.f_to_device(Device::Cpu)?)?;
    let mut parts = Vec::new();
    let mut start = 0;
    for rows in seen.chunk_by(|a, b| a == b) {
        let (len, own) = (rows.len() as i64, rows[0]);
        let part = scores.f_narrow(axis, start, len)?.f_narrow(-1, 0, own)?;
        let part = largest(&part, keys, kind)?;
        parts.push(part.f_constant_pad_nd([0, all - own])?);
        start += len;
    }
    Ok(Tensor::f_cat(&parts, axis)?)
}

/// `chosen` of each key's run, where that run ends at the query or before it; 1 at keys behind the last such run up to the
/// query, and 0 elsewhere. `[query, entry]` → `[query, key]`
pub fn of_runs(chosen: &Tensor, (past, tokens): (i64, i64), every: i64) -> Result<Tensor> {
    let (keys, kind, device) = (past + tokens, chosen.kind(), chosen.device());
    let runs = chosen.size()[chosen.dim() - 1];
    let own = chosen.f_repeat_interleave_self_int(every, -1, runs * every)?;
    let own = own.f_constant_pad_nd([0, keys - runs * every])?; // [query, key]
    let at = |from: i64, to: i64| Tensor::f_arange_start(from, to, (Kind::Int64, device));
    let query = at(past, keys)?.f_unsqueeze(-1)?; // [query, 1]
    let key = at(0, keys)?; // [key]
    let ready = query.f_add_scalar(1)?.f_div_scalar_mode(every, "floor")?;
    let open = key.f_ge_tensor(&ready.f_mul_scalar(every)?)?; // [query, key]
    let seen = key.f_le_tensor(&query)?;
    let tail = open.f_logical_and(&seen)?.f_to_kind(kind)?;
    let whole = open.f_logical_not()?.f_to_kind(kind)?;
    Ok(own.f_mul(&whole)?.f_add(&tail)?)
}

/// The mask of attention, true also where `chosen` is 0. `[query, key]`, with `chosen` `[1, query, key]`
pub fn hidden(mask: Tensor, chosen: Option<&Tensor>) -> Result<Tensor> {
    let Some(chosen) = chosen else {
        return Ok(mask);
    };
    let out = not_chosen(chosen, mask.size()[mask.dim() - 1])?;
    Ok(out.f_unsqueeze(-3)?.f_logical_or(&mask)?)
}

/// Whether each of `keys` keys is not chosen. A choice among the last of them leaves those before as they are. `[query,
/// key]`
pub fn not_chosen(chosen: &Tensor, keys: i64) -> Result<Tensor> {
    let more = keys - chosen.size()[chosen.dim() - 1];
    let out = chosen.f_eq(0)?;
    if more == 0 {
        return Ok(out);
    }
    let mut size = out.size();
    if let Some(last) = size.last_mut() {
        *last = more;
    }
    let before = Tensor::f_zeros(&size[..], (Kind::Bool, out.device()))?;
    Ok(Tensor::f_cat(&[before, out], -1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_chosen_and_none_that_are_dark() {
        let inf = f64::INFINITY;
        let scores =
            Tensor::from_slice(&[0.5, -1.0, 2.0, -inf, 3.0, -inf, -inf, -inf]).view([2, 4]);
        let mask = largest(&scores, 2, Kind::Float).unwrap();
        let found = Vec::<f32>::try_from(mask.flatten(0, -1)).unwrap();
        assert_eq!(found, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        // More than there are keys: all that are seen.
        let mask = largest(&scores, 9, Kind::Float).unwrap();
        assert_eq!(mask.sum(Kind::Float).double_value(&[]), 4.0);
    }

    #[test]
    fn whole_runs_are_chosen_and_what_is_behind_them_is_seen() {
        let inf = f64::INFINITY;
        // Queries 3 to 5 of 6 tokens, in runs of two.
        let scores = [0.5, 2.0, -inf, 2.0, 0.5, -inf, 0.5, 1.0, 2.0];
        let scores = Tensor::from_slice(&scores).view([3, 3]);
        let chosen = largest_seen(&scores, 1, Kind::Double).unwrap();
        let mask = of_runs(&chosen, (3, 3), 2).unwrap();
        let due = [
            [0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
            [1.0, 1.0, 0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        ];
        let found = Vec::<f64>::try_from(mask.flatten(0, -1)).unwrap();
        assert_eq!(found, due.concat());
        // A prompt that is shorter than a run.
        let none = Tensor::zeros([1, 0], (Kind::Double, Device::Cpu));
        let chosen = largest_seen(&none, 1, Kind::Double).unwrap();
        let mask = of_runs(&chosen, (0, 1), 2).unwrap();
        assert_eq!(mask.double_value(&[0, 0]), 1.0);
    }

    #[test]
    fn heads_count_by_their_weights_where_their_product_is_positive() {
        let options = (Kind::Double, Device::Cpu);
        let q = Tensor::from_slice(&[1.0, -2.0]).view([1, 2, 1]);
        let k = Tensor::from_slice(&[3.0, -1.0]).view([2, 1, 1]);
        let weights = Tensor::from_slice(&[10.0, -1.0]).view([1, 2]);
        let mask = Tensor::zeros([1, 2], (Kind::Bool, options.1));
        let found = scores([&q, &k], Some(&weights), 0.5, &mask).unwrap();
        assert_eq!(
            Vec::<f64>::try_from(found.flatten(0, -1)).unwrap(),
            [15.0, -1.0]
        );
        let found = scores([&q, &k], None, 0.5, &mask).unwrap();
        assert_eq!(
            Vec::<f64>::try_from(found.flatten(0, -1)).unwrap(),
            [1.5, 1.0]
        );
    }
}
