//! Every command of the perceptron, declared once: batch, keys and help are read from the table.

use std::path::PathBuf;

use super::error::PlayError;
use super::model::Perceptron;
use crate::play::command::{Table, count, spec};
use crate::play::number::number;
use crate::play::typed_path;

/// A command with its arguments. Rows and inputs count from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Show,
    Inputs(Vec<f64>),
    Input(usize, f64),
    Toggle(usize),
    Weights(Vec<f64>),
    Weight(usize, f64),
    Threshold(f64),
    Name(usize, String),
    Output(String),
    Add(String, f64),
    Remove(usize),
    Film,
    Table,
    /// A known data set's name, `table`, or a file; `None` shows the samples.
    Data(Option<String>),
    /// Row, column (the answer is behind the inputs), text of the value.
    Cell(String, usize, String),
    Append(Vec<String>),
    Delete(String),
    Rate(f64),
    Step(usize),
    Back(usize),
    Run,
    Start,
    Reset,
    Why,
    Line,
    Save(PathBuf),
    Undo,
    Help,
    Quit,
}

type Parsed = Option<Result<Command, PlayError>>;

/// A command without arguments.
macro_rules! alone {
    ($command:expr) => {
        |rest, _| rest.is_empty().then_some(Ok($command))
    };
}

pub static COMMANDS: Table<fn(&str, &Perceptron) -> Parsed> = Table(&[
    spec(
        "show",
        "",
        "perceptron-help-show",
        &[],
        alone!(Command::Show),
    ),
    spec(
        "inputs",
        "VALUE…",
        "perceptron-help-inputs",
        &[],
        |rest, _| some(numbers(rest).map(Command::Inputs)),
    ),
    spec(
        "input",
        "INPUT NUMBER",
        "perceptron-help-input",
        &[],
        |rest, perceptron| valued(rest, perceptron, Command::Input),
    ),
    spec(
        "toggle",
        "INPUT",
        "perceptron-help-toggle",
        &[],
        |rest, perceptron| some(perceptron.input(rest).map(Command::Toggle)),
    ),
    spec(
        "weight",
        "INPUT NUMBER",
        "perceptron-help-weight",
        &[],
        |rest, perceptron| valued(rest, perceptron, Command::Weight),
    ),
    spec(
        "weights",
        "NUMBER…",
        "perceptron-help-weights",
        &[],
        |rest, _| some(numbers(rest).map(Command::Weights)),
    ),
    spec(
        "threshold",
        "NUMBER",
        "perceptron-help-threshold",
        &[],
        |rest, _| {
            some(
                number(rest)
                    .map(Command::Threshold)
                    .map_err(PlayError::from),
            )
        },
    ),
    spec(
        "name",
        "INPUT NAME",
        "perceptron-help-name",
        &[],
        |rest, perceptron| {
            let (input, name) = named(rest, perceptron)?;
            some(input.map(|input| Command::Name(input, name.into())))
        },
    ),
    spec(
        "output",
        "NAME",
        "perceptron-help-output",
        &[],
        |rest, _| some(Ok(Command::Output(rest.into()))),
    ),
    spec(
        "add",
        "NAME [WEIGHT]",
        "perceptron-help-add",
        &[],
        |rest, perceptron| {
            if rest.is_empty() {
                let fresh = (1..).map(|i| format!("x{i}"));
                let name = fresh
                    .into_iter()
                    .find(|name| !perceptron.names.contains(name))?;
                return some(Ok(Command::Add(name, 0.0)));
            }
            if let Some((name, weight)) = rest.rsplit_once(' ')
                && let Ok(weight) = number(weight)
            {
                return some(Ok(Command::Add(name.trim().into(), weight)));
            }
            some(Ok(Command::Add(rest.into(), 0.0)))
        },
    ),
    spec(
        "remove",
        "INPUT",
        "perceptron-help-remove",
        &[],
        |rest, perceptron| some(perceptron.input(rest).map(Command::Remove)),
    ),
    spec(
        "film",
        "",
        "perceptron-help-film",
        &[("f", "film")],
        alone!(Command::Film),
    ),
    spec(
        "table",
        "",
        "perceptron-help-table",
        &[],
        alone!(Command::Table),
    ),
    spec(
        "data",
        "[and|or|xor|table|FILE]",
        "perceptron-help-data",
        &[],
        |rest, _| some(Ok(Command::Data((!rest.is_empty()).then(|| rest.into())))),
    ),
    spec(
        "cell",
        "ROW COLUMN NUMBER",
        "perceptron-help-cell",
        &[],
        |rest, perceptron| {
            let (row, rest) = rest.split_once(' ')?;
            let (column, value) = rest.trim().rsplit_once(' ')?;
            let column = column.trim();
            let answer = perceptron.names.len();
            let column = if column == perceptron.output || column == "answer" {
                Ok(answer)
            } else {
                perceptron.input(column)
            };
            some(column.map(|column| Command::Cell(row.into(), column, value.into())))
        },
    ),
    spec(
        "append",
        "VALUE… ANSWER",
        "perceptron-help-append",
        &[],
        |rest, _| {
            let values = rest.split_whitespace().map(str::to_owned);
            some(Ok(Command::Append(values.collect())))
        },
    ),
    spec("delete", "ROW", "perceptron-help-delete", &[], |rest, _| {
        some(Ok(Command::Delete(rest.into())))
    }),
    spec(
        "step",
        "[N]",
        "perceptron-help-step",
        &[("s", "step")],
        |rest, _| Some(Ok(Command::Step(count(rest)?))),
    ),
    spec(
        "back",
        "[N]",
        "perceptron-help-back",
        &[("S", "back")],
        |rest, _| Some(Ok(Command::Back(count(rest)?))),
    ),
    spec(
        "run",
        "",
        "perceptron-help-run",
        &[("c", "run")],
        alone!(Command::Run),
    ),
    spec(
        "start",
        "",
        "perceptron-help-start",
        &[("C", "start")],
        alone!(Command::Start),
    ),
    spec(
        "reset",
        "",
        "perceptron-help-reset",
        &[("r", "reset")],
        alone!(Command::Reset),
    ),
    spec("rate", "NUMBER", "perceptron-help-rate", &[], |rest, _| {
        some(match number(rest) {
            Ok(rate) if rate > 0.0 && rate <= 1000.0 => Ok(Command::Rate(rate)),
            _ => Err(PlayError::Rate(rest.into())),
        })
    }),
    spec(
        "why",
        "",
        "perceptron-help-why",
        &[("i", "why")],
        alone!(Command::Why),
    ),
    spec(
        "line",
        "",
        "perceptron-help-line",
        &[],
        alone!(Command::Line),
    ),
    spec("save", "FILE", "perceptron-help-save", &[], |rest, _| {
        (!rest.is_empty()).then(|| Ok(Command::Save(typed_path(rest))))
    }),
    spec(
        "undo",
        "",
        "perceptron-help-undo",
        &[("u", "undo")],
        alone!(Command::Undo),
    ),
    spec(
        "help",
        "",
        "perceptron-help-help",
        &[],
        alone!(Command::Help),
    ),
    spec(
        "quit",
        "",
        "perceptron-help-quit",
        &[("q", "quit"), ("ctrl-c", "quit")],
        alone!(Command::Quit),
    ),
]);

