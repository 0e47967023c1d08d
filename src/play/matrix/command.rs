//! Every command of the matrices, declared once: batch, keys and help are read from the table.

use std::path::PathBuf;

use super::error::PlayError;
use super::model::{Matrix, numbers};
use crate::play::command::{Table, count, spec};
use crate::play::number::number;
use crate::play::typed_path;

/// A matrix or vector that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    A,
    B,
    U,
    V,
}

impl Thing {
    pub fn named(word: &str) -> Result<Thing, PlayError> {
        match word {
            "a" | "A" => Ok(Thing::A),
            "b" | "B" => Ok(Thing::B),
            "u" => Ok(Thing::U),
            "v" => Ok(Thing::V),
            word => Err(PlayError::NoThing(word.to_owned())),
        }
    }

    pub fn letter(self) -> char {
        match self {
            Thing::A => 'A',
            Thing::B => 'B',
            Thing::U => 'u',
            Thing::V => 'v',
        }
    }
}

/// A command with its arguments. Rows and columns count from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Show,
    Product,
    Vectors,
    Matrix(Thing, Matrix),
    Vector(Thing, Vec<f64>),
    /// The indices as they were typed, and the number.
    Set(Thing, Vec<String>, f64),
    Size(usize, usize, usize),
    Turn(Thing),
    Swap,
    Example,
    Step(usize),
    Back(usize),
    Cell(usize),
    CellBack(usize),
    Start,
    End,
    Play,
    /// Steps a second; `None` says it.
    Speed(Option<Speed>),
    Load(Thing, PathBuf),
    /// `None` is C.
    Save(Option<Thing>, PathBuf),
    Undo,
    Help,
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    Faster,
    Slower,
    Steps(f64),
}

type Parsed = Option<Result<Command, PlayError>>;

/// A command without arguments.
macro_rules! alone {
    ($command:expr) => {
        |rest| rest.is_empty().then_some(Ok($command))
    };
}

pub static COMMANDS: Table<fn(&str) -> Parsed> = Table(&[
    spec("show", "", "matrix-help-show", &[], alone!(Command::Show)),
    spec(
        "product",
        "",
        "matrix-help-product",
        &[("1", "product")],
        alone!(Command::Product),
    ),
    spec(
        "vectors",
        "",
        "matrix-help-vectors",
        &[("2", "vectors")],
        alone!(Command::Vectors),
    ),
    spec("a", "NUMBER…; NUMBER…", "matrix-help-a", &[], |rest| {
        some(Matrix::parse(rest).map(|m| Command::Matrix(Thing::A, m)))
    }),
    spec("b", "NUMBER…; NUMBER…", "matrix-help-b", &[], |rest| {
        some(Matrix::parse(rest).map(|m| Command::Matrix(Thing::B, m)))
    }),
    spec("u", "NUMBER…", "matrix-help-u", &[], |rest| {
        some(numbers(rest).map(|all| Command::Vector(Thing::U, all)))
    }),
    spec("v", "NUMBER…", "matrix-help-v", &[], |rest| {
        some(numbers(rest).map(|all| Command::Vector(Thing::V, all)))
    }),
    spec(
        "set",
        "a|b ROW COLUMN NUMBER, or u|v INDEX NUMBER",
        "matrix-help-set",
        &[],
        set,
    ),
    spec(
        "size",
        "ROWS INNER COLUMNS",
        "matrix-help-size",
        &[],
        |rest| {
            let mut words = rest.split_whitespace().map(str::parse);
            let (rows, inner) = (words.next()?.ok()?, words.next()?.ok()?);
            let columns = words.next()?.ok()?;
            words.next().is_none().then_some(())?;
            some(Ok(Command::Size(rows, inner, columns)))
        },
    ),
    spec(
        "transpose",
        "a|b",
        "matrix-help-transpose",
        &[],
        |rest| match Thing::named(rest) {
            Ok(Thing::U | Thing::V) => None,
            thing => some(thing.map(Command::Turn)),
        },
    ),
    spec(
        "swap",
        "",
        "matrix-help-swap",
        &[("w", "swap")],
        alone!(Command::Swap),
    ),
    spec(
        "example",
        "",
        "matrix-help-example",
        &[("f", "example")],
        alone!(Command::Example),
    ),
    spec(
        "step",
        "[N]",
        "matrix-help-step",
        &[("s", "step")],
        |rest| Some(Ok(Command::Step(count(rest)?))),
    ),
    spec(
        "back",
        "[N]",
        "matrix-help-back",
        &[("S", "back")],
        |rest| Some(Ok(Command::Back(count(rest)?))),
    ),
    spec(
        "cell",
        "[N]",
        "matrix-help-cell",
        &[("n", "cell")],
        |rest| Some(Ok(Command::Cell(count(rest)?))),
    ),
    spec(
        "cell-back",
        "[N]",
        "matrix-help-cell-back",
        &[("N", "cell-back")],
        |rest| Some(Ok(Command::CellBack(count(rest)?))),
    ),
    spec(
        "play",
        "",
        "matrix-help-play",
        &[("space", "play"), ("p", "play")],
        alone!(Command::Play),
    ),
    spec(
        "end",
        "",
        "matrix-help-end",
        &[("c", "end"), ("end", "end")],
        alone!(Command::End),
    ),
    spec(
        "start",
        "",
        "matrix-help-start",
        &[("C", "start"), ("home", "start")],
        alone!(Command::Start),
    ),
    spec(
        "speed",
        "[faster|slower|NUMBER]",
        "matrix-help-speed",
        &[("+", "speed faster"), ("-", "speed slower")],
        |rest| {
            some(Ok(Command::Speed(Some(match rest {
                "" => return some(Ok(Command::Speed(None))),
                "faster" => Speed::Faster,
                "slower" => Speed::Slower,
                rest => match number(rest) {
                    Ok(steps) if steps > 0.0 => Speed::Steps(steps),
                    Ok(_) => return None,
                    Err(why) => return some(Err(why.into())),
                },
            }))))
        },
    ),
    spec(
        "load",
        "a|b|u|v FILE.csv",
        "matrix-help-load",
        &[],
        |rest| {
            let (word, file) = rest.split_once(' ')?;
            some(Thing::named(word).map(|thing| Command::Load(thing, typed_path(file))))
        },
    ),
    spec(
        "save",
        "a|b|c|u|v FILE.csv",
        "matrix-help-save",
        &[],
        |rest| {
            let (word, file) = rest.split_once(' ')?;
            let file = typed_path(file);
            if let "c" | "C" = word {
                return some(Ok(Command::Save(None, file)));
            }
            some(Thing::named(word).map(|thing| Command::Save(Some(thing), file)))
        },
    ),
    spec(
        "undo",
        "",
        "matrix-help-undo",
        &[("u", "undo")],
        alone!(Command::Undo),
    ),
    spec("help", "", "matrix-help-help", &[], alone!(Command::Help)),
    spec(
        "quit",
        "",
        "matrix-help-quit",
        &[("q", "quit"), ("ctrl-c", "quit")],
        alone!(Command::Quit),
    ),
]);

