//! Every command of the perceptron, declared once: batch, keys and help are read from the table.

use super::error::PlayError;
use super::model::{Perceptron, number};
use crate::lang;
use crate::play::typed_path;

pub struct Spec {
    pub name: &'static str,
    pub arguments: &'static str,
    pub help: &'static str,
    /// Keys of the screen, and the command line that each stands for.
    pub keys: &'static [(&'static str, &'static str)],
    parse: fn(&str, &Perceptron) -> Option<Result<Command, PlayError>>,
}

impl Spec {
    /// Its line of help in the language of now.
    pub fn told(&self) -> &'static str {
        lang::of_table("perceptron-help", self.name, self.help)
    }

    pub fn usage(&self) -> String {
        format!("{} {}", self.name, self.arguments)
            .trim_end()
            .into()
    }
}

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
    Save(String),
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

pub static COMMANDS: &[Spec] = &[
    spec(
        "show",
        "",
        "inputs, weights, threshold, sum and output",
        &[],
        alone!(Command::Show),
    ),
    spec(
        "inputs",
        "VALUE…",
        "the value of every input, as in `inputs 1 0 1`",
        &[],
        |rest, _| some(numbers(rest).map(Command::Inputs)),
    ),
    spec(
        "input",
        "INPUT NUMBER",
        "the value of one input",
        &[],
        |rest, perceptron| valued(rest, perceptron, Command::Input),
    ),
    spec(
        "toggle",
        "INPUT",
        "switch an input between 0 and 1",
        &[],
        |rest, perceptron| some(perceptron.input(rest).map(Command::Toggle)),
    ),
    spec(
        "weight",
        "INPUT NUMBER",
        "the weight of an input",
        &[],
        |rest, perceptron| valued(rest, perceptron, Command::Weight),
    ),
    spec(
        "weights",
        "NUMBER…",
        "the weight of every input",
        &[],
        |rest, _| some(numbers(rest).map(Command::Weights)),
    ),
    spec(
        "threshold",
        "NUMBER",
        "it fires if the sum is greater",
        &[],
        |rest, _| some(number(rest).map(Command::Threshold)),
    ),
    spec(
        "name",
        "INPUT NAME",
        "give an input another name",
        &[],
        |rest, perceptron| {
            let (input, name) = named(rest, perceptron)?;
            some(input.map(|input| Command::Name(input, name.into())))
        },
    ),
    spec(
        "output",
        "NAME",
        "give the output another name",
        &[],
        |rest, _| some(Ok(Command::Output(rest.into()))),
    ),
    spec(
        "add",
        "NAME [WEIGHT]",
        "one more input",
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
        "take an input away",
        &[],
        |rest, perceptron| some(perceptron.input(rest).map(Command::Remove)),
    ),
    spec(
        "film",
        "",
        "the example of the start: shall we see the film?",
        &[("f", "film")],
        alone!(Command::Film),
    ),
    spec(
        "table",
        "",
        "the truth table: every way to switch the inputs",
        &[],
        alone!(Command::Table),
    ),
    spec(
        "data",
        "[and|or|xor|table|FILE]",
        "samples to learn from, with weights that begin at 0; `table` takes the truth table; alone: show them",
        &[],
        |rest, _| some(Ok(Command::Data((!rest.is_empty()).then(|| path(rest))))),
    ),
    spec(
        "cell",
        "ROW COLUMN NUMBER",
        "change a number of the data set",
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
        "one more sample; the answer is 0 or 1",
        &[],
        |rest, _| {
            let values = rest.split_whitespace().map(str::to_owned);
            some(Ok(Command::Append(values.collect())))
        },
    ),
    spec("delete", "ROW", "take a sample away", &[], |rest, _| {
        some(Ok(Command::Delete(rest.into())))
    }),
    spec(
        "step",
        "[N]",
        "learn from the next sample, or the next N",
        &[("s", "step")],
        |rest, _| Some(Ok(Command::Step(count(rest)?))),
    ),
    spec(
        "back",
        "[N]",
        "take the last sample back, or the last N",
        &[("S", "back")],
        |rest, _| Some(Ok(Command::Back(count(rest)?))),
    ),
    spec(
        "run",
        "",
        "go on until it converges, or never will",
        &[("c", "run")],
        alone!(Command::Run),
    ),
    spec(
        "start",
        "",
        "take all samples back",
        &[("C", "start")],
        alone!(Command::Start),
    ),
    spec(
        "reset",
        "",
        "weights and threshold 0, nothing learned",
        &[("r", "reset")],
        alone!(Command::Reset),
    ),
    spec(
        "rate",
        "NUMBER",
        "how far weights move where the output is wrong",
        &[],
        |rest, _| {
            some(match number(rest) {
                Ok(rate) if rate > 0.0 && rate <= 1000.0 => Ok(Command::Rate(rate)),
                _ => Err(PlayError::Rate(rest.into())),
            })
        },
    ),
    spec(
        "why",
        "",
        "what the last sample changed, and why",
        &[("i", "why")],
        alone!(Command::Why),
    ),
    spec(
        "line",
        "",
        "the line between firing and not, for two inputs",
        &[],
        alone!(Command::Line),
    ),
    spec("save", "FILE", "write the data set", &[], |rest, _| {
        (!rest.is_empty()).then(|| Ok(Command::Save(path(rest))))
    }),
    spec(
        "undo",
        "",
        "take the last change back",
        &[("u", "undo")],
        alone!(Command::Undo),
    ),
    spec("help", "", "all commands", &[], alone!(Command::Help)),
    spec(
        "quit",
        "",
        "leave",
        &[("q", "quit"), ("ctrl-c", "quit")],
        alone!(Command::Quit),
    ),
];

