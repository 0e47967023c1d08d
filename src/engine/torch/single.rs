//! Entries that stand for runs of tokens, and projections group by group.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Kind, Tensor};

use super::{Result, wider};

/// Mixtures of the vectors of each whole run of tokens, an element at a time, in shares `softmax(gates + places)`. With
/// `overlap` rows have two halves, and the first halves of a run count in the entry of the run behind. `[key, d]` twice,
/// `[every, d]` → `[entry, 1, d_head]`
pub fn compressed(
    values: &Tensor,
    gates: &Tensor,
    places: &Tensor,
    (every, overlap): (i64, bool),
) -> Result<Tensor> {
    let count = values.size()[values.dim() - 2] / every;
    let wide = values.size()[values.dim() - 1];
    let runs = |x: &Tensor| -> Result<Tensor> {
        let whole = x.f_narrow(-2, 0, count * every)?;
        Ok(whole.f_unflatten(-2, [count, every])?) // [entry, every, d]
    };
    let (mut values, mut gates) = (runs(values)?, runs(gates)?.f_add(places)?);
    if overlap {
        let half = wide / 2;
        // The run before each; there is none before the first.
        let before = |x: &Tensor, none: f64| -> Result<Tensor> {
            let first = x.f_narrow(-1, 0, half)?;
            let fill = first.f_narrow(-3, 0, count.min(1))?.f_full_like(none)?;
            let rest = first.f_narrow(-3, 0, (count - 1).max(0))?;
            Ok(Tensor::f_cat(&[fill, rest], -3)?)
        };
        let own = |x: &Tensor| x.f_narrow(-1, half, half);
        values = Tensor::f_cat(&[before(&values, 0.0)?, own(&values)?], -2)?; // [entry, 2 · every, d_head]
        gates = Tensor::f_cat(&[before(&gates, f64::NEG_INFINITY)?, own(&gates)?], -2)?;
    }
    let shares = gates.f_softmax(-2, wider(gates.kind()))?;
    let mixed = values.f_mul(&shares.f_to_kind(values.kind())?)?;
    Ok(mixed.f_sum_dim_intlist(-2, false, None)?.f_unsqueeze(-2)?)
}

/// The mean of the vectors of each whole run of tokens. `[key, 1, d_head]` → `[entry, 1, d_head]`
pub fn averaged(x: &Tensor, every: i64) -> Result<Tensor> {
    let count = x.size()[x.dim() - 3] / every;
    let runs = x.f_narrow(-3, 0, count * every)?;
    let runs = runs.f_unflatten(-3, [count, every])?; // [entry, every, 1, d_head]
    let means = runs.f_mean_dim(-3, false, wider(x.kind()))?;
    Ok(means.f_to_kind(x.kind())?)
}

/// Each group of heads mapped by its own rows of a matrix. `[token, head, d_head]`, `[d_latent, in]` → `[token, d_latent]`
pub fn grouped(x: &Tensor, weight: &Tensor, groups: i64) -> Result<Tensor> {
    let rows = x.f_flatten(-2, -1)?.f_unflatten(-1, [groups, -1])?; // [token, group, in]
    let maps = weight.f_unflatten(0, [groups, -1])?.f_transpose(-2, -1)?; // [group, in, out]
    let mapped = rows.f_transpose(-3, -2)?.f_matmul(&maps)?; // [group, token, out]
    Ok(mapped.f_transpose(-3, -2)?.f_flatten(-2, -1)?)
}

/// The gradient in front of [`grouped`]. `[n, d_latent]` → `[n, head · d_head]`
pub fn grouped_back(gradient: &Tensor, weight: &Tensor, groups: i64) -> Result<Tensor> {
    let maps = weight.f_unflatten(0, [groups, -1])?; // [group, out, in]
    let rows = gradient.f_unflatten(-1, [groups, -1])?.f_transpose(0, 1)?; // [group, n, out]
    Ok(rows.f_matmul(&maps)?.f_transpose(0, 1)?.f_flatten(-2, -1)?)
}

/// The entries that queries may not look at: those whose tokens do not all lie before them or at them. `[query, entry]`
pub fn early(queries: &Tensor, keys: i64, every: i64) -> Result<Tensor> {
    let entries = Tensor::f_arange(keys / every, (Kind::Int64, queries.device()))?;
    let ready = queries
        .f_add_scalar(1)?
        .f_div_scalar_mode(every, "floor")?
        .f_unsqueeze(-1)?; // [query, 1]
    Ok(entries.f_ge_tensor(&ready)?)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn an_entry_mixes_its_run_and_the_first_halves_of_the_run_before() {
        let options = (Kind::Double, Device::Cpu);
        // Rows are [first half, second half]; equal gates mean equal shares.
        let values = Tensor::from_slice(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0, 5.0, 50.0]);
        let (values, gates) = (values.view([5, 2]), Tensor::zeros([5, 2], options));
        let places = Tensor::zeros([2, 2], options);
        let found = compressed(&values, &gates, &places, (2, true)).unwrap();
        assert_eq!(found.size(), [2, 1, 1]);
        let found = Vec::<f64>::try_from(found.flatten(0, -1)).unwrap();
        assert_eq!(found, [15.0, (1.0 + 2.0 + 30.0 + 40.0) / 4.0]);
        let none = compressed(
            &values.narrow(0, 0, 1),
            &gates.narrow(0, 0, 1),
            &places,
            (2, true),
        );
        assert_eq!(none.unwrap().size(), [0, 1, 1]);
    }

    #[test]
    fn a_query_sees_entries_of_tokens_up_to_its_own() {
        let queries = Tensor::arange(5, (Kind::Int64, Device::Cpu));
        let dark = early(&queries, 5, 2).unwrap();
        let dark = Vec::<bool>::try_from(dark.flatten(0, -1)).unwrap();
        let seen: Vec<bool> = dark.iter().map(|dark| !dark).collect();
        assert_eq!(seen[..4], [false, false, true, false]);
        assert_eq!(seen[4..], [true, false, true, true, true, true]);
    }
}
