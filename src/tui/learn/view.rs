//! All state of the lessons' screen.

use ratatui::layout::Rect;

use super::super::app::Message;
use super::super::theme::Theme;
use super::super::update::Driver;
use super::super::widgets::input::Input;
use super::overlay::Overlay;
use super::stage::Stage;
use crate::learn::Model;
use crate::learn::facts::Facts;
use crate::learn::lessons::{LESSONS, Lesson};
use crate::learn::progress::Progress;
use crate::learn::room::{Page, facts};
use crate::learn::what_if::Part;

/// Columns that a page beside its panes needs, and those that it takes at most.
const PAGE: (u16, u16) = (36, 56);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Page,
    Stage,
}

/// The two halves of the screen; one of them is empty where there is room for one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves {
    pub page: Rect,
    pub stage: Rect,
}

pub struct View {
    pub theme: Theme,
    pub screen: Rect,
    pub model: Model,
    pub progress: Progress,
    /// The lesson's place.
    pub at: usize,
    pub facts: Facts,
    pub page: Page,
    pub stage: Stage,
    pub without: Option<Part>,
    pub focus: Focus,
    /// Whether the page has the whole screen.
    pub whole: bool,
    /// The first line of the page that is shown.
    pub top: usize,
    pub hint: bool,
    pub solved: bool,
    /// The answer that is being typed.
    pub entry: Option<Input>,
    pub message: Option<Message>,
    pub overlay: Option<Overlay>,
    pub redraw: bool,
    pub suspend: bool,
    pub quit: bool,
}

impl View {
    /// The screen at a lesson.
    ///
    /// # Errors
    /// The lesson cannot be opened.
    pub fn new(theme: Theme, model: Model, progress: Progress, at: usize) -> Result<View, String> {
        let lesson = &LESSONS[at];
        let facts = facts(&model, lesson)?;
        let page = Page::of(lesson, &facts, model.recorded, None);
        let stage = Stage::open(theme, &model, lesson, None)?;
        Ok(View {
            theme,
            screen: Rect::default(),
            solved: progress.is_done(lesson),
            model,
            progress,
            at,
            facts,
            page,
            stage,
            without: None,
            focus: Focus::Page,
            whole: false,
            top: 0,
            hint: false,
            entry: None,
            message: None,
            overlay: None,
            redraw: false,
            suspend: false,
            quit: false,
        })
    }

    pub fn lesson(&self) -> &'static Lesson {
        &LESSONS[self.at]
    }

    pub fn driver(&self) -> Option<&Driver> {
        match &self.stage {
            Stage::Debugger(driver) if !driver.disconnected() => Some(driver),
            _ => None,
        }
    }

    /// Where page and panes lie: side by side, else one below the other, else the one that has the focus.
    pub fn halves(&self) -> Halves {
        let all = self.screen;
        let least = self.stage.least();
        let nothing = Rect { width: 0, ..all };
        let (page, stage) = if self.whole {
            (all, nothing)
        } else if all.width >= least.0 + PAGE.0 {
            let width = (all.width * 38 / 100)
                .clamp(PAGE.0, PAGE.1)
                .min(all.width - least.0);
            let page = Rect { width, ..all };
            let stage = Rect {
                x: all.x + width,
                width: all.width - width,
                ..all
            };
            (page, stage)
        } else if all.height >= least.1 + 6 {
            let height = (all.height * 2 / 5).min(all.height - least.1);
            let page = Rect { height, ..all };
            let stage = Rect {
                y: all.y + height,
                height: all.height - height,
                ..all
            };
            (page, stage)
        } else if self.focus == Focus::Page {
            (all, nothing)
        } else {
            (nothing, all)
        };
        Halves { page, stage }
    }
}
