//! Command lines run one after the other with no screen, as gdb's `--batch -x` does.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::command::{self, Command, Scope, SliceSpec};
use super::debugger::{Debugger, Job, Outcome};
use super::{explain, format, walk};
use crate::trace::hook;
use crate::trace::source::{Control, Source};
use crate::trace::tensor::{Distribution, Pick, Slice, Summary, Values};

/// Elements of each axis that `print` shows where the slice does not say: of the last axis, the one
/// before it, and all others.
const SHOWN: [usize; 3] = [12, 16, 4];
/// Candidates among which `token #N` and `token "TEXT"` look.
const CANDIDATES: usize = 100;

/// What a command has to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// Where the cursor stands.
    At {
        pass: usize,
        step: usize,
        steps: usize,
        name: String,
        shape: Vec<usize>,
        axes: String,
    },
    /// Elements of a hook point; `null` in JSON is a NaN or an infinity.
    Values {
        name: String,
        of: Vec<usize>,
        shape: Vec<usize>,
        values: Vec<f64>,
    },
    /// The most probable next tokens, read at a hook point.
    Next {
        name: String,
        distribution: Distribution,
    },
    Info {
        name: String,
        axes: String,
        shape: Vec<usize>,
        formula: String,
        text: String,
        summary: Summary,
    },
    /// A pass that began.
    Pass {
        pass: usize,
        token: String,
        id: u32,
        prob: Option<f64>,
    },
    Text {
        text: String,
    },
}

/// A debugger on a source, driven by command lines.
pub struct Batch<'a> {
    source: &'a mut dyn Source,
    debugger: Debugger,
}

impl<'a> Batch<'a> {
    pub fn new(source: &'a mut dyn Source) -> Batch<'a> {
        let debugger = Debugger::new(source.passes().to_vec());
        Batch { source, debugger }
    }

    /// Run one command line. `None` after `quit`.
    ///
    /// # Errors
    /// One line that says what is wrong with the command, or why it cannot be done here.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, String> {
        let command = command::parse(line).map_err(|e| e.to_string())?;
        let before = (self.debugger.pass, self.debugger.point);
        match &command {
            Command::Print { name, slice } => return self.print(name.as_deref(), slice).map(Some),
            Command::Topk { k, name } => return self.topk(*k, name.as_deref()).map(Some),
            Command::Info(name) => return self.info(name.as_deref()).map(Some),
            Command::Walk => return self.walk().map(Some),
            _ => {}
        }
        let lens = match &command {
            Command::Token(command::Pick::Rank(_) | command::Pick::Text(_)) => {
                Some(self.lens(self.debugger.point, CANDIDATES)?)
            }
            _ => None,
        };
        let outcome = self.debugger.run(&command, lens.as_ref())?;
        let moving = matches!(command, Command::Move { .. } | Command::Continue(_));
        if moving && before == (self.debugger.pass, self.debugger.point) {
            let end = if self.debugger.point == 0 {
                "first"
            } else {
                "last"
            };
            return Err(format!("already at the {end} hook point of the pass"));
        }
        Ok(Some(match outcome {
            Outcome::Done => self.at(),
            Outcome::Note(text) => Reply::Text { text },
            Outcome::List { lines, .. } => Reply::Text {
                text: lines.join("\n"),
            },
            Outcome::Job(job) => self.job(job)?,
            Outcome::Help(topic) => Reply::Text {
                text: help(topic.as_deref()),
            },
            Outcome::Screen(_) => return Err("this command needs a screen".into()),
            Outcome::Quit => return Ok(None),
        }))
    }

    fn at(&self) -> Reply {
        let point = self.debugger.point;
        let plan = &self.debugger.passes[self.debugger.pass].plan;
        let found = &plan.points()[point];
        Reply::At {
            pass: self.debugger.pass,
            step: point + 1,
            steps: plan.len(),
            name: hook::short(&found.name),
            shape: found.shape.clone(),
            axes: format::shape(found),
        }
    }

    /// The hook point that `name` means without moving there; the cursor's for none.
    fn point(&self, name: Option<&str>) -> Result<usize, String> {
        let Some(name) = name else {
            return Ok(self.debugger.point);
        };
        let plan = &self.debugger.passes[self.debugger.pass].plan;
        plan.find(name)
            .or_else(|| self.debugger.matches(name).first().copied())
            .ok_or_else(|| format!("no hook point is like {name}"))
    }

    fn print(&mut self, name: Option<&str>, slice: &SliceSpec) -> Result<Reply, String> {
        let (pass, at) = (self.debugger.pass, self.point(name)?);
        let point = self.debugger.passes[pass].plan.points()[at].clone();
        let mut slice = slice.resolve(&point).map_err(|e| e.to_string())?;
        let axes = point.shape.len();
        for axis in slice.0.len()..axes {
            let shown = SHOWN[(axes - 1 - axis).min(SHOWN.len() - 1)];
            slice.0.push(Pick::Span(0..point.shape[axis].min(shown)));
        }
        let Values { shape, data } = self.values(pass, at, &slice)?;
        Ok(Reply::Values {
            name: hook::short(&point.name),
            of: point.shape,
            shape,
            values: data,
        })
    }

    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, String> {
        self.source
            .values(pass, point, slice)
            .map_err(|e| e.to_string())
    }

    fn lens(&mut self, point: usize, k: usize) -> Result<Distribution, String> {
        let Debugger {
            pass,
            row,
            temperature,
            ..
        } = self.debugger;
        self.source
            .lens(pass, point, row, k, temperature.get())
            .map_err(|e| e.to_string())
    }

    fn topk(&mut self, k: usize, name: Option<&str>) -> Result<Reply, String> {
        let point = self.point(name)?;
        let distribution = self.lens(point, k)?;
        let plan = &self.debugger.passes[self.debugger.pass].plan;
        Ok(Reply::Next {
            name: hook::short(&plan.points()[point].name),
            distribution,
        })
    }

