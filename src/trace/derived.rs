//! Questions whose answers follow from answers to others, and so are the same for every source.

use super::query::{Answer, Query};
use super::search;
use super::source::{Control, Source, SourceError};

/// The answer to a question that a source leaves to what it has answered already.
///
/// # Errors
/// Errors of the source, a wish to stop among them; [`SourceError::NeedsEngine`] for a question that does not
/// follow from others.
pub fn answer(
    source: &mut dyn Source,
    query: &Query,
    control: &Control,
) -> Result<Answer, SourceError> {
    Ok(match query {
        Query::Find {
            pass,
            point,
            behind,
            test,
            direction,
        } => {
            let from = (*pass, point.as_str(), behind.as_deref());
            let found = search::next_value(source, from, *test, *direction, control)?;
            Answer::Find { found }
        }
        _ => return Err(SourceError::NeedsEngine("this answer")),
    })
}
