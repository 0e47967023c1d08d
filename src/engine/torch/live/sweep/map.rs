//! The map of a sweep: medians over all pairs, and the sentence that says how effects are counted.

use super::super::Live;
use super::Measured;
use super::texts::Text;
use crate::graph::NodeId;
use crate::trace::sweep::{
    Columns, Metric, RandomChange, Receiver, Refused, Swap, Sweep, SweepCell, SweepMap, quantile,
    spread,
};

impl Live {
    /// Medians and quartiles over all pairs.
    pub(super) fn map(
        &self,
        asked: &Sweep,
        points: &[NodeId],
        first: &Text,
        measured: Vec<Measured>,
        refused: Vec<Refused>,
    ) -> SweepMap {
        let tokens = first.clean.len();
        let widths: Vec<usize> = points
            .iter()
            .map(|id| self.parts(asked, *id, tokens).len())
            .collect();
        let most = widths.iter().copied().max().unwrap_or(0);
        let numbers = |at: usize, i: usize| measured.iter().map(move |one| one.numbers[at][i]);
        let mut at = 0;
        let mut cells = Vec::new();
        for width in &widths {
            let mut line = Vec::new();
            for column in 0..most {
                if column >= *width {
                    line.push(None);
                    continue;
                }
                let [effect, low, high] = spread(numbers(at, 1).collect());
                let estimates = measured.iter().filter_map(|one| one.estimates.get(at));
                let estimates: Vec<f64> = estimates.copied().collect();
                line.push(Some(SweepCell {
                    value: spread(numbers(at, 0).collect())[0],
                    effect,
                    low,
                    high,
                    estimate: (!estimates.is_empty()).then(|| spread(estimates)[0]),
                }));
                at += 1;
            }
            cells.push(line);
        }
        let places = measured.first().map_or(&[][..], |one| &one.controls);
        let random = places
            .iter()
            .enumerate()
            .map(|(i, [row, column])| RandomChange {
                row: *row,
                column: *column,
                effect: spread(numbers(at + i, 1).collect())[0],
            });
        let controls: Vec<RandomChange> = random.collect();
        let mut sizes: Vec<f64> = controls.iter().map(|one| one.effect.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let columns = match asked.columns {
            Columns::Position => first.clean.iter().map(|token| token.text.clone()).collect(),
            Columns::Head => (0..most).map(|head| head.to_string()).collect(),
            Columns::Whole => vec!["all".into()],
        };
        SweepMap {
            points: points
                .iter()
                .map(|id| self.graph.node(*id).name.clone())
                .collect(),
            columns,
            cells,
            definition: definition(asked),
            pairs: measured.into_iter().map(|one| one.pair).collect(),
            refused,
            floor: (!sizes.is_empty()).then(|| quantile(&sizes, 0.95)),
            controls,
        }
    }
}

/// The meaning of an effect.
fn definition(asked: &Sweep) -> String {
    let metric = match asked.metric {
        Metric::Diff { .. } => "logit of the answer less that of the wrong one",
        Metric::Prob { .. } => "probability of the answer",
        Metric::Kl => "KL divergence from the clean run, in nats",
    };
    let into: Vec<String> = asked.into.iter().map(Receiver::to_string).collect();
    let path = match &into[..] {
        [] => String::new(),
        ends => format!(
            " along the residual stream into {}, every other part held at its value there",
            ends.join(", ")
        ),
    };
    let change = match asked.swap {
        Swap::Patch => {
            return format!(
                "{metric}: how far it goes from that of the corrupted run (0) to that of the clean one (1) when this \
                 part's clean value is put into the corrupted run{path}"
            );
        }
        Swap::Zero => "set to 0",
        Swap::Mean => "set to its mean over all rows of all prompts",
        Swap::Resample => "set to its own rows in a random order",
    };
    format!("{metric}: by how much it changes when this part is {change}{path}")
}