    fn info(&mut self, name: Option<&str>) -> Result<Reply, String> {
        let (pass, at) = (self.debugger.pass, self.point(name)?);
        let summary = self.source.summary(pass, at).map_err(|e| e.to_string())?;
        let point = &self.debugger.passes[pass].plan.points()[at];
        let said = explain::explain(self.source.model(), &self.debugger.passes[pass], at);
        Ok(Reply::Info {
            name: hook::short(&point.name),
            axes: format::shape(point),
            shape: point.shape.clone(),
            formula: said.formula,
            text: said.text,
            summary,
        })
    }

    fn walk(&mut self) -> Result<Reply, String> {
        let mut text = Vec::new();
        walk::walk(self.source, &mut text).map_err(|e| e.to_string())?;
        Ok(Reply::Text {
            text: String::from_utf8_lossy(&text).trim_end().to_owned(),
        })
    }

    fn job(&mut self, job: Job) -> Result<Reply, String> {
        let control = Control::default();
        let done = match &job {
            Job::Next { pass, choice } => self.source.next(*pass, choice, &control),
            Job::Restart(prompt) => self.source.restart(prompt),
            Job::Save { path, hooks } => self.source.save(path, hooks, &control),
        };
        done.map_err(|e| e.to_string())?;
        match job {
            Job::Next { pass, .. } => {
                // Before the cursor leaves: how probable the token was where it was chosen.
                let end = self.debugger.passes[pass].plan.len() - 1;
                let said = self.lens(end, CANDIDATES)?;
                self.debugger.set_passes(self.source.passes().to_vec());
                self.debugger.pass = pass + 1;
                let new = self.debugger.passes[pass + 1].tokens.last();
                let new = new.ok_or("the new pass has no token")?;
                let prob = said.top.iter().find(|c| c.id == new.id).map(|c| c.prob);
                Ok(Reply::Pass {
                    pass: pass + 1,
                    token: new.text.clone(),
                    id: new.id,
                    prob,
                })
            }
            Job::Restart(_) => {
                self.debugger.set_passes(self.source.passes().to_vec());
                self.debugger.point = 0;
                Ok(self.at())
            }
            Job::Save { path, .. } => Ok(Reply::Text {
                text: format!("wrote {}", path.display()),
            }),
        }
    }
}

/// The commands that batch mode has, or one of them.
fn help(topic: Option<&str>) -> String {
    let specs = command::COMMANDS
        .iter()
        .filter(|s| s.scope == Scope::Everywhere);
    let wanted = specs.filter(|s| topic.is_none_or(|t| s.name == t || s.aliases.contains(&t)));
    let lines: Vec<String> = wanted
        .map(|s| format!("{} {}", format::fit(&s.usage(), 36), s.help))
        .collect();
    match lines.is_empty() {
        true => "no such command: `help` lists them all".into(),
        false => lines.join("\n"),
    }
}

impl Reply {
    /// As people read it: columns aligned, numbers in fixed width.
    pub fn text(&self) -> String {
        match self {
            Reply::At {
                pass,
                step,
                steps,
                name,
                axes,
                ..
            } => {
                format!("pass {pass} · step {step}/{steps} · {name} {axes}")
            }
            Reply::Values {
                name,
                of,
                shape,
                values,
            } => {
                let all = if of.len() == shape.len() && of != shape {
                    format!(" of {of:?}")
                } else {
                    String::new()
                };
                format!("{name} {shape:?}{all}{}", matrices(shape, values))
            }
            Reply::Next {
                name,
                distribution: d,
            } => {
                let mut text = format!(
                    "next token, seen from {name} (entropy {:.2} nats)",
                    d.entropy
                );
                let gutter = d
                    .top
                    .iter()
                    .map(|c| format::token(&c.text).width())
                    .max()
                    .unwrap_or(0);
                for c in &d.top {
                    let token = format::fit(&format::token(&c.text), gutter);
                    text += &format!(
                        "\n  {token} {}  logit {:8.3}  id {}",
                        format::percent(c.prob),
                        c.logit,
                        c.id
                    );
                }
                text
            }
            Reply::Info {
                name,
                axes,
                formula,
                text,
                summary: s,
                ..
            } => format!(
                "{name} {axes}\n  {formula}\n  {text}\n  min {:.6} max {:.6} mean {:.6} std {:.6} l2 {:.6} nan {} inf {}",
                s.min, s.max, s.mean, s.std, s.l2, s.nan, s.inf
            ),
            Reply::Pass {
                pass,
                token,
                id,
                prob,
            } => {
                let prob = prob
                    .map(|p| format!(" {}", format::percent(p).trim()))
                    .unwrap_or_default();
                format!(
                    "pass {pass} · token {} (id {id}){prob}",
                    format::token(token)
                )
            }
            Reply::Text { text } => text.clone(),
        }
    }
}

/// The last two axes as rows and columns, a paragraph for each index of those before.
fn matrices(shape: &[usize], values: &[f64]) -> String {
    let Some(&cols) = shape.last() else {
        return values
            .iter()
            .map(|&x| format!("\n  {}", format::number(x, 9)))
            .collect();
    };
    let rows = if shape.len() > 1 {
        shape[shape.len() - 2]
    } else {
        1
    };
    let mut text = String::new();
    for (i, row) in values.chunks(cols.max(1)).enumerate() {
        if shape.len() > 2 && i % rows == 0 {
            text += &format!("\n  [{}]", i / rows);
        }
        let cells: Vec<String> = row.iter().map(|&x| format::number(x, 9)).collect();
        text += &format!("\n  {}", cells.concat());
    }
    text
}
