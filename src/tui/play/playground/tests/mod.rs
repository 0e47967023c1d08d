//! The screen in pictures, and what all tests of it need.

mod commands;
mod editing;
mod mouse;
mod robust;
mod training;

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

use super::super::tests::{keys, plain, screen};
use super::draw::draw;
use super::layout::{self, spots};
use super::view::{Spot, View};
use crate::lang::say;
use crate::lang::{Language, within};
use crate::play::playground::command::COMMANDS;
use crate::play::playground::link;
use crate::play::playground::run::Playground;
use crate::play::playground::trainer::Ask;
use crate::session::history::History;
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Depth, Ground, Theme};
use ratatui::buffer::Buffer;

const PATIENCE: Duration = Duration::from_secs(60);

fn opened(state: &str, width: u16, height: u16) -> View {
    let state = link::read(&format!("#seed=0.5&{state}")).unwrap().state;
    let playground = Playground::new(state, None).unwrap();
    let mut view = View::new(plain(), playground, History::default(), Keymap::default()).unwrap();
    view.ask(Ask::Speed(None));
    view.base.screen = Rect::new(0, 0, width, height);
    settle(&mut view);
    view
}

/// Wait until the trainer has done all it was asked for.
fn settle(view: &mut View) {
    while view.waiting > 0 || view.running {
        let report = view.trainer.reports().recv_timeout(PATIENCE).unwrap();
        view.report(report);
    }
}

fn view(width: u16, height: u16, state: &str, lines: &[&str]) -> View {
    let mut view = opened(state, width, height);
    for line in lines {
        assert!(view.command(line), "{line}: {:?}", view.base.message);
        settle(&mut view);
    }
    view
}

/// Press keys, each of which is done before the next.
fn press(view: &mut View, text: &str) {
    for key in keys(text) {
        view.key(key);
        settle(view);
    }
}

fn mouse(view: &mut View, kind: MouseEventKind, at: Position) {
    view.mouse(super::super::tests::mouse(kind, at));
    settle(view);
}

fn click(view: &mut View, at: Position) {
    mouse(view, MouseEventKind::Down(MouseButton::Left), at);
}

/// A place inside what can be selected.
fn place(view: &View, spot: Spot) -> Position {
    let spots = spots(view);
    let (_, area) = spots.iter().find(|(s, _)| *s == spot).unwrap();
    Position::new(area.x + area.width / 2, area.y + area.height / 2)
}

#[test]
fn the_site_as_it_opens() {
    insta::assert_snapshot!(screen(&view(120, 36, "", &[])));
}

#[test]
fn the_site_as_it_opens_narrow() {
    insta::assert_snapshot!(screen(&view(80, 24, "", &[])));
}

#[test]
fn after_a_run() {
    let lines = [
        "run 100",
        "reset",
        "run 60",
        "showTestData on",
        "discretize on",
    ];
    insta::assert_snapshot!(screen(&view(
        120,
        36,
        "dataset=xor&networkShape=4,2",
        &lines
    )));
}

#[test]
fn after_a_run_narrow() {
    let lines = ["run 100", "showTestData on"];
    let state = "dataset=spiral&networkShape=8,8,8,8,8,8&xSquared=true&sinX=true";
    insta::assert_snapshot!(screen(&view(80, 24, state, &lines)));
}

#[test]
fn regression() {
    let state = "problem=regression&regDataset=reg-gauss&networkShape=3";
    insta::assert_snapshot!(screen(&view(120, 36, state, &["run 5"])));
}

#[test]
fn inside_an_epoch() {
    let mut view = view(120, 36, "networkShape=3", &["into 4"]);
    view.spot = Spot::Neuron(0, 1);
    insta::assert_snapshot!(screen(&view));
}

#[test]
fn inside_an_epoch_narrow() {
    insta::assert_snapshot!(screen(&view(
        80,
        24,
        "networkShape=3&batchSize=1",
        &["into 6"]
    )));
}

#[test]
fn without_a_hidden_layer() {
    insta::assert_snapshot!(screen(&view(120, 36, "networkShape=", &[])));
}

#[test]
fn zoomed() {
    let mut view = view(120, 36, "", &["run 20"]);
    press(&mut view, "z");
    insta::assert_snapshot!(screen(&view));
}

#[test]
fn help() {
    let mut view = view(80, 24, "", &[]);
    press(&mut view, "?");
    insta::assert_snapshot!(screen(&view));
}

#[test]
fn help_names_every_command_under_its_heading() {
    let mut view = opened("", 80, 24);
    press(&mut view, "?");
    let lines = &view.base.text.as_ref().unwrap().lines;
    let heading = lines.iter().position(|line| line == say("help-commands"));
    let commands = &lines[heading.unwrap()..];
    for (name, args) in COMMANDS {
        let usage = format!("  {name} {args}");
        let usage = usage.trim_end();
        assert!(
            commands.iter().any(|line| line.starts_with(usage)),
            "{usage}"
        );
    }
}

#[test]
fn the_header_keeps_its_title_and_the_pace_where_there_is_little_room() {
    let mut view = opened("", 80, 24);
    (view.running, view.rate.epochs) = (true, Some(62.0));
    let screen = screen(&view);
    let header = screen.lines().next().unwrap();
    assert!(header.starts_with(" layerwise  playground  "), "{header}");
    assert!(header.ends_with("seed 0.5 · 62 epochs/s"), "{header}");
}

#[test]
fn colours_are_those_of_the_site() {
    let mut view = view(120, 36, "", &["run 100"]);
    view.base.theme = Theme::new(Depth::True, Ground::Dark);
    let mut buf = Buffer::empty(view.base.screen);
    draw(&mut buf, &view);
    let surface = layout::out(&view).surface;
    let blue = |at: Position| {
        let color = buf[at].bg;
        let Color::Rgb(red, _, blue) = color else {
            panic!("{color:?}");
        };
        blue > red
    };
    // The circle's middle is +1, its corners −1.
    assert!(blue(Position::new(
        surface.x + surface.width / 2,
        surface.y + surface.height / 2
    )));
    assert!(!blue(Position::new(surface.x, surface.y)));
}

#[test]
fn the_screen_in_chinese() {
    for (language, width, height) in [
        (Language::Simplified, 120, 36),
        (Language::Traditional, 80, 24),
    ] {
        within(language, || {
            let mut view = view(width, height, "networkShape=3", &["run 3", "into 4"]);
            view.spot = Spot::Neuron(0, 1);
            insta::assert_snapshot!(screen(&view));
        });
    }
}

/// Where a terminal shows pictures, planes are pictures with points: the output, neurons, features and data sets.
#[test]
fn planes_can_be_pictures_with_their_points() {
    use crate::tui::graphics::{self, Protocol};
    use crate::tui::widgets::heat_map::collect;
    let mut view = opened("", 120, 36);
    graphics::fit((10, 10), (80, 160));
    view.base.theme = Theme::new(Depth::True, Ground::Dark).with_graphics(Some(Protocol::Sixel));
    let mut buf = Buffer::empty(view.base.screen);
    let (_, maps) = collect(|| draw(&mut buf, &view));
    let clear = maps.iter().filter(|map| map.is_clear(&buf));
    assert!(clear.count() > 10, "{}", maps.len());
    let output = maps.iter().find(|map| !map.dots.is_empty()).unwrap();
    assert!(output.is_clear(&buf) && output.smooth);
    assert_eq!(output.dots.len(), view.now.data.train.points.len());
    assert!(output.area.width > 15, "{:?}", output.area);
}
