//! The diagram: inputs and weights on the left, lines to the sum, threshold and output.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::super::theme::Theme;
use super::super::super::widgets::text;
use super::grid;
use super::view::Cell;
use crate::lang::say;
use crate::play::perceptron::model::Perceptron;
use crate::play::perceptron::words::number;

/// Columns of a name at most.
const WIDEST: u16 = 14;
/// Columns of the lines from products to the sum at least.
const LINES: u16 = 4;
/// Lines from one input to the next at most.
const WIDEST_GAP: u16 = 4;
/// Columns between two boxes, and lines of a box.
const ARROW: u16 = 2;
const BOX: u16 = 3;

/// One of the three boxes that follow the inputs.
struct Node {
    title: String,
    words: String,
    style: Style,
    border: Style,
}

impl Node {
    fn width(&self) -> u16 {
        text::width(&self.title).max(text::width(&self.words)) + 4
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, x: u16, y: u16) {
        let inside = self.width() - 2;
        let line = |n: u16| "─".repeat(usize::from(n));
        let after = inside.saturating_sub(1 + text::width(&self.title));
        text::put(
            buf,
            area,
            x,
            y,
            &format!("╭─{}{}╮", self.title, line(after)),
            self.border,
        );
        text::put(
            buf,
            area,
            x,
            y + 1,
            &format!("│{}│", " ".repeat(usize::from(inside))),
            self.border,
        );
        let middle = x + 1 + (inside - text::width(&self.words)) / 2;
        text::put(buf, area, middle, y + 1, &self.words, self.style);
        text::put(
            buf,
            area,
            x,
            y + 2,
            &format!("╰{}╯", line(inside)),
            self.border,
        );
    }
}

