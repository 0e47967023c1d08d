//! Places on the screen, and the mouse on them.

use crossterm::event::MouseEventKind;
use ratatui::layout::Position;

use super::super::super::tests::screen;
use super::super::layout::{self, spots};
use super::super::network::links;
use super::super::view::Spot;
use super::{click, mouse, place, press, view};

#[test]
fn places_do_not_overlap_and_lie_on_the_screen() {
    for state in [
        "",
        "networkShape=8,8,8,8,8,8",
        "networkShape=",
        "problem=regression",
    ] {
        for (width, height) in [(120, 36), (80, 24), (200, 60), (80, 22)] {
            let view = view(width, height, state, &[]);
            let all = spots(&view);
            for (i, (spot, area)) in all.iter().enumerate() {
                assert_eq!(area.intersection(view.base.screen), *area, "{spot:?}");
                for (other, place) in &all[i + 1..] {
                    let overlap = area.intersection(*place);
                    assert!(
                        overlap.is_empty(),
                        "{state} {width}×{height}: {spot:?} {other:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_mouse_works_everywhere() {
    let mut view = view(120, 36, "", &[]);
    let neuron = place(&view, Spot::Neuron(0, 2));
    click(&mut view, neuron);
    assert_eq!(view.spot, Spot::Neuron(0, 2));
    assert!(screen(&view).contains("layer 1, neuron 3"));
    // The middle of a line, and its second click.
    let net = layout::net(&view);
    let link = links(&view, &net)
        .into_iter()
        .find(|l| l.spot == Spot::Weight(2, 0, Some(0)))
        .unwrap();
    let middle = (
        (link.from.0 + link.to.0) / 2.0,
        (link.from.1 + link.to.1) / 2.0,
    );
    let at = Position::new(middle.0 as u16, middle.1 as u16);
    click(&mut view, at);
    assert_eq!(view.spot, link.spot);
    click(&mut view, at);
    assert!(screen(&view).contains("weight of n1 in layer 3, neuron 1: "));
    press(&mut view, "\u{1b}");
    // A bias, a step, a switch, a feature by its name, a value from a menu.
    click(&mut view, layout::bias_place(net.layers[0][1]));
    assert_eq!(view.spot, Spot::Weight(0, 1, None));
    let at = place(&view, Spot::Step);
    click(&mut view, at);
    assert_eq!(view.now.training.epoch, 1);
    let at = place(&view, Spot::Set("showTestData"));
    click(&mut view, at);
    assert_eq!(view.value("showTestData"), "true");
    let (_, tile) = net.features[3];
    click(&mut view, Position::new(tile.x - 4, tile.y));
    assert_eq!(view.value("ySquared"), "true");
    let at = place(&view, Spot::Set("learningRate"));
    click(&mut view, at);
    let menu = layout::menu_area(&view).unwrap();
    click(&mut view, Position::new(menu.x + 3, menu.y + 1));
    assert_eq!(view.value("learningRate"), "0.00001");
    // The wheel, a bar, the signs beside a number.
    mouse(&mut view, MouseEventKind::ScrollUp, at);
    assert_eq!(view.value("learningRate"), "0.0001");
    let bars = layout::data(&view);
    let noise = bars
        .iter()
        .find(|line| line.spot == Spot::Set("noise"))
        .unwrap();
    click(&mut view, Position::new(noise.bar.right() - 1, noise.bar.y));
    assert_eq!(view.value("noise"), "50");
    let area = layout::net(&view).widths[1];
    click(&mut view, Position::new(area.right() - 1, area.y));
    assert_eq!(view.now.state.hidden_layers, [4, 3]);
    let area = layout::net(&view).layer_count;
    click(&mut view, Position::new(area.x + 1, area.y));
    assert_eq!(view.now.state.hidden_layers, [4]);
    let at = place(&view, Spot::Dataset(3));
    click(&mut view, at);
    assert_eq!(view.value("dataset"), "spiral");
}
