//! Names of keys as the command table writes them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// `s`, `S`, `ctrl-r`, `shift-left`, `enter`; `None` for keys the table has no word for.
pub fn name(key: KeyEvent) -> Option<String> {
    let word = match key.code {
        KeyCode::Char(' ') => "space",
        KeyCode::Char(c) => {
            let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
            return Some(if ctrl {
                format!("ctrl-{}", c.to_lowercase())
            } else {
                c.to_string()
            });
        }
        KeyCode::Tab => "tab",
        KeyCode::BackTab => return Some("backtab".into()),
        KeyCode::Enter => "enter",
        KeyCode::Esc => "esc",
        KeyCode::Left => "left",
        KeyCode::Right => "right",
        KeyCode::Up => "up",
        KeyCode::Down => "down",
        KeyCode::PageUp => "pageup",
        KeyCode::PageDown => "pagedown",
        KeyCode::Home => "home",
        KeyCode::End => "end",
        KeyCode::F(n) => return Some(format!("f{n}")),
        _ => return None,
    };
    let mut out = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        out += "ctrl-";
    }
    if key.modifiers.contains(KeyModifiers::SHIFT) {
        out += "shift-";
    }
    Some(out + word)
}
