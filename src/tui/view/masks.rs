//! Cells that attention's mask hides.

use super::super::app::App;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::source::Pass;

/// Whether attention's mask hides a cell from the model: what comes later, and what lies before a window.
pub fn masked(app: &App, pass: &Pass, point: &HookPoint, row: usize, col: usize) -> bool {
    all_masked(app, pass, point, (row, row), (col, col))
}

/// Whether the mask hides all cells between two rows and two columns, these among them.
pub fn all_masked(
    app: &App,
    pass: &Pass,
    point: &HookPoint,
    rows: (usize, usize),
    cols: (usize, usize),
) -> bool {
    let (Some(model), true) = (
        &app.model,
        point.axes.contains(&Axis::Key) && point.axes.contains(&Axis::Query),
    ) else {
        return false;
    };
    // Entries stand behind all tokens, and the last query looks at the most.
    if cols.1 >= pass.tokens.len() {
        return cols.0 >= model.visible_entries(pass, point, rows.1).end;
    }
    // A query's keys follow on those of the query before it.
    let first = model.visible_keys(pass, point, rows.0).start;
    let end = model.visible_keys(pass, point, rows.1).end;
    cols.0 >= end || cols.1 < first
}
