//! A matrix product of the model, term by term: the values that meet, their products, the sum as it grows, what bias,
//! scale and cap make of it, and how far it lies from the stored value.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Product};
use super::super::widgets::number::{self, exact};
use super::super::widgets::{bar, frame, text};
use crate::lang::{say, say_with};
use crate::session::format;
use crate::trace::hook;
use crate::trace::operands::{Operands, Step, Term, What, distance};
use crate::trace::query::{Answer, Query};

/// Columns of the box at most.
const WIDEST: u16 = 104;
/// Columns of a term's number, and of a value.
const INDEX: u16 = 6;
const VALUE: usize = 11;
/// Digits of the result: more than f32 tells apart.
const DIGITS: usize = 9;
/// Lines beside those of the terms: formula, names, titles, the sum, the end.
const OTHERS: u16 = 7;

/// Its keys, each with the key of the message that says what it does.
const KEYS: &[(&str, &str)] = &[
    ("→ ↓ l j s", "matrix-play-next"),
    ("← ↑ h k S", "matrix-play-back"),
    ("n N pgdn pgup", "matrix-play-page"),
    ("c C end home", "matrix-play-end"),
    ("space p", "matrix-play-play"),
    ("+ -", "matrix-play-speed"),
    ("m", "matrix-play-order"),
    ("H J K L", "matrix-play-cell"),
    ("E", "key-glossary"),
    ("esc q", "matrix-play-close"),
];

pub fn size(app: &App) -> (u16, u16) {
    let operands = operands(app);
    let terms = operands.map_or(8, |o| o.terms.len() + o.steps.len());
    let lines = (terms as u16).saturating_add(OTHERS).max(KEYS.len() as u16);
    let height = lines.saturating_add(2);
    (app.screen.width.min(WIDEST), app.screen.height.min(height))
}

/// The answer, where it is there.
fn operands(app: &App) -> Option<&Operands> {
    let Some(super::super::app::Overlay::Product(product)) = &app.overlay else {
        return None;
    };
    match app.answers.exact(&product.query)? {
        Answer::Operands(operands) => Some(operands),
        _ => None,
    }
}

/// Steps from nothing to the end; none while the terms are not known.
pub fn steps(app: &App) -> usize {
    operands(app).map_or(0, |o| o.terms.len() + o.steps.len() + 1)
}

pub fn render(buf: &mut Buffer, app: &App, product: &Product) {
    let theme = app.theme;
    let title = match &product.query {
        Query::Operands { point, cell, .. } => format!(" {}{cell:?} ", hook::short(point)),
        _ => String::new(),
    };
    let title = Line::styled(text::cut(&title, app.screen.width / 2), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size(app), title);
    let outer = area.outer(Margin::new(1, 1));
    frame::note(buf, outer, say("matrix-keys"), theme.dim());
    let area = area.inner(Margin::new(1, 0));
    if product.help {
        for (y, (keys, words)) in (area.y..).zip(KEYS) {
            text::put(buf, area, area.x, y, keys, theme.accent());
            text::put(buf, area, area.x + 18, y, say(words), theme.text());
        }
        return;
    }
    let Some(operands) = operands(app) else {
        let (words, style) = match app.answers.why(&product.query) {
            Some(why) => (why, theme.alarm()),
            None => ("…", theme.dim()),
        };
        for (y, line) in (area.y..).zip(text::wrap(words, area.width)) {
            text::put(buf, area, area.x, y, &line, style);
        }
        return;
    };
    let order = order(operands, product.largest);
    text::put(buf, area, area.x, area.y, &operands.formula, theme.text());
    meeting(buf, area, app, product, operands, &order);
    let below = OTHERS - 4 + operands.steps.len() as u16;
    let table = Rect {
        y: area.y + 3,
        height: area.height.saturating_sub(3 + below),
        ..area
    };
    terms(buf, table, app, product, operands, &order);
    let rest = Rect {
        y: table.bottom(),
        height: area.bottom().saturating_sub(table.bottom()),
        ..area
    };
    end(buf, rest, app, product, operands, &order);
}

