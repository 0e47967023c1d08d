use std::time::Duration;

use ratatui::layout::Rect;

use super::encode::{picture, pixels};
use super::*;
use crate::tui::graphics;
use crate::tui::theme::{Depth, Ground, Theme};
use crate::tui::widgets::heat_map::{self, Dot, Map, Pixel};

const CELL: (u16, u16) = (8, 16);
const RED: (u8, u8, u8) = (200, 0, 0);

fn theme() -> Theme {
    graphics::fit((1, 1), CELL);
    Theme::new(Depth::True, Ground::Dark).with_graphics(Some(Protocol::Kitty))
}

/// A map of two values beside one another, the left one red, in half-blocks.
fn frame(area: Rect, pixel: Pixel) -> (Buffer, Vec<Placed>) {
    let mut buf = Buffer::empty(Rect::new(0, 0, 20, 10));
    let map = Map {
        size: (2, 1),
        pixel: &|x, _| [pixel, Pixel::Masked][x],
        smooth: false,
        chosen: None,
    };
    let ((), maps) =
        heat_map::collect(|| heat_map::paint(&mut buf, area, 2 * area.height, theme(), &map));
    (buf, maps)
}

fn job(protocol: Protocol) -> Job {
    let (_, mut maps) = frame(Rect::new(2, 1, 4, 2), Pixel::Colour(RED));
    Job {
        key: 1,
        map: maps.remove(0),
        protocol,
        cell: CELL,
        number: 1,
        tmux: false,
    }
}

#[test]
fn a_value_has_its_pixels() {
    let mut map = job(Protocol::Kitty).map;
    let image = pixels(&map, CELL);
    assert_eq!(image.dimensions(), (32, 32));
    assert_eq!(image[(0, 0)].0, [200, 0, 0, 255]);
    assert_eq!(image[(15, 31)].0, [200, 0, 0, 255]);
    assert_eq!(image[(16, 0)].0[3], 0, "nothing behind a masked value");
    assert_eq!(image[(24, 16)].0[3], 255, "but its dot");
    map.chosen = Some((0, 0));
    map.dots = vec![Dot {
        at: (0.75, 0.25),
        colour: (1, 2, 3),
        full: true,
        large: false,
    }];
    let image = pixels(&map, CELL);
    assert_eq!(image[(0, 31)].0, [255; 4], "a frame around the chosen one");
    assert_eq!(image[(24, 8)].0, [1, 2, 3, 255]);
    // Colours between those of two values, where there are such.
    map.pixels = vec![Pixel::Colour((0, 0, 0)), Pixel::Colour((200, 0, 0))];
    (map.smooth, map.chosen) = (true, None);
    let red = pixels(&map, CELL)[(16, 2)].0[0];
    assert!((90..130).contains(&red), "{red}");
}

#[test]
fn each_protocol_has_its_escapes() {
    let kitty = picture(&job(Protocol::Kitty)).unwrap();
    let sent = kitty.sent.as_str();
    assert!(sent.starts_with("\x1b_Gq=2,i="), "{sent:?}");
    for part in ["a=T,U=1,f=32,o=z", "s=32,v=32"] {
        assert!(sent.contains(part), "{part}: {sent:?}");
    }
    let symbols: Vec<&str> = kitty.cells.iter().map(|cell| cell.symbol()).collect();
    assert!(symbols.iter().all(|s| s.starts_with('\u{10EEEE}')));
    assert!(kitty.dropped.starts_with("\x1b_Gq=2,a=d,d=I,i="));
    let mut through = job(Protocol::Kitty);
    through.tmux = true;
    assert!(
        picture(&through)
            .unwrap()
            .sent
            .starts_with("\x1bPtmux;\x1b\x1b_G")
    );
    for (protocol, escape) in [
        (Protocol::Sixel, "\x1bP"),
        (Protocol::Iterm2, "\x1b]1337;File=inline=1;"),
    ] {
        let picture = picture(&job(protocol)).unwrap();
        let first = picture.cells[0].symbol();
        assert!(first.contains(escape), "{protocol:?}: {first:?}");
        assert_eq!((&*picture.sent, &*picture.dropped), ("", ""));
        assert_eq!(picture.cells.len(), 8);
    }
}

