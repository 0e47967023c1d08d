use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::draw;
use super::layout::{self, spots};
use super::network::links;
use super::view::{Message, Spot, View};
use crate::lang::say;
use crate::play::playground::command::COMMANDS;
use crate::play::playground::link;
use crate::play::playground::run::Playground;
use crate::play::playground::trainer::Ask;
use crate::session::history::History;
use crate::tui::draw::text;
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Depth, Ground, Theme};

const PATIENCE: Duration = Duration::from_secs(60);

fn opened(state: &str, width: u16, height: u16) -> View {
    let state = link::read(&format!("#seed=0.5&{state}")).unwrap().state;
    let playground = Playground::new(state, None).unwrap();
    let theme = Theme::new(Depth::None, Ground::Dark);
    let mut view = View::new(theme, playground, History::default(), Keymap::default()).unwrap();
    view.ask(Ask::Speed(None));
    view.screen = Rect::new(0, 0, width, height);
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
        assert!(view.command(line), "{line}: {:?}", view.message);
        settle(&mut view);
    }
    view
}

fn screen(view: &View) -> String {
    let mut buf = Buffer::empty(view.screen);
    draw(&mut buf, view);
    text(&buf)
}

/// Press keys, each of which is done before the next.
fn press(view: &mut View, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            '\u{8}' => KeyCode::Backspace,
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            '←' => KeyCode::Left,
            '→' => KeyCode::Right,
            c => KeyCode::Char(c),
        };
        view.key(KeyEvent::new(code, KeyModifiers::NONE));
        settle(view);
    }
}

fn mouse(view: &mut View, kind: MouseEventKind, at: Position) {
    view.mouse(MouseEvent {
        kind,
        column: at.x,
        row: at.y,
        modifiers: KeyModifiers::NONE,
    });
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
fn a_number_that_is_not_finite_is_explained() {
    let state = "activation=linear&problem=regression&learningRate=10&networkShape=2";
    let mut view = view(120, 36, state, &["run 10"]);
    let found = view.now.not_finite.clone().unwrap();
    let shown = screen(&view);
    assert!(
        shown.contains(&format!("✗ epoch {}, point {}", found.epoch, found.point)),
        "{shown}"
    );
    assert!(shown.contains("????"), "{shown}");
    // The epoch before it comes back.
    press(&mut view, "S");
    assert_eq!(view.now.not_finite, None);
    assert!(!screen(&view).contains("????"));
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
    let lines = &view.text.as_ref().unwrap().lines;
    let heading = lines.iter().position(|line| line == say("help-commands"));
    let commands = &lines[heading.unwrap()..];
    for (name, args, _) in COMMANDS {
        let usage = format!("  {name} {args}");
        let usage = usage.trim_end();
        assert!(
            commands.iter().any(|line| line.starts_with(usage)),
            "{usage}"
        );
    }
}

#[test]
fn keys_train_forwards_and_back() {
    let mut view = view(120, 36, "", &[]);
    let epoch = |view: &View| view.now.training.epoch;
    press(&mut view, "s10s");
    assert_eq!(epoch(&view), 11);
    press(&mut view, "3S");
    assert_eq!(epoch(&view), 8);
    press(&mut view, "u");
    assert_eq!(epoch(&view), 11);
    press(&mut view, "i2i");
    assert!(view.now.is_inside());
    press(&mut view, "e");
    let shown = screen(&view);
    assert!(shown.contains("point 1, layer 3 forward"), "{shown}");
    press(&mut view, "\u{1b}S");
    assert_eq!((epoch(&view), view.now.training.point), (11, 0));
    press(&mut view, "r");
    assert_eq!((epoch(&view), view.now.ghost.epochs), (0, 11));
    let seed = view.now.state.seed.clone();
    press(&mut view, "g");
    assert_ne!(view.now.state.seed, seed);
    press(&mut view, "u");
    assert_eq!(view.now.state.seed, seed);
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
fn a_run_is_paused_by_the_key_that_began_it() {
    let mut view = view(120, 36, "", &[]);
    let space = KeyEvent::new(KeyCode::Char(' '), KeyModifiers::NONE);
    view.key(space);
    while view.now.training.epoch < 20 {
        let report = view.trainer.reports().recv_timeout(PATIENCE).unwrap();
        view.report(report);
    }
    assert!(screen(&view).contains("pause"));
    view.key(space);
    settle(&mut view);
    assert!(screen(&view).contains("▶ run"));
    press(&mut view, "u");
    assert_eq!(view.now.training.epoch, 0, "a run is one change");
}

#[test]
fn every_place_is_reached_by_arrows() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut view = view(width, height, "networkShape=4,2", &[]);
        let all = spots(&view);
        let mut seen = vec![view.spot];
        let mut at = 0;
        while at < seen.len() {
            for key in ["↑", "↓", "←", "→"] {
                view.spot = seen[at];
                press(&mut view, key);
                if !seen.contains(&view.spot) {
                    seen.push(view.spot);
                }
            }
            at += 1;
        }
        for (spot, _) in all {
            assert!(seen.contains(&spot), "{width}×{height}: {spot:?}");
        }
    }
}

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
                assert_eq!(area.intersection(view.screen), *area, "{spot:?}");
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
fn values_are_chosen_switched_and_typed() {
    let mut view = view(120, 36, "", &[]);
    view.spot = Spot::Set("activation");
    press(&mut view, "\n↑\n");
    assert_eq!(view.value("activation"), "relu");
    press(&mut view, "+");
    assert_eq!(view.value("activation"), "tanh");
    view.spot = Spot::Set("noise");
    press(&mut view, "++-");
    assert_eq!(view.value("noise"), "5");
    view.spot = Spot::Set("seed");
    press(&mut view, "\n\u{8}\u{8}\u{8}abc\n");
    assert_eq!(view.value("seed"), "abc");
    view.spot = Spot::Stop;
    press(&mut view, "\n\u{8}\u{8}\u{8}train < 0.3\n");
    assert!(screen(&view).contains("train < 0.3"));
    view.spot = Spot::Feature(2);
    press(&mut view, "\n");
    assert_eq!(view.value("xSquared"), "true");
    press(&mut view, "tdp");
    let values = ["showTestData", "discretize", "problem"].map(|key| view.value(key));
    assert_eq!(values, ["true", "true", "regression"]);
    press(&mut view, "]");
    assert_eq!(view.now.state.hidden_layers, [4, 2, 2]);
    view.spot = Spot::Neuron(2, 1);
    press(&mut view, "+");
    assert_eq!(view.now.state.hidden_layers, [4, 2, 3]);
    press(&mut view, "[");
    assert_eq!(view.now.state.hidden_layers, [4, 2]);
    assert_eq!(view.spot, Spot::Output, "what was selected is gone");
}

