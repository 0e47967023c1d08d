//! Commands about tokens: which comes next, and where predictions are read.

use super::super::super::debugger::Outcome;
use super::super::arguments::{self, Arguments, ParseError};
use super::super::{Autoplay, Command, Cut, Kind, TemperatureChange, TokenPick, Which};
use super::{Group, Spec, key};
use crate::trace::query::Job;

impl Command {
    /// Choose the next token.
    pub fn token(pick: TokenPick) -> Command {
        let kind = Kind::Token(pick.clone());
        Command::reading_the_lens(kind, pick, |d, pick, lens| d.token(pick, lens))
    }

    /// Look at a pass.
    pub fn pass(which: Which) -> Command {
        Command::new(Kind::Pass(which), which, |d, which| d.pass(*which))
    }

    /// Read predictions at a row.
    pub fn row(which: Which) -> Command {
        Command::new(Kind::Row(which), which, |d, which| d.row(*which))
    }

    fn temperature(change: TemperatureChange) -> Command {
        Command::new(Kind::Temperature, change, |d, change| {
            d.change_temperature(*change);
            Ok(Outcome::Done)
        })
    }

    /// Start again from another prompt.
    pub fn prompt(text: String) -> Command {
        Command::new(Kind::Other("prompt"), text, |_, text| {
            let prompt = text.clone();
            Ok(Outcome::Job(Job::Restart { prompt }))
        })
    }
}

pub const TOKENS: &[Spec] = &[
    Spec {
        name: "token",
        aliases: &["t"],
        args: "[sample [temperature=T] [top_k=K] [top_p=P] [seed=N] | ID | \"TEXT\" | #RANK]",
        help: "Choose the next token and begin its pass: the most probable one, a sampled one, \
               or the one given",
        keys: &[key("t", "token"), key("T", "token sample ")],
        group: Group::Tokens,
        example: "token sample temperature=0.8 top_k=40 top_p=0.9 seed=1",
        parse: |a| pick(a).map(Command::token),
    },
    Spec {
        name: "pass",
        aliases: &[],
        args: "next|prev|N",
        help: "Look at another pass: 0 is the prompt's, each generated token has one more",
        keys: &[key(")", "pass next"), key("(", "pass prev")],
        group: Group::Tokens,
        example: "pass 0",
        parse: |a| a.which().map(Command::pass),
    },
    Spec {
        name: "row",
        aliases: &[],
        args: "next|prev|N",
        help: "Choose the token that predictions are read at (counted from 0 in the pass)",
        keys: &[key(".", "row next"), key(",", "row prev")],
        group: Group::Tokens,
        example: "row 0",
        parse: |a| a.which().map(Command::row),
    },
    Spec {
        name: "temperature",
        aliases: &["temp"],
        args: "up|down|T",
        help: "Set the temperature of shown probabilities and of `token sample`",
        keys: &[
            key("+", "temperature up"),
            key("=", "temperature up"),
            key("-", "temperature down"),
        ],
        group: Group::Tokens,
        example: "temperature 0.8",
        parse: |a| {
            let change = match a.rest {
                "up" => TemperatureChange::Up,
                "down" => TemperatureChange::Down,
                _ => TemperatureChange::To(a.temperature(a.rest)?),
            };
            Ok(Command::temperature(change))
        },
    },
    Spec {
        name: "autoplay",
        aliases: &["play"],
        args: "[SPEED] [sample] [count=N]",
        help: "Take one token after another, SPEED a second: space pauses, t takes one, esc stops; sample draws them",
        keys: &[key("a", "autoplay")],
        group: Group::Tokens,
        example: "autoplay 3 count=12",
        parse: |a| Ok(a.does(autoplay(a)?, |_, play| Ok(Outcome::Play(*play)))),
    },
    Spec {
        name: "cut",
        aliases: &[],
        args: "[top_k=K] [top_p=P]",
        help: "Draw from the K most probable tokens, then from the fewest whose shares reach P: in the stages at the logits and in `token sample`; without arguments from all",
        keys: &[],
        group: Group::Tokens,
        example: "cut top_k=5 top_p=0.9",
        parse: |a| {
            Ok(a.does(cut(a)?, |d, cut| {
                d.set_cut(*cut);
                Ok(Outcome::Done)
            }))
        },
    },
    Spec {
        name: "prompt",
        aliases: &["edit"],
        args: "TEXT",
        help: "Start again from another prompt",
        keys: &[key("e", "prompt ")],
        group: Group::Tokens,
        example: "prompt 画蛇",
        parse: |a| {
            let text = a.required("TEXT")?;
            Ok(Command::prompt(arguments::unquoted(&text).to_owned()))
        },
    },
];