/// The places of terms in the order in which they are added.
fn order(operands: &Operands, largest: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..operands.terms.len()).collect();
    if largest {
        let size = |i: &usize| operands.terms[*i].contribution.map_or(0.0, f64::abs);
        order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    }
    order
}

/// The two elements that meet now, and the titles of the columns.
fn meeting(
    buf: &mut Buffer,
    area: Rect,
    app: &App,
    product: &Product,
    operands: &Operands,
    order: &[usize],
) {
    let theme = app.theme;
    let now = product.at.clamp(1, order.len().max(1)) - 1;
    if let Some(term) = order.get(now).map(|i| &operands.terms[*i]) {
        let from = format::place(&term.from, operands.pass);
        let by = format::place(&term.by, operands.pass);
        let words = format!("x = {from}   w = {by}");
        text::put(buf, area, area.x, area.y + 1, &words, theme.accent());
    }
    let titles = Columns::new(area);
    let y = area.y + 2;
    let mut right = |end: u16, words: &str| {
        let x = end.saturating_sub(text::width(words));
        text::put(buf, area, x, y, words, theme.dim());
    };
    right(titles.index, "i");
    right(titles.value, "x");
    right(titles.weight, "w");
    right(titles.made, "x · w");
    right(titles.sum, "Σ");
}

/// Where columns end.
struct Columns {
    index: u16,
    value: u16,
    weight: u16,
    made: u16,
    sum: u16,
}

impl Columns {
    fn new(area: Rect) -> Columns {
        let wide = VALUE as u16;
        let index = area.x + INDEX;
        let value = index + 1 + wide;
        let weight = value + 3 + wide;
        let made = weight + 3 + wide;
        Columns {
            index,
            value,
            weight,
            made,
            sum: made + 3 + wide,
        }
    }
}

/// A number in the columns of a value; `·` for one that is not known.
fn shown(x: Option<f64>) -> String {
    let Some(x) = x else {
        return format!("{:>VALUE$}", "·");
    };
    let mut out = String::new();
    number::write(x, VALUE, number::Format::Fixed(6), &mut out);
    out
}

/// The terms that fit, the last one done among them.
fn terms(
    buf: &mut Buffer,
    area: Rect,
    app: &App,
    product: &Product,
    operands: &Operands,
    order: &[usize],
) {
    let theme = app.theme;
    let height = usize::from(area.height);
    if height == 0 {
        return;
    }
    let done = product.at.min(order.len());
    let first = done
        .saturating_sub(height.div_ceil(2))
        .min(order.len().saturating_sub(height));
    if order.len() > height {
        let (from, to) = (first + 1, first + height);
        let seen = format!("{from}–{to} / {}", order.len());
        let titles = Rect {
            y: area.y - 1,
            height: 1,
            ..area
        };
        text::put_right(buf, titles, titles.y, &seen, theme.dim());
    }
    let of = |i: &usize| &operands.terms[*i];
    let largest = order
        .iter()
        .map(|i| of(i).contribution.unwrap_or(0.0).abs());
    let largest = largest.fold(0.0, f64::max);
    let mut sum = order.iter().take(first).map(|i| of(i).contribution).sum();
    let columns = Columns::new(area);
    for (y, (n, i)) in (area.y..).zip(order.iter().enumerate().skip(first).take(height)) {
        let term = of(i);
        let (here, past) = (n + 1 == product.at, n < done);
        let style = match (here, past) {
            (true, _) => theme.current().patch(theme.selected()),
            (_, true) => theme.text(),
            _ => theme.dim(),
        };
        let mut right = |end: u16, words: &str, style: Style| {
            let x = end.saturating_sub(text::width(words));
            text::put(buf, area, x, y, words, style);
        };
        right(columns.index, &term.index.to_string(), theme.dim());
        right(columns.value, &shown(term.value), style);
        right(columns.weight - VALUE as u16 - 1, "×", theme.dim());
        right(columns.weight, &shown(term.weight), style);
        if !past {
            continue;
        }
        sum = added(sum, term);
        right(columns.made - VALUE as u16 - 1, "=", theme.dim());
        right(columns.made, &shown(term.contribution), style);
        right(columns.sum, &shown(sum), style);
        let room = area.right().saturating_sub(columns.sum + 1);
        let size = term.contribution.unwrap_or(0.0);
        let long = bar::text(
            size.abs() / largest.max(f64::MIN_POSITIVE),
            room.saturating_sub(2),
        );
        let (sign, style) = if size < 0.0 {
            ("−", theme.alarm())
        } else {
            ("+", theme.accent())
        };
        let x = text::put(buf, area, columns.sum + 1, y, sign, theme.dim());
        text::put(buf, area, x, y, &long, style);
    }
}