/// Draw; the cell is what has the cursor.
pub fn draw(
    buf: &mut Buffer,
    area: Rect,
    theme: Theme,
    perceptron: &Perceptron,
    cell: Option<Cell>,
) {
    let count = perceptron.names.len();
    let weights = &perceptron.weights;
    let products: Vec<f64> = weights
        .each
        .iter()
        .zip(&perceptron.values)
        .map(|(w, x)| w * x)
        .collect();
    let nodes = nodes(theme, perceptron, cell);
    let widest = |texts: &mut dyn Iterator<Item = u16>, least: &str| {
        texts.max().unwrap_or(0).max(text::width(least))
    };
    let numbers =
        |all: &[f64], least| widest(&mut all.iter().map(|x| text::width(&number(*x))), least);
    let name = widest(&mut perceptron.names.iter().map(|n| text::width(n)), "").min(WIDEST);
    let value = numbers(&perceptron.values, say("perceptron-input"));
    let weight = numbers(&weights.each, say("perceptron-weight"));
    let product = numbers(&products, "");
    let names_at = area.x + 2;
    let values_at = names_at + name + 1;
    let weights_at = values_at + value + 3;
    let products_at = weights_at + weight + 3;
    let lines_at = products_at + product + 1;
    let chain: u16 = nodes.iter().map(|node| node.width() + ARROW).sum();
    let beside = lines_at + LINES + chain <= area.right();
    let bus = if beside {
        area.right() - chain - 1
    } else {
        (lines_at + LINES).min(area.right().saturating_sub(1))
    };

    let below = if beside { 0 } else { BOX + 1 };
    let room = area.height.saturating_sub(1 + below);
    let gap = (room / count as u16).clamp(1, WIDEST_GAP);
    let fit = room.div_ceil(gap);
    let follow = match cell {
        Some(Cell::Name(i) | Cell::Value(i) | Cell::Weight(i)) => i,
        Some(_) => count - 1,
        None => 0,
    };
    let top = grid::top(follow, count, fit);
    let shown = top..count.min(top + usize::from(fit));
    let first = area.y + 1;
    let last = first + gap * (shown.len() as u16).saturating_sub(1);

    let right = |buf: &mut Buffer, x: u16, width: u16, y, words: &str, style| {
        let words = text::cut(words, width);
        text::put(buf, area, x + width - text::width(&words), y, &words, style);
    };
    right(
        buf,
        values_at,
        value,
        area.y,
        say("perceptron-input"),
        theme.dim(),
    );
    right(
        buf,
        weights_at,
        weight,
        area.y,
        say("perceptron-weight"),
        theme.dim(),
    );
    let largest = weights
        .each
        .iter()
        .fold(0.0_f64, |most, w| most.max(w.abs()));
    for (place, i) in shown.clone().enumerate() {
        let y = first + gap * place as u16;
        let on = perceptron.values[i] != 0.0;
        let chosen = |which: Cell, style| {
            if cell == Some(which) {
                theme.cursor()
            } else {
                style
            }
        };
        let state = if on { theme.accent() } else { theme.dim() };
        text::put(buf, area, area.x, y, if on { "●" } else { "○" }, state);
        let label = text::cut(&perceptron.names[i], name);
        let after = text::put(
            buf,
            area,
            names_at,
            y,
            &label,
            chosen(Cell::Name(i), theme.text()),
        );
        if cell == Some(Cell::Name(i)) && label.is_empty() {
            text::put(buf, area, after, y, " ", theme.cursor());
        }
        right(
            buf,
            values_at,
            value,
            y,
            &number(perceptron.values[i]),
            chosen(Cell::Value(i), state),
        );
        text::put(buf, area, values_at + value + 1, y, "×", theme.dim());
        let share = if largest > 0.0 {
            weights.each[i] / largest
        } else {
            0.0
        };
        right(
            buf,
            weights_at,
            weight,
            y,
            &number(weights.each[i]),
            chosen(Cell::Weight(i), theme.signed(share)),
        );
        text::put(buf, area, weights_at + weight + 1, y, "=", theme.dim());
        let live = products[i] != 0.0;
        let (dash, style) = if live {
            ("─", theme.accent())
        } else {
            ("┄", theme.faint())
        };
        right(
            buf,
            products_at,
            product,
            y,
            &number(products[i]),
            if live { theme.text() } else { theme.dim() },
        );
        for x in lines_at..bus {
            text::put(buf, area, x, y, dash, style);
        }
    }

    // The line that all products run into, and on to the sum.
    let out = if beside {
        first + (last - first) / 2
    } else {
        last + 1
    };
    let accent = theme.accent();
    for y in first..=last.max(out) {
        let row = (y - first).is_multiple_of(gap) && y <= last;
        let symbol = match (row, y == first, y == last, y == out) {
            (_, _, _, true) if !beside => "▼",
            (true, true, true, true) => "─",
            (true, true, _, true) => "┬",
            (true, _, true, true) => "┴",
            (true, _, _, true) => "┼",
            (true, true, _, _) => "╮",
            (true, _, true, _) if beside => "╯",
            (true, ..) => "┤",
            (false, _, _, true) => "├",
            (false, ..) => "│",
        };
        text::put(buf, area, bus, y, symbol, accent);
    }
    let (mut x, y) = if beside {
        (bus + 1, out)
    } else {
        // The sum stands under the arrow where there is room.
        let sum = nodes[0].width() / 2;
        let most = area.right().saturating_sub(chain - ARROW);
        (bus.saturating_sub(sum).min(most).max(area.x), out + 2)
    };
    for (i, node) in nodes.iter().enumerate() {
        if beside || i > 0 {
            let live = i < 2 || perceptron.fires();
            let (arrow, style) = if live {
                ("─▶", accent)
            } else {
                ("┄▷", theme.faint())
            };
            x = text::put(buf, area, x, y, arrow, style);
        }
        node.draw(buf, area, x, y.saturating_sub(1));
        x += node.width();
    }
}

fn nodes(theme: Theme, perceptron: &Perceptron, cell: Option<Cell>) -> [Node; 3] {
    let fires = perceptron.fires();
    let chosen = |which: Cell, style| {
        if cell == Some(which) {
            theme.cursor()
        } else {
            style
        }
    };
    let than = if fires { ">" } else { "≤" };
    let state = if fires { theme.current() } else { theme.dim() };
    [
        Node {
            title: say("perceptron-sum").into(),
            words: number(perceptron.sum()),
            style: theme.strong(),
            border: theme.accent(),
        },
        Node {
            title: say("perceptron-threshold").into(),
            words: format!("{than} {}", number(perceptron.weights.threshold)),
            style: chosen(Cell::Threshold, theme.text()),
            border: theme.accent(),
        },
        Node {
            title: text::cut(&perceptron.output, WIDEST),
            words: if fires { "● 1" } else { "○ 0" }.into(),
            style: chosen(Cell::Output, state),
            border: if fires { theme.accent() } else { theme.faint() },
        },
    ]
}