fn pick(a: &Arguments) -> Result<TokenPick, ParseError> {
    let wrong = || a.wrong(a.rest);
    let pick = if a.rest.is_empty() || a.rest == "greedy" {
        TokenPick::Greedy
    } else if let Some(rank) = a.rest.strip_prefix('#') {
        let rank = rank.parse().ok().filter(|&n| n > 0);
        TokenPick::Rank(rank.ok_or_else(wrong)?)
    } else if let Some(text) = a.rest.strip_prefix('"') {
        let text = text.strip_suffix('"').filter(|t| !t.is_empty());
        TokenPick::Text(text.ok_or_else(wrong)?.to_owned())
    } else if let Ok(id) = a.rest.parse() {
        TokenPick::Id(id)
    } else {
        let mut words = a.rest.split_whitespace();
        match words.next() {
            Some("sample") => sample(a, words)?,
            _ => return Err(wrong()),
        }
    };
    Ok(pick)
}

fn most(a: &Arguments, value: &str) -> Result<usize, ParseError> {
    let k = value.parse();
    k.map_err(|_| a.outside("top_k", "error-wanted-whole", value))
}

fn share(a: &Arguments, value: &str) -> Result<f64, ParseError> {
    let p = value.parse().ok().filter(|&p| p > 0.0 && p <= 1.0);
    p.ok_or_else(|| a.outside("top_p", "error-wanted-share", value))
}

/// The speed, and how tokens are chosen.
fn autoplay(a: &Arguments) -> Result<Autoplay, ParseError> {
    let mut play = Autoplay {
        speed: SPEED,
        sample: false,
        count: None,
    };
    for word in a.rest.split_whitespace() {
        if word == "sample" {
            play.sample = true;
        } else if let Some(count) = word.strip_prefix("count=") {
            let count = count.parse().ok().filter(|&n: &usize| n > 0);
            play.count = Some(count.ok_or_else(|| a.outside("count", "error-wanted-count", word))?);
        } else {
            let speed = word.parse().ok().filter(|x| SPEEDS.contains(x));
            let wanted = "a number of tokens a second from 0.01 to 1000";
            play.speed = speed.ok_or_else(|| a.outside("SPEED", wanted, word))?;
        }
    }
    Ok(play)
}

/// Tokens a second where nothing is said, and those that may be asked for.
const SPEED: f64 = 2.0;
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// How many tokens may be drawn: all of them, where nothing is said.
fn cut(a: &Arguments) -> Result<Cut, ParseError> {
    let mut cut = Cut::default();
    for word in a.rest.split_whitespace() {
        match word.split_once('=') {
            Some(("top_k", value)) => cut.top_k = most(a, value)?,
            Some(("top_p", value)) => cut.top_p = share(a, value)?,
            _ => return Err(a.wrong(word)),
        }
    }
    Ok(cut)
}

fn sample<'w>(
    a: &Arguments,
    words: impl Iterator<Item = &'w str>,
) -> Result<TokenPick, ParseError> {
    let (mut temperature, mut top_k, mut top_p, mut seed) = (None, None, None, 0);
    for word in words {
        let wrong = || a.wrong(word);
        let (name, value) = word.split_once('=').ok_or_else(wrong)?;
        match name {
            "temperature" | "t" => temperature = Some(a.temperature(value)?),
            "top_k" => top_k = Some(most(a, value)?),
            "top_p" => top_p = Some(share(a, value)?),
            "seed" => {
                let n = value.parse();
                seed = n.map_err(|_| a.outside("seed", "error-wanted-whole", value))?;
            }
            _ => return Err(wrong()),
        }
    }
    Ok(TokenPick::Sample {
        temperature,
        top_k,
        top_p,
        seed,
    })
}
