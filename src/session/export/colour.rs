//! Colours of values on a white ground, of pictures and of the screen.

pub type Rgb = (u8, u8, u8);

/// Stops of the map for probabilities, evenly spaced from 0 to 1.
pub const LEVEL_LIGHT: [Rgb; 5] = [
    (255, 255, 255),
    (206, 236, 203),
    (98, 190, 190),
    (38, 110, 172),
    (12, 44, 110),
];

/// From the most negative to the most positive.
pub const SIGNED_LIGHT: [Rgb; 5] = [
    (28, 84, 176),
    (140, 186, 240),
    (255, 255, 255),
    (250, 190, 120),
    (198, 84, 4),
];

/// The colour at a place of a map, from 0 to 1.
pub fn along(stops: &[Rgb; 5], t: f64) -> Rgb {
    let at = t.clamp(0.0, 1.0) * 4.0;
    let i = (at as usize).min(3);
    let mix = |a: u8, b: u8| (a as f64 + (b as f64 - a as f64) * (at - i as f64)).round() as u8;
    let (a, b) = (stops[i], stops[i + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
