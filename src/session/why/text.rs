//! A derivation as people read it, in batch mode and on the screen.

use crate::lang::{say, say_with};
use crate::session::format;
use crate::trace::operands::{Cell, distance};
use crate::trace::why::{Note, Term, Why};

/// Columns of a number.
const NUMBER: usize = 10;
/// Columns of a bar in batch mode.
const BAR: usize = 12;

impl Why {
    /// The derivation in lines.
    pub fn text(&self) -> String {
        let computed = self.computed.or(self.value);
        let computed = computed.map_or("·".to_owned(), |x| format::digits(x, 7));
        let mut at = format::place(&self.as_cell(), self.pass);
        if let Some(branch) = &self.against {
            let args = [("at", at.into()), ("branch", branch.clone().into())];
            at = say_with("why-against", &args);
        }
        let mut lines = vec![
            format!("{at} = {computed} · {}", self.compared().0),
            format!("  {}", self.formula),
        ];
        if !self.numbers.is_empty() {
            lines.push(format!("  = {}", self.numbers));
        }
        let most = self.terms.iter().filter_map(|term| term.contribution);
        let most = most.map(f64::abs).fold(0.0, f64::max);
        for term in &self.terms {
            let share = term.contribution.map_or(0.0, |x| x.abs() / most);
            let bar = "█".repeat((share * BAR as f64).round() as usize);
            lines.push(format!(
                "  {} {}  {}",
                format::fit(&bar, BAR),
                signed(term.contribution),
                told(term, self.between(term), self.pass)
            ));
        }
        if self.rest.count > 0 {
            let count = [("count", self.rest.count.to_string().into())];
            lines.push(format!(
                "  {} {}  {}",
                " ".repeat(BAR),
                signed(self.rest.contribution),
                say_with("why-rest", &count)
            ));
        }
        let covered = self.coverage(self.terms.len());
        lines.extend(
            covered
                .into_iter()
                .chain(self.sentences())
                .map(|line| format!("  {line}")),
        );
        lines.join("\n")
    }

    /// The sign between a term's value and its weight: the weight of a share is what the softmax makes of its
    /// score, and no factor.
    pub fn between(&self, term: &Term) -> &'static str {
        if term.by.is_none() && self.notes.contains(&Note::Others) {
            "→"
        } else {
            "×"
        }
    }

    /// The element itself.
    pub fn as_cell(&self) -> Cell {
        Cell {
            pass: Some(self.pass),
            point: self.point.clone(),
            cell: self.cell.clone(),
        }
    }

    /// The distance to the stored value, and whether rounding explains it.
    pub fn compared(&self) -> (String, bool) {
        let (Some(computed), Some(value)) = (self.computed, self.value) else {
            let key = match self.computed {
                Some(_) => "why-not-stored",
                None => "why-unknown",
            };
            return (say(key).into(), true);
        };
        let (far, same) = distance(computed, value, self.rounding);
        let args = [
            ("value", format::digits(value, 7).into()),
            ("far", format!("{far:.1e}").into()),
        ];
        let key = if same { "why-stored" } else { "why-far" };
        (say_with(key, &args), same)
    }

    /// How much the first `shown` terms cover, where these are not all.
    pub fn coverage(&self, shown: usize) -> Option<String> {
        let all = self.terms.len() + self.rest.count;
        let covered = self.covered.filter(|_| shown < all)?;
        let size = |terms: &[Term]| -> f64 {
            let each = terms.iter().filter_map(|term| term.contribution);
            each.map(f64::abs).sum()
        };
        let seen = self.terms.get(..shown).unwrap_or(&self.terms);
        let share = covered * size(seen) / size(&self.terms);
        let args = [
            ("shown", shown.to_string().into()),
            ("all", all.to_string().into()),
            ("share", format::percent(share).trim().to_owned().into()),
        ];
        Some(say_with("why-covered", &args))
    }

    /// How the terms are counted, and what is not there.
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.notes.iter().map(|note| sentence(*note).to_owned()));
        if !self.lacking.is_empty() {
            let names = self.lacking.join(", ");
            out.push(say_with("why-lacking", &[("names", names.into())]));
        }
        let goes_on = |term: &Term| {
            [Some(&term.from), term.by.as_ref()]
                .into_iter()
                .flatten()
                .any(|cell| cell.pass.is_some())
        };
        if !self.terms.is_empty() && !self.terms.iter().any(goes_on) {
            out.push(say("why-end").into());
        }
        out
    }
}

/// `0.412 × 0.701  0.attn.v[2, 0, 5] · 0.attn.pattern[0, 3, 2]`
fn told(term: &Term, between: &str, pass: usize) -> String {
    let number =
        |x: Option<f64>| x.map_or(format!("{:>NUMBER$}", "·"), |x| format::number(x, NUMBER));
    let from = format::place(&term.from, pass);
    let by = term.by.as_ref().map_or(String::new(), |by| {
        format!(" · {}", format::place(by, pass))
    });
    match term.weight {
        Some(1.0) if term.by.is_none() => format!("{} {:NUMBER$}   {from}", number(term.value), ""),
        weight => format!(
            "{} {between}{}  {from}{by}",
            number(term.value),
            number(weight)
        ),
    }
}

/// A contribution with its sign.
pub fn signed(x: Option<f64>) -> String {
    match x {
        None => format!("{:>NUMBER$}", "·"),
        Some(x) if x < 0.0 => format::number(x, NUMBER),
        Some(x) => format::fit_right(&format!("+{}", format::number(x, 0)), NUMBER),
    }
}

fn sentence(note: Note) -> &'static str {
    say(match note {
        Note::FrozenScale => "why-note-frozen-scale",
        Note::Squares => "why-note-squares",
        Note::Capped => "why-note-capped",
        Note::Masked => "why-note-masked",
        Note::Others => "why-note-others",
        Note::Gated => "why-note-gated",
        Note::Clamped => "why-note-clamped",
        Note::Turned => "why-note-turned",
        Note::Scaled => "why-note-scaled",
        Note::Heads => "why-note-heads",
        Note::Chosen => "why-note-chosen",
        Note::NotChosen => "why-note-not-chosen",
        Note::Largest => "why-note-largest",
        Note::Changed => "why-note-changed",
        Note::Difference => "why-note-difference",
        Note::MadeHere => "why-note-made-here",
        Note::Picked => "why-note-picked",
        Note::NotPicked => "why-note-not-picked",
    })
}
