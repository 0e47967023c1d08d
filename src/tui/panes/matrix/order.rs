//! Columns of a wide matrix in another order: those with the largest values of the chosen row first.

use std::cmp::Reverse;
use std::sync::Arc;

use super::super::super::app::{App, Order};
use super::super::super::view::{self, heads};
use super::panel_layout::PanelLayout;
use super::{panels, predictions, tile};
use crate::trace::query::Query;
use crate::trace::tensor::Pick;

/// The question for the row that the order follows from: the chosen one of the panel that the cursor is in.
pub fn ask(app: &App) -> Option<Query> {
    if !app.largest || predictions::shown(app) {
        return None;
    }
    let plan = app.plan()?;
    let panels = panels::panels(plan, app.at.point);
    let own = panels.iter().find(|panel| panel.point == app.at.point);
    let at = own.or(panels.last())?.point;
    let point = &plan.points()[at];
    let (rows, cols) = view::size(point);
    let row = Pick::At(app.cell.0.min(rows.max(1) - 1));
    let slice = tile::slice(point, heads::head_of(app, point), row, Pick::Span(0..cols));
    Some(app.ask_values(at, slice))
}

/// The questions for the visible columns of a panel in its order.
pub fn ask_columns(app: &App, panel: &PanelLayout) -> Vec<Query> {
    let Some(columns) = &panel.order else {
        return Vec::new();
    };
    let seen = panel.geometry.cols.clone().filter_map(|i| columns.get(i));
    seen.filter_map(|&col| tile::ask_column(app, panel, col))
        .collect()
}

/// Take note of what has been answered; whether the order is another one now. That of another row stays until
/// the chosen one's values are there.
pub fn refresh(app: &mut App) -> bool {
    let wanted = ask(app);
    let known = app.order.as_ref().map(|order| &order.of);
    if wanted.as_ref() == known {
        return false;
    }
    let found = wanted
        .as_ref()
        .and_then(|query| app.answers.exact(query)?.values());
    let next = match (&wanted, found) {
        (Some(of), Some(values)) => Some(Order {
            of: of.clone(),
            columns: largest_first(&values.data),
        }),
        (Some(of), None) => {
            let same =
                |order: &Order| (order.of.pass(), order.of.point()) == (of.pass(), of.point());
            app.order.clone().filter(same)
        }
        (None, _) => None,
    };
    let changed = next != app.order;
    app.order = next;
    changed
}

/// Places of values, the largest magnitude first. What is no number comes first of all, what a mask hides last.
fn largest_first(values: &[f64]) -> Arc<[usize]> {
    let magnitude = |value: f64| match value {
        v if v.is_nan() => u64::MAX,
        v if v < -1e30 => 0,
        v => v.abs().to_bits(),
    };
    let mut columns: Vec<usize> = (0..values.len()).collect();
    columns.sort_by_key(|&i| Reverse(magnitude(values[i])));
    columns.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_magnitude_comes_first() {
        let values = [0.5, -3.0, f64::NEG_INFINITY, 0.0, f64::NAN, 3.0, -1.0];
        assert_eq!(largest_first(&values)[..], [4, 1, 5, 6, 0, 2, 3]);
    }
}
