//! Upright bars beside one another, with eighths of a line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text;

/// Draw a bar for each share (0 to 1) over the whole width of `area`; where there are more than columns, every
/// so many are left out, never the last. `None` leaves its place empty.
pub fn draw(buf: &mut Buffer, area: Rect, shares: &[Option<f64>], style: &dyn Fn(usize) -> Style) {
    for x in 0..area.width {
        let Some(i) = bar_at(x, shares.len(), area.width) else {
            continue;
        };
        let Some(share) = shares[i].filter(|share| share.is_finite()) else {
            continue;
        };
        let mut eighths = (share.clamp(0.0, 1.0) * f64::from(area.height) * 8.0).round() as usize;
        // A share above 0 is seen.
        if share > 0.0 {
            eighths = eighths.max(1);
        }
        for line in 0..area.height {
            let here = eighths.saturating_sub(8 * line as usize).min(8);
            let bar = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][here];
            text::put(
                buf,
                area,
                area.x + x,
                area.bottom() - 1 - line,
                bar,
                style(i),
            );
        }
    }
}

/// Columns that so many bars take of `columns`.
pub fn right(bars: usize, columns: u16) -> u16 {
    let taken = (0..columns)
        .rev()
        .find(|&x| bar_at(x, bars, columns).is_some());
    taken.map_or(0, |x| x + 1)
}

/// The bar in a column; bars that are wide have an empty column between them.
fn bar_at(x: u16, bars: usize, columns: u16) -> Option<usize> {
    let (x, columns) = (x as usize, columns as usize);
    match columns / bars.max(1) {
        _ if bars == 0 => None,
        0 => Some((x + 1) * bars / columns - 1),
        wide => {
            let wide = wide.min(8);
            let gap = usize::from(wide > 2);
            (x / wide < bars && x % wide < wide - gap).then_some(x / wide)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(shares: &[f64], columns: u16, lines: u16) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, columns, lines));
        let shares: Vec<Option<f64>> = shares.iter().copied().map(Some).collect();
        let area = buf.area;
        draw(&mut buf, area, &shares, &|_| Style::new());
        crate::tui::draw::text(&buf)
    }

    #[test]
    fn bars_are_as_high_as_their_shares() {
        assert_eq!(drawn(&[0.0, 0.25, 1.0], 3, 2), "  █\n ▄█\n");
        assert_eq!(drawn(&[0.5, 1.0], 6, 1), "▄▄ ██\n");
        assert_eq!(drawn(&[0.0, 0.0001, 0.0], 3, 1), " ▁\n");
        // The last is always there.
        assert_eq!(drawn(&[0.0, 0.0, 0.0, 0.0, 1.0], 2, 1), " █\n");
    }
}
