//! No key, size or error breaks the screen.

use super::*;

#[test]
fn keys_that_come_faster_than_tokens_are_not_lost() {
    let mut d = driver(120, 36);
    for _ in 0..3 {
        d.key(KeyEvent::from(KeyCode::Char('t')));
    }
    settle(&mut d);
    assert_eq!((d.app.passes.len(), d.app.at.pass), (4, 3));
    press(&mut d, "(ty");
    assert_eq!((d.app.passes.len(), d.app.at.pass), (4, 3));
}

#[test]
fn errors_are_shown_and_leave_the_screen_alive() {
    let mut d = driver(120, 36);
    press(&mut d, ":save x.safetensors<enter>");
    assert!(picture(&d).contains("disk full"));
    press(&mut d, "s");
    assert_eq!(here(&d), "pos_embed");
    // The form stays as it was filled in.
    press(&mut d, "<ctrl-s>y.safetensors<enter>");
    let shown = picture(&d);
    assert!(
        shown.contains("disk full") && shown.contains("y.safetensors"),
        "{shown}"
    );
    assert!(
        !shown.contains("trace.safetensors"),
        "the first letter replaces the offered name"
    );
}

#[test]
fn every_hook_point_draws_at_every_size() {
    for (w, h) in [(120, 36), (80, 24), (200, 60), (60, 16), (40, 10), (1, 1)] {
        let mut d = driver(w, h);
        for _ in 0..90 {
            press(&mut d, "s<right>");
            picture(&d);
        }
        assert_eq!(here(&d), "logits");
        press(&mut d, "z<tab><end>z<tab>z?");
        picture(&d);
        // Once more beside another branch.
        press(&mut d, "<esc><esc>Ra<enter>&");
        assert!(d.app.diff.is_some());
        for _ in 0..90 {
            press(&mut d, "S<left>");
            picture(&d);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    /// Whatever is pressed, pasted and clicked at whatever size, a frame can be drawn.
    #[test]
    fn no_key_panics(events in proptest::collection::vec((0..40u8, 0..220u16, 0..70u16), 1..60)) {
        let mut d = driver(100, 30);
        press(&mut d, "Ra<enter>Rb<enter>&");
        let keys = "snoSNOcCbBg<>tT().,+-d][zxXhjklHLi:?e 1*\"&&V";
        for (what, x, y) in events {
            let code = match what {
                0 => KeyCode::Enter,
                1 => KeyCode::Esc,
                2 => KeyCode::Tab,
                3 => KeyCode::Up,
                4 => KeyCode::Down,
                5 => KeyCode::Home,
                6 => KeyCode::End,
                7 => KeyCode::PageDown,
                8 => KeyCode::BackTab,
                9 => {
                    d.resize(Rect::new(0, 0, x, y));
                    settle(&mut d);
                    continue;
                }
                10..13 => {
                    mouse(&mut d, MouseEventKind::Down(MouseButton::Left), x, y);
                    continue;
                }
                13 => {
                    mouse(&mut d, MouseEventKind::ScrollDown, x, y);
                    continue;
                }
                14 => {
                    d.paste("中华\n人民 [0, -1]");
                    continue;
                }
                _ => KeyCode::Char(keys.chars().nth((x as usize * 70 + y as usize) % keys.len()).unwrap()),
            };
            d.key(KeyEvent::from(code));
            settle(&mut d);
            picture(&d);
        }
    }
}
