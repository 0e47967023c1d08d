//! A lesson at work without a screen: lines go to what is live beside it, answers to its task.

use serde::Serialize;
use serde_json::Value;

use super::facts::{Asked, Facts};
use super::lessons::{self, LESSONS, Lesson, PROMPT, Stage};
use super::sheet::Sheet;
use super::task::{Seen, Task, Verdict, Wanted};
use super::what_if::Part;
use super::{Model, glossary};
use crate::lang::{self, FluentValue, say, say_with};
use crate::play::matrix;
use crate::play::perceptron::Play;
use crate::play::playground::run::Playground;
use crate::play::playground::{batch, link};
use crate::session::batch::Batch;
use crate::session::debugger::Debugger;
use crate::trace::source::Source;

/// The text of a lesson, in the language of now, with its facts filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub title: String,
    pub text: Vec<String>,
    pub task: String,
    pub hint: String,
    /// The part that this build lacks, or that is switched off.
    pub notes: Vec<String>,
}

impl Page {
    pub fn of(lesson: &Lesson, facts: &Facts, recorded: bool, without: Option<Part>) -> Page {
        let args = facts.args();
        let part = |part: &str| say_with(&format!("lesson-{}-{part}", lesson.name), &args);
        let mut notes = Vec::new();
        if let Some(part) = without {
            notes.push(say_with(
                "learn-without",
                &[("part", part_name(part).into())],
            ));
        }
        let live = matches!(lesson.stage, Stage::Debugger { .. });
        match lesson.without {
            Some(_) if without.is_some() => {}
            Some(part) if !recorded => {
                let args: [(&str, FluentValue); 2] = [
                    ("part", part_name(part).into()),
                    ("word", part.word().into()),
                ];
                notes.push(say_with("learn-what-if", &args));
            }
            Some(_) => notes.push(say("learn-recorded-what-if").into()),
            None if recorded && live => notes.push(say("learn-recorded").into()),
            None => {}
        }
        Page {
            title: part("title"),
            text: paragraphs(&part("text")),
            task: joined(&part("task")),
            hint: joined(&part("hint")),
            notes,
        }
    }
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Positions => say("part-positions"),
        Part::Attention => say("part-attention"),
        Part::Norms => say("part-norms"),
        Part::Mlp => say("part-mlp"),
    }
}

/// The paragraphs of a message: blank lines part them, line ends within one mean nothing.
fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(joined).collect()
}

/// Lines as one.
fn joined(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    lang::flow(lines.filter(|line| !line.is_empty()))
}

/// The live part.
enum Live {
    Debugger {
        source: Box<dyn Source>,
        debugger: Box<Debugger>,
    },
    Perceptron(Box<Play>),
    Playground(Box<Playground>),
    Matrix(Box<matrix::Play>),
    Sheet(Sheet),
}

/// A lesson and what is live beside it.
pub struct Room {
    model: Model,
    at: usize,
    live: Live,
    facts: Facts,
    without: Option<Part>,
    solved: bool,
}

/// The reply to a line. JSON holds names and numbers, no sentences.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    Page {
        number: usize,
        lesson: &'static str,
        recorded: bool,
        #[serde(skip)]
        text: String,
    },
    /// An answer was given.
    Verdict {
        lesson: &'static str,
        verdict: &'static str,
        solved: bool,
        #[serde(skip)]
        text: String,
    },
    /// A line was given to the live part.
    Stage {
        lesson: &'static str,
        reply: Value,
        solved: bool,
        #[serde(skip)]
        text: String,
    },
    Text {
        #[serde(skip)]
        text: String,
    },
}

impl Reply {
    pub fn text(&self) -> String {
        match self {
            Reply::Page { text, .. }
            | Reply::Verdict { text, .. }
            | Reply::Stage { text, .. }
            | Reply::Text { text } => text.clone(),
        }
    }
}

/// Words that a room knows beside the commands of what is live.
pub const WORDS: [&str; 7] = [
    "page", "answer", "hint", "lesson", "lessons", "without", "glossary",
];

impl Room {
    /// Open a lesson by its place.
    ///
    /// # Errors
    /// The model cannot be opened, or `without` needs an engine that is not there.
    pub fn enter(model: Model, at: usize, without: Option<Part>) -> Result<Room, String> {
        let lesson = &LESSONS[at];
        if without.is_some() && model.recorded {
            return Err(say("learn-recorded-what-if").into());
        }
        let facts = facts(&model, lesson)?;
        let live = match lesson.stage {
            Stage::Debugger { prompt, .. } => {
                let mut source = (model.open)(prompt)?;
                if let Some(part) = without {
                    part.switch_off(source.as_mut())
                        .map_err(|e| e.to_string())?;
                }
                let passes = source.passes().to_vec();
                let debugger = Box::new(Debugger::new(source.model().clone(), passes));
                Live::Debugger { source, debugger }
            }
            _ if without.is_some() => return Err(say("learn-nothing-to-switch-off").into()),
            Stage::Perceptron(_) => Live::Perceptron(Box::default()),
            Stage::Playground { link, .. } => Live::Playground(Box::new(playground(link)?)),
            Stage::Matrix(_) => Live::Matrix(Box::default()),
            Stage::Marks => Live::Sheet(Sheet::default()),
        };
        let mut room = Room {
            model,
            at,
            live,
            facts,
            without,
            solved: false,
        };
        for line in room.first_lines() {
            room.stage(line)?;
        }
        Ok(room)
    }

