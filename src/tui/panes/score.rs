//! Surprisal and rank under the tokens of the text.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};

use super::super::app::App;
use super::super::widgets::text;
use super::{Export, Pane, Part, Place, tokens};
use crate::lang::{plain, say_with};
use crate::session::export::Sheet;
use crate::session::format;
use crate::trace::query::Answer;
use crate::trace::score::{Score, Scored};

const PLACE: Option<Place> = Some(Place {
    part: Part::Top,
    lines: |app, all| {
        let lines = if all >= TALL { 3 } else { 2 };
        app.scored.then_some(Constraint::Length(lines))
    },
});

pub static PANE: Pane = Pane {
    name: "score",
    wide: PLACE,
    narrow: PLACE,
    asks: |app, _| vec![app.ask_score()],
    draw,
    export: |app, _| score(app).map(|score| Export::Sheet(sheet(score))),
    ..Pane::NONE
};

/// Lines of the screen from which on the mean has one of its own.
const TALL: u16 = 26;

/// A surprisal of the strongest colour, in nats: one token in 22,000.
const MOST: f64 = 10.0;

fn score(app: &App) -> Option<&Score> {
    match app.answers.exact(&app.ask_score())? {
        Answer::Score(score) => Some(score),
        _ => None,
    }
}

fn sheet(score: &Score) -> Sheet {
    let columns = ["surprisal", "rank", "entropy"];
    let mut sheet = Sheet::new("surprisal", ["token", ""], &columns);
    for token in &score.tokens {
        let rank = token.rank.map(|rank| rank as f64);
        let numbers = [token.surprisal, rank, token.entropy];
        sheet.push(&token.text, numbers.map(|x| x.unwrap_or(f64::NAN)));
    }
    sheet
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let Some(score) = score(app) else {
        let query = app.ask_score();
        let why = app.answers.why(&query).unwrap_or("computing…");
        text::put(buf, area, area.x + 1, area.y, why, theme.dim());
        return;
    };
    let mut end = area.x;
    for (i, x, width, _) in tokens::places(app, area) {
        end = x + width;
        let Some((surprisal, rank)) = score.tokens.get(i).and_then(known) else {
            continue;
        };
        let style = theme.level(surprisal / MOST);
        let cell = Rect::new(x, area.y, width, 1).intersection(area);
        buf.set_style(cell, style);
        text::put(buf, cell, x, area.y, &fitting(surprisal, width), style);
        let cell = Rect::new(x, area.y + 1, width, 1).intersection(area);
        let rank = rank.to_string();
        let rank = if text::width(&rank) <= width {
            &rank
        } else {
            "+"
        };
        text::put(buf, cell, x, area.y + 1, rank, theme.dim());
    }
    let at = app.pass().map_or(0, |pass| pass.start + app.at.row);
    let here = score.tokens.get(at).and_then(known);
    let here = here.map_or(String::new(), |(surprisal, rank)| {
        let token = text::token(&score.tokens[at].text);
        let rank = format::ordinal(rank);
        let here = say_with(
            "pane-score-here",
            &[
                ("token", plain(token.trim())),
                ("surprisal", format!("{surprisal:.2}").into()),
                ("rank", rank.into()),
            ],
        );
        format!("{here} · ")
    });
    let args = [
        ("mean", format!("{:.2}", score.mean).into()),
        ("perplexity", format!("{:.1}", score.perplexity).into()),
    ];
    let words = match score.missing {
        Some(_) => say_with("pane-score-recorded", &args),
        None => say_with("pane-score", &args),
    };
    let words = here + &words;
    let y = area.bottom().saturating_sub(1);
    if area.height > 2 {
        text::put(buf, area, area.x + 1, y, &words, theme.dim());
    } else if end + text::width(&words) + 2 < area.right() {
        text::put_right(buf, area, y, &words, theme.dim());
    }
}

fn known(token: &Scored) -> Option<(f64, usize)> {
    token.surprisal.zip(token.rank)
}

/// The digits that fit; where none do, a bar.
fn fitting(surprisal: f64, columns: u16) -> String {
    let fits = |words: &String| text::width(words) <= columns;
    let numbers = [format!("{surprisal:.1}"), format!("{surprisal:.0}")];
    let bar = || {
        let eighth = (surprisal / MOST * 7.0).clamp(0.0, 7.0).round() as usize;
        ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][eighth].repeat(columns.into())
    };
    numbers.into_iter().find(fits).unwrap_or_else(bar)
}
