//! The texts of a sweep: given ones, and lines of a file. Pairs that do not align are refused.

use super::super::super::Result;
use super::super::direction::read;
use super::super::{Live, tokenize};
use crate::trace::grid::Chosen;
use crate::trace::source::SourceError;
use crate::trace::sweep::{Columns, Prompts, Refused, Swap, Sweep};
use crate::trace::token::Token;

/// A clean text, and the one that it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    /// The line of a file.
    pub line: usize,
    pub clean: Vec<Token>,
    pub corrupted: Option<Vec<Token>>,
    pub answer: Option<Chosen>,
    pub wrong: Option<Chosen>,
}

impl Live {
    /// The texts, and the lines that are refused.
    pub(super) fn texts(&self, asked: &Sweep) -> Result<(Vec<Text>, Vec<Refused>)> {
        let path = match &asked.prompts {
            Prompts::Given { clean, corrupted } => {
                let clean = match clean {
                    Some(text) => self.tokens_of(text)?,
                    None => {
                        self.plan(asked.pass)?;
                        self.passes[asked.pass].tokens.clone()
                    }
                };
                let corrupted = corrupted.as_deref().map(|text| self.tokens_of(text));
                let text = self.paired(asked, clean, corrupted.transpose()?)?;
                return Ok((vec![text], Vec::new()));
            }
            Prompts::File(path) => path,
        };
        let file = path.display();
        let bytes = read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| SourceError::Other(format!("{file} is not UTF-8 text")))?;
        let (mut texts, mut refused): (Vec<Text>, Vec<Refused>) = (Vec::new(), Vec::new());
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let tokens = texts.first().map(|first| first.clean.len());
            match self.line(asked, line, tokens) {
                Ok(text) => texts.push(Text {
                    line: i + 1,
                    ..text
                }),
                Err(why) => refused.push(Refused {
                    line: i + 1,
                    why: SourceError::from(why).to_string(),
                }),
            }
        }
        if texts.is_empty() {
            let why = match refused.first() {
                Some(Refused { line, why }) => format!("{file} line {line}: {why}"),
                None => format!(
                    "{file} has no prompt: write a clean and a corrupted one, parted by a tab, on a line"
                ),
            };
            return Err(SourceError::Other(why).into());
        }
        Ok((texts, refused))
    }

    /// A line of a file; `tokens` is the number that others have.
    fn line(&self, asked: &Sweep, line: &str, tokens: Option<usize>) -> Result<Text> {
        let mut fields = line.split('\t').map(str::trim);
        let clean = self.tokens_of(fields.next().unwrap_or_default())?;
        let corrupted = fields.next().filter(|text| !text.is_empty());
        let corrupted = corrupted.map(|text| self.tokens_of(text)).transpose()?;
        // A file may serve ablations, which read its first column.
        let corrupted = corrupted.filter(|_| asked.swap == Swap::Patch);
        let mut token = || {
            let named = fields.next().filter(|text| !text.is_empty());
            named.map(|text| {
                text.parse()
                    .map_or_else(|_| Chosen::Text(text.into()), Chosen::Id)
            })
        };
        let (answer, wrong) = (token(), token());
        for chosen in [&answer, &wrong].into_iter().flatten() {
            self.id_of(chosen)?;
        }
        let text = self.paired(asked, clean, corrupted)?;
        if let Some(tokens) = tokens.filter(|n| *n != text.clean.len())
            && asked.columns == Columns::Position
        {
            let here = text.clean.len();
            let why = format!(
                "{here} tokens, and the pairs before it have {tokens}: positions of prompts of other lengths do not \
                 align (by head and by whole take any)"
            );
            return Err(SourceError::Slice(why).into());
        }
        Ok(Text {
            answer,
            wrong,
            ..text
        })
    }

    /// Two texts whose tokens align.
    fn paired(
        &self,
        asked: &Sweep,
        clean: Vec<Token>,
        corrupted: Option<Vec<Token>>,
    ) -> Result<Text> {
        let wrong = |why: String| Err(SourceError::Slice(why).into());
        match (&corrupted, asked.swap) {
            (None, Swap::Patch) => {
                return wrong(
                    "a patch needs two prompts of as many tokens: the clean one, and a corrupted one".into(),
                );
            }
            (Some(other), Swap::Patch) if other.len() != clean.len() => {
                let (a, b) = (clean.len(), other.len());
                return wrong(format!(
                    "the clean prompt has {a} tokens and the corrupted one {b}, so they do not align: {} and {}",
                    split(&clean),
                    split(other)
                ));
            }
            (Some(other), Swap::Patch) if *other == clean => {
                return wrong("both prompts have the same tokens: nothing differs".into());
            }
            (Some(_), Swap::Patch) | (None, _) => {}
            (Some(_), swap) => {
                let word = swap.word();
                return wrong(format!("{word} changes one run, so it takes one prompt"));
            }
        }
        Ok(Text {
            line: 1,
            clean,
            corrupted,
            answer: None,
            wrong: None,
        })
    }

    fn tokens_of(&self, text: &str) -> Result<Vec<Token>> {
        let tokens = tokenize(&self.checkpoint, text, self.options.special_tokens)?;
        self.check_tokens(&tokens)?;
        Ok(tokens)
    }
}

/// `The│ cat│ is`
fn split(tokens: &[Token]) -> String {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    texts.join("│")
}
