//! Tasks for a source, done in one way for the screen's worker, batch mode and a served session.

use super::ask::{Ask, lengths};
use super::export;
use super::inside;
use super::interventions::listed;
use super::operands::operands;
use super::reply::Reply;
use super::reply_branches::Named;
use super::stages::Calculations;
use super::walk::{self, WalkError, Walked};
use super::why::{why, why_difference};
use crate::trace::branch::Branch;
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use crate::trace::query::{Answer, Job, Place, Query};
use crate::trace::source::{Control, ModelInfo, Pass, Source, SourceError};

/// A task for a source.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A bare question, whose answer is data.
    Query(Query),
    /// The question of a command that prints.
    Ask(Ask),
    Job(Job),
}

/// The result of a [`Task`], in the variant that fits.
#[derive(Debug)]
pub enum Done {
    Answer(Answer),
    Reply(Reply),
    /// The source as it is after the job, and the hook points whose values it changed.
    Job {
        state: Box<State>,
        reached: Vec<Place>,
    },
}

/// All that a front end knows of a source without asking.
#[derive(Clone, Debug)]
pub struct State {
    pub model: ModelInfo,
    pub prompt: String,
    pub passes: Vec<Pass>,
    pub interventions: Vec<Intervention>,
    pub branches: Vec<Branch>,
}

impl State {
    pub fn of(source: &dyn Source) -> State {
        State {
            model: source.model().clone(),
            prompt: source.prompt().to_owned(),
            passes: source.passes().to_vec(),
            interventions: source.interventions().to_vec(),
            branches: source.branches().to_vec(),
        }
    }
}

/// The answer to a question: the source's own, or one that is put together from several of them.
///
/// # Errors
/// Whatever the source has to say.
pub fn answer(
    source: &mut dyn Source,
    query: &Query,
    control: &Control,
) -> Result<Answer, SourceError> {
    match query {
        Query::Operands {
            pass,
            point,
            cell,
            most,
            largest,
        } => {
            let of = (*pass, point.as_str(), &cell[..]);
            let found = operands(source, of, (*most, *largest), control)?;
            Ok(Answer::Operands(found))
        }
        Query::Why {
            pass,
            point,
            cell,
            most,
            against,
        } => {
            let of = (*pass, point.as_str(), &cell[..]);
            Ok(Answer::Why(match against {
                None => why(source, of, *most, control)?,
                Some(branch) => why_difference(source.pair(Some(branch))?, of, *most, control)?,
            }))
        }
        Query::There { branch, query } => answer(there(source, branch)?, query, control),
        query => source.answer(query, control),
    }
}

/// The source of a branch, which may be the one that is looked at.
pub(super) fn there<'a>(
    source: &'a mut dyn Source,
    branch: &str,
) -> Result<&'a mut dyn Source, SourceError> {
    let here = source.branches().iter().find(|one| one.current);
    if here.is_some_and(|here| here.name == branch) {
        return Ok(source);
    }
    Ok(source.pair(Some(branch))?.there)
}

/// Do it.
///
/// # Errors
/// Whatever the source has to say, among it [`SourceError::Cancelled`].
pub fn perform(
    source: &mut dyn Source,
    task: &Task,
    control: &Control,
) -> Result<Done, SourceError> {
    Ok(match task {
        Task::Query(query) => Done::Answer(answer(source, query, control)?),
        Task::Ask(ask) => Done::Reply(reply(source, ask, control)?),
        Task::Job(job) => {
            let reached = source.run(job, control)?;
            let state = Box::new(State::of(source));
            Done::Job { state, reached }
        }
    })
}