const fn spec(
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    keys: &'static [(&'static str, &'static str)],
    parse: fn(&str, &Perceptron) -> Parsed,
) -> Spec {
    Spec {
        name,
        arguments,
        help,
        keys,
        parse,
    }
}

/// Whether a word is a command.
fn path(text: &str) -> String {
    typed_path(text).to_string_lossy().into_owned()
}

pub fn is_command(word: &str) -> bool {
    COMMANDS.iter().any(|spec| spec.name == word)
}

/// The command of a line; inputs are found by the perceptron's names.
pub fn parse(line: &str, perceptron: &Perceptron) -> Result<Command, PlayError> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let Some(spec) = COMMANDS.iter().find(|spec| spec.name == word) else {
        let likeness = |spec: &&Spec| strsim::jaro_winkler(word, spec.name);
        let near = COMMANDS
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        return Err(PlayError::NoCommand {
            word: word.into(),
            near: near
                .filter(|spec| likeness(spec) > 0.7)
                .map(|spec| spec.name.into()),
        });
    };
    (spec.parse)(rest.trim(), perceptron).unwrap_or_else(|| Err(PlayError::Usage(spec.usage())))
}

fn some(result: Result<Command, PlayError>) -> Parsed {
    Some(result)
}

fn numbers(rest: &str) -> Result<Vec<f64>, PlayError> {
    rest.split_whitespace().map(number).collect()
}

/// An input and its number.
fn valued(rest: &str, perceptron: &Perceptron, command: fn(usize, f64) -> Command) -> Parsed {
    let (input, value) = rest.rsplit_once(' ')?;
    let input = perceptron.input(input.trim());
    Some(input.and_then(|input| Ok(command(input, number(value)?))))
}

fn count(rest: &str) -> Option<usize> {
    match rest {
        "" => Some(1),
        text => text.parse().ok().filter(|&n| n > 0),
    }
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
        let mut names: Vec<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
        let keys = COMMANDS.iter().flat_map(|spec| spec.keys);
        let mut keys: Vec<&str> = keys
            .map(|(key, line)| {
                said(line).unwrap();
                *key
            })
            .collect();
        for all in [&mut names, &mut keys] {
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            assert_eq!(all.len(), count);
        }
    }
}
