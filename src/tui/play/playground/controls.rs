//! The control bar: names over values.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::widgets::text;
use super::layout::{areas, is_wide};
use super::view::{Spot, View};
use super::words;
use crate::lang::say;

/// A name over a value. One without a spot cannot be selected.
#[derive(Clone, Debug)]
pub struct Control {
    pub spot: Option<Spot>,
    pub name: String,
    pub value: String,
    pub area: Rect,
}

/// The settings of the bar, with the columns that their values take on a wide screen and a narrow one.
const SETTINGS: [(&str, u16, u16); 5] = [
    ("learningRate", 13, 7),
    ("activation", 10, 9),
    ("regularization", 14, 6),
    ("regularizationRate", 9, 6),
    ("problem", 14, 8),
];

pub fn controls(view: &View) -> Vec<Control> {
    let area = areas(view).controls;
    let wide = is_wide(view.base.screen);
    let state = &view.now.state;
    let mut x = area.x + 1;
    let gap = if wide { 2 } else { 1 };
    let mut out = Vec::new();
    let mut add = |spot: Option<Spot>, name: String, value: String, width: u16| {
        let area = Rect::new(x, area.y, width, 2).intersection(area);
        x += width + gap;
        out.push(Control {
            spot,
            name,
            value,
            area,
        });
    };
    let buttons = [
        (
            Spot::Run,
            "playButton",
            "space",
            words::run(view.running).to_owned(),
            7,
        ),
        (
            Spot::Step,
            "stepButton",
            "s",
            say("playground-step").to_owned(),
            6,
        ),
        (
            Spot::Reset,
            "resetButton",
            "r",
            say("playground-reset").to_owned(),
            7,
        ),
    ];
    for (spot, key, hint, value, width) in buttons {
        if !state.hides(key) {
            add(Some(spot), hint.to_owned(), value, width);
        }
    }
    let epoch = words::epoch(view.now.training.epoch);
    add(
        None,
        say("playground-epoch").to_owned(),
        epoch,
        if wide { 9 } else { 7 },
    );
    let speed = super::layout::speed(view);
    add(
        Some(Spot::Speed),
        say("playground-speed").to_owned(),
        speed,
        if wide { 6 } else { 5 },
    );
    for (key, broad, narrow) in SETTINGS {
        if state.hides(key) {
            continue;
        }
        let value = words::value(key, &view.value(key), wide);
        let name = words::setting(key, wide).to_owned();
        add(
            Some(Spot::Set(key)),
            name,
            value,
            if wide { broad } else { narrow },
        );
    }
    out
}

pub fn draw(buf: &mut Buffer, view: &View) {
    let theme = view.base.theme;
    for control in controls(view) {
        let area = control.area;
        let selected = control.spot == Some(view.spot);
        let is_button = matches!(control.spot, Some(Spot::Run | Spot::Step | Spot::Reset));
        let style = if selected {
            theme.cursor()
        } else if is_button || control.spot.is_none() {
            theme.current()
        } else {
            theme.text()
        };
        text::put(buf, area, area.x, area.y, &control.name, theme.dim());
        let value = text::cut(&control.value, area.width);
        text::put(buf, area, area.x, area.y + 1, &value, style);
    }
}