fn added(sum: Option<f64>, term: &Term) -> Option<f64> {
    sum.zip(term.contribution).map(|(a, b)| a + b)
}

/// The sum so far, the steps after it, and the comparison with the stored value.
fn end(
    buf: &mut Buffer,
    area: Rect,
    app: &App,
    product: &Product,
    operands: &Operands,
    order: &[usize],
) {
    let theme = app.theme;
    let (terms, at) = (order.len(), product.at);
    let done = at.min(terms);
    let sum: Option<f64> = order
        .iter()
        .take(done)
        .map(|i| operands.terms[*i].contribution)
        .sum();
    let mut y = area.y;
    let mut line = |words: &str, style: Style| {
        text::put(buf, area, area.x, y, words, style);
        y += 1;
    };
    let number = |x: Option<f64>| x.map_or("·".into(), number::text);
    let count = [
        ("shown", done.to_string().into()),
        ("all", (terms + operands.rest.count).to_string().into()),
        ("sum", number(sum).into()),
    ];
    let playing = if product.pace.playing { "▶ " } else { "" };
    let words = format!("{playing}{}", say_with("matrix-terms", &count));
    line(&words, theme.strong());
    let steps = operands.steps.iter().enumerate();
    for (n, step) in steps {
        let here = terms + n + 1;
        if at < here {
            line(&told(step, None), theme.dim());
        } else {
            let style = if at == here {
                theme.current()
            } else {
                theme.text()
            };
            line(&told(step, Some(number(step.result))), style);
        }
    }
    if !operands.lacking.is_empty() {
        let names = operands.lacking.join(", ");
        let words = say_with("matrix-lacking", &[("names", names.into())]);
        for part in text::wrap(&words, area.width) {
            line(&part, theme.alarm());
        }
    } else if at > terms + operands.steps.len() {
        let (words, style) = compared(operands, app);
        for part in text::wrap(&words, area.width) {
            line(&part, style);
        }
    }
}

/// A step in words, with its result where it has been taken.
fn told(step: &Step, result: Option<String>) -> String {
    let number = |x: Option<f64>| x.map_or("·".into(), number::text);
    let words = match &step.what {
        What::Bias { by, number: bias } => format!("+ {} {}", format::place(by, 0), number(*bias)),
        What::Scale { factor } => format!("× {}", exact(*factor)),
        What::Position { slope, key } => {
            let args = [
                ("slope", exact(*slope).into()),
                ("key", key.to_string().into()),
            ];
            format!("+ {}", say_with("matrix-slope", &args))
        }
        What::Cap { cap } => format!("{0} · tanh(Σ / {0})", exact(*cap)),
        What::Clip { most } => format!("±{}", exact(*most)),
        What::Mask => say("matrix-masked").into(),
    };
    match result {
        Some(result) => format!("{words} → {result}"),
        None => words,
    }
}

/// The value that was computed here, the stored one, and whether rounding explains their distance.
fn compared(operands: &Operands, app: &App) -> (String, Style) {
    let (Some(computed), Some(value)) = (operands.computed, operands.value) else {
        return (say("matrix-not-stored").into(), app.theme.dim());
    };
    let (far, same) = distance(computed, value, operands.rounding);
    let args = [
        ("computed", format::digits(computed, DIGITS).into()),
        ("value", format::digits(value, DIGITS).into()),
        ("far", format!("{far:.1e}").into()),
        (
            "rounding",
            format!("{:.1e}", operands.rounding.unwrap_or(0.0)).into(),
        ),
    ];
    if same {
        (say_with("matrix-same", &args), app.theme.done())
    } else {
        (say_with("matrix-differs", &args), app.theme.alarm())
    }
}
