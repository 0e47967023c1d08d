//! A matrix that is no step of the pass, in the place of the one at the cursor: a weight, or kept keys or values.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::{Line, Span};

use super::super::app::{App, Opened};
use super::super::view::{self, heads, labels};
use super::super::widgets::matrix::{self, Cells, Geometry, Shape};
use super::super::widgets::scale::Scale;
use super::super::widgets::{frame, number, text};
use super::matrix::tile;
use super::{Export, Hint, Pane, Part, Place, whole_of};
use crate::lang::{say, say_with};
use crate::session::command::Command;
use crate::session::format;
use crate::trace::plan::Axis;
use crate::trace::query::{Answer, Query};
use crate::trace::tensor::{Pick, Values};

pub static PANE: Pane = Pane {
    name: "opened",
    wide: Some(PLACE),
    narrow: Some(PLACE),
    takes_focus: true,
    asks: |app, area| {
        let asked = Layout::new(app, area).map(|layout| [Some(layout.ask), layout.ask_texts]);
        asked.into_iter().flatten().flatten().collect()
    },
    draw,
    scroll: Some(scroll),
    click: Some(click),
    copy: Some(copy),
    export: |app, _| {
        let opened = app.opened.as_ref()?;
        let all = whole_of(&opened.beside.point().shape);
        Some(Export::Ask(opened.beside.ask(all)))
    },
    hints,
    ..Pane::NONE
};

const PLACE: Place = Place {
    part: Part::Middle,
    lines: |app, _| app.opened.as_ref().map(|_| Constraint::Fill(1)),
};

fn hints(app: &App) -> &'static [Hint] {
    let point = app.opened.as_ref().map(|opened| opened.beside.point());
    match point.and_then(|point| point.head_axis()) {
        Some(_) => &[
            ("arrows", "cell"),
            ("w", "next weight"),
            ("[ ]", "head"),
            ("esc", "close"),
        ],
        None => &[("arrows", "cell"), ("w", "next weight"), ("esc", "close")],
    }
}

/// The matrix as it lies in the pane, with the question for what is seen of it.
struct Layout<'a> {
    opened: &'a Opened,
    geometry: Geometry,
    rows: usize,
    cols: usize,
    row_labels: Vec<String>,
    /// The question for the texts of the tokens that rows or columns stand for.
    ask_texts: Option<Query>,
    ask: Query,
}

/// Columns of a token's text beside the selected value.
const NAME: u16 = 8;

/// The axis along which a matrix has a line for each token of the vocabulary.
#[derive(Clone, Copy, PartialEq)]
enum Tokens {
    Rows,
    Columns,
}

impl<'a> Layout<'a> {
    fn new(app: &'a App, area: Rect) -> Option<Layout<'a>> {
        let opened = app.opened.as_ref()?;
        let point = opened.beside.point();
        let (rows, cols) = view::size(point);
        let head = heads::head_of(app, point);
        let (row, _) = view::matrix_axes(point);
        let pass = app.pass();
        let row_labels = pass.map_or(Vec::new(), |pass| labels::labels(pass, point, row));
        let mut layout = Layout {
            opened,
            geometry: Geometry::default(),
            rows,
            cols,
            row_labels,
            ask_texts: None,
            ask: Query::Model,
        };
        layout.geometry = Geometry::new(
            frame::inside(area),
            &layout.shape(app, Scale::Signed(1.0), (0, &[])),
            opened.scroll,
        );
        let g = &layout.geometry;
        if g.rows.is_empty() || g.cols.is_empty() {
            return None;
        }
        let seen = (Pick::Span(g.rows.clone()), Pick::Span(g.cols.clone()));
        layout.ask_texts = layout.tokens().map(|tokens| {
            let seen = match tokens {
                Tokens::Rows => &g.rows,
                Tokens::Columns => &g.cols,
            };
            Query::Texts {
                first: seen.start,
                count: seen.len(),
            }
        });
        layout.ask = opened.beside.ask(tile::slice(point, head, seen.0, seen.1));
        Some(layout)
    }

    fn tokens(&self) -> Option<Tokens> {
        let point = self.opened.beside.point();
        let (row, column) = view::matrix_axes(point);
        let is_vocab = |axis: Option<usize>| axis.is_some_and(|i| point.axes[i] == Axis::Vocab);
        match (is_vocab(row), is_vocab(column)) {
            (true, _) => Some(Tokens::Rows),
            (_, true) => Some(Tokens::Columns),
            _ => None,
        }
    }

    /// The texts of the tokens that are seen, and the id of the first.
    fn texts(&self, app: &App) -> (usize, Vec<String>) {
        let answer = self
            .ask_texts
            .as_ref()
            .map(|query| (query, app.answers.exact(query)));
        match answer {
            Some((Query::Texts { first, .. }, Some(Answer::Texts { texts }))) => {
                let texts = texts.iter().map(|text| text::token(text).trim().to_owned());
                (*first, texts.collect())
            }
            _ => (0, Vec::new()),
        }
    }

    fn shape<'b>(&'b self, app: &App, scale: Scale, texts: (usize, &'b [String])) -> Shape<'b> {
        Shape {
            rows: self.rows,
            cols: self.cols,
            row_labels: &self.row_labels,
            row_texts: (self.tokens() == Some(Tokens::Rows)).then_some(texts),
            col_labels: &[],
            scale,
            density: app.density,
            heading: true,
            aside: None,
            fine: app.theme.fine(),
            order: None,
        }
    }

    /// The values that are seen, if they have been answered for.
    fn values<'b>(&self, app: &'b App) -> Option<&'b Values> {
        app.answers.exact(&self.ask)?.values()
    }

