//! Tasks: an answer that is typed, or something that is to be done.

use super::facts::Facts;
use super::sheet::Sheet;
use crate::play::matrix;
use crate::play::perceptron::Play;
use crate::play::playground::training::Losses;

/// The task of a lesson.
#[derive(Clone, Copy)]
pub enum Task {
    /// A number or a word, worked out from the facts.
    Answer(fn(&Facts) -> Wanted),
    /// A state that what is live has to be brought into.
    Do(fn(&Seen, &Facts) -> bool),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A number, give or take so much.
    Number(f64, f64),
    Word(String),
}

/// The state of what is live beside a lesson.
pub enum Seen<'a> {
    Debugger {
        /// The name of the hook point at the cursor.
        point: &'a str,
        /// The prompt and the tokens chosen after it.
        text: &'a str,
    },
    Perceptron(&'a Play),
    Playground(Losses),
    Matrix(&'a matrix::Play),
    Sheet(&'a Sheet),
}

/// The verdict on an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    Wrong,
    /// A number was asked for, and this is none.
    NoNumber,
    /// Something is to be done; there is nothing to answer.
    NothingAsked,
}

impl Task {
    pub fn answer(self, text: &str, facts: &Facts) -> Verdict {
        let Task::Answer(wanted) = self else {
            return Verdict::NothingAsked;
        };
        let text = text.trim();
        match wanted(facts) {
            Wanted::Number(due, within) => {
                // A person writes 99.9 % as it is shown, and digits of either width.
                let text: String = text.chars().map(narrow).collect();
                let text = text.trim_end_matches('%').trim_end().replace('−', "-");
                match text.parse::<f64>() {
                    Ok(x) if (x - due).abs() <= within => Verdict::Right,
                    Ok(_) => Verdict::Wrong,
                    Err(_) => Verdict::NoNumber,
                }
            }
            Wanted::Word(due) => {
                let bare = text.trim_matches(|c| matches!(c, '"' | '\'' | '“' | '”' | '「' | '」'));
                let bare: String = bare.chars().map(simplified).collect();
                if bare.to_lowercase() == due.to_lowercase() {
                    Verdict::Right
                } else {
                    Verdict::Wrong
                }
            }
        }
    }
}

/// A digit or a sign of an input method as ASCII has it.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '。' => '.',
        c => c,
    }
}

/// A character of the lessons' prompts as the demo model has it, which was trained on simplified ones.
fn simplified(c: char) -> char {
    match c {
        '華' => '华',
        '國' => '国',
        '對' => '对',
        '說' => '说',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let task = Task::Answer(|_| Wanted::Number(99.9, 0.06));
        let facts = Facts::default();
        for right in ["99.9", " 99.9 %", "99.95", "９９．９", "99。9", "99.9％"] {
            assert_eq!(task.answer(right, &facts), Verdict::Right, "{right}");
        }
        for wrong in ["99", "-99.9", "−99.9", "inf"] {
            assert_eq!(task.answer(wrong, &facts), Verdict::Wrong, "{wrong}");
        }
        for none in ["", "共", "99,9"] {
            assert_eq!(task.answer(none, &facts), Verdict::NoNumber, "{none}");
        }
        let never = Task::Answer(|_| Wanted::Number(f64::NAN, 1.0));
        assert_eq!(never.answer("nan", &facts), Verdict::Wrong);
    }

    #[test]
    fn words_are_compared_without_quotes_and_case() {
        let task = Task::Answer(|_| Wanted::Word("共".into()));
        let facts = Facts::default();
        assert_eq!(task.answer("「共」", &facts), Verdict::Right);
        assert_eq!(task.answer("和", &facts), Verdict::Wrong);
        let task = Task::Answer(|_| Wanted::Word("华".into()));
        assert_eq!(task.answer("華", &facts), Verdict::Right);
    }
}
