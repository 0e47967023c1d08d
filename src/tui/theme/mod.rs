//! Colours by what they mean, for dark and light terminals, in 24 bits, 256, 16 or none.
//!
//! Values have two maps: signed ones go from blue (negative) through the background to orange
//! (positive), which stay apart for colour-blind eyes; probabilities go from the background through
//! green to yellow (dark) or blue (light). Text on a coloured cell is black or white, whichever
//! contrasts more, at least 4.5 to 1. Nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style};

use self::maps::*;

use super::graphics::{self, Protocol};
use crate::session::export::colour::{LEVEL_LIGHT, Rgb, SIGNED_LIGHT, along};

mod maps;
#[cfg(test)]
mod tests;
mod xterm;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    None,
    Ansi16,
    Ansi256,
    True,
}

/// The terminal's own background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    pub depth: Depth,
    pub ground: Ground,
    /// The depth that the terminal can show, to come back to from no colour.
    able: Depth,
    /// How the terminal shows pictures, if it does.
    pub graphics: Option<Protocol>,
}

/// Colours that tell curves apart.
pub const CURVES: usize = 6;

impl Theme {
    #[cfg(test)]
    pub fn new(depth: Depth, ground: Ground) -> Theme {
        let able = match depth {
            Depth::None => Depth::Ansi16,
            depth => depth,
        };
        Theme {
            depth,
            ground,
            able,
            graphics: None,
        }
    }

