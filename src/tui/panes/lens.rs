//! The distribution of the next token, or of an encoder's masked one, as read from the cursor: the logit
//! lens.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::app::{App, Pane, Status};
use super::super::view;
use super::super::widgets::{bar, frame, text};
use crate::trace::hook;
use crate::trace::token::texts_missing;

pub fn render(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == Pane::Lens;
    let no_logits = without_logits(app);
    let answers = &app.answers;
    let stale = matches!(&answers.lens, Some((of, _)) if *of != app.at);
    let target = view::prediction_target(app);
    let long = format!(" {target}, seen from here ");
    let title = if no_logits.is_some() {
        " what it says ".into()
    } else if stale && app.status != Status::Stopped {
        format!(" {target}, computing… ")
    } else if text::width(&long) + 2 <= area.width {
        long
    } else {
        format!(" {target} from here ")
    };
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    if let Some(read) = reads_other(app).filter(|_| no_logits.is_none() && !stale) {
        frame::note(buf, area, &format!("reads {read}"), theme.dim());
    }
    let why = match app.plan().and_then(|p| p.residual_at(app.at.point)) {
        _ if no_logits.is_some() => no_logits.as_deref(),
        None if app.model.is_some() => Some("no residual stream here yet"),
        _ if stale && app.status == Status::Stopped => Some(STOPPED),
        _ => match &answers.lens_error {
            Some((at, why)) if *at == app.at => Some(why.as_str()),
            _ => None,
        },
    };
    let lens = match (why, &answers.lens) {
        (None, Some((_, lens))) => lens,
        (why, _) => {
            let lines = text::wrap(why.unwrap_or("computing…"), inner.width.saturating_sub(2));
            for (i, line) in lines.iter().take(inner.height as usize).enumerate() {
                let y = inner.y + i as u16;
                text::put(buf, inner, inner.x + 1, y, line, theme.dim());
            }
            return;
        }
    };
    let lines = inner.height.saturating_sub(2) as usize;
    let wide = inner.width >= 28;
    let names = lens
        .top
        .iter()
        .take(lines)
        .map(|c| text::width(&text::token(&c.text)));
    let name = names.max().unwrap_or(0).clamp(4, inner.width / 3);
    let tail = if wide { 16 } else { 8 };
    let room = inner.width.saturating_sub(name + tail + 3);
    for (i, candidate) in lens.top.iter().take(lines).enumerate() {
        let y = inner.y + i as u16;
        let chosen = i == app.candidate && focused;
        if chosen {
            buf.set_style(Rect::new(inner.x, y, inner.width, 1), theme.selected());
            text::put(buf, inner, inner.x, y, "▸", theme.current());
        }
        let label = text::cut(&text::token(&candidate.text), name);
        let style = match i {
            _ if stale => theme.dim(),
            0 => theme.strong(),
            _ => theme.text(),
        };
        text::put(buf, inner, inner.x + 1, y, &label, style);
        let style = if stale { theme.dim() } else { theme.accent() };
        let x = inner.x + name + 2;
        text::put(buf, inner, x, y, &bar::text(candidate.prob, room), style);
        let style = if stale || i > 0 {
            theme.dim()
        } else {
            theme.text()
        };
        let numbers = if wide {
            format!("{:5.1} % {:7.2}", candidate.prob * 100.0, candidate.logit)
        } else {
            format!("{:5.1} %", candidate.prob * 100.0)
        };
        text::put_right(buf, inner, y, &numbers, style);
    }
    if inner.height >= 2 {
        let y = inner.bottom() - 1;
        let entropy = format!("entropy {:.2} nats", lens.entropy);
        let x = text::put(buf, inner, inner.x + 1, y, &entropy, theme.dim());
        let tokens = lens.top.iter().take(lines);
        if let Some(note) = texts_missing(tokens.map(|c| (c.id, &*c.text)))
            && inner.height >= 3
        {
            text::put(buf, inner, inner.x + 1, y - 1, note, theme.dim());
        }
        let heat = Span::raw(match lens.temperature {
            t if (0.05..1e3).contains(&t) => format!("T {t:.1}"),
            t => format!("T {t:.0e}"),
        });
        if x + 6 < inner.right() {
            text::put_right(buf, inner, y, &heat.content, theme.dim());
        }
    }
}

const STOPPED: &str = "stopped before this was computed: any key goes on, and S, O or < go back";

/// What the lens reads where that is not the hook point at the cursor itself.
fn reads_other(app: &App) -> Option<String> {
    let plan = app.plan()?;
    let here = plan.points().get(app.at.point)?;
    let read = plan.read_at(app.at.point)?;
    let block = format!("{}.", here.layer());
    let near = read.strip_prefix(&block).unwrap_or(&read);
    (read != hook::short(&here.name)).then(|| near.to_owned())
}

/// Why there is no distribution in a model without logits, and what there is to see.
fn without_logits(app: &App) -> Option<String> {
    let end = view::output_without_logits(app)?;
    Some(format!(
        "This model names no tokens. It makes of the text {end}, the last step: > goes there."
    ))
}
