//! The perceptron to play with: what it computes, and the rule that learns it from samples.
//!
//! | file | what |
//! |---|---|
//! | [`model`] | inputs, weights, threshold, sum, output; the truth table |
//! | [`data`] | samples: known ones and CSV files |
//! | [`rule`] | the perceptron rule, forwards and back; convergence, and the proof that there is none |
//! | [`command`] | every command, declared once |
//! | [`reply`] | what a command says, as text and JSON |
//! | [`words`] | every sentence |
//! | [`error`] | what can be wrong |

pub mod command;
pub mod data;
pub mod error;
pub mod model;
pub mod reply;
pub mod rule;
pub mod words;

use std::io::Write;
use std::path::Path;
use std::rc::Rc;

use super::command::CommandError;
use command::{COMMANDS, Command};
use data::Sample;
use error::PlayError;
use model::{MOST_INPUTS, Perceptron, Weights};
use reply::Reply;
use rule::{Learning, Status, Step};

use super::number::number;
use super::{typed_path, wrote};
use crate::lang::flow;
use crate::trace::atomic_file::AtomicFile;

/// Changes that can be undone.
const MOST_UNDONE: usize = 50;

/// All that a person can change.
#[derive(Clone, Debug, PartialEq)]
struct State {
    perceptron: Perceptron,
    /// The name of the data set, and its samples; its columns are the perceptron's inputs and output.
    data: Option<(String, Rc<Vec<Sample>>)>,
    learning: Learning,
}

/// A perceptron, the samples that it learns from, and how far it has learned.
#[derive(Clone, Debug)]
pub struct Play {
    now: State,
    /// States before changes, the newest last.
    past: Vec<State>,
}

impl Default for Play {
    fn default() -> Play {
        let perceptron = Perceptron::film();
        Play {
            now: State {
                learning: Learning::new(1.0, &perceptron.weights),
                perceptron,
                data: None,
            },
            past: Vec::new(),
        }
    }
}

impl Play {
    pub fn perceptron(&self) -> &Perceptron {
        &self.now.perceptron
    }

    pub fn learning(&self) -> &Learning {
        &self.now.learning
    }

    /// The samples to learn from, if there are any.
    pub fn samples(&self) -> Option<&[Sample]> {
        self.now
            .data
            .as_ref()
            .map(|(_, samples)| samples.as_slice())
    }

    /// The data set's name.
    pub fn data_name(&self) -> Option<&str> {
        self.now.data.as_ref().map(|(name, _)| name.as_str())
    }

    /// The sample learned from last.
    pub fn last(&self) -> Option<Step> {
        let samples = self.samples()?;
        self.now
            .learning
            .last(&self.now.perceptron.weights, samples)
    }

    pub fn status(&self) -> Option<Status> {
        Some(self.now.learning.status(self.samples()?.len()))
    }

    /// How many samples the weights are wrong for.
    pub fn wrong(&self) -> usize {
        let weights = &self.now.perceptron.weights;
        let samples = self.samples().unwrap_or_default().iter();
        samples
            .filter(|s| weights.fires(&s.values) != s.answer)
            .count()
    }

    /// How learning stands, in words.
    pub fn status_words(&self) -> Option<String> {
        let samples = self.samples()?;
        let status = self.status()?;
        let inputs = self.now.perceptron.names.len();
        let proven = matches!(status, Status::Unsettled { .. }) && rule::inseparable(samples);
        let mut text = words::status(status, inputs, samples.len(), self.wrong(), proven);
        if !matches!(status, Status::Converged { .. })
            && let Some(pair) = data::contradiction(samples)
        {
            text = flow([text.as_str(), &words::contradiction(pair)]);
        }
        Some(text)
    }

    /// The change that the last sample made and its reason, or the sum if there is no such sample.
    pub fn why(&self) -> String {
        match (self.last(), self.samples()) {
            (Some(step), Some(samples)) => {
                let rate = self.now.learning.rate;
                words::step(&step, &self.now.perceptron, samples.len(), rate)
            }
            _ => words::sum(&self.now.perceptron),
        }
    }

