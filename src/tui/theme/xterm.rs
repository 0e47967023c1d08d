//! Colours of terminals with 256 of them.

use crate::session::export::colour::Rgb;

/// The steps of red, green and blue.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of one of xterm's numbers 16 to 255.
pub fn xterm(index: u8) -> Rgb {
    match index.saturating_sub(16) {
        i @ 0..216 => (
            CUBE[i as usize / 36],
            CUBE[i as usize / 6 % 6],
            CUBE[i as usize % 6],
        ),
        i => {
            let grey = 8 + 10 * (i - 216);
            (grey, grey, grey)
        }
    }
}

/// The number of the nearest of those colours.
pub fn nearest(rgb: Rgb) -> u8 {
    let near = |c: u8| {
        let gap = |i: &usize| (CUBE[*i] as i32 - c as i32).abs();
        (0..6).min_by_key(gap).unwrap_or(0) as u8
    };
    let cube = 16 + 36 * near(rgb.0) + 6 * near(rgb.1) + near(rgb.2);
    let mean = (rgb.0 as u32 + rgb.1 as u32 + rgb.2 as u32) / 3;
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
    let far = |i: u8| {
        let c = xterm(i);
        let d = |a: u8, b: u8| (a as i32 - b as i32).pow(2);
        d(c.0, rgb.0) + d(c.1, rgb.1) + d(c.2, rgb.2)
    };
    if far(grey) < far(cube) { grey } else { cube }
}
