//! The way from logits to the tokens that may be drawn: softmax at a temperature, then the `top_k` largest, then
//! the smallest set of them that holds `top_p` of their probability (Holtzman et al. 2020).

use serde::{Deserialize, Serialize};

use super::number;
use super::query::Sampling;
use super::tensor::Distribution;

/// The tokens that may be drawn.
pub struct Cut {
    /// Those that are left, the most probable first.
    pub order: Vec<usize>,
    /// How many the temperature alone leaves, and how many `top_k`.
    pub all: usize,
    pub after_k: usize,
    largest: f64,
    temperature: f64,
}

impl Cut {
    /// `None` if no logit is a number.
    pub fn new(logits: &[f64], config: &Sampling) -> Option<Cut> {
        let mut order: Vec<usize> = (0..logits.len()).filter(|&i| !logits[i].is_nan()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
        let all = order.len();
        if config.top_k > 0 {
            order.truncate(config.top_k);
        }
        let mut cut = Cut {
            all,
            after_k: order.len(),
            largest: logits[*order.first()?],
            temperature: config.temperature,
            order,
        };
        if config.top_p >= 1.0 {
            return Some(cut);
        }
        let total: f64 = cut.order.iter().map(|&i| cut.weight(logits[i])).sum();
        let mut kept = 0.0;
        let nucleus = cut.order.iter().position(|&i| {
            kept += cut.weight(logits[i]);
            kept >= config.top_p * total
        });
        if let Some(last) = nucleus {
            cut.order.truncate(last + 1);
        }
        Some(cut)
    }

    /// e to the power of what a logit is below the largest one, divided by the temperature.
    pub fn weight(&self, logit: f64) -> f64 {
        match logit {
            // Also where both are infinite, and their difference is no number.
            x if x == self.largest => 1.0,
            x => ((x - self.largest) / self.temperature).exp(),
        }
    }
}

/// The stages of sampling at one row, with the most probable tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplingStages {
    pub sampling: Sampling,
    /// The sum over the vocabulary of e to the power of each logit below the largest, by the temperature.
    #[serde(with = "number")]
    pub sum: f64,
    /// Tokens before the cuts, after `top_k`, and after `top_p`.
    pub all: usize,
    pub after_k: usize,
    pub after_p: usize,
    pub tokens: Vec<SamplingToken>,
}

/// One token in the stages of sampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplingToken {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub logit: f64,
    /// The logit divided by the temperature.
    #[serde(with = "number")]
    pub scaled: f64,
    /// e to the power of `scaled` less the largest `scaled`.
    #[serde(with = "number")]
    pub exp: f64,
    #[serde(with = "number")]
    pub prob: f64,
    /// Its share of those that `top_k` leaves, and of those that `top_p` leaves; 0 where it is cut.
    #[serde(with = "number")]
    pub after_k: f64,
    #[serde(with = "number")]
    pub after_p: f64,
}

/// The stages of sampling from these logits, with the tokens of `top`; `None` if no logit is a number.
pub fn stages(logits: &[f64], sampling: &Sampling, top: &Distribution) -> Option<SamplingStages> {
    let all = Cut::new(
        logits,
        &Sampling {
            top_k: 0,
            top_p: 1.0,
            ..*sampling
        },
    )?;
    let cut = Cut::new(logits, sampling)?;
    let (after_k, after_p) = (cut.after_k, cut.order.len());
    let sum = |first: usize| -> f64 {
        all.order[..first]
            .iter()
            .map(|&i| all.weight(logits[i]))
            .sum()
    };
    let sums = [all.all, after_k, after_p].map(sum);
    // The share of one of the first so many; of none behind them.
    let share = |rank: Option<usize>, exp: f64, first: usize, sum: f64| match rank {
        Some(rank) if rank < first => exp / sum,
        _ => 0.0,
    };
    let tokens = top.top.iter().map(|candidate| {
        let id = candidate.id as usize;
        let exp = all.weight(candidate.logit);
        let rank = all.order.iter().position(|&i| i == id);
        SamplingToken {
            id: candidate.id,
            text: candidate.text.clone(),
            logit: candidate.logit,
            scaled: candidate.logit / sampling.temperature,
            exp,
            prob: exp / sums[0],
            after_k: share(rank, exp, after_k, sums[1]),
            after_p: share(rank, exp, after_p, sums[2]),
        }
    });
    Some(SamplingStages {
        sampling: *sampling,
        sum: sums[0],
        all: all.all,
        after_k,
        after_p,
        tokens: tokens.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::host;
    use super::*;

    #[test]
    fn each_stage_is_that_of_the_definition() {
        // Probabilities 8, 4, 2, 1, 1 of 16 at temperature 1.
        let logits = [8.0, 4.0, 2.0, 1.0, 1.0].map(f64::ln);
        let top = host::distribution(&logits, 5, 1.0, |id| id.to_string());
        let sampling = Sampling {
            temperature: 1.0,
            top_k: 3,
            top_p: 0.8,
            seed: 0,
        };
        let s = stages(&logits, &sampling, &top).unwrap();
        assert_eq!((s.all, s.after_k, s.after_p), (5, 3, 2));
        assert!((s.sum - 2.0).abs() < 1e-12);
        let near = |found: f64, due: f64| assert!((found - due).abs() < 1e-12, "{found} {due}");
        for (i, (prob, k, p)) in [
            (8.0 / 16.0, 8.0 / 14.0, 8.0 / 12.0),
            (4.0 / 16.0, 4.0 / 14.0, 4.0 / 12.0),
            (2.0 / 16.0, 2.0 / 14.0, 0.0),
            (1.0 / 16.0, 0.0, 0.0),
        ]
        .into_iter()
        .enumerate()
        {
            near(s.tokens[i].prob, prob);
            near(s.tokens[i].after_k, k);
            near(s.tokens[i].after_p, p);
        }
        // At half the temperature a probability counts as its square.
        let cold = Sampling {
            temperature: 0.5,
            top_k: 0,
            top_p: 1.0,
            seed: 0,
        };
        let s = stages(&logits, &cold, &top).unwrap();
        near(s.tokens[1].scaled, 2.0 * 4f64.ln());
        near(s.tokens[1].exp, 0.25);
        near(s.tokens[0].prob, 64.0 / 86.0);
        near(s.tokens[0].after_p, 64.0 / 86.0);
        assert_eq!(stages(&[f64::NAN], &cold, &top), None);
    }
}
