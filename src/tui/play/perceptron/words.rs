//! Every word of the perceptron's screen; sentences about the perceptron itself are
//! [`play::perceptron::words`](crate::play::perceptron::words).

pub const DIAGRAM: &str = "perceptron";
pub const TABLE: &str = "truth table";
pub const DATA: &str = "data";
pub const LINE: &str = "line";
pub const HELP: &str = "help";
pub const HELP_HINT: &str = "↑↓ scroll · esc close";
pub const COMMANDS: &str = "commands, typed after :";
pub const KEYS: &str = "keys";

pub const VALUE: &str = "input";
pub const WEIGHT: &str = "weight";
pub const SUM: &str = "sum";
pub const THRESHOLD: &str = "threshold";

pub const LEGEND: &str = "● 1  ○ 0  ✗ wrong  · fires";
pub const TAKE_DATA: &str =
    "Press d for samples to learn from: data and, data or, data xor, data table, data FILE.csv";
pub const NO_KEY: &str = "this key does nothing here; ? shows the keys";
pub const NOTHING_HIDDEN: &str = "no pane is hidden";
pub const LAST_PANE: &str = "the last pane stays";

/// Keys of the screen that are no command, for the help.
pub const SCREEN_KEYS: &[(&str, &str)] = &[
    (
        "arrows h j k l",
        "choose an input, weight, threshold, row or cell",
    ),
    (
        "space",
        "switch the input, or the value of the cell, between 0 and 1",
    ),
    (
        "enter",
        "edit what is chosen; in the truth table: give the inputs these values",
    ),
    ("a", "one more input, in the data one more sample"),
    ("D", "take the input or the sample away"),
    ("d", "take samples to learn from"),
    (
        "n N",
        "learn to the end of the epoch, and back to its start",
    ),
    ("5s", "a number before s S n N does it so many times"),
    ("tab backtab", "next pane, the one before"),
    ("z x X", "zoom the pane, hide it, show all"),
    (":", "type a command; up and down look back"),
    ("ctrl-t ctrl-l", "dark, light or no colours; draw again"),
    ("ctrl-z", "stop the program; `fg` in the shell goes on"),
    ("esc", "leave zoom, close what is open"),
];

/// Keys in the footer without samples, with them, and always.
pub const FIRST: &[(&str, &str)] = &[
    ("space", "switch"),
    ("enter", "edit"),
    ("a", "add input"),
    ("d", "data"),
];
pub const LEARN: &[(&str, &str)] = &[
    ("s", "step"),
    ("S", "back"),
    ("n", "epoch"),
    ("c", "run"),
    ("C", "start"),
    ("r", "reset"),
    ("space", "switch"),
    ("enter", "edit"),
    ("d", "data"),
];
pub const MORE: &[(&str, &str)] = &[
    ("tab", "pane"),
    ("u", "undo"),
    (":", "command"),
    ("z", "zoom"),
];
pub const LAST: &[(&str, &str)] = &[("?", "help"), ("q", "quit")];

/// Which sample comes next.
pub fn progress(epochs: usize, next: usize, samples: usize) -> String {
    format!("epoch {} · next sample {next}/{samples}", epochs + 1)
}

pub fn data(name: &str, samples: usize) -> String {
    format!("data {name} ({samples})")
}

pub fn rate(rate: &str) -> String {
    format!("rate {rate}")
}

/// Panes that have no room.
pub fn behind_tab(panes: &[&str]) -> String {
    format!("tab: {}", panes.join(", "))
}

pub fn name_of(name: &str) -> String {
    format!("name of {name}")
}

pub fn weight_of(name: &str) -> String {
    format!("weight of {name}")
}

pub fn sample_of(row: usize, column: &str) -> String {
    format!("sample {row}, {column}")
}

/// Which input runs to the right, and which upwards.
pub fn axes(right: &str, up: &str) -> String {
    format!("{right} →  {up} ↑")
}
