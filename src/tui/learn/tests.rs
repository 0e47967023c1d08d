use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::draw::text;
use super::super::play::tests::{ctrl, keys, plain};
use super::draw::draw;
use super::stage::Stage;
use super::view::{Focus, View};
use crate::lang::{Language, within};
use crate::learn::lessons::{LESSONS, named};
use crate::learn::progress::Progress;
use crate::learn::task::Task;
use crate::learn::{Files, Model, recordings};

fn model() -> Model {
    Model {
        open: Arc::new(recordings::open),
        recorded: true,
        files: Files {
            parameters: 372_096,
            weights_bytes: 1_492_552,
            tokenizer_bytes: 66_954,
        },
    }
}

fn view(lesson: &str, width: u16, height: u16) -> View {
    let at = named(lesson).unwrap();
    let mut view = View::new(plain(), model(), Progress::default(), at).unwrap();
    view.resize(Rect::new(0, 0, width, height));
    settle(&mut view);
    view
}

/// Take in all that the worker reports.
fn settle(view: &mut View) {
    while let Stage::Play(stage) = &view.stage
        && stage.is_busy()
    {
        let report = stage.reports().recv_timeout(Duration::from_secs(20));
        view.trained(Some(report.unwrap()));
    }
    while let Some(driver) = view.driver() {
        if driver.app.model.is_some() && !driver.worker.busy() {
            if !driver.waits_for_rest() {
                return;
            }
            view.rest();
            continue;
        }
        let report = driver
            .worker
            .reports()
            .recv_timeout(Duration::from_secs(20));
        view.report(Some(report.unwrap()));
    }
}

fn screen(view: &View) -> String {
    let mut buf = Buffer::empty(view.screen);
    draw(&mut buf, view);
    text(&buf)
}

/// Press keys: each character is one.
fn press(view: &mut View, text: &str) {
    for key in keys(text) {
        // The key between page and panes has no character of its own.
        view.key(match key.code {
            KeyCode::Char('⌂') => ctrl('g'),
            _ => key,
        });
        settle(view);
    }
}

#[test]
fn the_first_lesson() {
    insta::assert_snapshot!(screen(&view("next-token", 120, 36)));
}

#[test]
fn attention_narrow_with_the_panes_in_focus() {
    let mut view = view("attention", 80, 24);
    press(&mut view, "\t");
    insta::assert_snapshot!(screen(&view));
}

#[test]
fn softmax_in_both_scripts() {
    within(Language::Simplified, || {
        insta::assert_snapshot!(screen(&view("softmax", 120, 36)));
    });
    within(Language::Traditional, || {
        insta::assert_snapshot!(screen(&view("softmax", 80, 24)));
    });
}

#[test]
fn terms_of_the_screen_come_first_and_lead_to_their_lesson() {
    let mut view = view("attention", 120, 36);
    press(&mut view, "g");
    insta::assert_snapshot!(screen(&view));
    let chosen = view.overlay.as_ref().unwrap().entries[1].lesson;
    press(&mut view, "↓\n");
    assert_eq!(view.at, chosen);
}

#[test]
fn a_wrong_answer_stays_and_a_right_one_finishes() {
    let mut view = view("next-token", 120, 36);
    press(&mut view, "a民\n");
    assert!(screen(&view).contains("Not yet"), "{}", screen(&view));
    assert!(view.entry.is_some() && !view.solved);
    press(&mut view, "\u{1b}a共\n");
    assert!(view.solved && view.progress.done() == 1);
    assert!(screen(&view).contains("✓ Done"));
    press(&mut view, "n");
    assert_eq!(view.lesson().name, "two-files");
    assert_eq!(view.progress.done(), 1);
    press(&mut view, "pp");
    assert!(screen(&view).contains("this is the first lesson"));
}

#[test]
fn what_is_done_in_the_panes_finishes() {
    let mut view = view("perceptron", 120, 36);
    press(&mut view, "\t:threshold 10\n");
    assert!(!view.solved && view.focus == Focus::Stage);
    press(&mut view, ":threshold 12\n");
    assert!(view.solved && view.focus == Focus::Page);
    let mut view = self::view("positions", 80, 24);
    press(&mut view, "\ts");
    assert!(!view.solved);
    press(&mut view, "s");
    assert!(view.solved, "{}", screen(&view));
    let mut view = self::view("playground", 120, 36);
    press(&mut view, "\t:run 100\n");
    assert!(view.solved);
    let mut view = self::view("vectors", 80, 24);
    press(&mut view, "\t:v 4 -3\n");
    assert!(view.solved);
}

