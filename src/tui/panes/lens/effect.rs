//! The answer before and after the interventions, where the pane shows the answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::app::App;
use super::super::super::widgets::text;
use crate::lang::say;
use crate::trace::hook::Layer;
use crate::trace::intervention::{Effect, Moved};
use crate::trace::query::Query;

/// Whether the pane shows the answer: the cursor is in the unembedding.
fn at_answer(app: &App) -> bool {
    let point = app.point();
    point.is_some_and(|point| point.layer() == Layer::Unembed)
        && app.plan().is_some_and(|plan| plan.has_logits())
}

/// The question for the effect, if there are interventions and this is the answer.
pub fn ask(app: &App, k: usize) -> Option<Query> {
    let vocab = app.model.as_ref().map_or(usize::MAX, |m| m.d_vocab);
    app.ask_effect(k.min(vocab)).filter(|_| at_answer(app))
}

/// The effect, where it is shown and known.
pub fn known(app: &App) -> Option<&Effect> {
    let (of, answer) = app.answers.latest(&ask(app, 1)?)?;
    match of {
        Query::Effect { temperature, .. } if *temperature == app.at.temperature => answer.effect(),
        _ => None,
    }
}

/// `99.9 →  99.2 %`, for the token at a place of the answer after.
pub fn numbers(effect: &Effect, place: usize) -> String {
    let of = |prob: f64| format!("{:5.1}", prob * 100.0);
    let (before, after) = (effect.was.get(place), effect.after.top.get(place));
    match (before, after) {
        (Some(before), Some(after)) => format!("{} → {} %", of(*before), of(after.prob)),
        _ => String::new(),
    }
}

/// How far the answers are from one another.
pub fn kl(effect: &Effect) -> String {
    if effect.same {
        return say("pane-same-answer").into();
    }
    format!("KL {:.4} nats", effect.kl)
}

/// The tokens that moved the most.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, effect: &Effect) {
    let theme = app.theme;
    let lines = usize::from(area.height.saturating_sub(1));
    let moved: Vec<&Moved> = effect.seen().take(lines.min(10)).collect();
    if moved.is_empty() {
        return;
    }
    text::put(buf, area, area.x, area.y, say("pane-moved"), theme.dim());
    let room = area.width.saturating_sub(24).max(4);
    for (i, moved) in moved.into_iter().enumerate() {
        let y = area.y + 1 + i as u16;
        let label = text::cut(&text::token(&moved.text), room);
        text::put(buf, area, area.x, y, &label, theme.text());
        let (before, after) = (moved.before * 100.0, moved.after * 100.0);
        let line = format!("{before:5.1} → {after:5.1} % {:+6.1}", after - before);
        text::put_right(buf, area, y, &line, theme.dim());
    }
}
