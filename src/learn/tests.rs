//! Every lesson walked on recordings, in every language.

use std::sync::Arc;

use super::lessons::{LESSONS, PROMPTS, Stage, named};
use super::room::{Page, Reply, Room, facts, walk};
use super::task::Task;
use super::*;
use crate::lang::{Language, within};

pub fn model() -> Model {
    let (weights_bytes, tokenizer_bytes) = (1_492_552, 66_954);
    Model {
        open: Arc::new(recordings::open),
        recorded: true,
        files: Files {
            parameters: 372_096,
            weights_bytes,
            tokenizer_bytes,
        },
    }
}

#[test]
fn each_lesson_can_be_solved_and_tells_wrong_from_right() {
    for (at, lesson) in LESSONS.iter().enumerate() {
        let walked = walk(&model(), at).unwrap_or_else(|why| panic!("{}: {why}", lesson.name));
        assert!(
            walked.solved,
            "{} is not solved by its solution",
            lesson.name
        );
        assert!(
            walked.wrong_told,
            "{} is solved by what is wrong",
            lesson.name
        );
        assert!(!lesson.wrong.is_empty() && !lesson.solution.is_empty());
        let answers = matches!(lesson.task, Task::Answer(_));
        assert_eq!(
            answers,
            lesson.solution.last() == Some(&"answer"),
            "{}",
            lesson.name
        );
    }
}

#[test]
fn every_page_is_whole_in_every_language() {
    for lesson in &LESSONS {
        let facts = facts(&model(), lesson).unwrap();
        for language in Language::ALL {
            within(language, || {
                let page = Page::of(lesson, &facts, true, None);
                assert!(page.text.len() >= 2, "{}", lesson.name);
                for text in page
                    .text
                    .iter()
                    .chain([&page.task, &page.hint, &page.title])
                {
                    assert!(
                        !text.is_empty() && !text.contains(['{', '\n']) && !text.contains("NaN"),
                        "{text}"
                    );
                }
                // No space is left where lines of Chinese meet.
                let wide = |c: char| ('\u{4e00}'..'\u{9fff}').contains(&c);
                for text in &page.text {
                    let all: Vec<char> = text.chars().collect();
                    let gap = all
                        .windows(3)
                        .find(|w| wide(w[0]) && w[1] == ' ' && wide(w[2]));
                    assert!(
                        gap.is_none() || language == Language::English,
                        "{gap:?} in {text}"
                    );
                }
            });
        }
    }
}

#[test]
fn names_are_told_apart_and_prompts_are_recorded() {
    for (at, lesson) in LESSONS.iter().enumerate() {
        assert_eq!(named(lesson.name), Some(at));
        assert_eq!(named(&(at + 1).to_string()), Some(at));
        if let Stage::Debugger { prompt, .. } = lesson.stage {
            assert!(PROMPTS.contains(&prompt));
        }
    }
    for none in ["0", "16", "-1", "", "softmax "] {
        assert_eq!(named(none), None, "{none}");
    }
}

#[test]
fn a_room_answers_lines() {
    let mut room = Room::enter(model(), 0, None).unwrap();
    let Ok(Some(Reply::Verdict {
        verdict: "wrong",
        solved: false,
        ..
    })) = room.run("answer 民")
    else {
        panic!("民 is right");
    };
    assert!(
        room.run("hint")
            .unwrap()
            .unwrap()
            .text()
            .contains("first line")
    );
    assert!(room.run("answer").is_err());
    assert!(room.run("no-such-command").is_err());
    assert!(room.run("lesson 99").unwrap_err().contains("1 to 15"));
    assert!(
        room.run("without nose")
            .unwrap_err()
            .contains("positions, attention")
    );
    // A recording cannot be changed; the lesson stays as it was.
    assert!(
        room.run("without positions")
            .unwrap_err()
            .contains("recording")
    );
    assert!(
        room.run("topk 1")
            .unwrap()
            .unwrap()
            .text()
            .contains("99.9 %")
    );
    room.run("lesson perceptron").unwrap();
    assert_eq!(room.lesson().name, "perceptron");
    assert!(!room.is_solved());
    room.run("threshold 12").unwrap();
    assert!(room.is_solved());
    assert!(room.run("without mlp").is_err());
    assert!(room.run("quit").unwrap().is_none());
}
