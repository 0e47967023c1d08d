//! Messages against each other and against the code that names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

use super::catalogue::{NAMES, TABLES};
use super::*;

/// The arguments of each message of a language, by its key.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    files(language)
        .flat_map(|name| messages_of(language, name))
        .collect()
}

fn messages_of(language: Language, name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut out = BTreeMap::new();
    {
        let path = folder(language).join(format!("{name}.ftl"));
        let text = fs::read_to_string(&path).unwrap();
        let read = parse(text.as_str());
        let read = read.unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in read.body {
            let Entry::Message(message) = entry else {
                assert!(
                    !matches!(entry, Entry::Junk { .. } | Entry::Term(_)),
                    "{}: {entry:?}",
                    path.display()
                );
                continue;
            };
            let key = message.id.name.to_owned();
            let mut args = BTreeSet::new();
            let value = message.value;
            arguments(
                &value.unwrap_or_else(|| panic!("{key} has no text")),
                &mut args,
            );
            assert!(
                out.insert(key.clone(), args).is_none(),
                "{key} stands twice"
            );
        }
    }
    out
}

/// The files that a language has; texts of tables are English where they stand.
fn files(language: Language) -> impl Iterator<Item = &'static str> {
    let tables = (language != Language::English).then_some(TABLES);
    NAMES.iter().copied().chain(tables)
}

fn folder(language: Language) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/lang")
        .join(language.tag())
}

fn arguments(pattern: &Pattern<&str>, out: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(inline) => variable(inline, out),
            Expression::Select { selector, variants } => {
                variable(selector, out);
                for variant in variants {
                    arguments(&variant.value, out);
                }
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, out: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(out.insert(id.name.to_owned())),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!("messages take arguments and quoted text only: {other:?}"),
    }
}

/// Every Rust file of the program, as one text.
fn code() -> String {
    fn add(folder: &Path, out: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("lang/tests.rs") {
                // The texts in quotes here are not keys.
            } else if path.is_dir() {
                add(&path, out);
            } else if path.extension().is_some_and(|end| end == "rs") {
                *out += &fs::read_to_string(&path).unwrap();
            }
        }
    }
    let mut out = String::new();
    add(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut out);
    out
}

/// Texts in quotes behind `call`, and whether each is a whole key; a key that is made from a name ends at `{`.
fn named(code: &str, call: &str) -> Vec<(String, bool)> {
    let calls = code.split(call).skip(1);
    let text = |rest: &str| {
        let rest = rest.trim_start();
        let (rest, whole) = match rest.strip_prefix("&format!(") {
            Some(rest) => (rest.trim_start(), false),
            None => (rest, true),
        };
        let text = rest.strip_prefix('"')?.split('"').next()?;
        let text = text.split('{').next()?;
        Some((text.to_owned(), whole))
    };
    calls.filter_map(text).collect()
}

#[test]
fn every_language_has_every_message_with_the_same_arguments() {
    let english = messages(Language::English);
    assert!(!english.is_empty());
    let tables = messages_of(Language::Simplified, TABLES);
    let due: BTreeMap<_, _> = english.iter().chain(&tables).collect();
    for language in Language::ALL {
        let other = messages(language);
        let other: BTreeMap<_, _> = other.iter().collect();
        let due = if language == Language::English {
            english.iter().collect()
        } else {
            due.clone()
        };
        let keys =
            |all: &BTreeMap<&String, _>| all.keys().copied().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<_> = keys(&due)
            .symmetric_difference(&keys(&other))
            .cloned()
            .collect();
        assert!(
            missing.is_empty(),
            "{}: not in both: {missing:?}",
            language.tag()
        );
        for (key, args) in due {
            assert_eq!(args, other[key], "{}: {key}", language.tag());
        }
    }
}

/// Texts of tables: each is in Chinese, and none is there that no table has.
#[test]
fn every_text_of_a_table_is_translated() {
    let commands = crate::tui::command::commands();
    let help = commands.iter().map(|spec| table_key("help", spec.name));
    let groups = crate::session::command::Group::ALL.map(|group| table_key("group", group.title()));
    let words = crate::tui::hints()
        .into_iter()
        .map(|word| table_key("word", word));
    let due: BTreeSet<String> = help.chain(groups).chain(words).collect();
    let there: BTreeSet<String> = messages_of(Language::Simplified, TABLES)
        .into_keys()
        .collect();
    let missing: Vec<_> = due.difference(&there).collect();
    assert!(missing.is_empty(), "not in zh-Hans/tables.ftl: {missing:?}");
    // Hints of states that no test brings about are not found.
    let unused: Vec<_> = there
        .difference(&due)
        .filter(|key| !key.starts_with("word-"))
        .collect();
    assert!(unused.is_empty(), "no table has {unused:?}");
}

