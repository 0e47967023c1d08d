//! Heat maps, noted for pictures wherever the program has one.

use super::*;
use crate::tui::graphics::{self, Protocol};
use crate::tui::widgets::heat_map::{Placed, collect};

/// The debugger on a terminal that shows pictures, with 8 × 16 pixels to a cell.
fn sharp(width: u16, height: u16) -> Driver {
    let mut d = driver(width, height);
    graphics::fit((10, 10), (80, 160));
    d.app.theme = Theme::new(Depth::True, Ground::Dark).with_graphics(Some(Protocol::Kitty));
    d
}

/// The maps of the screen that nothing lies over, in the order of their places.
fn maps(d: &Driver) -> Vec<Placed> {
    let mut buf = Buffer::empty(d.app.screen);
    let (_, mut maps) = collect(|| draw::draw(&mut buf, &d.app));
    maps.retain(|map| map.is_clear(&buf));
    maps.sort_by_key(|map| (map.area.y, map.area.x));
    maps
}

#[test]
fn every_heat_map_can_be_a_picture() {
    // Heads are maps at any density, other values where they are colours alone.
    let mut d = sharp(120, 36);
    press(&mut d, ":goto 1.pattern<enter>");
    assert_eq!(maps(&d).len(), 4, "{}", picture(&d));
    press(&mut d, ":density colours<enter>");
    let all = maps(&d);
    assert_eq!(all.len(), 5, "{}", picture(&d));
    let matrix = all.iter().find(|map| map.chosen.is_some()).unwrap();
    assert_eq!((matrix.size, matrix.chosen), ((4, 4), Some((0, 3))));
    for (keys, rows, cols) in [
        ("V", 5, 4),
        ("D", 4, 6),
        ("A", 4, 4),
        ("r", 4, 4),
        (":sweep \"人民\" over heads<enter>", 4, 4),
    ] {
        press(&mut d, keys);
        let all = maps(&d);
        let here = all.iter().find(|map| map.size == (cols, rows));
        assert!(here.is_some(), "{keys}: {:?}\n{}", sizes(&all), picture(&d));
        press(&mut d, "<esc>");
    }
    // Below the table of predictions, and the parts of attention where it is wide.
    let mut d = sharp(120, 50);
    press(&mut d, ":density colours<enter>G");
    assert!(
        maps(&d).iter().any(|map| map.size == (4, 5)),
        "{}",
        picture(&d)
    );
    let mut d = sharp(200, 50);
    press(&mut d, ":density colours<enter>:goto 1.pattern<enter>");
    assert!(maps(&d).len() >= 4 + 1 + 4, "{:?}", sizes(&maps(&d)));
}

fn sizes(maps: &[Placed]) -> Vec<(usize, usize)> {
    maps.iter().map(|map| map.size).collect()
}

#[test]
fn what_lies_over_a_map_takes_its_picture_away() {
    let mut d = sharp(120, 36);
    press(&mut d, ":goto 1.pattern<enter>:density colours<enter>");
    let before = maps(&d);
    press(&mut d, "?");
    assert!(maps(&d).len() < before.len());
    press(&mut d, "<esc>");
    assert_eq!(maps(&d), before);
    press(&mut d, ":graphics off<enter>");
    assert_eq!(maps(&d), []);
}

#[test]
fn a_wide_matrix_has_several_columns_in_one_of_the_screen() {
    let mut d = sharp(120, 36);
    press(&mut d, ":density colours<enter>:goto 0.mlp.post<enter>");
    // All 256 columns, in two bands of 128.
    let all = maps(&d);
    let bands: Vec<&Placed> = all.iter().filter(|map| map.size == (128, 4)).collect();
    assert_eq!(bands.len(), 2, "{:?}\n{}", sizes(&all), picture(&d));
    assert!(bands.iter().all(|map| 2 * map.area.width <= 128));
    // The cursor goes from value to value.
    press(&mut d, "<right><right><right>");
    assert_eq!(maps(&d).iter().find_map(|map| map.chosen), Some((3, 3)));
    press(&mut d, "<end>");
    assert_eq!(d.app.cell.1, 255);
    assert_eq!(maps(&d).iter().find_map(|map| map.chosen), Some((127, 3)));
    // Without pictures a column of the screen shows one value.
    press(&mut d, ":graphics off<enter>");
    assert_eq!(d.app.theme.fine(), 1);
}
