//! The generated table of commands and keys.

use super::super::panes::PANES;
use super::{commands, needs_screen};
use crate::session::command::Group;

/// `docs/keys.md`.
pub fn markdown() -> String {
    let panes = PANES.map(|pane| pane.name).join(", ");
    let mut out = String::from(
        "# Commands and keys\n\nGenerated from the command table by `make docs`; do not edit.\n\n\
         Type a command after `:` on the screen, or give it to `layerwise step --batch -x COMMAND`.\n\
         Keys that need an argument open the `:` line with the command already typed.\n",
    );
    for group in Group::ALL {
        out += &format!(
            "\n## {}\n\n| Command | Keys | What it does |\n|---|---|---|\n",
            group.title()
        );
        for spec in commands().iter().filter(|spec| spec.group == group) {
            let code = |text: &str| {
                if text.contains('`') {
                    format!("`` {text} ``")
                } else {
                    format!("`{}`", text.replace('|', "\\|"))
                }
            };
            let mut keys: Vec<_> = spec
                .keys
                .iter()
                .map(|binding| {
                    if binding.line.trim_end() == spec.name {
                        code(binding.key)
                    } else {
                        format!("{} ({})", code(binding.key), binding.line.trim_end())
                    }
                })
                .collect();
            if keys.is_empty() {
                keys.push(String::new());
            }
            let aliases: String = spec
                .aliases
                .iter()
                .map(|a| format!(", {}", code(a)))
                .collect();
            let screen = if needs_screen(spec.name) {
                " (screen only)"
            } else {
                ""
            };
            out += &format!(
                "| {}{aliases} | {} | {}{screen} |\n",
                code(&spec.usage()),
                keys.join(", "),
                spec.help
            );
        }
    }
    out += &format!("\nPANE is one of {panes}.\n");
    out
}
