//! Questions to another branch, from where the cursor stands in this one.

use super::ask::Ask;
use super::command::{self, Kind};
use super::debugger::{Debugger, Outcome};
use super::dispatch;
use super::reply::Reply;
use super::saved::Kept;
use crate::lang::{plain, say_with};
use crate::trace::query::{Answer, Query};
use crate::trace::source::{Control, Source, SourceError};

/// A command that asks, for another branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    pub branch: String,
    /// The command's line; names in it are those of the other branch.
    pub line: String,
    /// The place of the cursor in this branch. Its counterpart is what the command is about.
    pub from: Box<Kept>,
}

impl Debugger {
    /// Ask in another branch.
    ///
    /// # Errors
    /// The line is no command.
    pub(super) fn inside(&self, branch: &str, line: &str) -> Result<Outcome, String> {
        command::parse(line).map_err(|error| error.to_string())?;
        Ok(Outcome::Ask(Ask::In(Inside {
            branch: branch.to_owned(),
            line: line.to_owned(),
            from: Box::new(self.to_keep()),
        })))
    }
}

/// A hook point's name that begins with that of a branch: `clean:5.z`.
pub fn parted(name: &str) -> Option<(&str, &str)> {
    name.split_once(':')
        .filter(|(branch, _)| !branch.is_empty())
}

pub(super) fn reply(
    source: &mut dyn Source,
    asked: &Inside,
    control: &Control,
) -> Result<Reply, SourceError> {
    let said = |error: &dyn ToString| {
        let args = [
            ("branch", plain(&asked.branch)),
            ("why", plain(error.to_string())),
        ];
        SourceError::Other(say_with("error-in-branch", &args))
    };
    let mut debugger = Debugger::new(source.model().clone(), source.passes().to_vec());
    debugger.resume(&asked.from);
    let source = dispatch::there(source, &asked.branch)?;
    debugger.enter(source.model().clone(), source.passes().to_vec());
    let command = command::parse(&asked.line).map_err(|error| said(&error))?;
    let lens = match command.kind {
        // The logit that is asked about is that of the most probable token.
        Kind::Why(_) => {
            let end = debugger.plan().points().last();
            let end = end.map_or(String::new(), |point| point.name.clone());
            match source.answer(&debugger.lens(end, 1), control) {
                Ok(Answer::Lens(lens)) => Some(lens),
                _ => None,
            }
        }
        _ => None,
    };
    let outcome = command.run(&mut debugger, lens.as_ref());
    let ask = match outcome.map_err(|error| said(&error))? {
        Outcome::Ask(ask) if only_asks(&ask) => ask,
        _ => {
            let args = [
                ("line", plain(&asked.line)),
                ("branch", plain(&asked.branch)),
            ];
            return Err(SourceError::Other(say_with("error-in-asks", &args)));
        }
    };
    let reply = dispatch::reply(source, &ask, control).map_err(|error| match error {
        SourceError::Cancelled => SourceError::Cancelled,
        error => said(&error),
    })?;
    Ok(Reply::There {
        branch: asked.branch.clone(),
        reply: Box::new(reply),
    })
}

/// Whether it reads and writes no files, and stays in its branch.
fn only_asks(ask: &Ask) -> bool {
    match ask {
        Ask::Export { .. } | Ask::In(_) | Ask::Branches => false,
        Ask::One(query) | Ask::Part { query, .. } | Ask::First { query, .. } => {
            let stays = !matches!(
                query,
                Query::Difference { .. }
                    | Query::Why {
                        against: Some(_),
                        ..
                    }
                    | Query::Find { .. }
            );
            stays && query.uses_file().is_none()
        }
        Ask::Each(asks) => asks.iter().all(only_asks),
        Ask::Interventions | Ask::Stages(_) | Ask::Walk { .. } => true,
    }
}
