//! Stops of the maps from numbers to colours, evenly spaced.

use crate::session::export::colour::Rgb;

/// Probabilities, from 0 to 1.
pub const LEVEL_DARK: [Rgb; 5] = [
    (18, 20, 26),
    (20, 66, 84),
    (26, 122, 118),
    (110, 190, 112),
    (248, 230, 120),
];
/// Signed numbers, from the most negative to the most positive.
pub const SIGNED_DARK: [Rgb; 5] = [
    (96, 170, 255),
    (38, 84, 150),
    (18, 20, 26),
    (146, 82, 22),
    (255, 160, 60),
];

/// The plane of a playground, from −1 (orange) over 0 to 1 (blue). Points on it are brighter, or darker.
pub const PLANE_DARK: [Rgb; 5] = [
    (206, 112, 28),
    (112, 68, 30),
    (26, 28, 34),
    (24, 74, 116),
    (30, 122, 196),
];
pub const PLANE_LIGHT: [Rgb; 5] = [
    (248, 164, 80),
    (252, 216, 176),
    (250, 250, 250),
    (176, 212, 238),
    (84, 160, 222),
];
pub const POINT_DARK: [Rgb; 5] = [
    (255, 206, 140),
    (250, 224, 190),
    (236, 236, 236),
    (190, 226, 252),
    (150, 218, 255),
];
pub const POINT_LIGHT: [Rgb; 5] = [
    (140, 62, 0),
    (128, 84, 44),
    (90, 90, 90),
    (36, 84, 128),
    (0, 58, 120),
];
/// Lines by sign and size, from a strong negative one over none to a strong positive one.
pub const STROKE_DARK: [Rgb; 5] = [
    (245, 147, 34),
    (150, 100, 48),
    (52, 57, 66),
    (48, 104, 154),
    (66, 160, 240),
];
pub const STROKE_LIGHT: [Rgb; 5] = [
    (222, 112, 0),
    (238, 180, 120),
    (216, 220, 226),
    (140, 184, 222),
    (8, 110, 190),
];
