//! The editor of the prompt: how it opens, its keys, and what is pasted into it.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::app::{Message, Overlay, Prompt};
use super::super::widgets::editor::Editor;
use super::Driver;
use crate::lang::say;
use crate::session::command::Command;

impl Driver {
    /// Open the editor on a text.
    pub(super) fn edit(&mut self, text: &str) {
        match Editor::new(text, self.app.theme) {
            Some(editor) => {
                let error = None;
                self.app.overlay = Some(Overlay::Prompt(Box::new(Prompt { editor, error })));
            }
            None => self.app.message = Some(Message::Error(say("pane-prompt-long").into())),
        }
    }

    pub(super) fn prompt_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Prompt(prompt)) = &mut self.app.overlay else {
            return;
        };
        prompt.error = None;
        if key.code == KeyCode::Enter && key.modifiers.is_empty() {
            let text = prompt.editor.text();
            self.app.overlay = None;
            self.command(&Command::prompt(text));
        } else {
            prompt.editor.key(key);
        }
    }
}

impl Prompt {
    pub(super) fn paste(&mut self, text: &str) {
        let fits = self.editor.insert(text);
        self.error = (!fits).then(|| say("pane-prompt-long").into());
    }
}
