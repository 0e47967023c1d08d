//! Every command a person can give, declared once in [`table`].

mod arguments;
mod effect;
mod keymap;
mod parse;
mod run;
pub mod slice;
pub mod table;

pub use super::terms::{Depth, Setting, TemperatureChange, TokenPick, Which};
pub use arguments::ParseError;
pub use effect::Effect;
pub use keymap::{Keymap, KeymapError, Press};
pub use parse::parse;
pub use slice::SliceSpec;
pub use table::{Binding, Group, Scope, Spec, commands, find};

pub use crate::trace::query::Direction;

use super::wanted::Wanted;

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Move {
        depth: Depth,
        direction: Direction,
        /// How many times, at least 1.
        count: usize,
    },
    Continue(Direction),
    Goto(String),
    Top,
    End,
    /// On to a hook point of this name or pattern, or to a breakpoint before it.
    Until(String),
    Token(TokenPick),
    Pass(Which),
    Prompt(String),
    Save {
        path: String,
        hooks: Vec<String>,
    },
    /// Which token of the pass the distribution is read after.
    Row(Which),
    Temperature(TemperatureChange),
    /// What there is of a kind, on from the cursor; `None` looks for the same again.
    Find {
        what: Option<Wanted>,
        direction: Direction,
    },
    /// Run the lines of a file.
    Source(String),
    /// How something is set; `None` for all that can be.
    Show(Option<Setting>),
    Help(Option<String>),
    Quit,
    Screen(ScreenCommand),
    /// A command that no front end treats in a way of its own.
    Effect(Effect),
}

/// Commands that mean something on a screen only; the debugger hands them back untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenCommand {
    Focus(Focus),
    /// Give the focused pane the whole screen, or give it back.
    Zoom,
    /// Hide or show a pane; `None` is the focused one.
    Hide(Option<Pane>),
    /// Show all panes.
    ShowAll,
    Head(Which),
    /// How values are shown; `None` is the next way.
    Density(Option<Density>),
    Scroll(Scroll),
    /// What Enter does: go to the hook point, take the candidate, open the pane.
    Choose,
    /// Open or close the branch of the tree.
    Fold,
    Palette,
    /// Colours by this word; `None` for the other ones: light, dark, none.
    Theme(Option<&'static str>),
    /// Stop what runs; when nothing does, quit.
    Cancel,
    /// Close what lies on top: help, palette, message.
    Close,
    Redraw,
    /// Stop, and give the terminal back to the shell until it lets the program go on.
    Suspend,
    /// Put something into the terminal's clipboard; `None` is what is selected in the focused pane.
    Copy(Option<Copied>),
}

/// What can be put into the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// The selected cell.
    Value,
    /// The whole row of the selected cell.
    Row,
    /// The name of the hook point at the cursor.
    Name,
}

impl Copied {
    pub const ALL: [Copied; 3] = [Copied::Value, Copied::Row, Copied::Name];

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Copied::Value => "value",
            Copied::Row => "row",
            Copied::Name => "name",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Next,
    Previous,
    Pane(Pane),
}

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    Tokens,
    Steps,
    Matrix,
    Heads,
    Lens,
    Summary,
    Explain,
}

impl Pane {
    pub const ALL: [Pane; 7] = [
        Pane::Tokens,
        Pane::Steps,
        Pane::Matrix,
        Pane::Heads,
        Pane::Lens,
        Pane::Summary,
        Pane::Explain,
    ];

    /// The word for the pane in commands.
    pub fn word(self) -> &'static str {
        match self {
            Pane::Tokens => "tokens",
            Pane::Steps => "steps",
            Pane::Matrix => "matrix",
            Pane::Heads => "heads",
            Pane::Lens => "lens",
            Pane::Summary => "summary",
            Pane::Explain => "explain",
        }
    }
}

/// How the values of a matrix are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Numbers,
    /// More digits.
    Digits,
    /// Colours alone, or signs and shades where there are none.
    Colours,
}

impl Density {
    pub const ALL: [Density; 3] = [Density::Numbers, Density::Digits, Density::Colours];

    /// The one after it, round and round.
    pub fn next(self) -> Density {
        Density::ALL[(self as usize + 1) % Density::ALL.len()]
    }

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Density::Numbers => "numbers",
            Density::Digits => "digits",
            Density::Colours => "colours",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    Left,
    Right,
    Up,
    Down,
    PageLeft,
    PageRight,
    PageUp,
    PageDown,
    Home,
    End,
}