pub(super) fn reply(
    source: &mut dyn Source,
    ask: &Ask,
    control: &Control,
) -> Result<Reply, SourceError> {
    match ask {
        Ask::One(query) => {
            let answer = answer(source, query, control)?;
            Reply::new(source.model(), source.passes(), query, answer)
        }
        Ask::Part { query, slice } => {
            let answer = answer(source, query, control)?;
            let reply = Reply::new(source.model(), source.passes(), query, answer)?;
            Ok(reply.part_of(lengths(slice)))
        }
        Ask::First { query, count } => {
            let answer = answer(source, query, control)?;
            let reply = Reply::new(source.model(), source.passes(), query, answer)?;
            Ok(reply.first(*count))
        }
        Ask::Each(asks) => {
            let replies = asks.iter().map(|ask| reply(source, ask, control));
            Ok(Reply::Each {
                replies: replies.collect::<Result<_, _>>()?,
            })
        }
        Ask::Interventions => {
            let list = listed(source.interventions());
            Ok(Reply::Interventions { list })
        }
        Ask::In(inside) => inside::reply(source, inside, control),
        Ask::Branches => Ok(Reply::Branches {
            list: Named::tree(source.branches()),
        }),
        Ask::Stages(place) => {
            let (model, passes) = (source.model().clone(), source.passes().to_vec());
            let plan = passes.get(place.pass).map(|pass| pass.plan.clone());
            let calculations = Calculations::new(&model, &plan.unwrap_or_default());
            let mut known: Vec<(Query, Answer)> = Vec::new();
            let mut failed = None;
            for query in calculations.asks(&model, &passes, place) {
                match source.answer(&query, control) {
                    Ok(answer) => known.push((query, answer)),
                    Err(SourceError::Cancelled) => return Err(SourceError::Cancelled),
                    // A calculation may do without some of its numbers.
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            let answer = |query: &Query| {
                let mut known = known.iter();
                known.find(|(of, _)| of == query).map(|(_, answer)| answer)
            };
            let none = || SourceError::Other("there is no calculation here".into());
            let stages = calculations.stages(&model, &passes, place, &answer);
            let stages = stages.ok_or_else(|| failed.unwrap_or_else(none))?;
            let name = &passes[place.pass].plan.points()[place.point].name;
            Ok(Reply::Stages {
                name: hook::short(name),
                stages,
            })
        }
        Ask::Export { query, path } => {
            let answer = source.answer(query, control)?;
            let shape = export::answer(source.passes(), query, &answer, path);
            let none = || SourceError::Other("only values are exported".into());
            let shape = shape.map_err(|e| SourceError::Other(e.to_string()))?;
            let shape = shape.ok_or_else(none)?;
            Ok(Reply::Wrote {
                path: path.clone(),
                shape,
            })
        }
        Ask::Walk { pass, row } => {
            let mut text = Vec::new();
            let walked = Walked {
                pass: *pass,
                row: Some(*row),
            };
            walk::walk(source, walked, control, &mut text).map_err(|e| match e {
                WalkError::Source(error) => error,
                WalkError::Write(error) => SourceError::Other(error.to_string()),
            })?;
            Ok(Reply::Text {
                text: String::from_utf8_lossy(&text).trim_end().to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::fake::Fake;
    use super::*;
    use crate::trace::query::Choice;
    use crate::trace::source_ext::SourceExt;

    fn walk(source: &mut Fake, pass: usize, control: &Control) -> Result<String, SourceError> {
        reply(source, &Ask::Walk { pass, row: 0 }, control).map(|reply| reply.text())
    }

    #[test]
    fn a_walk_is_of_the_pass_asked_for_and_can_be_stopped() {
        let mut source = Fake::new();
        let control = Control::default();
        source.next(0, &Choice::Greedy, &control).unwrap();
        let text = walk(&mut source, 1, &control).unwrap();
        assert!(text.contains("pass 1: t0│t1│t2│t3│t4 (5 tokens)"), "{text}");
        assert!(text.contains("[head 2, query 1, key 5]"), "{text}");
        let row = text.lines().skip_while(|l| !l.contains("head 0:")).nth(1);
        assert!(row.unwrap().trim_start().starts_with("t4 "), "{text}");
        let text = walk(&mut source, 0, &control).unwrap();
        assert!(text.contains("prompt: t0│t1│t2│t3 (4 tokens)"), "{text}");
        control.cancel.store(true, Ordering::Relaxed);
        let stopped = walk(&mut source, 0, &control);
        assert!(matches!(stopped, Err(SourceError::Cancelled)));
    }
}