    /// Run one command line. `None` after `quit`. What fails changes nothing.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, PlayError> {
        let command = command::parse(line, &self.now.perceptron)?;
        if command == Command::Quit {
            return Ok(None);
        }
        let mut next = self.now.clone();
        let reply = match command {
            Command::Undo => {
                self.now = self.past.pop().ok_or(PlayError::NothingToUndo)?;
                return Ok(Some(self.show()));
            }
            Command::Help => return Ok(Some(text(COMMANDS.help()))),
            Command::Table => return Ok(Some(self.table())),
            Command::Data(None) => return self.data().map(Some),
            Command::Line => return Ok(Some(text(words::line(&self.now.perceptron)))),
            Command::Why => return Ok(Some(text(self.why()))),
            Command::Save(file) => return self.save(&file).map(Some),
            Command::Show | Command::Quit => Play::show,
            Command::Step(n) => {
                self.learn(n)?;
                return Ok(Some(self.report(self.why())));
            }
            Command::Back(n) => {
                self.back(n)?;
                return Ok(Some(self.report(self.why())));
            }
            Command::Start => {
                self.back(usize::MAX)?;
                return Ok(Some(self.report(self.why())));
            }
            Command::Run => {
                let samples = next.samples()?;
                next.learning.run(&mut next.perceptron.weights, &samples)?;
                self.now = next;
                self.show_sample();
                let text = self.status_words().unwrap_or_default();
                return Ok(Some(self.report(text)));
            }
            // Switching inputs is no change of what there is.
            Command::Inputs(values) => {
                self.now.perceptron.values = next.counted(values)?;
                return Ok(Some(self.show()));
            }
            Command::Input(input, value) => {
                self.now.perceptron.values[input] = value;
                return Ok(Some(self.show()));
            }
            Command::Toggle(input) => {
                let value = &mut self.now.perceptron.values[input];
                *value = f64::from(*value == 0.0);
                return Ok(Some(self.show()));
            }
            command => {
                next.change(command)?;
                if next == self.now {
                    return Ok(Some(self.show()));
                }
                let before = std::mem::replace(&mut self.now, next);
                self.past.push(before);
                let old = self.past.len().saturating_sub(MOST_UNDONE);
                self.past.drain(..old);
                Play::show
            }
        };
        Ok(Some(reply(self)))
    }

    fn learn(&mut self, n: usize) -> Result<(), PlayError> {
        let samples = self.now.samples()?;
        let mut next = (
            self.now.learning.clone(),
            self.now.perceptron.weights.clone(),
        );
        for _ in 0..n {
            next.0.step(&mut next.1, &samples)?;
        }
        (self.now.learning, self.now.perceptron.weights) = next;
        self.show_sample();
        Ok(())
    }

    fn back(&mut self, n: usize) -> Result<(), PlayError> {
        let samples = self.now.samples()?;
        if self.now.learning.taken() == 0 {
            return Err(PlayError::AtStart);
        }
        let State {
            learning,
            perceptron,
            ..
        } = &mut self.now;
        for _ in 0..n {
            if !learning.back(&mut perceptron.weights, samples.len()) {
                break;
            }
        }
        self.show_sample();
        Ok(())
    }

    /// Give the inputs the values of the sample learned from last.
    fn show_sample(&mut self) {
        if let (Some(step), Some(samples)) = (self.last(), self.samples()) {
            self.now.perceptron.values = samples[step.sample].values.clone();
        }
    }

    fn show(&self) -> Reply {
        let perceptron = &self.now.perceptron;
        Reply::Perceptron {
            names: perceptron.names.clone(),
            inputs: perceptron.values.clone(),
            weights: perceptron.weights.each.clone(),
            threshold: perceptron.weights.threshold,
            sum: perceptron.sum(),
            output: u8::from(perceptron.fires()),
            text: words::sum(perceptron),
        }
    }

    fn report(&self, text: String) -> Reply {
        let samples = self.samples().map_or(1, <[_]>::len);
        let learning = &self.now.learning;
        let weights = &self.now.perceptron.weights;
        Reply::Learning {
            status: match learning.status(samples) {
                Status::Start => "start",
                Status::Learning => "learning",
                Status::Converged { .. } => "converged",
                Status::Never(_) => "never",
                Status::Unsettled { .. } => "unsettled",
            },
            samples: learning.taken(),
            epochs: learning.taken() / samples,
            weights: weights.each.clone(),
            threshold: weights.threshold,
            wrong: self.wrong(),
            text,
        }
    }

    fn table(&self) -> Reply {
        let perceptron = &self.now.perceptron;
        let more = ["sum".to_owned(), perceptron.output.clone()];
        let row = |row: model::Row| {
            let fires = f64::from(row.fires);
            row.values.into_iter().chain([row.sum, fires]).collect()
        };
        Reply::Table {
            names: perceptron.names.iter().cloned().chain(more).collect(),
            rows: perceptron.truth_table().map(row).collect(),
        }
    }

    fn data(&self) -> Result<Reply, PlayError> {
        let samples = self.now.samples()?;
        let perceptron = &self.now.perceptron;
        let row = |sample: &Sample| {
            let answer = f64::from(sample.answer);
            sample.values.iter().copied().chain([answer]).collect()
        };
        let names = perceptron.names.iter().chain([&perceptron.output]);
        Ok(Reply::Table {
            names: names.cloned().collect(),
            rows: samples.iter().map(row).collect(),
        })
    }

    fn save(&self, file: &Path) -> Result<Reply, PlayError> {
        let samples = self.now.samples()?;
        let perceptron = &self.now.perceptron;
        let written = data::csv(&perceptron.names, &perceptron.output, &samples);
        let written = written.map_err(std::io::Error::from).and_then(|bytes| {
            let out = AtomicFile::create(file)?;
            out.file().write_all(&bytes)?;
            out.finish()
        });
        match written {
            Ok(()) => Ok(text(wrote(file))),
            Err(why) => Err(PlayError::Write {
                file: file.to_owned(),
                why,
            }),
        }
    }
}

