//! The commands of keys: as the tables of commands say, but where a user's own file says otherwise.

use super::super::keymap::Keymap;
use super::{Typed, commands, find, parse};
use crate::session::command::Words;

/// The effect of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    Run(Typed),
    /// Open the command line with this text, the cursor at its end.
    Ask(String),
}

/// The effect of the key, `None` for one without a meaning.
pub fn press(map: &Keymap, key: &str) -> Option<Press> {
    let line = match map.line(key) {
        Some(line) => line,
        None => {
            let mut bindings = commands().iter().flat_map(|spec| spec.keys);
            bindings.find(|binding| binding.key == key)?.line
        }
    };
    if asks(line).is_some() {
        return Some(Press::Ask(line.to_owned()));
    }
    parse(line).ok().map(Press::Run)
}

/// The keys that stand for a command.
pub fn keys<'a>(map: &'a Keymap, spec: &Words) -> Vec<&'a str> {
    let own = map.own().filter(|(_, line)| {
        let word = line.split_whitespace().next();
        word.and_then(find).is_some_and(|s| s.name == spec.name)
    });
    let own = own.map(|(key, _)| key);
    let table = spec.keys.iter().map(|binding| binding.key);
    own.chain(table.filter(|key| !map.changes(key))).collect()
}

/// The command that a line leaves to be completed.
fn asks(line: &str) -> Option<&str> {
    line.ends_with(' ').then(|| line.trim())
}

#[cfg(test)]
mod tests {
    use super::super::super::keymap::is_key;
    use super::*;

    #[test]
    fn every_key_of_the_table_is_a_key_and_has_a_meaning() {
        let map = Keymap::default();
        for binding in commands().iter().flat_map(|spec| spec.keys) {
            assert!(press(&map, binding.key).is_some(), "{}", binding.key);
            // Two in a row are what the command line makes of the first.
            assert!(
                is_key(binding.key) || binding.key == "gg",
                "{}",
                binding.key
            );
        }
    }

    #[test]
    fn own_keys_stand_before_the_tables() {
        let mut map = Keymap::default();
        let step = press(&map, "s");
        map.set("ctrl-n", "step").unwrap();
        map.set("s", "").unwrap();
        map.set("P", "print ").unwrap();
        map.set("shift-f5", "token sample temperature=0.8").unwrap();
        assert_eq!(press(&map, "ctrl-n"), step);
        assert_eq!(press(&map, "s"), None);
        assert_eq!(press(&map, "P"), Some(Press::Ask("print ".into())));
        let spec = |name| find(name).unwrap();
        assert_eq!(keys(&map, spec("step")), ["ctrl-n"]);
        assert_eq!(keys(&map, spec("token")), ["shift-f5", "t", "T"]);
        assert!(map.changes("s") && !map.changes("n"));
    }
}
