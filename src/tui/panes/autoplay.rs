//! Tokens as they appear one after another: the text so far, and how probable each new token was.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::super::app::{App, Play};
use super::super::widgets::{frame, text};
use super::{Export, Pane, Part, Place};
use crate::lang::{say, say_with};
use crate::session::export::Sheet;
use crate::trace::query::Query;

pub static PANE: Pane = Pane {
    name: "autoplay",
    wide: Some(PLACE),
    narrow: Some(PLACE),
    asks: |app, _| {
        app.play
            .as_ref()
            .and_then(|play| ask(app, play))
            .into_iter()
            .collect()
    },
    draw,
    export: |app, _| {
        app.play
            .as_ref()
            .map(|play| Export::Sheet(sheet(app, play)))
    },
    ..Pane::NONE
};

const PLACE: Place = Place {
    part: Part::Top,
    lines: |app, _| app.play.as_ref().map(|_| Constraint::Length(5)),
};

/// The text before them, whose probabilities are not asked for, and the tokens that have come.
fn sheet(app: &App, play: &Play) -> Sheet {
    let columns = ["pass", "id", "probability"];
    let mut sheet = Sheet::new("tokens", ["token", ""], &columns);
    let own = play.tokens.len();
    let text = &app.text()[..app.text().len().saturating_sub(own)];
    let ran = |at: usize| app.passes.iter().position(|pass| at < pass.tokens.len());
    for (at, token) in text.iter().enumerate() {
        let pass = ran(at).map_or(f64::NAN, |pass| pass as f64);
        sheet.push(&token.text, [pass, f64::from(token.id), f64::NAN]);
    }
    for token in &play.tokens {
        let prob = token.prob.unwrap_or(f64::NAN);
        sheet.push(&token.text, [token.pass as f64, f64::from(token.id), prob]);
    }
    sheet
}

/// Candidates among which a drawn token is looked for.
const DRAWN: usize = 100;

/// The question how probable the last token was where it was chosen, unless that is known.
pub fn ask(app: &App, play: &Play) -> Option<Query> {
    let last = play.tokens.last().filter(|token| token.prob.is_none())?;
    let before = last.pass.checked_sub(1)?;
    let pass = app.passes.get(before)?;
    Some(Query::Lens {
        pass: before,
        point: pass.plan.points().last()?.name.clone(),
        row: pass.rows().checked_sub(1)?,
        k: if play.autoplay.sample { DRAWN } else { 1 },
        temperature: app.at.temperature,
    })
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let Some(play) = &app.play else { return };
    let theme = app.theme;
    let inner = frame::draw(
        buf,
        area,
        theme,
        false,
        Line::from(format!(" {} ", say("autoplay"))),
    );
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    // The text grows at its end: where it is too long its beginning gives way.
    let first = play
        .tokens
        .first()
        .map_or(app.at.pass + 1, |token| token.pass);
    let begun = first.checked_sub(1).and_then(|pass| app.passes.get(pass));
    let begun = begun.map_or(0, |pass| pass.tokens.len());
    let last = play
        .tokens
        .last()
        .and_then(|token| app.passes.get(token.pass));
    let tokens = last.or(app.pass()).map_or(&[][..], |pass| &pass.tokens[..]);
    let words: Vec<String> = tokens
        .iter()
        .map(|token| text::token(&token.text))
        .collect();
    let skipped = beginning(
        words.iter().map(|word| text::width(word)),
        inner.width - inner.width.min(2),
    );
    let mut x = inner.x;
    if skipped > 0 {
        x = text::put(buf, inner, x, inner.y, "…", theme.dim());
    }
    for (i, word) in words.iter().enumerate().skip(skipped) {
        let style = if i < begun {
            theme.text()
        } else {
            theme.accent()
        };
        x = text::put(buf, inner, x, inner.y, word, style);
    }
    text::put(buf, inner, x, inner.y, "▮", theme.faint());

    let said = play.tokens.iter().map(|token| {
        let prob = token
            .prob
            .map_or("…".to_owned(), |p| format!("{:.1} %", p * 100.0));
        format!("{} {prob}", text::token(&token.text).trim())
    });
    let said: Vec<String> = said.collect();
    let skipped = beginning(said.iter().map(|word| text::width(word) + 2), inner.width);
    let mut x = inner.x;
    for (i, word) in said.iter().enumerate().skip(skipped) {
        let style = if i + 1 == said.len() {
            theme.current()
        } else {
            theme.dim()
        };
        x = text::put(buf, inner, x, inner.y + 1, word, style) + 2;
    }
    let speed = play.autoplay.speed.to_string();
    let last = play.tokens.last();
    let ended = last.filter(|last| play.paused && play.ended == Some(last.pass));
    let now = if let Some(last) = ended {
        let token = text::token(&last.text).trim().to_owned();
        say_with("autoplay-ended", &[("token", token.into())])
    } else if play.paused {
        say("autoplay-paused").to_owned()
    } else {
        say_with("autoplay-plays", &[("speed", speed.into())])
    };
    text::put(buf, inner, inner.x, inner.y + 2, &now, theme.dim());
    // The pass of the last token reads what those before it have left.
    let kept = tokens.len().saturating_sub(1);
    if !play.tokens.is_empty() {
        let kept = say_with("autoplay-kept", &[("count", kept.into())]);
        frame::note(buf, area, &kept, theme.accent());
    }
}

/// How many of the first widths give way, so that the rest fits.
fn beginning(widths: impl DoubleEndedIterator<Item = u16> + ExactSizeIterator, room: u16) -> usize {
    let all = widths.len();
    let mut used = 0u16;
    let fits = widths.rev().take_while(|width| {
        used = used.saturating_add(*width);
        used <= room
    });
    all - fits.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_gives_way() {
        assert_eq!(beginning([2, 2, 2].into_iter(), 6), 0);
        assert_eq!(beginning([2, 2, 2].into_iter(), 5), 1);
        assert_eq!(beginning([9].into_iter(), 5), 1);
        assert_eq!(beginning([].into_iter(), 5), 0);
    }
}