impl State {
    fn samples(&self) -> Result<Rc<Vec<Sample>>, PlayError> {
        let data = self.data.as_ref().ok_or(PlayError::NoData)?;
        Ok(data.1.clone())
    }

    /// Values for every input.
    fn counted<T>(&self, values: Vec<T>) -> Result<Vec<T>, PlayError> {
        let due = self.perceptron.names.len();
        match values.len() {
            given if given != due => Err(PlayError::Count { due, given }),
            _ => Ok(values),
        }
    }

    /// Do what a command says that can be undone. Learning begins again from the weights that there are.
    fn change(&mut self, command: Command) -> Result<(), PlayError> {
        let perceptron = &mut self.perceptron;
        match command {
            Command::Weights(values) => {
                let values = self.counted(values)?;
                self.perceptron.weights.each = values;
            }
            Command::Weight(input, value) => perceptron.weights.each[input] = value,
            Command::Threshold(value) => perceptron.weights.threshold = value,
            Command::Name(input, name) => {
                perceptron.names[input] = perceptron.new_name(&name, Some(input))?;
                return Ok(());
            }
            Command::Output(name) => {
                perceptron.output = model::name(&name)?;
                return Ok(());
            }
            Command::Add(name, weight) => self.add(&name, weight)?,
            Command::Remove(input) => self.remove(input)?,
            Command::Film => *self = Play::default().now,
            Command::Data(Some(word)) => self.load(&word)?,
            Command::Cell(row, column, value) => {
                let row = self.row(&row)?;
                let inputs = self.perceptron.names.len();
                let sample = &mut self.edited()?[row];
                if column < inputs {
                    sample.values[column] = number(&value)?;
                } else {
                    sample.answer = data::answer(&value)?;
                }
            }
            Command::Append(values) => {
                let due = self.perceptron.names.len() + 1;
                let (Some((answer, inputs)), true) = (values.split_last(), values.len() == due)
                else {
                    return Err(CommandError::Usage(
                        "append VALUE… ANSWER, one value for each input".into(),
                    )
                    .into());
                };
                let sample = Sample {
                    values: inputs.iter().map(|x| number(x)).collect::<Result<_, _>>()?,
                    answer: data::answer(answer)?,
                };
                if self.samples()?.len() >= data::MOST_ROWS {
                    return Err(PlayError::ManyRows(data::MOST_ROWS));
                }
                self.edited()?.push(sample);
            }
            Command::Delete(row) => {
                let row = self.row(&row)?;
                if self.samples()?.len() == 1 {
                    return Err(PlayError::LastRow);
                }
                self.edited()?.remove(row);
            }
            Command::Rate(rate) => self.learning.rate = rate,
            Command::Reset => self.perceptron.weights = Weights::zero(self.perceptron.names.len()),
            _ => return Ok(()),
        }
        self.learning = Learning::new(self.learning.rate, &self.perceptron.weights);
        Ok(())
    }

