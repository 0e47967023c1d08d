//! Depths, contrast, and styles without colours.

use super::xterm::xterm;
use super::*;

fn env<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| {
        let found = set.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

#[test]
fn the_environment_tells_depth_and_ground() {
    let depth = |set: &[(&str, &str)]| Theme::detect(env(set)).depth;
    assert_eq!(depth(&[("COLORTERM", "truecolor")]), Depth::True);
    assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Ansi256);
    assert_eq!(depth(&[("TERM", "linux")]), Depth::Ansi16);
    let plain = [("COLORTERM", "truecolor"), ("NO_COLOR", "1")];
    assert_eq!(depth(&plain), Depth::None);
    let light = Theme::detect(env(&[("COLORFGBG", "0;15")]));
    assert_eq!(light.ground, Ground::Light);
}

fn rgb(color: Option<Color>) -> Rgb {
    match color {
        Some(Color::Rgb(r, g, b)) => (r, g, b),
        Some(Color::Indexed(i)) => xterm(i),
        other => panic!("{other:?}"),
    }
}

/// WCAG's ratio; 4.5 reads well.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn titles_read_on_the_ground_with_the_focus_and_without() {
    use crate::tui::{draw, fake};
    for depth in [Depth::True, Depth::Ansi256] {
        for (ground, back) in [
            (Ground::Dark, (30, 30, 30)),
            (Ground::Light, (255, 255, 255)),
        ] {
            let mut app = fake::app("1.pattern", 120, 36);
            app.theme = Theme::new(depth, ground);
            let mut buf = ratatui::buffer::Buffer::empty(app.screen);
            draw::draw(&mut buf, &app);
            // The line of the titles: steps without the focus, lens without it.
            let letters = (0..120).map(|x| &buf[(x, 2)]);
            let mut read = 0;
            for cell in letters.filter(|cell| cell.symbol().starts_with(char::is_alphabetic)) {
                if cell.fg != Color::Reset {
                    let ratio = contrast(rgb(Some(cell.fg)), back);
                    assert!(
                        ratio >= 4.5,
                        "{depth:?} {ground:?} {}: {ratio}",
                        cell.symbol()
                    );
                }
                read += 1;
            }
            assert!(read > 40, "{read}");
        }
    }
}

#[test]
fn text_on_every_cell_has_contrast() {
    for depth in [Depth::True, Depth::Ansi256] {
        for ground in [Ground::Dark, Ground::Light] {
            let theme = Theme::new(depth, ground);
            for step in 7..=100 {
                let t = step as f64 / 100.0;
                for style in [theme.signed(t), theme.signed(-t), theme.level(t)] {
                    let ratio = contrast(rgb(style.fg), rgb(style.bg));
                    assert!(ratio >= 4.5, "{depth:?} {ground:?} {t}: {ratio}");
                }
            }
        }
    }
}

#[test]
fn without_colours_no_style_has_one() {
    let theme = Theme::new(Depth::None, Ground::Dark);
    for style in [
        theme.accent(),
        theme.alarm(),
        theme.signed(-0.8),
        theme.level(0.9),
        theme.selected(),
    ] {
        assert_eq!((style.fg, style.bg), (None, None));
    }
}