/// The command of a line.
pub fn parse(line: &str) -> Result<Command, PlayError> {
    let (spec, rest) = COMMANDS.find(line)?;
    (spec.parse)(rest).unwrap_or_else(|| Err(spec.usage_error().into()))
}

fn some(result: Result<Command, PlayError>) -> Parsed {
    Some(result)
}

fn set(rest: &str) -> Parsed {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let (value, at) = rest.split_last()?;
    let thing = match Thing::named(first) {
        Ok(thing) => thing,
        Err(why) => return some(Err(why)),
    };
    let due = match thing {
        Thing::A | Thing::B => 2,
        Thing::U | Thing::V => 1,
    };
    (at.len() == due).then_some(())?;
    let at = at.iter().map(|&word| word.to_owned()).collect();
    some(
        number(value)
            .map_err(PlayError::from)
            .map(|value| Command::Set(thing, at, value)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::command::tests::declared_once;

    fn said(line: &str) -> Result<Command, String> {
        parse(line).map_err(|e| e.to_string())
    }

    #[test]
    fn lines_are_commands() {
        let matrix = Matrix::parse("1 2; 3 4").unwrap();
        assert_eq!(said("a 1 2; 3 4"), Ok(Command::Matrix(Thing::A, matrix)));
        assert_eq!(
            said("u 3 -1"),
            Ok(Command::Vector(Thing::U, vec![3.0, -1.0]))
        );
        let at = vec!["1".into(), "2".into()];
        assert_eq!(said("set b 1 2 0.5"), Ok(Command::Set(Thing::B, at, 0.5)));
        assert_eq!(said(" step 3 "), Ok(Command::Step(3)));
        assert_eq!(said("size 2 3 4"), Ok(Command::Size(2, 3, 4)));
        assert_eq!(
            said("save c out.csv"),
            Ok(Command::Save(None, "out.csv".into()))
        );
        assert_eq!(said("speed 4"), Ok(Command::Speed(Some(Speed::Steps(4.0)))));
    }

    #[test]
    fn wrong_lines_say_what_is_right() {
        for (line, due) in [
            ("stp", "did you mean `step`?"),
            ("zzz", "`help` lists them all"),
            ("a 1 2; 3", "row 2 has length 1"),
            ("a", "it is empty"),
            ("a x", "\"x\" is no number"),
            ("set a 1 2", "usage: set a|b ROW COLUMN NUMBER"),
            ("set c 1 2 3", "\"c\" is nothing here"),
            ("size 1 2", "usage: size ROWS INNER COLUMNS"),
            ("step 0", "usage: step [N]"),
            ("speed 0", "usage: speed"),
            ("transpose u", "usage: transpose a|b"),
            ("load a", "usage: load"),
            ("show me", "usage: show"),
        ] {
            let why = said(line).unwrap_err();
            assert!(why.contains(due), "{line}: {why}");
        }
    }

    #[test]
    fn names_and_keys_are_declared_once_and_keys_are_commands() {
        declared_once(&COMMANDS, |line| drop(parse(line).unwrap()));
    }
}
