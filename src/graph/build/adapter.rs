//! A layer's own addend to a map that it shares with others: two maps through a few numbers (Hu et al. 2021).

use super::{Builder, TOKEN};
use crate::graph::operation::Operation;
use crate::graph::role::{Adapted, Role};
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// A map that `map` adds under a name, with the layer's own adapter added if there is one. `[token, …]`
pub(super) fn added(
    g: &mut Builder,
    (name, shape): (&str, &[Dim]),
    (rank, adapted): (Option<usize>, Adapted),
    x: NodeId,
    map: impl FnOnce(&mut Builder, &str) -> NodeId,
) -> NodeId {
    let Some(rank) = rank else {
        return map(g, name);
    };
    let own = map(g, &format!("{name}_own")); // [token, …]
    let (low, first) = match adapted {
        Adapted::Mlp | Adapted::MlpLinear => ("mlp.hook_low".to_owned(), Adapted::Mlp),
        first => (format!("{name}_low"), first),
    };
    let narrow = [TOKEN, Dim::new(Axis::Rank, rank)];
    let low = match g.beside(&low) {
        Some(low) => low,
        None => g.linear_to(&narrow, &low, x, Role::AdapterLow(first), Operation::LINEAR), // [token, rank]
    };
    let role = Role::AdapterOut(adapted);
    let out = format!("{name}_adapter");
    let out = g.linear_to(shape, &out, low, role, Operation::LINEAR); // [token, …]
    g.add(name, shape, Operation::Sum, &[own, out]) // [token, …]
}
