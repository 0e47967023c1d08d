//! Every command of the debugger, declared once in [`table`]. A front end declares commands of its own in the
//! same form, and reads lines with [`read`] from its table before this one.

pub mod arguments;
pub(crate) mod change;
mod effect;
mod parse;
pub mod slice;
pub(crate) mod sweep;
pub mod table;

pub use super::terms::{Autoplay, Cut, Depth, Setting, TemperatureChange, TokenPick, Which};
pub use arguments::{Arguments, ParseError};
pub use effect::{Command, Kind};
pub use parse::{parse, read};
pub use slice::SliceSpec;
pub use table::{Binding, Group, Spec, Words, commands, find, key};

pub use crate::trace::query::Direction;
