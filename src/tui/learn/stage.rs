//! The live part beside a lesson.

use std::time::{Duration, Instant};

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::app::App;
use super::super::draw;
use super::super::keymap::Keymap;
use super::super::layout::MIN;
use super::super::play::{PlayScreen, matrix, perceptron, playground};
use super::super::theme::Theme;
use super::super::update::Driver;
use super::console::Console;
use crate::learn::lessons::{Lesson, Stage as Kind};
use crate::learn::task::Seen;
use crate::learn::what_if::Part;
use crate::learn::{Model, room};
use crate::session::history::History;
use crate::session::worker::Worker;

pub enum Stage {
    Debugger(Box<Driver>),
    Play(Box<dyn PlayScreen>),
    Console(Box<Console>),
}

impl Stage {
    /// Open what a lesson shows, with a part of the model switched off if one is named.
    ///
    /// # Errors
    /// The link of the lesson's playground is none.
    pub fn open(
        theme: Theme,
        model: &Model,
        lesson: &Lesson,
        without: Option<Part>,
    ) -> Result<Stage, String> {
        Ok(match lesson.stage {
            Kind::Debugger { prompt, commands } => {
                let open = model.open.clone();
                let opener = move || {
                    let mut source = open(prompt)?;
                    if let Some(part) = without {
                        part.switch_off(source.as_mut())
                            .map_err(|e| e.to_string())?;
                    }
                    Ok(source)
                };
                let worker = Worker::start(Box::new(opener));
                let commands: Vec<String> =
                    commands.iter().map(|line| (*line).to_owned()).collect();
                let driver = Driver::new(App::new(theme), worker);
                Stage::Debugger(Box::new(driver.with(History::default(), &commands)))
            }
            Kind::Perceptron(lines) => {
                let view = perceptron::View::new(theme, History::default(), Keymap::default());
                Stage::play(view, lines)
            }
            Kind::Playground { link, commands } => {
                let playground = room::playground(link)?;
                let (history, keymap) = (History::default(), Keymap::default());
                let view = playground::View::new(theme, playground, history, keymap);
                Stage::play(view.map_err(|e| e.to_string())?, commands)
            }
            Kind::Matrix(lines) => {
                let view = matrix::View::new(theme, History::default(), Keymap::default());
                Stage::play(view, lines)
            }
            Kind::Marks => Stage::Console(Box::new(Console::marks())),
        })
    }

    fn play(mut view: impl PlayScreen + 'static, lines: &[&str]) -> Stage {
        for line in lines {
            view.command(line);
        }
        Stage::Play(Box::new(view))
    }

    /// Columns and lines that it needs at least.
    pub fn least(&self) -> (u16, u16) {
        match self {
            Stage::Play(view) => view.least(),
            _ => MIN,
        }
    }

    pub fn resize(&mut self, area: Rect) {
        match self {
            Stage::Debugger(driver) if driver.app.screen != area => driver.resize(area),
            Stage::Play(view) => view.base_mut().screen = area,
            _ => {}
        }
    }

    /// Draw it in its area; returns where the terminal's cursor belongs, if anywhere.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        theme: Theme,
        focused: bool,
    ) -> Option<Position> {
        match self {
            Stage::Debugger(driver) => draw::draw(buf, &driver.app),
            Stage::Play(view) => view.draw(buf),
            Stage::Console(console) => console.draw(buf, area, theme, focused),
        }
    }

    pub fn key(&mut self, key: KeyEvent) {
        match self {
            Stage::Debugger(driver) => driver.key(key),
            Stage::Play(view) => view.key(key),
            Stage::Console(console) => console.key(key),
        }
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        match self {
            Stage::Debugger(driver) => driver.mouse(mouse),
            Stage::Play(view) => view.mouse(mouse),
            Stage::Console(_) => {}
        }
    }

    pub fn paste(&mut self, text: &str) {
        match self {
            Stage::Debugger(driver) => driver.paste(text),
            Stage::Play(view) => view.paste(text),
            Stage::Console(console) => console.paste(text),
        }
    }

    /// Whether the person asked to leave it, since the last call.
    pub fn take_quit(&mut self) -> bool {
        match self {
            Stage::Debugger(driver) => std::mem::take(&mut driver.app.quit),
            Stage::Play(view) => std::mem::take(&mut view.base_mut().quit),
            Stage::Console(console) => std::mem::take(&mut console.quit),
        }
    }

    pub fn set_theme(&mut self, theme: Theme) {
        match self {
            Stage::Debugger(driver) => driver.app.theme = theme,
            Stage::Play(view) => view.base_mut().theme = theme,
            Stage::Console(_) => {}
        }
    }

    /// How long it waits for its next step, where it goes on by itself.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Stage::Play(view) => view.wait(),
            Stage::Debugger(driver) => {
                let due = driver.due();
                let token = due.map(|due| due.saturating_duration_since(Instant::now()));
                token.into_iter().chain(driver.next_step()).min()
            }
            _ => None,
        }
    }

    /// The next step of what goes on by itself.
    pub fn tick(&mut self) {
        match self {
            Stage::Play(view) => view.tick(),
            Stage::Debugger(driver) => {
                if driver.due().is_some_and(|due| due <= Instant::now()) {
                    driver.play();
                } else if driver.next_step().is_some() {
                    driver.step_product();
                }
            }
            _ => {}
        }
    }

    /// Have its state looked at.
    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> Option<T> {
        Some(match self {
            Stage::Debugger(driver) => {
                let app = &driver.app;
                let tokens = &app.pass()?.tokens;
                let text: String = tokens.iter().map(|token| token.text.as_str()).collect();
                look(&Seen::Debugger {
                    point: &app.point()?.name,
                    text: &text,
                })
            }
            Stage::Play(view) => look(&view.seen()),
            Stage::Console(console) => console.seen(look),
        })
    }
}
