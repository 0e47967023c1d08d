//! Commands of the screen, and all that can be typed there: these and the debugger's.
//!
//! The screen's `table` comes first: its `set` and `show` know more than the debugger's of that name.

mod docs;
pub mod keys;
mod table;

use std::sync::LazyLock;

pub use docs::markdown;
pub use keys::{Press, press};

use super::panes::PANES;
use super::widgets::matrix::Density;
use crate::learn::glossary::{TERMS, Term};
use crate::session::command::{self, Command, ParseError, Spec, Which, Words};
use table::TABLE;

/// The command of a line or a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Debugger(Command),
    Screen(ScreenCommand),
}

/// Read one command line.
///
/// # Errors
/// [`ParseError`], which names the word it could not read and the nearest command or the usage.
pub fn parse(line: &str) -> Result<Typed, ParseError> {
    if let Some(typed) = command::read(line, TABLE) {
        return typed;
    }
    command::parse(line)
        .map(Typed::Debugger)
        .map_err(|e| match e {
            ParseError::Unknown { word, .. } => {
                ParseError::unknown(&word, commands().iter().flat_map(Spec::names))
            }
            e => e,
        })
}

/// Every command, in the order of help and docs.
pub fn commands() -> &'static [Words] {
    static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
        let own = |name: &str| TABLE.iter().find(|spec| spec.name == name);
        let debugger =
            command::commands().map(|spec| own(spec.name).map_or(spec.words(), Spec::words));
        let more = TABLE
            .iter()
            .filter(|spec| command::find(spec.name).is_none());
        debugger.chain(more.map(Spec::words)).collect()
    });
    &ALL
}

/// The command of this name or alias.
pub fn find(name: &str) -> Option<&'static Words> {
    commands().iter().find(|spec| spec.is(name))
}

/// Whether only a screen knows the command that a line begins with.
pub fn needs_screen(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    TABLE.iter().any(|spec| spec.is(word)) && command::find(word).is_none()
}

/// Completions for a placeholder of usages.
pub fn completions(kind: &str) -> Vec<&'static str> {
    match kind {
        "PANE" => PANES.map(|pane| pane.name).to_vec(),
        "TERM" => TERMS.iter().map(|term| term.name()).collect(),
        "SETTING" => ScreenSetting::ALL.map(ScreenSetting::word).to_vec(),
        _ => Vec::new(),
    }
}

/// Commands that mean something on a screen only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenCommand {
    Focus(Focus),
    /// Give a pane the whole screen, or give it back; `None` is the focused one.
    Zoom(Option<&'static str>),
    /// Hide or show a pane; `None` is the focused one.
    Hide(Option<&'static str>),
    /// Show all panes.
    ShowAll,
    Head(Which),
    /// How values are shown; `None` is the next way.
    Density(Option<Density>),
    /// Whether a wide matrix shows columns with large values first; `None` for the other way.
    Order(Option<bool>),
    /// The dimensions whose curves are shown at the positions; `None` adds the cursor's or takes it away.
    Curves(Option<Vec<usize>>),
    Scroll(Scroll),
    /// The effect of Enter: go to the hook point, take the candidate, open the pane.
    Choose,
    Why,
    /// Play the matrix product that makes the selected element.
    Multiply,
    /// Open or close the branch of the tree.
    Fold,
    /// Open the next weight that the hook point at the cursor is computed with.
    Weight,
    Palette,
    /// Colours by this word; `None` for the other ones: light, dark, none.
    Theme(Option<&'static str>),
    /// Write what a pane shows, the focused one without a name.
    Export {
        file: String,
        pane: Option<&'static str>,
    },
    /// A word of the setting for pictures.
    Graphics(&'static str),
    /// Stop what runs; when nothing does, quit.
    Cancel,
    /// Close what lies on top: help, palette, message.
    Close,
    Redraw,
    /// Stop, and give the terminal back to the shell until it lets the program go on.
    Suspend,
    /// Put something into the terminal's clipboard; `None` is what is selected in the focused pane.
    Copy(Option<Copied>),
    /// Write the screen, or a pane of it, as an SVG file.
    Picture {
        file: String,
        pane: Option<&'static str>,
    },
    /// The meaning of a term; `None` for all, those on the screen first.
    Glossary(Option<&'static Term>),
    /// How something is set; `None` for all that can be.
    Show(Option<ScreenSetting>),
}

/// A text that can be put into the clipboard.
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

/// A setting that `set` and `show` know beside the debugger's. The word for each is the command that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenSetting {
    Head,
    Density,
    Theme,
    Graphics,
}

impl ScreenSetting {
    pub const ALL: [ScreenSetting; 4] = [
        ScreenSetting::Head,
        ScreenSetting::Density,
        ScreenSetting::Theme,
        ScreenSetting::Graphics,
    ];

    pub fn word(self) -> &'static str {
        match self {
            ScreenSetting::Head => "head",
            ScreenSetting::Density => "density",
            ScreenSetting::Theme => "theme",
            ScreenSetting::Graphics => "graphics",
        }
    }

    /// The setting of this word.
    pub fn named(word: &str) -> Option<ScreenSetting> {
        ScreenSetting::ALL.into_iter().find(|s| s.word() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Next,
    Previous,
    /// The pane of this name.
    Pane(&'static str),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::complete::{Known, complete};

    #[test]
    fn no_name_alias_or_key_stands_for_two_commands() {
        let mut names: Vec<&str> = commands().iter().flat_map(Spec::names).collect();
        let mut keys: Vec<&str> = commands()
            .iter()
            .flat_map(|s| s.keys)
            .map(|k| k.key)
            .collect();
        for all in [&mut names, &mut keys] {
            all.sort_unstable();
            let twice = all.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None);
        }
        let both = TABLE
            .iter()
            .filter(|spec| command::find(spec.name).is_some());
        let both: Vec<&str> = both.map(|spec| spec.name).collect();
        assert_eq!(
            both,
            ["why", "set", "show", "export"],
            "the screen's stands for the debugger's"
        );
    }

    #[test]
    fn every_example_is_a_command() {
        for spec in commands() {
            assert!(parse(spec.example).is_ok(), "{}", spec.example);
        }
    }

    #[test]
    fn commands_of_the_screen_stand_beside_the_debuggers() {
        for (line, same) in [
            ("set density colours", "density colours"),
            ("set row = 2", "row 2"),
            ("show summary", "hide summary"),
            ("show none", "hide none"),
        ] {
            assert_eq!(parse(line), parse(same), "{line}");
        }
        for (line, why) in [
            ("set volume 3", "set does not understand `volume`"),
            ("set head", "set needs VALUE"),
            ("show nothing", "show does not understand"),
            ("zom", "did you mean `zoom`"),
            ("focus nowhere", "focus does not understand"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(why), "{line}: {error}");
        }
        assert!(needs_screen("zoom") && !needs_screen("show x") && !needs_screen("step"));
    }

    #[test]
    fn arguments_of_the_screens_commands_are_completed() {
        let known = Known {
            debugger: None,
            candidates: &[],
            commands: commands(),
            more: completions,
        };
        for (line, due) in [
            ("focus le", "focus lens"),
            ("focus ne", "focus next"),
            ("hide su", "hide summary"),
            ("set dens", "set density"),
            ("show temp", "show temperature"),
            ("density col", "density colours"),
            ("theme da", "theme dark"),
            ("help zo", "help zoom"),
        ] {
            let found = complete(line, &known).unwrap();
            assert_eq!(found.first().map(|c| c.line.as_str()), Some(due), "{line}");
        }
    }
}