/// Quitting what is live leads back to the page; only from there one leaves.
#[test]
fn quitting_the_panes_leads_back() {
    for lesson in ["next-token", "perceptron", "playground"] {
        let mut view = view(lesson, 120, 36);
        press(&mut view, "\t");
        assert_eq!(view.focus, Focus::Stage);
        press(&mut view, "q");
        assert!(view.focus == Focus::Page && !view.quit, "{lesson}");
        press(&mut view, "\t⌂");
        assert_eq!(view.focus, Focus::Page);
        press(&mut view, "q");
        assert!(view.quit);
    }
}

/// Every line of every page can be reached, and none is cut, in every language and size.
#[test]
fn no_page_overflows() {
    let letters = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    for language in Language::ALL {
        within(language, || {
            for lesson in &LESSONS {
                let mut view = view(lesson.name, 80, 24);
                for (width, height) in [(60, 16), (80, 24), (120, 36)] {
                    view.resize(Rect::new(0, 0, width, height));
                    view.top = 0;
                    view.hint = true;
                    let page = view.halves().page;
                    let mut seen: Vec<String> = Vec::new();
                    for top in 0..200 {
                        view.top = top;
                        let mut buf = Buffer::empty(view.screen);
                        draw(&mut buf, &view);
                        let all = text(&buf);
                        assert!(!all.contains('\u{fffd}'));
                        let inner = Rect::new(page.x + 2, page.y + 1, page.width - 4, 1);
                        let mut line = Buffer::empty(inner);
                        for x in inner.x..inner.right() {
                            line[(x, inner.y)] = buf[(x, inner.y)].clone();
                        }
                        let line = text(&shifted(&line));
                        seen.push(line.trim().to_owned());
                        if top >= super::draw::last_top(&view) {
                            break;
                        }
                    }
                    // The first lines of all positions are the beginning of the whole text.
                    let whole: Vec<&String> = std::iter::once(&view.page.title)
                        .chain(&view.page.text)
                        .collect();
                    let whole: String = whole.iter().map(|text| letters(text)).collect();
                    let seen: String = seen.iter().map(|line| letters(line)).collect();
                    let n = seen.len().min(whole.len());
                    assert_eq!(seen[..n], whole[..n], "{} {width}×{height}", lesson.name);
                }
            }
        });
    }
}

/// A buffer of one line, moved to the origin.
fn shifted(line: &Buffer) -> Buffer {
    let mut out = Buffer::empty(Rect::new(0, 0, line.area.width, 1));
    out.content.clone_from(&line.content);
    out
}

/// Hints and messages fit into the lines that the page has for them.
#[test]
fn keys_fit_below_the_page() {
    for language in Language::ALL {
        within(language, || {
            for lesson in &LESSONS {
                let mut view = view(lesson.name, 120, 36);
                for (width, height) in [(80, 24), (120, 36)] {
                    view.resize(Rect::new(0, 0, width, height));
                    let shown = screen(&view);
                    let quit = crate::lang::say("learn-key-quit");
                    assert!(shown.contains(&format!("q {quit}")), "{shown}");
                    let answer = matches!(lesson.task, Task::Answer(_));
                    let label = format!("a {}", crate::lang::say("learn-key-answer"));
                    assert_eq!(shown.contains(&label), answer, "{shown}");
                }
            }
        });
    }
}

#[test]
fn no_size_panics() {
    for lesson in ["attention", "perceptron", "playground", "softmax"] {
        let mut view = view(lesson, 120, 36);
        for size in [
            (0, 0),
            (1, 1),
            (59, 15),
            (60, 16),
            (61, 21),
            (60, 22),
            (95, 17),
            (96, 16),
            (200, 60),
        ] {
            for keys in ["", "\t", "⌂z", "z", "g", "\u{1b}l", "\u{1b}"] {
                view.resize(Rect::new(0, 0, size.0, size.1));
                press(&mut view, keys);
                screen(&view);
            }
        }
    }
}
