//! Rows mixed with those of the token before (Peng et al. 2023).

use super::{Builder, dim};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Length, NodeId};
use crate::trace::plan::Axis;

/// The row before the pass, and the one that the next pass is given. `[1, d_model]`
pub(super) fn row(g: &mut Builder, module: &str, x: NodeId) -> NodeId {
    let rows = [dim(Axis::Tap, Length::Fixed(1)), g.rows()[1]];
    let past = g.add(&format!("{module}.past_row"), &rows, Operation::Past, &[]); // [1, d_model]
    let last = Operation::LastRows { rows: 1 };
    g.add(&format!("{module}.row"), &rows, last, &[x, past]); // [1, d_model]
    past
}

/// A row mixed with the one before. `[token, d_model]`
pub(super) fn mixed(g: &mut Builder, name: &str, role: Role, read: [NodeId; 2]) -> NodeId {
    let id = g.add(name, &g.rows(), Operation::Shift, &read); // [token, d_model]
    g.reads(id, role, &[g.arch.d_model], 1);
    id
}
