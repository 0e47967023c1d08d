//! How probable the candidate was as the layers before the cursor left it: a bar each, and the cursor's own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::app::App;
use super::super::super::widgets::{columns, frame, text};
use crate::lang::{plain, say_with};
use crate::trace::hook::Layer;
use crate::trace::query::Query;
use crate::trace::tensor::Candidate;

/// Lines of the pane from which on there is room, and what is kept then: an empty line, the heading, two of bars.
const ROOM: u16 = 10;
const LEAST: u16 = 4;
/// Lines it takes at most.
const MOST: u16 = 14;
/// Candidates read in each layer: one that is not among them was less probable than 1 in so many.
const CANDIDATES: usize = 50;

/// Lines that are kept for it.
pub fn least(app: &App, area: Rect) -> u16 {
    let room = frame::inside(area).height >= ROOM;
    if room && !layers(app).is_empty() {
        LEAST
    } else {
        0
    }
}

/// The layers before the cursor's, each with the hook point of what leaves it.
fn layers(app: &App) -> Vec<(Layer, usize)> {
    let (Some(plan), Some(here)) = (app.plan(), app.point()) else {
        return Vec::new();
    };
    let mut out: Vec<(Layer, usize)> = Vec::new();
    for (i, point) in plan.points().iter().enumerate() {
        if point.layer() == here.layer() {
            break;
        }
        if plan.is_residual(i) {
            match out.last_mut() {
                Some((layer, last)) if *layer == point.layer() => *last = i,
                _ => out.push((point.layer(), i)),
            }
        }
    }
    out
}

fn query(app: &App, point: usize) -> Query {
    app.ask_lens(point, app.at.row, CANDIDATES)
}

/// The questions for them, the nearest first.
pub fn ask(app: &App, area: Rect) -> Vec<Query> {
    if least(app, area) == 0 {
        return Vec::new();
    }
    let layers = layers(app).into_iter().rev();
    layers.map(|(_, point)| query(app, point)).collect()
}

pub fn draw(buf: &mut Buffer, area: Rect, app: &App, of: &Candidate) {
    let theme = app.theme;
    let area = Rect {
        height: area.height.min(MOST),
        ..area
    };
    let layers = layers(app);
    let share = |(_, point): &(Layer, usize)| {
        let lens = app.answers.exact(&query(app, *point))?.lens()?;
        let found = lens.top.iter().find(|c| c.id == of.id);
        Some(found.map_or(0.0, |c| c.prob))
    };
    let mut shares: Vec<Option<f64>> = layers.iter().map(share).collect();
    let (Some((first, _)), true) = (layers.first(), shares.iter().any(Option::is_some)) else {
        return;
    };
    shares.push(Some(of.prob));
    let name = text::token(&of.text);
    let name = text::cut(&name, area.width.saturating_sub(18));
    let heading = say_with("pane-by-layer", &[("token", plain(name))]);
    let x = text::put(buf, area, area.x, area.y, &heading, theme.dim());
    // The scale names the share of a bar of full height.
    let most = shares.iter().flatten().copied().fold(0.0, f64::max);
    let most_share = format!("{:.1}", most * 100.0);
    let scale = say_with("pane-up-to", &[("share", most_share.into())]);
    if x + text::width(&scale) + 1 < area.right() {
        text::put_right(buf, area, area.y, &scale, theme.dim());
    }
    let shares: Vec<Option<f64>> = shares.iter().map(|s| s.map(|s| s / most)).collect();
    let axis = u16::from(area.height > LEAST);
    let bars = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1 + axis),
        ..area
    };
    let here = shares.len() - 1;
    columns::draw(buf, bars, &shares, &|i| match i {
        i if i == here => theme.current(),
        _ => theme.accent(),
    });
    if axis > 0 {
        let y = bars.bottom();
        text::put(buf, area, area.x, y, &first.to_string(), theme.dim());
        let end = columns::right(shares.len(), area.width);
        let line = Rect { width: end, ..area };
        text::put_right(buf, line, y, "here", theme.dim());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::{draw as whole, fake};
    use super::super::PANE;
    use super::*;
    use crate::trace::query::Answer;

    fn screen(app: &App) -> String {
        let mut buf = Buffer::empty(app.screen);
        whole::draw(&mut buf, app);
        whole::text(&buf)
    }

    #[test]
    fn the_bars_are_the_lenses_of_the_layers_before() {
        let mut app = fake::app("3.resid_pre", 120, 36);
        let asked: Vec<String> = layers(&app).iter().map(|(l, _)| l.to_string()).collect();
        assert_eq!(asked, ["embed", "blocks.0", "blocks.1", "blocks.2"]);
        let shown = screen(&app);
        assert!(shown.contains("共 by layer"), "{shown}");
        assert!(
            shown.contains("up to 96.8 %") && shown.contains("here"),
            "{shown}"
        );
        // A layer that says something else has a lower bar, and one whose candidates lack the token none.
        let points: Vec<usize> = layers(&app).iter().map(|layer| layer.1).collect();
        for (i, prob) in [(0, None), (1, Some(0.121)), (2, Some(0.484))] {
            let mut lens = fake::lens();
            match prob {
                Some(prob) => lens.top[0].prob = prob,
                None => lens.top.clear(),
            }
            app.answers
                .put(query(&app, points[i]), Ok(Answer::Lens(lens)));
        }
        let mut buf = Buffer::empty(Rect::new(0, 0, 28, 14));
        let area = buf.area;
        draw(&mut buf, area, &app, &fake::lens().top[0]);
        let bar = |x: u16, y: u16| ("▁"..="█").contains(&buf[(x, y)].symbol());
        let lines = |layer: u16| (0..14).filter(|&y| bar(5 * layer, y)).count();
        let heights = [0, 1, 2, 3, 4].map(lines);
        assert_eq!(heights, [0, 2, 6, 12, 12], "{}", whole::text(&buf));
        // Nothing lies before the first layer, and a small pane has no room.
        assert!(!screen(&fake::app("embed", 120, 36)).contains("by layer"));
        let narrow = fake::app("3.resid_pre", 80, 24);
        let areas = super::super::super::super::layout::layout(&narrow).unwrap();
        assert_eq!(ask(&narrow, areas.of(&PANE)), []);
    }
}