#[test]
fn a_weight_is_read_and_edited() {
    let mut view = view(120, 36, "", &[]);
    view.spot = Spot::Neuron(1, 0);
    press(&mut view, "\n↓");
    assert_eq!(view.spot, Spot::Weight(1, 0, Some(1)));
    let weight = view.weight();
    let shown = screen(&view);
    let due = format!("weight {weight} of n2 in layer 2");
    assert!(shown.contains(&due), "{shown}");
    press(&mut view, "\n");
    for _ in 0..30 {
        press(&mut view, "\u{8}");
        if screen(&view)
            .lines()
            .last()
            .unwrap()
            .trim_end()
            .ends_with(':')
        {
            break;
        }
    }
    press(&mut view, "x\n");
    assert!(
        screen(&view).contains("✗ \"x\" is no finite number"),
        "{}",
        screen(&view)
    );
    press(&mut view, "\u{8}-1.25\n");
    assert_eq!(view.weight(), -1.25);
    press(&mut view, "+");
    assert_eq!(view.weight(), -1.15);
    press(&mut view, "uu");
    assert_eq!(view.weight(), weight);
    press(&mut view, "↑↑");
    assert_eq!(view.spot, Spot::Weight(1, 0, None));
    assert!(screen(&view).contains("bias 0.1 of layer 2, neuron 1"));
    press(&mut view, "\u{1b}");
    assert_eq!(view.spot, Spot::Neuron(1, 0));
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

#[test]
fn commands_are_completed_and_what_fails_can_be_mended() {
    let mut view = view(120, 36, "", &[]);
    press(&mut view, ":activ\tsi");
    let shown = screen(&view);
    assert!(shown.contains("▸ activation sigmoid"), "{shown}");
    press(&mut view, "\t\n");
    assert_eq!(view.value("activation"), "sigmoid");
    press(&mut view, ":export l\t");
    assert!(
        screen(&view).contains(":export losses"),
        "{}",
        screen(&view)
    );
    press(&mut view, "\u{1b}:nose 3\n");
    assert!(screen(&view).contains("did you mean noise?"));
    press(&mut view, "\u{1b}:csv /nowhere.csv\n");
    let shown = screen(&view);
    assert!(shown.contains("/nowhere.csv: No such file"), "{shown}");
    assert!(shown.contains(":csv /nowhere.csv"), "{shown}");
    press(&mut view, "\u{1b}:↑");
    assert!(screen(&view).contains(":csv /nowhere.csv"));
    press(&mut view, "\u{1b}:noise 99\n\u{1b}");
    assert_eq!(
        (view.value("noise"), view.value("activation")),
        ("0".into(), "sigmoid".into())
    );
    for line in [
        "show",
        "weights",
        "data 3",
        "value 1 2",
        "surface",
        "settings",
        "help",
        "link",
    ] {
        press(&mut view, &format!(":{line}\n"));
        assert!(view.text.is_some(), "{line}");
        screen(&view);
        press(&mut view, "\u{1b}");
    }
    assert!(view.copied.take().unwrap().contains("#activation=sigmoid"));
    press(&mut view, ":open #noise=77\n");
    assert!(screen(&view).contains("out of range"), "{}", screen(&view));
    press(&mut view, "\u{1b}:open #dataset=gauss&nosie=3\n");
    assert_eq!(view.value("dataset"), "gauss");
    assert!(matches!(&view.message, Some(Message::Error(why)) if why.contains("nosie")));
}

#[test]
fn files_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(
        path("own.csv"),
        "x,y,label\n".to_owned() + &"1,2,1\n-1,-2,-1\n".repeat(10),
    )
    .unwrap();
    let mut view = view(120, 36, "", &["run 3"]);
    for line in [
        format!("save {}", path("a save.json")),
        format!("export losses {}", path("losses.csv")),
        format!("svg {}", path("a.svg")),
        format!("csv {}", path("own.csv")),
    ] {
        press(&mut view, &format!(":{line}\n"));
    }
    assert_eq!(view.now.own, Some(20));
    assert!(screen(&view).contains("● your 20"));
    press(&mut view, &format!(":load \"{}\"\n", path("a save.json")));
    assert_eq!((view.now.own, view.now.training.epoch), (None, 3));
    for name in ["losses.csv", "a.svg"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn a_link_hides_what_it_names() {
    let state = "activation_hide=true&playButton_hide=true&noise_hide=true&xSquared_hide=true\
        &discretize_hide=true&numHiddenLayers_hide=true&dataset_hide=true";
    for (width, height) in [(120, 36), (80, 24)] {
        let view = view(width, height, state, &[]);
        let shown = screen(&view);
        for word in [
            "activ",
            "▶ run",
            "noise",
            "x1²",
            "discretise",
            "hidden layers",
            "spiral",
        ] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
        assert!(shown.contains("batch"), "{shown}");
    }
}

#[test]
fn keys_of_the_users_own_run_commands_of_this_screen() {
    let mut view = view(120, 36, "", &[]);
    view.keymap.set("w", "run 7").unwrap();
    view.keymap.set("s", "").unwrap();
    press(&mut view, "ws");
    assert_eq!(view.now.training.epoch, 7);
}

#[test]
fn no_size_and_no_state_panics() {
    for state in [
        "",
        "networkShape=8,8,8,8,8,8&seed=种子",
        "networkShape=&x=false&y=false",
        "problem=regression",
    ] {
        let mut view = view(120, 36, state, &["run 2"]);
        for inside in [false, true] {
            if inside {
                press(&mut view, "i");
            }
            for size in [
                (0, 0),
                (1, 1),
                (79, 21),
                (80, 22),
                (81, 23),
                (109, 31),
                (110, 32),
                (200, 60),
            ] {
                view.screen = Rect::new(0, 0, size.0, size.1);
                for (spot, _) in spots(&view).into_iter().step_by(9) {
                    view.spot = spot;
                    screen(&view);
                }
                press(&mut view, "z↑↓←→");
                screen(&view);
                press(&mut view, "z\t");
                if view.spot != Spot::Run {
                    press(&mut view, "\n");
                }
                press(&mut view, "\u{1b}\u{1b}?");
                screen(&view);
                press(&mut view, "\u{1b}");
            }
        }
    }
    let mut view = view(40, 10, "", &[]);
    assert!(screen(&view).contains("needs 80×22"));
    press(&mut view, "q");
    assert!(view.quit);
}

#[test]
fn colours_are_those_of_the_site() {
    let mut view = view(120, 36, "", &["run 100"]);
    view.theme = Theme::new(Depth::True, Ground::Dark);
    let mut buf = Buffer::empty(view.screen);
    draw(&mut buf, &view);
    let surface = layout::out(&view).surface;
    let blue = |at: Position| {
        let color = buf[at].bg;
        let ratatui::style::Color::Rgb(red, _, blue) = color else {
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
    use crate::lang::{Language, within};
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

/// Names and values have the room that they need, in every language.
#[test]
fn no_word_is_cut() {
    use crate::lang::{Language, within};
    for language in Language::ALL {
        for (width, height) in [(120, 36), (80, 24)] {
            within(language, || {
                for state in ["", "problem=regression&activation=leakyRelu"] {
                    let view = view(width, height, state, &[]);
                    let shown = screen(&view);
                    assert!(!shown.contains('…'), "{language:?}: {shown}");
                }
            });
        }
    }
}
