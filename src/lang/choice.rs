//! The language that the environment asks for.

use super::Language;

/// The language of `LC_ALL`, `LC_MESSAGES` or `LANG`: the first of them that is not empty decides. English where
/// it names a language that messages do not exist in.
pub fn of_environment(env: impl Fn(&str) -> Option<String>) -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let mut values = names.into_iter().filter_map(env);
    let value = values.find(|value| !value.is_empty());
    value.map_or(Language::English, |value| of_locale(&value))
}

/// The language of a locale such as `zh_TW.UTF-8` or `zh-Hant`.
fn of_locale(locale: &str) -> Language {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    let mut parts = name.split(['_', '-']);
    if !parts
        .next()
        .is_some_and(|part| part.eq_ignore_ascii_case("zh"))
    {
        return Language::English;
    }
    let traditional = |part: &str| {
        let known = ["Hant", "TW", "HK", "MO"];
        known.iter().any(|word| part.eq_ignore_ascii_case(word))
    };
    // A script says more than a region, and stands before it.
    match parts.next() {
        Some(part) if traditional(part) => Language::Traditional,
        _ => Language::Simplified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Simplified, Traditional};

    #[test]
    fn locales_name_languages() {
        for (locale, due) in [
            ("C", English),
            ("C.UTF-8", English),
            ("POSIX", English),
            ("de_DE.UTF-8", English),
            ("zha", English),
            ("zh", Simplified),
            ("zh_CN.UTF-8", Simplified),
            ("zh_SG", Simplified),
            ("zh_CN.GB18030@stroke", Simplified),
            ("zh_TW.UTF-8", Traditional),
            ("zh_HK", Traditional),
            ("zh-Hant", Traditional),
            ("zh_Hant_CN", Traditional),
            ("zh_Hans_HK.utf8", Simplified),
        ] {
            assert_eq!(of_locale(locale), due, "{locale}");
        }
    }

    #[test]
    fn the_first_variable_that_says_something_decides() {
        let of = |all: &'static str, messages: &'static str, lang: &'static str| {
            of_environment(move |name| {
                Some(match name {
                    "LC_ALL" => all.into(),
                    "LC_MESSAGES" => messages.into(),
                    _ => lang.into(),
                })
            })
        };
        assert_eq!(of("", "", ""), English);
        assert_eq!(of("", "", "zh_TW"), Traditional);
        assert_eq!(of("", "zh_CN", "zh_TW"), Simplified);
        assert_eq!(of("C", "zh_CN", "zh_TW"), English);
        assert_eq!(of_environment(|_| None), English);
    }
}
