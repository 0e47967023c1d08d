//! Numbers and words that a lesson's text and its task need, computed when the lesson opens.

use std::collections::BTreeMap;

use super::Files;
use crate::lang::FluentValue;
use crate::trace::source::{Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::tensor::{Distribution, Pick, Slice};

#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A number, and the digits behind its point that are shown.
    Number(f64, usize),
    Word(String),
}

/// Facts by the names that texts have for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(BTreeMap<&'static str, Fact>);

impl Facts {
    pub fn number(&mut self, name: &'static str, value: f64, digits: usize) {
        self.0.insert(name, Fact::Number(value, digits));
    }

    pub fn word(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.insert(name, Fact::Word(text.into()));
    }

    /// The number of this name; NaN where there is none, which no answer equals.
    pub fn get(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Fact::Number(value, _)) => *value,
            _ => f64::NAN,
        }
    }

    pub fn text(&self, name: &str) -> String {
        self.0.get(name).map_or(String::new(), Fact::text)
    }

    /// The numbers as arguments of a message.
    pub fn args(&self) -> Vec<(&'static str, FluentValue<'static>)> {
        let arg = |(name, fact): (&&'static str, &Fact)| (*name, fact.text().into());
        self.0.iter().map(arg).collect()
    }
}

impl Fact {
    fn text(&self) -> String {
        match self {
            Fact::Number(value, digits) => format!("{value:.digits$}"),
            Fact::Word(text) => text.clone(),
        }
    }
}

/// A lesson's model, to be asked.
pub struct Asked<'a> {
    source: &'a mut dyn Source,
    pub files: Files,
}

impl<'a> Asked<'a> {
    pub fn new(source: &'a mut dyn Source, files: Files) -> Asked<'a> {
        Asked { source, files }
    }

    fn point(&self, name: &str) -> Result<usize, SourceError> {
        crate::trace::source::locate(self.source.passes(), 0, name)
    }

    /// Elements of a hook point of the prompt's pass.
    pub fn values(&mut self, point: &str, at: &[Pick]) -> Result<Vec<f64>, SourceError> {
        let point = self.point(point)?;
        let values = self.source.values(0, point, &Slice(at.to_vec()))?;
        Ok(values.data)
    }

    /// One element.
    pub fn value(&mut self, point: &str, at: &[usize]) -> Result<f64, SourceError> {
        let at: Vec<Pick> = at.iter().map(|&i| Pick::At(i)).collect();
        Ok(self
            .values(point, &at)?
            .first()
            .copied()
            .unwrap_or(f64::NAN))
    }

    /// The model's predictions after the prompt's last token, read at `point`.
    pub fn lens(&mut self, point: &str, temperature: f64) -> Result<Distribution, SourceError> {
        let point = self.point(point)?;
        let row = self.source.passes()[0].tokens.len() - 1;
        self.source.lens(0, point, row, 8, temperature)
    }

    /// The text of a token of the prompt.
    pub fn token(&self, at: usize) -> String {
        let tokens = &self.source.passes()[0].tokens;
        tokens
            .get(at)
            .map_or(String::new(), |token| token.text.clone())
    }

    pub fn id(&self, at: usize) -> u32 {
        self.source.passes()[0]
            .tokens
            .get(at)
            .map_or(0, |token| token.id)
    }

    pub fn tokens(&self) -> usize {
        self.source.passes()[0].tokens.len()
    }

    pub fn model(&self) -> &crate::trace::source::ModelInfo {
        self.source.model()
    }
}

/// The place of the largest value.
pub fn largest(values: &[f64]) -> usize {
    let all = values.iter().enumerate();
    all.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i)
}
