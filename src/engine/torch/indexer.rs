//! The choice of the keys that attention looks at.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Kind, Tensor};

use super::{Result, wider};

/// `Σ weights[head] · relu(q · kᵀ · scale)` over heads, −∞ where the mask `[query, key]` is true. `[token, head,
/// d_head]`, `[key, 1, d_head]`, `[token, head]` → `[query, key]`
pub fn scores([q, k, weights]: [&Tensor; 3], scale: f64, mask: &Tensor) -> Result<Tensor> {
    let wide = |x: &Tensor| x.f_to_kind(wider(x.kind()));
    let (q, weights) = (wide(q)?, wide(weights)?);
    let kt = wide(k)?.f_select(-2, 0)?.f_transpose(-2, -1)?; // [d_head, key]
    let of_head = |head: i64| -> Result<Tensor> {
        let scores = q.f_select(-2, head)?.f_matmul(&kt)?; // [query, key]
        let scores = scores.f_mul_scalar(scale)?.f_relu()?;
        Ok(scores.f_mul(&weights.f_narrow(-1, head, 1)?)?)
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
    use tch::Device;

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
    fn heads_count_by_their_weights_where_their_product_is_positive() {
        let options = (Kind::Double, Device::Cpu);
        let q = Tensor::from_slice(&[1.0, -2.0]).view([1, 2, 1]);
        let k = Tensor::from_slice(&[3.0, -1.0]).view([2, 1, 1]);
        let weights = Tensor::from_slice(&[10.0, -1.0]).view([1, 2]);
        let mask = Tensor::zeros([1, 2], (Kind::Bool, options.1));
        let found = scores([&q, &k, &weights], 0.5, &mask).unwrap();
        assert_eq!(
            Vec::<f64>::try_from(found.flatten(0, -1)).unwrap(),
            [15.0, -1.0]
        );
    }
}