    fn first_lines(&self) -> &'static [&'static str] {
        match self.lesson().stage {
            Stage::Debugger { commands, .. }
            | Stage::Playground { commands, .. }
            | Stage::Perceptron(commands)
            | Stage::Matrix(commands) => commands,
            Stage::Marks => &[],
        }
    }

    pub fn lesson(&self) -> &'static Lesson {
        &LESSONS[self.at]
    }

    pub fn is_solved(&self) -> bool {
        self.solved
    }

    /// Run a line. `None` after `quit`.
    ///
    /// # Errors
    /// One line that says what is wrong with it.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let lesson = self.lesson().name;
        Ok(Some(match word {
            "quit" => return Ok(None),
            "page" => self.page(),
            "hint" => {
                let page = Page::of(self.lesson(), &self.facts, false, None);
                Reply::Text { text: page.hint }
            }
            "answer" if rest.is_empty() => return Err(say("learn-answer-what").into()),
            "answer" => {
                let verdict = self.lesson().task.answer(rest, &self.facts);
                self.solved |= verdict == Verdict::Right;
                Reply::Verdict {
                    lesson,
                    verdict: word_of(verdict),
                    solved: self.solved,
                    text: said(verdict).into(),
                }
            }
            "lesson" => {
                let last = LESSONS.len().into();
                let unknown =
                    || say_with("learn-no-lesson", &[("word", rest.into()), ("last", last)]);
                let at = lessons::named(rest).ok_or_else(unknown)?;
                *self = Room::enter(self.model.clone(), at, None)?;
                self.page()
            }
            "lessons" => Reply::Text {
                text: list(|_| false),
            },
            "without" => {
                let part = match rest {
                    "nothing" => None,
                    word => Some(Part::named(word).ok_or_else(|| {
                        let words = Part::ALL.map(Part::word).join(", ");
                        say_with(
                            "learn-no-part",
                            &[("word", word.into()), ("parts", words.into())],
                        )
                    })?),
                };
                *self = Room::enter(self.model.clone(), self.at, part)?;
                self.page()
            }
            "glossary" => Reply::Text {
                text: glossary::explained(rest)?,
            },
            _ => {
                let (reply, mut text) = match self.stage(line)? {
                    Some(found) => found,
                    None => return Ok(None),
                };
                let before = self.solved;
                self.solved |= self.is_done();
                if self.solved && !before {
                    text = format!("{text}\n{}", say("learn-solved"));
                }
                Reply::Stage {
                    lesson,
                    reply,
                    solved: self.solved,
                    text,
                }
            }
        }))
    }

    /// The lesson's number, title, text and task.
    pub fn page(&self) -> Reply {
        let lesson = self.lesson();
        let page = Page::of(lesson, &self.facts, self.model.recorded, self.without);
        let mut parts = vec![format!("{}. {}", self.at + 1, page.title)];
        parts.extend(page.text);
        parts.extend(page.notes);
        parts.push(format!("▸ {}", page.task));
        Reply::Page {
            number: self.at + 1,
            lesson: lesson.name,
            recorded: self.model.recorded,
            text: parts.join("\n\n"),
        }
    }

    /// Give a line to what is live: the reply as data and as text.
    fn stage(&mut self, line: &str) -> Result<Option<(Value, String)>, String> {
        match &mut self.live {
            Live::Debugger { source, debugger } => {
                let here = Debugger::clone(debugger);
                let mut batch = Batch::resume(source.as_mut(), here, false);
                let said = batch.run(line);
                **debugger = batch.into_debugger();
                Ok(said?.map(|reply| (value(&reply), reply.text())))
            }
            Live::Perceptron(play) => {
                let said = play.run(line).map_err(|e| e.to_string())?;
                Ok(said.map(|reply| (value(&reply), reply.text())))
            }
            Live::Matrix(play) => {
                let said = play.run(line).map_err(|e| e.to_string())?;
                Ok(said.map(|reply| (value(&reply), reply.text())))
            }
            Live::Playground(playground) => {
                let said = batch::run(playground, line)?;
                Ok(said.map(|reply| (value(&reply), reply.to_string())))
            }
            Live::Sheet(sheet) => {
                if line != "show" {
                    sheet.run(line).map_err(|e| e.to_string())?;
                }
                let rows = sheet.rows();
                let rows = rows.iter().map(|row| (row.key, row.cells.as_slice()));
                let rows: std::collections::BTreeMap<_, _> = rows.collect();
                Ok(Some((value(&rows), sheet.lines().join("\n"))))
            }
        }
    }

    fn is_done(&self) -> bool {
        let Task::Do(done) = self.lesson().task else {
            return false;
        };
        match &self.live {
            Live::Debugger { debugger, .. } => {
                let at = debugger.at();
                let text = debugger.passes().get(at.pass);
                let text: String = text.map_or(String::new(), |pass| {
                    pass.tokens
                        .iter()
                        .map(|token| token.text.as_str())
                        .collect()
                });
                let seen = Seen::Debugger {
                    point: &debugger.plan().points()[at.point].name,
                    text: &text,
                };
                done(&seen, &self.facts)
            }
            Live::Perceptron(play) => done(&Seen::Perceptron(play), &self.facts),
            Live::Playground(playground) => {
                let now = playground.now();
                let losses = now.training.losses(&now.data);
                done(&Seen::Playground(losses), &self.facts)
            }
            Live::Matrix(play) => done(&Seen::Matrix(play), &self.facts),
            Live::Sheet(sheet) => done(&Seen::Sheet(sheet), &self.facts),
        }
    }

    /// The answer that the task waits for, as a person would type it.
    pub fn right_answer(&self) -> Option<String> {
        match self.lesson().task {
            Task::Answer(wanted) => Some(match wanted(&self.facts) {
                Wanted::Number(x, _) => format!("{x:.4}"),
                Wanted::Word(word) => word,
            }),
            Task::Do(_) => None,
        }
    }
}

