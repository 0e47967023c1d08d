//! Why a value is what it is: the trail, the operation with its numbers, and the operands by what they contribute.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Asked, Overlay, Why};
use super::super::panes::lens;
use super::super::widgets::{bar, frame, text};
use crate::lang::{say, say_with};
use crate::session::format;
use crate::session::why::text::signed;
use crate::trace::operands::Cell;
use crate::trace::plan::Axis;
use crate::trace::query::{Answer, Query};
use crate::trace::why::{Term, Why as Reason};

/// Columns of the box at most.
const WIDEST: u16 = 108;
/// Columns of a value and of a bar.
const VALUE: usize = 10;
const BAR: u16 = 10;
/// Columns below which names take the place of the numbers that are multiplied.
const NARROW: u16 = 70;
/// Lines above the operands: trail, formula, numbers, value.
const ABOVE: u16 = 4;
/// Lines of sentences at most.
const BELOW: usize = 5;

/// The keys of the hint where there is no room for words.
const KEYS_ALONE: &str = "enter · w · ← · p · ? · esc";

/// Its keys, each with the key of the message that says what it does.
const KEYS: &[(&str, &str)] = &[
    ("↑ ↓ j k pgdn pgup home end", "why-key-move"),
    ("enter → l", "why-key-enter"),
    ("w", "why-key-weight"),
    ("backspace ← h", "why-key-back"),
    ("p", "why-key-play"),
    ("E", "key-glossary"),
    ("esc q", "why-key-close"),
];

/// The derivation that is shown, where its answer is there.
pub fn shown(app: &App) -> Option<&Reason> {
    let Some(Overlay::Why(why)) = &app.overlay else {
        return None;
    };
    match app.answers.exact(&why.trail.last()?.query)? {
        Answer::Why(reason) => Some(reason),
        _ => None,
    }
}

/// The element that a question is about.
pub fn element(query: &Query) -> Option<Cell> {
    match query {
        Query::Why {
            pass, point, cell, ..
        } => Some(Cell {
            pass: Some(*pass),
            point: point.clone(),
            cell: cell.clone(),
        }),
        Query::There { query, .. } => element(query),
        _ => None,
    }
}

/// The question about another element, in the same branch or against the same one.
pub fn about(query: &Query, to: Cell) -> Option<Query> {
    Some(match query {
        Query::Why { most, against, .. } => Query::Why {
            pass: to.pass?,
            point: to.point,
            cell: to.cell,
            most: *most,
            against: against.clone(),
        },
        Query::There { branch, query } => Query::There {
            branch: branch.clone(),
            query: Box::new(about(query, to)?),
        },
        _ => return None,
    })
}

/// The title: the branch that is asked, or the one that this one is compared with.
fn title(app: &App, query: &Query) -> String {
    let here = app.branches.iter().find(|one| one.current);
    let here = here.map_or("main", |one| one.name.as_str());
    match query {
        Query::Why {
            against: Some(other),
            ..
        } => format!(" {} · {here} → {other} ", say("why-title")),
        Query::There { branch, .. } => {
            let branch = say_with("why-in-branch", &[("branch", branch.clone().into())]);
            format!(" {} · {branch} ", say("why-title"))
        }
        _ => format!(" {} ", say("why-title")),
    }
}

/// The selected operand.
pub fn selected(app: &App) -> Option<&Term> {
    let Some(Overlay::Why(why)) = &app.overlay else {
        return None;
    };
    shown(app)?.terms.get(why.trail.last()?.selected)
}

pub fn size(app: &App, why: &Why) -> (u16, u16) {
    let width = app.screen.width.min(WIDEST);
    let lines = match shown(app) {
        None => KEYS.len(),
        Some(reason) => {
            let rest = usize::from(reason.rest.count > 0);
            let below = below(app, why, reason, width.saturating_sub(4)).len();
            let lines = usize::from(ABOVE) + reason.terms.len() + 2 * rest + below;
            lines.max(KEYS.len())
        }
    };
    (width, app.screen.height.min(lines as u16 + 2))
}

