//! Input attribution: tokens down the side, and how much of a logit each accounts for, in bars to the left and right.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::theme::Theme;
use super::super::widgets::{bar, frame, number, text};
use super::{Export, Pane, all_lines, below, cell, move_cell, select, waiting, whole};
use crate::lang::{say, say_with};
use crate::session::command::{self, Command, Which};
use crate::session::export::Sheet;
use crate::session::reply_sweep::integrated;
use crate::trace::inputs::{InputAttribution, InputShare};
use crate::trace::query::Answer;

pub static PANE: Pane = Pane {
    name: "inputs",
    wide: whole(|app, _| all_lines(app, "inputs")),
    narrow: whole(|app, _| all_lines(app, "inputs")),
    takes_focus: true,
    stays: true,
    asks: |app, _| app.ask_whole().into_iter().collect(),
    draw,
    scroll: Some(|app, _, way| {
        let size = found(app).map(size);
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let hit = found(app).and_then(|a| List::new(app, area, a).hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let a = found(app)?;
        let (row, col) = cell(app, size(a));
        Some(number::exact(MEASURES[col].of(a.tokens.get(row)?)))
    }),
    export: |app, _| found(app).map(|a| Export::Sheet(sheet(a))),
    hints: |_| {
        &[
            ("up down", "token"),
            ("left right", "measure"),
            ("enter", "go there"),
            (", .", "another row"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

/// A number of each token.
struct Measure {
    /// The key of its name.
    name: &'static str,
    of: fn(&InputShare) -> f64,
}

impl Measure {
    fn of(&self, share: &InputShare) -> f64 {
        (self.of)(share)
    }
}

const MEASURES: [Measure; 3] = [
    Measure {
        name: "pane-inputs-product",
        of: |share| share.product,
    },
    Measure {
        name: "pane-inputs-integrated",
        of: |share| share.integrated,
    },
    Measure {
        name: "pane-inputs-gradient",
        of: |share| share.gradient,
    },
];

/// Columns of a token at most, of a bar at least, and of the lengths, which have none; lines of words below the list.
const TOKEN: u16 = 14;
const BAR: u16 = 5;
const LENGTH: u16 = 10;
const WORDS: u16 = 5;

fn found(app: &App) -> Option<&InputAttribution> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::Inputs(inputs) => Some(inputs),
        _ => None,
    }
}

fn size(a: &InputAttribution) -> (usize, usize) {
    (a.tokens.len(), MEASURES.len())
}

fn sheet(a: &InputAttribution) -> Sheet {
    let columns = ["gradient × input", "integrated", "gradient"];
    let mut sheet = Sheet::new(&a.token.text, ["token", "measure"], &columns);
    for one in &a.tokens {
        sheet.push(&one.text, MEASURES.iter().map(|measure| measure.of(one)));
    }
    sheet
}

/// The list as it lies in its pane.
struct List {
    /// Two lines: the logit, and the names of the measures.
    heading: Rect,
    rows: Rect,
    first: usize,
    token: u16,
    /// Columns of a measure with its bar.
    measure: u16,
    at: (usize, usize),
    len: usize,
}

impl List {
    fn new(app: &App, area: Rect, a: &InputAttribution) -> List {
        let inner = frame::inside(area);
        let words = WORDS.min(inner.height / 3);
        let heading = Rect {
            height: inner.height.min(2),
            ..inner
        };
        let rows = Rect {
            y: inner.y + heading.height,
            height: inner.height - heading.height - words.min(inner.height - heading.height),
            ..inner
        };
        let at = cell(app, size(a));
        let widest = a.tokens.iter().map(|one| text::width(&label(one)));
        let token = widest.max().unwrap_or(0).clamp(5, TOKEN) + 2;
        let measure = inner.width.saturating_sub(token + 1 + LENGTH) / 2;
        List {
            heading,
            rows,
            first: (at.0 + 1).saturating_sub(rows.height.max(1).into()),
            token,
            measure,
            at,
            len: a.tokens.len(),
        }
    }

    /// The left edge of a measure.
    fn column(&self, measure: usize) -> u16 {
        self.rows.x + self.token + self.measure * measure as u16
    }

    fn width(&self, measure: usize) -> u16 {
        match measure {
            0 | 1 => self.measure,
            _ => LENGTH,
        }
    }

    fn hit(&self, at: Position) -> Option<(usize, usize)> {
        let row = self.first + usize::from(at.y.checked_sub(self.rows.y)?);
        let col = (0..MEASURES.len()).rfind(|&col| at.x >= self.column(col));
        let inside = self.rows.contains(at) && row < self.len;
        inside.then_some((row, col.unwrap_or(0)))
    }
}

fn label(share: &InputShare) -> String {
    text::token(&share.text).trim().to_owned()
}

/// Go to the selected token's embedding, in the pass that has it.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(row) = found(app).map(|a| cell(app, size(a)).0) else {
        return Vec::new();
    };
    let mut passes = app.passes.iter().enumerate().rev();
    let Some((number, pass)) = passes.find(|(_, pass)| pass.start <= row) else {
        return Vec::new();
    };
    let row = row - pass.start;
    app.close_whole();
    let there = (number != app.at.pass).then(|| command::parse(&format!("pass {number}")).ok());
    let mut commands: Vec<Command> = there.flatten().into_iter().collect();
    commands.push(Command::goto("hook_embed".to_owned()));
    commands.push(Command::row(Which::Number(row)));
    commands
}

/// Draw a number and its bar: to the left of the middle what takes away, to the right what adds.
fn measure(buf: &mut Buffer, area: Rect, theme: Theme, x: f64, most: f64, on: bool) {
    let style = if on { theme.cursor() } else { theme.text() };
    let words = format!("{:>7}", number::signed(x));
    let after = text::put(buf, area, area.x, area.y, &words, style) + 1;
    let room = area.right().saturating_sub(after + 1);
    if room < BAR {
        return;
    }
    let half = room / 2;
    let share = x.abs() / most.max(f64::MIN_POSITIVE);
    let middle = after + half;
    if x < 0.0 {
        // Bars have eighths at their right end alone.
        let columns = (share.min(1.0) * f64::from(half)).round() as u16;
        let columns = columns.max(u16::from(share > 0.0));
        let bar = "█".repeat(columns.into());
        let style = theme.stroke_of(-1.0);
        text::put(buf, area, middle - columns, area.y, &bar, style);
    } else {
        let bar = bar::text(share, half);
        text::put(buf, area, middle + 1, area.y, &bar, theme.stroke_of(1.0));
    }
    text::put(buf, area, middle, area.y, "│", theme.faint());
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(query) = app.ask_whole() else { return };
    let title = Line::from(format!(" {} ", say("pane-inputs")));
    let inner = frame::draw(buf, area, theme, focused, title);
    let Some(a) = found(app) else {
        waiting(buf, inner, app, &query);
        return;
    };
    let list = List::new(app, area, a);
    let token = |text: &str| text::token(text).trim().to_owned();
    let logit = match &a.against {
        None => say_with(
            "pane-inputs-logit",
            &[("token", token(&a.token.text).into())],
        ),
        Some(other) => say_with(
            "pane-inputs-difference",
            &[
                ("token", token(&a.token.text).into()),
                ("other", token(&other.text).into()),
            ],
        ),
    };
    let heading = format!("{logit} = {:.3}", a.value);
    text::put(
        buf,
        list.heading,
        inner.x + 1,
        inner.y,
        &heading,
        theme.strong(),
    );
    let (row, col) = list.at;
    for (i, measure) in MEASURES.iter().enumerate() {
        let style = if i == col {
            theme.current()
        } else {
            theme.dim()
        };
        let name = text::cut(say(measure.name), list.width(i).saturating_sub(1));
        let y = inner.y + 1;
        text::put(buf, list.heading, list.column(i), y, &name, style);
    }
    let most = |measure: &Measure| {
        let all = a.tokens.iter().map(|one| measure.of(one).abs());
        all.filter(|x| x.is_finite()).fold(0.0, f64::max)
    };
    let most = MEASURES.each_ref().map(most);
    for ((i, one), y) in
        (a.tokens.iter().enumerate().skip(list.first)).zip(list.rows.y..list.rows.bottom())
    {
        let style = if i == row {
            theme.current()
        } else {
            theme.dim()
        };
        let mark = if i == row { "▸" } else { " " };
        text::put(buf, list.rows, inner.x, y, mark, style);
        let name = text::cut(&label(one), list.token - 2);
        text::put(buf, list.rows, inner.x + 1, y, &name, style);
        for (j, of) in MEASURES.iter().enumerate() {
            let place = Rect::new(list.column(j), y, list.width(j), 1).intersection(list.rows);
            measure(buf, place, theme, of.of(one), most[j], (i, j) == (row, col));
        }
    }
    if list.rows.height > 0 && usize::from(list.rows.height) < a.tokens.len() {
        let last = (list.first + usize::from(list.rows.height)).min(a.tokens.len()) - 1;
        let args = [
            ("first", list.first.into()),
            ("last", last.into()),
            ("all", a.tokens.len().into()),
        ];
        frame::note(buf, area, &say_with("pane-inputs-seen", &args), theme.dim());
    }
    below(buf, inner, app, &words(a, row));
}

/// The selected token in words, and how far the integrated gradients can be trusted.
fn words(a: &InputAttribution, row: usize) -> String {
    let mut words = String::new();
    if let Some(one) = a.tokens.get(row) {
        let args = [
            ("token", label(one).into()),
            ("product", number::signed(one.product).into()),
            ("integrated", number::signed(one.integrated).into()),
            ("gradient", format!("{:.3}", one.gradient).into()),
        ];
        words += &say_with("pane-inputs-token", &args);
    }
    words += &format!(" · {}", integrated(a));
    if !a.is_exact() {
        words += &format!(" · {}", say("pane-inputs-distrust"));
    }
    words
}