/// Any reply as JSON.
fn value(reply: &impl Serialize) -> Value {
    serde_json::to_value(reply).unwrap_or(Value::Null)
}

/// The facts of a lesson, from a model of its own that nobody has changed.
///
/// # Errors
/// The model cannot be opened or asked.
pub fn facts(model: &Model, lesson: &Lesson) -> Result<Facts, String> {
    let prompt = match lesson.stage {
        Stage::Debugger { prompt, .. } => prompt,
        _ => PROMPT,
    };
    let mut source = (model.open)(prompt)?;
    let mut facts = Facts::default();
    let mut asked = Asked::new(source.as_mut(), model.files);
    (lesson.facts)(&mut asked, &mut facts).map_err(|e| e.to_string())?;
    Ok(facts)
}

/// The playground of a lesson.
///
/// # Errors
/// The link is none.
pub fn playground(text: &str) -> Result<Playground, String> {
    let opened = link::read(text).map_err(|e| e.to_string())?;
    Playground::new(opened.state, None)
}

fn word_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "wrong",
        Verdict::NoNumber => "no_number",
        Verdict::NothingAsked => "nothing_asked",
    }
}

/// A verdict in words.
pub fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => say("learn-right"),
        Verdict::Wrong => say("learn-wrong"),
        Verdict::NoNumber => say("learn-no-number"),
        Verdict::NothingAsked => say("learn-nothing-asked"),
    }
}

/// The title of a lesson, which takes no facts.
pub fn title(lesson: &Lesson) -> &'static str {
    lang::find(&format!("lesson-{}-title", lesson.name)).unwrap_or(lesson.name)
}

/// All lessons, a numbered line each, with those that are done marked.
pub fn list(done: impl Fn(&Lesson) -> bool) -> String {
    let line = |(n, lesson): (usize, &Lesson)| {
        let mark = if done(lesson) { "✓" } else { "·" };
        format!("{n:>2} {mark} {}", title(lesson))
    };
    (1..).zip(&LESSONS).map(line).collect::<Vec<_>>().join("\n")
}

/// A lesson that was walked: whether each wrong line was told from a right one, and whether it could be solved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Walked {
    pub number: usize,
    pub lesson: &'static str,
    pub wrong_told: bool,
    pub solved: bool,
}

/// Walk a lesson: its wrong lines must not solve it, its solution must.
///
/// # Errors
/// It cannot be opened, or a line cannot be run.
pub fn walk(model: &Model, at: usize) -> Result<Walked, String> {
    let lesson = &LESSONS[at];
    let mut wrong_told = true;
    for line in lesson.wrong {
        let mut room = Room::enter(model.clone(), at, None)?;
        room.run(line)?;
        wrong_told &= !room.is_solved();
    }
    let mut room = Room::enter(model.clone(), at, None)?;
    for (i, line) in lesson.solution.iter().enumerate() {
        wrong_told &= i == 0 || !room.is_solved();
        match (*line, room.right_answer()) {
            ("answer", Some(answer)) => room.run(&format!("answer {answer}"))?,
            (line, _) => room.run(line)?,
        };
    }
    Ok(Walked {
        number: at + 1,
        lesson: lesson.name,
        wrong_told,
        solved: room.is_solved(),
    })
}