    fn get(&self, values: &Values, row: usize, col: usize) -> Option<f64> {
        let g = &self.geometry;
        if !g.rows.contains(&row) || !g.cols.contains(&col) {
            return None;
        }
        let at = (row - g.rows.start) * g.cols.len() + col - g.cols.start;
        values.data.get(at).copied()
    }
}

/// The selected cell is inside the matrix, and the matrix scrolled so that it is seen.
pub fn follow(app: &mut App, area: Rect) {
    for _ in 0..2 {
        let Some(layout) = Layout::new(app, area) else {
            return;
        };
        let (rows, cols) = (layout.rows.max(1), layout.cols.max(1));
        let cell = layout.opened.cell;
        let cell = (cell.0.min(rows - 1), cell.1.min(cols - 1));
        let scroll = layout.geometry.follow(cell);
        if let Some(opened) = &mut app.opened {
            (opened.cell, opened.scroll) = (cell, scroll);
        }
    }
}

fn scroll(app: &mut App, area: Rect, (dx, dy): (isize, isize)) -> Vec<Command> {
    let size = Layout::new(app, area).map(|layout| (layout.rows, layout.cols));
    if let (Some(opened), Some((rows, cols))) = (&mut app.opened, size) {
        opened.cell.0 = super::by(opened.cell.0, dy, rows);
        opened.cell.1 = super::by(opened.cell.1, dx, cols);
    }
    Vec::new()
}

fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    let hit = Layout::new(app, area).and_then(|layout| layout.geometry.hit(at));
    if let (Some(opened), Some(cell)) = (&mut app.opened, hit) {
        opened.cell = cell;
    }
    Vec::new()
}

/// The selected cell.
fn copy(app: &App, area: Rect) -> Option<String> {
    let layout = Layout::new(app, area)?;
    let (row, col) = layout.opened.cell;
    layout.get(layout.values(app)?, row, col).map(number::exact)
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(opened) = &app.opened else { return };
    let point = opened.beside.point();
    let mut title = vec![
        Span::raw(" "),
        Span::styled(format!("{} ", point.name), theme.strong()),
    ];
    if let (Some(axis), Some(head)) = (point.head_axis(), heads::head_of(app, point)) {
        let args = [("head", head.into()), ("all", point.shape[axis].into())];
        let words = format!(" {} ", say_with("pane-head", &args));
        title.push(Span::styled(words, theme.accent()));
    }
    title.push(Span::styled(
        format!("{} ", format::shape(point)),
        theme.dim(),
    ));
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let Some(layout) = Layout::new(app, area) else {
        return;
    };
    let Some(values) = layout.values(app) else {
        let words = app.answers.why(&layout.ask).unwrap_or(say("pane-reading"));
        for (line, y) in text::wrap(words, inner.width.saturating_sub(2))
            .iter()
            .zip(inner.y..)
        {
            text::put(buf, inner, inner.x + 1, y, line, theme.dim());
        }
        return;
    };
    let (row, col) = opened.cell;
    let cells = Cells {
        value: &|row, col| layout.get(values, row, col),
        aside: &|_| None,
        masked: &|_, _| false,
        selected: Some((row, col)),
        stale: false,
    };
    let (first, texts) = layout.texts(app);
    let shape = layout.shape(app, scale(&values.data), (first, &texts));
    matrix::draw(buf, theme, &shape, &layout.geometry, &cells);
    let g = &layout.geometry;
    let mut note = Vec::new();
    if let Some(value) = layout.get(values, row, col) {
        let id = match layout.tokens() {
            Some(Tokens::Rows) => Some(row),
            Some(Tokens::Columns) => Some(col),
            None => None,
        };
        let text = id.and_then(|id| texts.get(id.checked_sub(first)?));
        let text = text.map_or(String::new(), |text| format!(" {}", text::cut(text, NAME)));
        note.push(format!("[{row}, {col}]{text} = {}", number::exact(value)));
    }
    for (word, seen, all) in [
        ("pane-rows", &g.rows, layout.rows),
        ("pane-columns", &g.cols, layout.cols),
    ] {
        if seen.len() < all {
            note.push(super::matrix::span(word, seen, all));
        }
    }
    frame::note(buf, area, &note.join(" · "), theme.dim());
}