    fn add(&mut self, name: &str, weight: f64) -> Result<(), PlayError> {
        let name = self.perceptron.new_name(name, None)?;
        if self.perceptron.names.len() >= MOST_INPUTS {
            return Err(PlayError::ManyInputs(MOST_INPUTS));
        }
        self.perceptron.names.push(name);
        self.perceptron.values.push(0.0);
        self.perceptron.weights.each.push(weight);
        if self.data.is_some() {
            self.edited()?.iter_mut().for_each(|s| s.values.push(0.0));
        }
        Ok(())
    }

    fn remove(&mut self, input: usize) -> Result<(), PlayError> {
        if self.perceptron.names.len() == 1 {
            return Err(PlayError::LastInput);
        }
        self.perceptron.names.remove(input);
        self.perceptron.values.remove(input);
        self.perceptron.weights.each.remove(input);
        if self.data.is_some() {
            self.edited()?.iter_mut().for_each(|s| {
                s.values.remove(input);
            });
        }
        Ok(())
    }

    /// Take a data set; the weights begin at 0.
    fn load(&mut self, word: &str) -> Result<(), PlayError> {
        let perceptron = &self.perceptron;
        let (name, set) = match data::known(word) {
            Some(set) => (word.to_owned(), set),
            None if word == "table" => {
                let rows = perceptron.truth_table();
                let samples = rows.map(|row| Sample {
                    values: row.values,
                    answer: row.fires,
                });
                let set = data::DataSet {
                    names: perceptron.names.clone(),
                    answer: perceptron.output.clone(),
                    samples: samples.collect(),
                };
                (word.to_owned(), set)
            }
            None => {
                let path = typed_path(word);
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                (name.unwrap_or_default(), data::read(&path)?)
            }
        };
        self.perceptron = Perceptron {
            values: set.samples[0].values.clone(),
            weights: Weights::zero(set.names.len()),
            names: set.names,
            output: set.answer,
        };
        self.data = Some((name, Rc::new(set.samples)));
        Ok(())
    }

    fn row(&self, word: &str) -> Result<usize, PlayError> {
        let rows = self.samples()?.len();
        match word.parse::<usize>() {
            Ok(row @ 1..) if row <= rows => Ok(row - 1),
            _ => Err(PlayError::NoRow {
                given: word.to_owned(),
                rows,
            }),
        }
    }

    fn edited(&mut self) -> Result<&mut Vec<Sample>, PlayError> {
        let data = self.data.as_mut().ok_or(PlayError::NoData)?;
        Ok(Rc::make_mut(&mut data.1))
    }
}

fn text(text: String) -> Reply {
    Reply::Text { text }
}

#[cfg(test)]
mod tests;
