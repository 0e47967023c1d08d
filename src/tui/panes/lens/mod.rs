//! The distribution of the next token, or of an encoder's masked one, as read from the cursor: the logit
//! lens.

mod effect;
mod growth;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::super::app::{App, Status};
use super::super::widgets::{bar, frame, text};
use super::{Export, Pane, Part, Place};
use crate::lang::{plain, say, say_with};
use crate::session::command::{Command, TokenPick};
use crate::session::export::Sheet;
use crate::trace::hook;
use crate::trace::query::Query;
use crate::trace::source::PredictionTarget;
use crate::trace::tensor::Distribution;
use crate::trace::token::texts_missing;

pub static PANE: Pane = Pane {
    name: "lens",
    wide: Some(Place::filling(Part::Right)),
    narrow: Some(Place::filling(Part::Left)),
    takes_focus: true,
    asks: |app, area| {
        let lens = ask(app, area).into_iter();
        lens.chain(effect::ask(app, candidates(area))).collect()
    },
    asks_later: |app, area| match ask(app, area) {
        Some(_) => growth::ask(app, area),
        None => Vec::new(),
    },
    draw,
    scroll: Some(|app, area, (_, dy)| {
        app.candidate = super::by(app.candidate, dy, listed(app, area));
        Vec::new()
    }),
    click: Some(click),
    choose: Some(|app| vec![Command::token(TokenPick::Rank(app.candidate + 1))]),
    copy: Some(|app, _| Some(shown(app)?.top.get(app.candidate)?.text.clone())),
    export: |app, _| shown(app).map(|lens| Export::Sheet(sheet(app, lens))),
    hints: |_| &[("↑↓", "candidate"), ("enter", "take it")],
    ..Pane::NONE
};

/// The candidates that are known.
fn sheet(app: &App, lens: &Distribution) -> Sheet {
    let name = app
        .point()
        .map_or(String::new(), |point| hook::short(&point.name));
    let columns = ["id", "logit", "probability"];
    let mut sheet = Sheet::new(name, ["token", ""], &columns);
    for one in &lens.top {
        sheet.push(&one.text, [f64::from(one.id), one.logit, one.prob]);
    }
    sheet
}

fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    if let Some(line) = at.y.checked_sub(area.y + 1) {
        app.candidate = usize::from(line).min(listed(app, area) - 1);
    }
    Vec::new()
}

/// Candidates that fit the pane.
fn candidates(area: Rect) -> usize {
    (area.height.saturating_sub(4) as usize).clamp(5, 50)
}

/// A candidate that rounds to 0.0 % shows nothing more.
const LEAST: f64 = 0.0005;
/// Candidates that are listed however improbable they are.
const ALWAYS: usize = 3;

/// Candidates that are listed: those with something to see, as far as there is room beside the growth.
fn listed(app: &App, area: Rect) -> usize {
    let all = shown(app).map_or(&[][..], |lens| &lens.top);
    let seen = all.iter().take_while(|c| c.prob >= LEAST).count();
    let lines = frame::inside(area)
        .height
        .saturating_sub(2 + growth::least(app, area));
    seen.max(ALWAYS).min(all.len()).min(lines.into()).max(1)
}

/// The question for what is seen from the cursor, where something is.
fn ask(app: &App, area: Rect) -> Option<Query> {
    app.plan()?.residual_at(app.at.point)?;
    let vocab = app.model.as_ref().map_or(usize::MAX, |m| m.d_vocab);
    let query = app.ask_lens(app.at.point, app.at.row, candidates(area).min(vocab));
    without_logits(app).is_none().then_some(query)
}

/// The distribution at the cursor.
pub fn here(app: &App) -> Option<&Distribution> {
    let query = app.ask_lens(app.at.point, app.at.row, 0);
    app.answers.exact(&query)?.lens()
}

/// The distribution that is shown: the cursor's, or until that is known that of where it stood before.
pub fn shown(app: &App) -> Option<&Distribution> {
    here(app).or(app.answers.before.as_ref())
}

/// The target of the distribution at the cursor.
fn prediction_target(app: &App) -> PredictionTarget {
    let model = app.model.as_ref().zip(app.pass());
    model.map_or(PredictionTarget::Next, |(model, pass)| {
        model.prediction_target(pass, app.at.row)
    })
}

