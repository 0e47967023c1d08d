//! The meaning of colours and shades.

/// The meaning of colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Signed values; those of this magnitude have the full colour.
    Signed(f64),
    /// Values in 0 to 1.
    Probability,
}

/// One of five shades for 0 to 1.
pub fn shade(t: f64) -> char {
    match t {
        t if t < 0.125 => '·',
        t if t < 0.375 => '░',
        t if t < 0.625 => '▒',
        t if t < 0.875 => '▓',
        _ => '█',
    }
}
