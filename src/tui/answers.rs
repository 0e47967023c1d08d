//! Answers of the source, by question. An old answer stays until a newer one to a question of its kind
//! comes, so that a screen is never empty meanwhile.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use crate::trace::query::{Answer, Query};
use crate::trace::tensor::{Distribution, Pick};

/// Answers kept; with more, those of other hook points go.
const MOST: usize = 2000;

/// Answers kept of one kind: several panes may ask for parts of one hook point.
const SAME: usize = 4;

/// Questions that replace one another: of one kind about one hook point, where the kind allows several about
/// parts of it.
type Place = (usize, String, Discriminant<Query>, [usize; 2]);

fn place(query: &Query) -> Place {
    let part = match query {
        Query::Values { slice, .. }
        | Query::Weight { slice, .. }
        | Query::Kept { slice, .. }
        | Query::Difference { slice, .. } => {
            let spans = slice.0.iter().filter(|pick| matches!(pick, Pick::Span(_)));
            let last = match slice.0.last() {
                Some(Pick::At(i)) => *i,
                _ => usize::MAX,
            };
            [spans.count(), last]
        }
        Query::Lens { row, .. } | Query::Sampling { row, .. } | Query::Effect { row, .. } => {
            [*row, 0]
        }
        Query::Grid { rows, .. } => [rows.as_ref().map_or(0, |rows| rows.start), 0],
        Query::HeadMap { statistic, .. } => [*statistic as usize, 0],
        _ => [0, 0],
    };
    // A screen asks for the lens grid line by line.
    let point = match query {
        Query::Grid { points, .. } => points.first().map(String::as_str),
        query => query.point().or(query.beside()),
    };
    let point = point.unwrap_or_default().to_owned();
    (query.pass(), point, discriminant(query), part)
}

/// Whether the answer to one question answers the other.
fn covers(query: &Query, wanted: &Query) -> bool {
    match (query, wanted) {
        (
            Query::Lens {
                k, temperature: t, ..
            },
            Query::Lens {
                k: least,
                temperature,
                ..
            },
        ) => place(query) == place(wanted) && k >= least && t == temperature,
        _ => query == wanted,
    }
}

#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The last few answers of a place, the newest last.
    kept: HashMap<Place, Vec<(Query, Answer)>>,
    failed: Vec<(Query, String)>,
    /// The distribution where the cursor stood before.
    pub before: Option<Distribution>,
}

impl Answers {
    pub fn put(&mut self, query: Query, answer: Result<Answer, String>) {
        match answer {
            Ok(answer) => {
                self.failed.retain(|(of, _)| *of != query);
                if self.kept.len() >= MOST {
                    let (pass, point, ..) = place(&query);
                    self.kept.retain(|of, _| of.0 == pass && of.1 == point);
                }
                let same = self.kept.entry(place(&query)).or_default();
                same.retain(|(of, _)| *of != query);
                if same.len() >= SAME {
                    same.remove(0);
                }
                same.push((query, answer));
            }
            Err(why) => {
                self.failed.retain(|(of, _)| *of != query);
                self.failed.push((query, why));
            }
        }
    }

    /// The `queries` that have neither been answered nor failed, each once.
    pub fn unknown(&self, queries: Vec<Query>) -> Vec<Query> {
        let mut out: Vec<Query> = Vec::new();
        for (i, query) in queries.iter().enumerate() {
            let later = queries[i + 1..].iter();
            let again = later.filter(|q| *q != query).any(|q| covers(q, query));
            if !again && !self.knows(query) && !out.contains(query) {
                out.push(query.clone());
            }
        }
        out
    }

    fn knows(&self, query: &Query) -> bool {
        self.why(query).is_some() || self.exact(query).is_some()
    }

    /// The answer to this question.
    pub fn exact(&self, query: &Query) -> Option<&Answer> {
        let same = self.kept.get(&place(query))?.iter();
        let found = same.rev().find(|(of, _)| covers(of, query));
        found.map(|(_, answer)| answer)
    }

    /// The answer to this question, or else the last one to a question of this kind, and which it was.
    pub fn latest(&self, query: &Query) -> Option<(&Query, &Answer)> {
        let same = self.kept.get(&place(query))?;
        let own = same.iter().rev().find(|(of, _)| covers(of, query));
        own.or(same.last()).map(|(of, answer)| (of, answer))
    }

    /// Why the question could not be answered.
    pub fn why(&self, query: &Query) -> Option<&str> {
        let mut failed = self.failed.iter();
        failed.find(|(of, _)| of == query).map(|(_, why)| &why[..])
    }

    /// Forget failures, so that their questions may be asked again; whether there was one.
    pub fn forgive(&mut self) -> bool {
        let any = !self.failed.is_empty();
        self.failed.clear();
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::query::Temperature;

    fn lens(row: usize, k: usize) -> Query {
        Query::Lens {
            pass: 0,
            point: "embed".into(),
            row,
            k,
            temperature: Temperature::default(),
        }
    }

    #[test]
    fn what_is_known_is_not_asked_again() {
        let mut answers = Answers::default();
        let of = |k: usize| Answer::Lens(super::super::fake::lens_of(k));
        assert_eq!(
            answers.unknown(vec![lens(0, 8), lens(1, 8), lens(0, 20)]),
            [lens(1, 8), lens(0, 20)]
        );
        answers.put(lens(0, 20), Ok(of(20)));
        answers.put(lens(1, 8), Err("no".into()));
        assert_eq!(
            answers.unknown(vec![lens(0, 8), lens(1, 8), lens(2, 8)]),
            [lens(2, 8)]
        );
        assert!(answers.forgive());
        assert_eq!(
            answers.unknown(vec![lens(0, 21), lens(1, 8)]),
            [lens(0, 21), lens(1, 8)]
        );
    }
}