/// The command of a line; inputs are found by the perceptron's names.
pub fn parse(line: &str, perceptron: &Perceptron) -> Result<Command, PlayError> {
    let (spec, rest) = COMMANDS.find(line)?;
    (spec.parse)(rest, perceptron).unwrap_or_else(|| Err(spec.usage_error().into()))
}

fn some(result: Result<Command, PlayError>) -> Parsed {
    Some(result)
}

fn numbers(rest: &str) -> Result<Vec<f64>, PlayError> {
    let words = rest.split_whitespace();
    words.map(|word| Ok(number(word)?)).collect()
}

/// An input and its number.
fn valued(rest: &str, perceptron: &Perceptron, command: fn(usize, f64) -> Command) -> Parsed {
    let (input, value) = rest.rsplit_once(' ')?;
    let input = perceptron.input(input.trim());
    Some(input.and_then(|input| Ok(command(input, number(value)?))))
}

/// The input that a line begins with, whose name may have spaces, and the rest.
fn named<'a>(
    rest: &'a str,
    perceptron: &Perceptron,
) -> Option<(Result<usize, PlayError>, &'a str)> {
    let begins = |name: &String| {
        Some((
            name.len(),
            rest.strip_prefix(name.as_str())?.strip_prefix(' ')?,
        ))
    };
    if let Some((len, name)) = perceptron
        .names
        .iter()
        .filter_map(begins)
        .max_by_key(|(len, _)| *len)
    {
        return Some((perceptron.input(&rest[..len]), name.trim()));
    }
    let (word, name) = rest.split_once(char::is_whitespace)?;
    Some((perceptron.input(word), name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::command::tests::declared_once;

    fn said(line: &str) -> Result<Command, String> {
        parse(line, &Perceptron::film()).map_err(|e| e.to_string())
    }

    #[test]
    fn lines_are_commands() {
        assert_eq!(
            said("inputs 1 0 1"),
            Ok(Command::Inputs(vec![1.0, 0.0, 1.0]))
        );
        assert_eq!(said(" weight  price -2 "), Ok(Command::Weight(1, -2.0)));
        assert_eq!(
            said("name 2 good price"),
            Ok(Command::Name(1, "good price".into()))
        );
        assert_eq!(said("add 时间"), Ok(Command::Add("时间".into(), 0.0)));
        assert_eq!(said("add time 3"), Ok(Command::Add("time".into(), 3.0)));
        assert_eq!(
            said("cell 2 film 1"),
            Ok(Command::Cell("2".into(), 3, "1".into()))
        );
        assert_eq!(said("step"), Ok(Command::Step(1)));
        assert_eq!(said("data"), Ok(Command::Data(None)));
        let mut spaced = Perceptron::film();
        spaced.names[0] = "fine weather".into();
        let line = parse("name fine weather sun", &spaced).unwrap();
        assert_eq!(line, Command::Name(0, "sun".into()));
        assert_eq!(
            parse("weight fine weather 3", &spaced).unwrap(),
            Command::Weight(0, 3.0)
        );
    }

    #[test]
    fn wrong_lines_say_what_is_right() {
        for (line, due) in [
            ("wieght price 3", "did you mean `weight`?"),
            ("zzz", "`help` lists them all"),
            ("weight prize 3", "the inputs are weather, price, company"),
            ("weight price x", "\"x\" is no number"),
            ("weight price", "usage: weight INPUT NUMBER"),
            ("step 0", "usage: step [N]"),
            ("rate 0", "a rate is greater than 0"),
            ("show me", "usage: show"),
            ("save", "usage: save FILE"),
        ] {
            let why = said(line).unwrap_err();
            assert!(why.contains(due), "{line}: {why}");
        }
    }

    #[test]
    fn names_and_keys_are_declared_once_and_keys_are_commands() {
        let film = Perceptron::film();
        declared_once(&COMMANDS, |line| drop(parse(line, &film).unwrap()));
    }
}
