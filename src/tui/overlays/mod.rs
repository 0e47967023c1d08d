//! What lies over the panes: help, lists, the command line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::app::{App, Overlay};
use super::update::help;
use super::widgets::{frame, text};
use crate::session::command::COMMANDS;
use crate::session::debugger::Debugger;
use crate::trace::hook;

/// A line that the command line offers.
pub struct Offer {
    pub line: String,
    pub words: String,
}

/// What fits the text typed so far: hook points after `goto`, commands otherwise.
pub fn offers(app: &App, debugger: Option<&Debugger>) -> Vec<Offer> {
    let Some(Overlay::Palette { input, .. }) = &app.overlay else {
        return Vec::new();
    };
    let typed = input.text().trim_start();
    if let (Some(name), Some(plan)) = (typed.strip_prefix("goto "), app.plan()) {
        let found = debugger.map(|d| d.matches(name.trim()));
        let all = || (0..plan.len()).collect();
        return found
            .unwrap_or_else(all)
            .into_iter()
            .take(50)
            .map(|i| Offer {
                line: format!("goto {}", hook::short(&plan.points()[i].name)),
                words: format!("{:?}", plan.points()[i].shape),
            })
            .collect();
    }
    let word = typed.split_whitespace().next().unwrap_or("");
    COMMANDS
        .iter()
        .filter(|s| s.name.starts_with(word) || s.aliases.contains(&word))
        .map(|s| Offer {
            line: s.name.to_owned(),
            words: s.help.to_owned(),
        })
        .collect()
}

pub fn render(buf: &mut Buffer, app: &App) -> Option<Position> {
    let theme = app.theme;
    match app.overlay.as_ref()? {
        Overlay::Text { title, lines, top } => {
            let all = lines.iter().chain([title]);
            let widest = all.map(|l| text::width(l)).max().unwrap_or(0);
            let size = (widest.max(30) + 4, lines.len().min(200) as u16 + 2);
            let title = Line::from(format!(" {title} "));
            let area = frame::popup(buf, app.screen, theme, size, title);
            let hint = match lines.len() > area.height as usize {
                true => format!("{}/{} · ↑↓ scroll · esc close", top + 1, lines.len()),
                false => "esc close".to_owned(),
            };
            frame::note(buf, area.outer(Margin::new(1, 1)), &hint, theme.dim());
            for (i, line) in lines
                .iter()
                .skip(*top)
                .take(area.height as usize)
                .enumerate()
            {
                text::put(buf, area, area.x + 1, area.y + i as u16, line, theme.text());
            }
            None
        }
        Overlay::Help { top } => {
            let lines = help();
            let size = (110, lines.len() as u16 + 2);
            let title = Line::from(" help · ↑↓ scroll · esc close ");
            let area = frame::popup(buf, app.screen, theme, size, title);
            let top = (*top).min(lines.len().saturating_sub(area.height as usize));
            for (i, (line, head)) in lines
                .iter()
                .skip(top)
                .take(area.height as usize)
                .enumerate()
            {
                let style = if *head { theme.current() } else { theme.text() };
                text::put(buf, area, area.x + 1, area.y + i as u16, line, style);
            }
            None
        }
        Overlay::Palette {
            input,
            choice,
            error,
        } => {
            let offers = offers(app, None);
            let typed = input.text().trim_start();
            let offers: Vec<_> = match typed.strip_prefix("goto ") {
                Some(name) => app
                    .passes
                    .get(app.at.pass)
                    .map(|p| Debugger::new(vec![p.clone()]).matches(name.trim()))
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|i| app.plan()?.points().get(i))
                    .map(|p| (hook::short(&p.name), format!("{:?}", p.shape)))
                    .collect(),
                None => offers.into_iter().map(|o| (o.line, o.words)).collect(),
            };
            let shown = offers.len().min(10);
            let size = (app.screen.width.saturating_sub(8).min(90), shown as u16 + 4);
            let area = frame::popup(buf, app.screen, theme, size, Line::from(" command "));
            text::put(buf, area, area.x, area.y, ":", theme.current());
            let line = Rect::new(area.x + 1, area.y, area.width.saturating_sub(1), 1);
            let cursor = input.draw(buf, line, theme);
            if let Some(why) = error {
                text::put(buf, area, area.x + 1, area.y + 1, why, theme.alarm());
            }
            let first = choice.saturating_sub(shown.saturating_sub(1));
            for (i, (name, words)) in offers.iter().enumerate().skip(first).take(shown) {
                let y = area.y + 2 + (i - first) as u16;
                let on = i == *choice;
                let style = if on { theme.current() } else { theme.text() };
                let mark = if on { "▸" } else { " " };
                text::put(buf, area, area.x, y, mark, theme.current());
                let x = text::put(buf, area, area.x + 2, y, name, style);
                let x = (x + 2).max(area.x + 22);
                text::put(buf, area, x, y, words, theme.dim());
            }
            Some(cursor)
        }
    }
}