/// The sentences under the operands.
fn below(app: &App, why: &Why, reason: &Reason, width: u16) -> Vec<(String, Style)> {
    let theme = app.theme;
    let mut below: Vec<(String, Style)> = Vec::new();
    if let Some(note) = &why.note {
        let lines = text::wrap(note, width);
        below.extend(lines.into_iter().map(|line| (line, theme.accent())));
    }
    for sentence in reason.sentences() {
        let lines = text::wrap(&sentence, width);
        below.extend(lines.into_iter().map(|line| (line, theme.dim())));
    }
    let room = BELOW.min(usize::from(app.screen.height) / 4);
    below.truncate(room);
    below
}

pub fn render(buf: &mut Buffer, app: &App, why: &Why) {
    let theme = app.theme;
    let asked = why.trail.last().map(|asked| title(app, &asked.query));
    let title = Line::styled(asked.unwrap_or_default(), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size(app, why), title);
    let outer = area.outer(Margin::new(1, 1));
    let long = say("why-hint");
    let fits = text::width(long) + 4 <= outer.width;
    let hint = if fits { long } else { KEYS_ALONE };
    frame::note(buf, outer, hint, theme.dim());
    let area = area.inner(Margin::new(1, 0));
    if why.help {
        for (y, (keys, words)) in (area.y..area.bottom()).zip(KEYS) {
            text::put(buf, area, area.x, y, keys, theme.accent());
            text::put(buf, area, area.x + 28, y, say(words), theme.text());
        }
        return;
    }
    let Some(asked) = why.trail.last() else {
        return;
    };
    let tokens = tokens(app, &asked.query);
    let way = trail(&why.trail, area.width.saturating_sub(text::width(&tokens)));
    let x = text::put(buf, area, area.x, area.y, &way, theme.dim());
    text::put(buf, area, x, area.y, &tokens, theme.text());
    let Some(reason) = shown(app) else {
        let (words, style) = match app.answers.why(&asked.query) {
            Some(why) => (why, theme.alarm()),
            None => ("…", theme.dim()),
        };
        for (y, line) in (area.y + 1..area.bottom()).zip(text::wrap(words, area.width)) {
            text::put(buf, area, area.x, y, &line, style);
        }
        return;
    };
    above(buf, area, app, reason);
    let below = below(app, why, reason, area.width);
    let count = below.len() as u16;
    let table = Rect {
        y: area.y + ABOVE,
        height: area.height.saturating_sub(ABOVE + count),
        ..area
    };
    operands(buf, table, app, asked, reason);
    for (y, (line, style)) in (table.bottom()..area.bottom()).zip(below) {
        text::put(buf, area, area.x, y, &line, style);
    }
}

/// The texts of the tokens among an element's indices, as far as they are known: `  民 → 共`.
fn tokens(app: &App, query: &Query) -> String {
    // Tokens of another branch are not known here.
    let Query::Why {
        point, cell, pass, ..
    } = query
    else {
        return String::new();
    };
    let pass = app.passes.get(*pass);
    let hook = pass.and_then(|pass| pass.plan.points().iter().find(|hook| hook.name == *point));
    let Some((pass, hook)) = pass.zip(hook) else {
        return String::new();
    };
    let of_text = |i: usize| pass.tokens.get(i).map(|token| token.text.as_str());
    let texts = hook
        .axes
        .iter()
        .zip(cell)
        .filter_map(|(axis, &i)| match axis {
            Axis::Token | Axis::Query => of_text(pass.start + i),
            Axis::Key => of_text(i),
            Axis::Vocab => {
                let top = &lens::shown(app)?.top;
                let found = top.iter().find(|candidate| candidate.id as usize == i)?;
                Some(found.text.as_str())
            }
            _ => None,
        });
    let texts: Vec<String> = texts.map(text::token).collect();
    match &texts[..] {
        [] => String::new(),
        texts => format!("  {}", texts.join(" → ")),
    }
}

/// `logits[3, 5] › ln_final.out[3, 5] › …`, the end of it where there is no room.
fn trail(steps: &[Asked], width: u16) -> String {
    let mut out = String::new();
    for (i, step) in steps.iter().enumerate().rev() {
        let Some(own) = element(&step.query) else {
            continue;
        };
        let first = steps.first().and_then(|step| element(&step.query)?.pass);
        let first = first.or(own.pass).unwrap_or_default();
        let name = format::place(&own, first);
        let longer = if out.is_empty() {
            name
        } else {
            format!("{name} › {out}")
        };
        let room = if i > 0 { 4 } else { 0 };
        if text::width(&longer) + room > width && !out.is_empty() {
            return format!("… › {out}");
        }
        out = longer;
    }
    out
}