/// Show a frame; what was sent, and whether the picture stands there.
fn show(pictures: &mut Pictures, buf: &mut Buffer, maps: Vec<Placed>) -> (String, bool) {
    let area = maps[0].area;
    let sent = pictures.show(buf, maps, Some(Protocol::Kitty), Some(CELL));
    let all = area.positions().all(|at| {
        let symbol = buf[at].symbol();
        symbol.starts_with('\u{10EEEE}')
    });
    (sent, all)
}

fn wait(pictures: &mut Pictures) {
    let made = pictures.ready().recv_timeout(Duration::from_secs(20));
    pictures.keep(made.expect("a picture is made"));
}

#[test]
fn a_picture_stands_where_nothing_lies_over_its_map() {
    let mut pictures = Pictures::default();
    let area = Rect::new(2, 1, 4, 2);
    let red = Pixel::Colour(RED);
    let drawn = || frame(area, red);
    let (mut buf, maps) = drawn();
    let first = show(&mut pictures, &mut buf, maps);
    assert_eq!(
        first,
        (String::new(), false),
        "half-blocks until it is made"
    );
    assert_eq!(buf[(2, 1)].symbol(), "▀");
    wait(&mut pictures);
    let (mut buf, maps) = drawn();
    let (sent, there) = show(&mut pictures, &mut buf, maps);
    assert!(there && sent.starts_with("\x1b_G"), "{sent:?}");
    // It is sent once, and none of it where text lies over the map.
    let (mut buf, maps) = drawn();
    assert_eq!(show(&mut pictures, &mut buf, maps), (String::new(), true));
    let (mut buf, maps) = drawn();
    buf.set_string(3, 2, "why", ratatui::style::Style::new());
    let (sent, there) = show(&mut pictures, &mut buf, maps);
    assert_eq!((sent.as_str(), there), ("", false));
    let placed = buf
        .content
        .iter()
        .any(|cell| cell.symbol().contains('\u{10EEEE}'));
    assert!(!placed, "no part of the picture is left");
    // Elsewhere it stands at once, since it shows the same.
    let (mut buf, maps) = frame(Rect::new(8, 4, 4, 2), red);
    assert_eq!(show(&mut pictures, &mut buf, maps), (String::new(), true));
    // Another map at this place: the one before stands until it is made.
    let (mut buf, maps) = frame(Rect::new(8, 4, 4, 2), Pixel::Colour((0, 99, 0)));
    assert_eq!(show(&mut pictures, &mut buf, maps), (String::new(), true));
    wait(&mut pictures);
    let (mut buf, maps) = frame(Rect::new(8, 4, 4, 2), Pixel::Colour((0, 99, 0)));
    let (sent, there) = show(&mut pictures, &mut buf, maps);
    assert!(there && sent.starts_with("\x1b_G"), "{sent:?}");
    // A terminal that has lost them is sent them again, and keeps none at the end.
    pictures.forget();
    let (mut buf, maps) = drawn();
    let (sent, there) = show(&mut pictures, &mut buf, maps);
    assert!(there && sent.starts_with("\x1b_G"), "{sent:?}");
    assert_eq!(pictures.end().matches("a=d,d=I").count(), 1);
}

#[test]
fn old_pictures_are_dropped() {
    let mut pictures = Pictures::default();
    let mut dropped = 0;
    for i in 0..MOST + 4 {
        let colour = Pixel::Colour((i as u8, 7, 7));
        for made in [false, true] {
            let (mut buf, maps) = frame(Rect::new(2, 1, 4, 2), colour);
            let (sent, _) = show(&mut pictures, &mut buf, maps);
            dropped += sent.matches("a=d,d=I").count();
            if !made {
                wait(&mut pictures);
            }
        }
    }
    assert_eq!(pictures.made.len(), MOST);
    assert_eq!(dropped, 4);
}