/// The lens that reads here, while one from a file is in use.
fn through(app: &App) -> Option<String> {
    let lens = app.model.as_ref()?.lens.as_ref()?;
    let plan = app.plan()?;
    if plan.residual_at(app.at.point) == plan.residual_at(plan.len() - 1) {
        return None;
    }
    Some(match here(app)?.lens {
        Some(_) => lens.kind.to_string(),
        None => say_with("pane-no-map", &[("lens", plain(lens.kind))]),
    })
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let no_logits = without_logits(app);
    let shown = shown(app);
    let stale = shown.is_some() && here(app).is_none();
    let target = prediction_target(app);
    let titled = |key| format!(" {} ", say_with(key, &[("target", plain(target))]));
    let long = titled("pane-seen-long");
    let effect = effect::known(app).filter(|_| !stale);
    let title = if no_logits.is_some() {
        format!(" {} ", say("pane-says"))
    } else if effect.is_some() {
        let long = titled("pane-seen-changed");
        if text::width(&long) + 2 <= area.width {
            long
        } else {
            format!(" {} ", say("pane-changed"))
        }
    } else if stale && app.status != Status::Stopped {
        titled("pane-seen-computing")
    } else if text::width(&long) + 2 <= area.width {
        long
    } else {
        titled("pane-seen")
    };
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let read = reads_other(app);
    let read = read.map(|read| say_with("pane-reads", &[("name", read.into())]));
    let notes: Vec<String> = through(app).into_iter().chain(read).collect();
    if !notes.is_empty() && no_logits.is_none() && !stale {
        frame::note(buf, area, &notes.join(" · "), theme.dim());
    }
    let why = match app.plan().and_then(|p| p.residual_at(app.at.point)) {
        _ if no_logits.is_some() => no_logits.as_deref(),
        None if app.model.is_some() => Some(say("pane-no-stream")),
        _ if stale && app.status == Status::Stopped => Some(say("pane-stopped")),
        _ => ask(app, area).and_then(|query| app.answers.why(&query)),
    };
    let lens = match (why, shown) {
        (None, Some(lens)) => lens,
        (why, _) => {
            let lines = text::wrap(
                why.unwrap_or(say("pane-computing")),
                inner.width.saturating_sub(2),
            );
            for (i, line) in lines.iter().take(inner.height as usize).enumerate() {
                let y = inner.y + i as u16;
                text::put(buf, inner, inner.x + 1, y, line, theme.dim());
            }
            return;
        }
    };
    let lines = listed(app, area);
    let wide = inner.width >= 28;
    let names = lens
        .top
        .iter()
        .take(lines)
        .map(|c| text::width(&text::token(&c.text)));
    let name = names.max().unwrap_or(0).clamp(4, inner.width / 3);
    let tail = match effect {
        Some(_) => 15,
        None if wide => 16,
        None => 8,
    };
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
        let numbers = if let Some(effect) = effect {
            effect::numbers(effect, i)
        } else if wide {
            format!("{:5.1} % {:7.2}", candidate.prob * 100.0, candidate.logit)
        } else {
            format!("{:5.1} %", candidate.prob * 100.0)
        };
        text::put_right(buf, inner, y, &numbers, style);
    }
    let rest = Rect {
        x: inner.x + 1,
        y: inner.y + lines as u16 + 1,
        width: inner.width.saturating_sub(2),
        height: inner.height.saturating_sub(lines as u16 + 3),
    };
    if let Some(effect) = effect {
        effect::draw(buf, rest, app, effect);
    } else if let (Some(of), true) = (lens.top.get(app.candidate), growth::least(app, area) > 0) {
        growth::draw(buf, rest, app, of);
    }
    if inner.height >= 2 {
        let y = inner.bottom() - 1;
        let entropy = match effect {
            Some(effect) => effect::kl(effect),
            None => {
                let entropy = format!("{:.2}", lens.entropy);
                say_with("pane-entropy", &[("entropy", entropy.into())])
            }
        };
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

/// The name that the lens reads where that is not the hook point at the cursor itself.
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
    app.model.as_ref().filter(|m| !m.causal)?;
    let end = app.plan()?.output_without_logits()?;
    Some(say_with("pane-no-tokens", &[("end", plain(end))]))
}