/// The operation, its numbers, and the value beside the stored one.
fn above(buf: &mut Buffer, area: Rect, app: &App, reason: &Reason) {
    let theme = app.theme;
    let put = |buf: &mut Buffer, y: u16, words: &str, style: Style| {
        let words = text::cut(words, area.width);
        text::put(buf, area, area.x, area.y + y, &words, style);
    };
    put(buf, 1, &reason.formula, theme.text());
    if !reason.numbers.is_empty() {
        put(buf, 2, &format!("= {}", reason.numbers), theme.text());
    }
    let value = reason.computed.or(reason.value);
    let value = format!(
        "= {}",
        value.map_or("·".to_owned(), |x| format::digits(x, 7))
    );
    let (words, same) = reason.compared();
    let style = if same { theme.dim() } else { theme.alarm() };
    let x = text::put(buf, area, area.x, area.y + 3, &value, theme.strong());
    text::put(buf, area, x + 2, area.y + 3, &words, style);
}

/// The operands that fit, the selected one among them, and the sum of the others.
fn operands(buf: &mut Buffer, area: Rect, app: &App, asked: &Asked, reason: &Reason) {
    let theme = app.theme;
    let rest = usize::from(reason.rest.count > 0);
    let count = reason.terms.len();
    let all = usize::from(area.height).saturating_sub(rest);
    // A line says how much the operands cover, where not all are seen.
    let covers = usize::from(rest > 0 || count > all);
    let height = all.saturating_sub(covers);
    let largest = reason.terms.iter().filter_map(|term| term.contribution);
    let largest = largest.map(f64::abs).filter(|x| x.is_finite());
    let largest = largest.fold(f64::MIN_POSITIVE, f64::max);
    let first = asked
        .selected
        .saturating_sub(height / 2)
        .min(count.saturating_sub(height));
    let rows = reason.terms.iter().enumerate().skip(first).take(height);
    let mut y = area.y;
    for (i, term) in rows {
        let here = i == asked.selected;
        let style = if here {
            theme.current().patch(theme.selected())
        } else {
            theme.text()
        };
        let mark = if here { "▶" } else { " " };
        let x = text::put(buf, area, area.x, y, mark, theme.current());
        let contribution = term.contribution.unwrap_or(0.0);
        let long = bar::text(contribution.abs() / largest, BAR);
        let colour = if contribution < 0.0 {
            theme.alarm()
        } else {
            theme.accent()
        };
        text::put(buf, area, x, y, &long, colour);
        let x = x + BAR + 1;
        let x = text::put(buf, area, x, y, &signed(term.contribution), style);
        let number = |x: Option<f64>| match x {
            Some(x) => format::number(x, VALUE),
            None => format!("{:>VALUE$}", "·"),
        };
        let product = match term.weight {
            _ if area.width < NARROW => String::new(),
            Some(1.0) if term.by.is_none() => " ".repeat(2 * VALUE + 4),
            weight => {
                let between = reason.between(term);
                format!(" {} {between} {}", number(term.value), number(weight))
            }
        };
        let x = text::put(buf, area, x, y, &product, theme.dim());
        let by = term.by.as_ref();
        let by = by.map_or(String::new(), |by| {
            format!(" · {}", format::place(by, reason.pass))
        });
        let names = format!("{}{by}", format::place(&term.from, reason.pass));
        let names = text::cut(&names, area.right().saturating_sub(x + 2));
        text::put(buf, area, x + 2, y, &names, style);
        y += 1;
    }
    if rest > 0 && y < area.bottom() {
        let x = area.x + 2 + BAR;
        let sum = signed(reason.rest.contribution);
        let x = text::put(buf, area, x, y, &sum, theme.dim());
        let below = count.saturating_sub(first + height) + reason.rest.count;
        let words = say_with("why-rest", &[("count", below.to_string().into())]);
        text::put(buf, area, x + 2, y, &words, theme.dim());
        y += 1;
    }
    if let Some(words) = reason.coverage((first + height).min(count))
        && covers > 0
        && y < area.bottom()
    {
        text::put(
            buf,
            area,
            area.x,
            y,
            &text::cut(&words, area.width),
            theme.dim(),
        );
    }
}