/// The meaning of colours: of the values that are seen, since those of a whole table are many.
fn scale(values: &[f64]) -> Scale {
    let finite = values.iter().filter(|x| x.is_finite());
    let (mut largest, mut squares, mut count) = (0.0_f64, 0.0, 0.0);
    for x in finite {
        largest = largest.max(x.abs());
        squares += x * x;
        count += 1.0;
    }
    let robust = largest.min(2.5 * (squares / f64::max(count, 1.0)).sqrt());
    Scale::Signed(if robust > 0.0 { robust } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::super::super::{draw, fake};
    use super::*;
    use crate::session::beside::Beside;
    use crate::trace::plan::HookPoint;

    fn open(app: &mut App, name: &str, axes: &[(Axis, usize)]) {
        let point = HookPoint {
            name: name.into(),
            axes: axes.iter().map(|a| a.0).collect(),
            shape: axes.iter().map(|a| a.1).collect(),
        };
        app.opened = Some(Opened {
            beside: Beside::Weight(point),
            words: Default::default(),
            cell: (0, 0),
            scroll: (0, 0),
        });
        app.focus = PANE.name;
        fake::answer(app);
    }

    fn screen(app: &App) -> String {
        let mut buf = Buffer::empty(app.screen);
        draw::draw(&mut buf, app);
        draw::text(&buf)
    }

    #[test]
    fn a_weight_takes_the_place_of_the_matrix_and_only_its_window_is_asked_for() {
        for (width, height) in [(120, 36), (80, 24)] {
            let mut app = fake::app("1.q", width, height);
            open(
                &mut app,
                "W_E",
                &[(Axis::Vocab, 150_000), (Axis::DModel, 4096)],
            );
            if let Some(opened) = &mut app.opened {
                opened.cell = (149_999, 4095);
            }
            let areas = super::super::super::layout::layout(&app).unwrap();
            follow(&mut app, areas.of(&PANE));
            fake::answer(&mut app);
            let layout = Layout::new(&app, areas.of(&PANE)).unwrap();
            assert!(layout.values(&app).unwrap().data.len() < 40 * 60);
            let shown = screen(&app);
            let value = number::exact(fake::value(1, 0, 149_999, 4095));
            for part in [
                "W_E [vocab 150000",
                "149999",
                "4095",
                &format!("[149999, 4095] a longe… = {value}"),
                "149999 a l",
                "149996 人",
                "149997 民",
            ] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
            assert!(!shown.contains("[ ] head"), "{shown}");
            assert!(areas.of(&super::super::matrix::PANE).is_empty());
        }
    }

    #[test]
    fn a_head_of_a_weight_is_chosen_as_that_of_a_value() {
        let mut app = fake::app("1.q", 80, 24);
        app.head = 2;
        let axes = [(Axis::Head, 4), (Axis::DModel, 64), (Axis::DHead, 16)];
        open(&mut app, "blocks.1.attn.W_Q", &axes);
        let shown = screen(&app);
        assert!(shown.contains("head 2 of 4"), "{shown}");
        assert!(shown.contains("[ ] head"), "{shown}");
        let value = number::exact(fake::value(1, 2, 0, 0));
        assert!(shown.contains(&format!("[0, 0] = {value}")), "{shown}");
        scroll(&mut app, Rect::new(0, 0, 80, 24), (3, 1));
        assert_eq!(app.opened.as_ref().unwrap().cell, (1, 3));
    }
}
