//! Commands that print: the questions they ask, and how much of an answer is printed.

use std::path::PathBuf;

use super::debugger::Debugger;
use super::inside::Inside;
use super::stages;
use crate::trace::query::Query;
use crate::trace::source::locate;
use crate::trace::tensor::{Pick, Slice};

/// A printing command whose names have been resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// The answer, all of it.
    One(Query),
    /// Values of which the query asks for what a person reads at once, where the command means `slice`.
    Part { query: Query, slice: Slice },
    /// The first `count` of the values.
    First { query: Query, count: usize },
    /// One after the other.
    Each(Vec<Ask>),
    /// The interventions with their numbers.
    Interventions,
    /// The branches.
    Branches,
    /// A question to another branch.
    In(Inside),
    /// The calculation at a hook point, stage by stage.
    Stages(stages::Place),
    /// Values, into a file of the format of its ending.
    Export { query: Query, path: PathBuf },
    /// A whole pass as text, its predictions read at this row.
    Walk { pass: usize, row: usize },
}

impl Ask {
    /// The question for all values and not only those that a person reads at once; of more than `most` about
    /// as many of the first.
    #[must_use]
    pub fn whole(self, most: usize) -> Ask {
        match self {
            Ask::Part { query, slice } => Ask::Part {
                query: with_slice(query, first_of(&slice, most)),
                slice,
            },
            Ask::Each(asks) => Ask::Each(asks.into_iter().map(|ask| ask.whole(most)).collect()),
            ask => ask,
        }
    }
}

/// A question for no more values than about the first `most`, and the shape of all that was asked for.
pub(super) fn limited(
    query: Query,
    debugger: &Debugger,
    most: usize,
) -> (Query, Option<Vec<usize>>) {
    let passes = debugger.passes();
    let (mut slice, shape) = match &query {
        Query::Values { pass, point, slice } => match locate(passes, *pass, point) {
            Ok(at) => (slice.clone(), passes[*pass].plan.points()[at].shape.clone()),
            Err(_) => return (query, None),
        },
        Query::Weight { name, slice } | Query::Kept { name, slice, .. } => {
            match debugger.beside(name) {
                Ok(Some(found)) => (slice.clone(), found.point().shape.clone()),
                _ => return (query, None),
            }
        }
        _ => return (query, None),
    };
    slice
        .0
        .extend(shape.iter().skip(slice.0.len()).map(|&n| Pick::Span(0..n)));
    let (first, all) = (first_of(&slice, most), lengths(&slice));
    if first == slice {
        return (query, None);
    }
    (with_slice(query, first), Some(all))
}

/// A slice with a part for every axis, or its beginning where it has more than `most` values.
fn first_of(slice: &Slice, most: usize) -> Slice {
    let all = lengths(slice)
        .into_iter()
        .try_fold(1usize, usize::checked_mul);
    match all {
        Some(all) if all <= most => slice.clone(),
        _ => beginning(slice, most),
    }
}

/// A question for values, with another slice.
fn with_slice(query: Query, slice: Slice) -> Query {
    match query {
        Query::Values { pass, point, .. } => Query::Values { pass, point, slice },
        Query::Weight { name, .. } => Query::Weight { name, slice },
        Query::Kept { pass, name, .. } => Query::Kept { pass, name, slice },
        query => query,
    }
}

/// The shape that a slice with a part for every axis gives.
pub(super) fn lengths(slice: &Slice) -> Vec<usize> {
    let length = |pick: &Pick| match pick {
        Pick::At(_) => None,
        Pick::Span(span) => Some(span.len()),
    };
    slice.0.iter().filter_map(length).collect()
}

/// The part of a slice that holds its first `count` values.
pub(super) fn beginning(slice: &Slice, count: usize) -> Slice {
    let mut rows = count;
    let mut picks: Vec<Pick> = Vec::new();
    for pick in slice.0.iter().rev() {
        picks.push(match pick {
            Pick::At(i) => Pick::At(*i),
            Pick::Span(span) => {
                let some = span.len().min(rows.max(1));
                rows = rows.div_ceil(span.len().max(1));
                Pick::Span(span.start..span.start + some)
            }
        });
    }
    picks.reverse();
    Slice(picks)
}