    /// Read `NO_COLOR`, `COLORTERM`, `TERM`, `COLORFGBG`, and what tells how pictures are shown, through `env`.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Theme {
        let term = env("TERM").unwrap_or_default();
        let able = match env("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("direct") || term.contains("kitty") => Depth::True,
            _ if term.contains("256color") => Depth::Ansi256,
            _ => Depth::Ansi16,
        };
        // COLORFGBG ends with the background's number among 16; 7 and 9 to 15 are light.
        let ground = env("COLORFGBG").and_then(|v| v.rsplit(';').next()?.parse::<u8>().ok());
        let ground = match ground {
            Some(7 | 9..=15) => Ground::Light,
            _ => Ground::Dark,
        };
        let none = env("NO_COLOR").is_some_and(|v| !v.is_empty()) || term == "dumb";
        Theme {
            depth: if none { Depth::None } else { able },
            ground,
            able,
            graphics: Protocol::detect(env),
        }
    }

    /// The colours, and this way to show pictures.
    pub fn with_graphics(self, graphics: Option<Protocol>) -> Theme {
        Theme { graphics, ..self }
    }

    /// Pixels of a cell across and down, where heat maps are pictures.
    pub fn pixels(self) -> Option<(u16, u16)> {
        let many = matches!(self.depth, Depth::Ansi256 | Depth::True);
        self.graphics
            .filter(|_| many)
            .and_then(|_| graphics::cell())
    }

    /// Values beside one another that a picture shows in a column of the screen, two pixels each.
    pub fn fine(self) -> usize {
        self.pixels().map_or(1, |(wide, _)| usize::from(wide / 2))
    }

    /// The next of dark, light, no colour.
    pub fn toggled(self) -> Theme {
        let (depth, ground) = match (self.depth, self.ground) {
            (Depth::None, _) => (self.able, Ground::Dark),
            (depth, Ground::Dark) => (depth, Ground::Light),
            (_, Ground::Light) => (Depth::None, Ground::Light),
        };
        Theme {
            depth,
            ground,
            ..self
        }
    }

    /// The colours of this name; the ones there are for another.
    pub fn named(self, word: &str) -> Theme {
        let (depth, ground) = match word {
            "dark" => (self.able, Ground::Dark),
            "light" => (self.able, Ground::Light),
            "none" => (Depth::None, self.ground),
            _ => (self.depth, self.ground),
        };
        Theme {
            depth,
            ground,
            ..self
        }
    }

    /// The name of the theme in messages.
    pub fn word(self) -> &'static str {
        match (self.depth, self.ground) {
            (Depth::None, _) => "none",
            (_, Ground::Dark) => "dark",
            (_, Ground::Light) => "light",
        }
    }

    pub fn plain(self) -> bool {
        self.depth == Depth::None
    }

    fn pick(self, dark: Rgb, light: Rgb, ansi: Color) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Ansi16 => Style::new().fg(ansi),
            _ => Style::new().fg(self.color(match self.ground {
                Ground::Dark => dark,
                Ground::Light => light,
            })),
        }
    }

    /// Ordinary text, in the terminal's own colour.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// Text of second rank: labels, units.
    pub fn dim(self) -> Style {
        match self.depth {
            Depth::None | Depth::Ansi16 => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick((140, 149, 162), (92, 101, 112), Color::Reset),
        }
    }

    /// Lines around panes, dots of masked cells.
    pub fn faint(self) -> Style {
        match self.depth {
            Depth::None | Depth::Ansi16 => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick((68, 75, 86), (190, 197, 205), Color::Reset),
        }
    }

    /// The product's colour: what has the focus, what is new.
    pub fn accent(self) -> Style {
        self.pick((86, 200, 186), (10, 110, 104), Color::Cyan)
    }

    /// The colour of a curve among others, by its number.
    pub fn curve(self, i: usize) -> Style {
        match i % CURVES {
            0 => self.accent(),
            1 => self.pick((240, 178, 86), (158, 94, 0), Color::Yellow),
            2 => self.pick((206, 146, 240), (120, 50, 168), Color::Magenta),
            3 => self.pick((112, 176, 250), (24, 92, 190), Color::Blue),
            4 => self.pick((160, 210, 110), (66, 120, 20), Color::Green),
            _ => self.pick((244, 132, 152), (186, 36, 76), Color::Red),
        }
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Where the debugger stands.
    pub fn current(self) -> Style {
        self.accent().add_modifier(Modifier::BOLD)
    }

    pub fn done(self) -> Style {
        self.pick((112, 150, 120), (70, 120, 80), Color::Green)
    }

    pub fn alarm(self) -> Style {
        self.pick((240, 110, 120), (190, 30, 50), Color::Red)
    }

    /// The entry that Enter would act on.
    pub fn selected(self) -> Style {
        match self.depth {
            Depth::None | Depth::Ansi16 => Style::new().add_modifier(Modifier::REVERSED),
            _ => Style::new().bg(self.color(match self.ground {
                Ground::Dark => (44, 52, 64),
                Ground::Light => (218, 228, 238),
            })),
        }
    }

    /// A selected cell or token: reversed whatever the colours.
    pub fn cursor(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// A cell for a signed value, `t` in -1 to 1.
    pub fn signed(self, t: f64) -> Style {
        let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
        let stops = match self.ground {
            Ground::Dark => &SIGNED_DARK,
            Ground::Light => &SIGNED_LIGHT,
        };
        let (below, above) = match self.ground {
            Ground::Dark => (Color::LightBlue, Color::Yellow),
            Ground::Light => (Color::Blue, Color::Red),
        };
        let ansi = if t < 0.0 { below } else { above };
        self.cell(t.abs(), along(stops, (t + 1.0) / 2.0), ansi)
    }

    /// A cell for a probability, `p` in 0 to 1. Small ones are spread, so that they differ.
    pub fn level(self, p: f64) -> Style {
        let t = if p.is_nan() { 0.0 } else { p.clamp(0.0, 1.0) }.powf(0.6);
        let stops = match self.ground {
            Ground::Dark => &LEVEL_DARK,
            Ground::Light => &LEVEL_LIGHT,
        };
        let ansi = match self.ground {
            Ground::Dark => Color::LightGreen,
            Ground::Light => Color::Blue,
        };
        self.cell(t, along(stops, t), ansi)
    }

    /// The colour of a place of a playground's plane, `t` in -1 to 1; `None` where shades stand in for it.
    pub fn plane(self, t: f64) -> Option<Color> {
        let many = matches!(self.depth, Depth::Ansi256 | Depth::True);
        many.then(|| self.signed_color(&PLANE_DARK, &PLANE_LIGHT, t))
    }

    /// A point on that plane by its label.
    pub fn point(self, label: f64) -> Style {
        let style = match self.depth {
            Depth::None => Style::new(),
            _ => Style::new().fg(self.signed_color(&POINT_DARK, &POINT_LIGHT, label)),
        };
        style.add_modifier(Modifier::BOLD)
    }

    /// The colour of a line for a signed number, `t` in -1 to 1.
    pub fn stroke(self, t: f64) -> Color {
        self.signed_color(&STROKE_DARK, &STROKE_LIGHT, t)
    }

    /// The style of a bar for such a number: no colour where there is none.
    pub fn stroke_of(self, t: f64) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            _ => Style::new().fg(self.stroke(t)),
        }
    }

    fn signed_color(self, dark: &[Rgb; 5], light: &[Rgb; 5], t: f64) -> Color {
        let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
        let stops = match self.ground {
            Ground::Dark => dark,
            Ground::Light => light,
        };
        match (self.depth, self.ground) {
            (Depth::None, _) => Color::Reset,
            (Depth::Ansi16, _) if t.abs() < 0.15 => Color::DarkGray,
            (Depth::Ansi16, Ground::Dark) if t < 0.0 => Color::Yellow,
            (Depth::Ansi16, Ground::Light) if t < 0.0 => Color::Red,
            (Depth::Ansi16, Ground::Dark) => Color::LightBlue,
            (Depth::Ansi16, Ground::Light) => Color::Blue,
            _ => self.color(along(stops, (t + 1.0) / 2.0)),
        }
    }

    /// `t` tells how strong, 0 to 1.
    fn cell(self, t: f64, rgb: Rgb, ansi: Color) -> Style {
        let weight = match t {
            t if t < 0.15 => Modifier::DIM,
            t if t > 0.7 => Modifier::BOLD,
            _ => Modifier::empty(),
        };
        match self.depth {
            Depth::None => Style::new().add_modifier(weight),
            Depth::Ansi16 if t < 0.15 => Style::new().add_modifier(weight),
            Depth::Ansi16 => Style::new().fg(ansi).add_modifier(weight),
            // So near to the background that the terminal's own reads calmer.
            _ if t < 0.06 => self.dim(),
            _ => {
                let shown = match self.depth {
                    Depth::Ansi256 => xterm::xterm(xterm::nearest(rgb)),
                    _ => rgb,
                };
                let light = luminance(shown);
                let ink = if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) {
                    (0, 0, 0)
                } else {
                    (255, 255, 255)
                };
                Style::new().bg(self.color(rgb)).fg(self.color(ink))
            }
        }
    }

    /// The colour of text where the terminal's own is not known.
    pub fn ink(self) -> Rgb {
        match self.ground {
            Ground::Dark => (255, 255, 255),
            Ground::Light => (0, 0, 0),
        }
    }

    /// The values of a colour that does not depend on the terminal.
    pub fn rgb(color: Color) -> Option<Rgb> {
        match color {
            Color::Rgb(r, g, b) => Some((r, g, b)),
            Color::Indexed(i @ 16..) => Some(xterm::xterm(i)),
            _ => None,
        }
    }

    /// A colour as the terminal shows it best.
    pub fn color(self, rgb: Rgb) -> Color {
        match self.depth {
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
            _ => Color::Indexed(xterm::nearest(rgb)),
        }
    }
}

/// Relative luminance (WCAG 2).
fn luminance((r, g, b): Rgb) -> f64 {
    let linear = |c: u8| match c as f64 / 255.0 {
        c if c <= 0.04045 => c / 12.92,
        c => ((c + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}