#[test]
fn every_file_of_a_folder_is_read() {
    for language in Language::ALL {
        let due: BTreeSet<String> = files(language).map(|name| format!("{name}.ftl")).collect();
        let files = fs::read_dir(folder(language)).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        assert_eq!(files.collect::<BTreeSet<_>>(), due, "{}", language.tag());
    }
}

#[test]
fn the_code_names_messages_that_exist_and_leaves_none_out() {
    let code = code();
    let keys = messages(Language::English);
    let mut prefixes = Vec::new();
    for call in ["say(", "say_with(", "lang::find("] {
        for (text, whole) in named(&code, call) {
            if whole {
                assert!(keys.contains_key(&text), "no message is called {text}");
            } else {
                assert!(
                    !text.is_empty(),
                    "a key made from a name alone could be any"
                );
                assert!(keys.keys().any(|key| key.starts_with(&text)), "{text}");
                prefixes.push(text);
            }
        }
    }
    let unused: Vec<&String> = keys
        .keys()
        .filter(|key| !code.contains(&format!("\"{key}\"")))
        .filter(|key| !prefixes.iter().any(|prefix| key.starts_with(prefix)))
        .collect();
    assert!(unused.is_empty(), "no code names {unused:?}");
}

/// Messages in Chinese are Chinese: an English message that was copied has no wide character.
#[test]
fn chinese_messages_differ_from_english_ones() {
    for language in [Language::Simplified, Language::Traditional] {
        let english = messages(Language::English);
        for (key, args) in messages(language) {
            if !english.contains_key(&key) {
                continue;
            }
            let all: Vec<_> = args
                .iter()
                .map(|name| (name.as_str(), "x".into()))
                .collect();
            let text = |language| within(language, || say_with(&key, &all));
            let (english, chinese) = (text(Language::English), text(language));
            let words = english.chars().filter(char::is_ascii_alphabetic).count();
            let same = english == chinese && words > 2 * args.len();
            assert!(!same, "{}: {key} is English: {english}", language.tag());
        }
    }
}

/// The places of titles and notes were made for the English words: no translation needs more columns.
#[test]
fn words_of_panes_need_no_more_room_than_in_english() {
    let keys = messages_of(Language::English, "panes");
    for language in [Language::Simplified, Language::Traditional] {
        for (key, args) in &keys {
            let all: Vec<_> = args
                .iter()
                .map(|name| (name.as_str(), "7".into()))
                .collect();
            let width = |language| {
                let text = within(language, || say_with(key, &all));
                unicode_width::UnicodeWidthStr::width(&*text)
            };
            let (english, chinese) = (width(Language::English), width(language));
            // A short word has room beside it.
            assert!(
                chinese <= english.max(SHORT),
                "{}: {key}: {chinese} columns, not {english}",
                language.tag()
            );
        }
    }
}

const SHORT: usize = 16;

/// The two scripts are not mixed: characters that only one of them has.
#[test]
fn each_script_is_written_in_its_own_characters() {
    let simplified = "这个为们来说对时数据权输问题说学习训练会开关简单词汇样错误应该标记层减乘积里";
    let traditional =
        "這個為們來說對時數據權輸問題說學習訓練會開關簡單詞彙樣錯誤應該標記層減乘積裡";
    let pairs = simplified
        .chars()
        .zip(traditional.chars())
        .filter(|(s, t)| s != t);
    let (simplified, traditional): (Vec<char>, Vec<char>) = pairs.unzip();
    for (language, foreign) in [
        (Language::Simplified, traditional),
        (Language::Traditional, simplified),
    ] {
        for name in files(language) {
            let text = fs::read_to_string(folder(language).join(format!("{name}.ftl"))).unwrap();
            for (at, line) in (1..).zip(text.lines()) {
                let found = line.chars().find(|c| foreign.contains(c));
                assert!(
                    found.is_none(),
                    "{} {name}.ftl:{at}: {found:?}",
                    language.tag()
                );
            }
        }
    }
}

#[test]
fn a_thread_may_have_a_language_of_its_own() {
    assert_eq!(current(), Language::English);
    for language in Language::ALL {
        within(language, || assert_eq!(current(), language));
    }
    let panicked = std::panic::catch_unwind(|| {
        within(Language::Simplified, || panic!("on purpose"));
    });
    assert!(panicked.is_err());
    assert_eq!(current(), Language::English);
}

#[test]
fn a_tag_is_what_the_command_line_takes() {
    for language in Language::ALL {
        assert_eq!(
            Language::from_str(language.tag(), false).as_ref(),
            Ok(&language)
        );
    }
}
