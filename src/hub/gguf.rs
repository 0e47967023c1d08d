//! The choice among a repository's GGUF files. It often has a dozen, one for each quantisation.

use std::path::{Component, Path};

use crate::checkpoint::{gguf_files, gguf_stem};

/// The files of one model among `files`, which are paths within the repository, in order: of the model that
/// `called` names, or of the only one.
///
/// # Errors
/// No model fits, or several do; the error lists the possible names.
pub(super) fn choose(files: &[String], called: Option<&str>) -> Result<Vec<String>, String> {
    let mut models: Vec<Vec<String>> = Vec::new();
    for file in files.iter().filter(|file| is_model(file)) {
        let paths = gguf_files(Path::new(file));
        let names = paths.iter().map(|path| path.to_string_lossy().into_owned());
        let names: Vec<String> = names.collect();
        if !models.contains(&names) {
            models.push(names);
        }
    }
    let fits = |model: &&Vec<String>| called.is_none_or(|called| is_called(&model[0], called));
    let fitting: Vec<&Vec<String>> = models.iter().filter(fits).collect();
    match (&fitting[..], called) {
        ([one], _) => Ok((*one).clone()),
        ([], None) => Err("the repository has no GGUF file".into()),
        ([], Some(called)) => Err(format!("no GGUF file is called {called}{}", list(&models))),
        (_, None) => Err(format!(
            "the repository has several GGUF files: name one behind a colon{}",
            list(&models)
        )),
        (several, Some(called)) => {
            let all: Vec<Vec<String>> = several.iter().map(|&m| m.clone()).collect();
            Err(format!(
                "several GGUF files are called {called}{}",
                list(&all)
            ))
        }
    }
}

/// Whether this is a model's file in the repository or in a folder of it. Projectors and other companions
/// have other names.
fn is_model(file: &str) -> bool {
    let path = Path::new(file);
    let inside = path.components().all(|c| matches!(c, Component::Normal(_)))
        && path.components().count() <= 2;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = ["mmproj", "imatrix"].iter().any(|part| name.contains(part));
    inside && name.ends_with(".gguf") && !aside
}

/// Whether a file's name, without its number among several, ends in `called`, in any case: `tiny-Q4_K_M.gguf`
/// is called `Q4_K_M`.
fn is_called(file: &str, called: &str) -> bool {
    let stem = stem(file).to_ascii_lowercase();
    let called = called.to_ascii_lowercase();
    let called = called.strip_suffix(".gguf").unwrap_or(&called);
    let before = stem.strip_suffix(called);
    before.is_some_and(|before| before.is_empty() || before.ends_with(['-', '.', '_', '/']))
}

/// The path without `-00001-of-00003` and ending.
fn stem(file: &str) -> String {
    let path = Path::new(file);
    let stem = path.with_file_name(gguf_stem(path));
    stem.to_string_lossy().into_owned()
}

/// The possible names, as ` (a, b)`; empty if there are none.
fn list(models: &[Vec<String>]) -> String {
    let stems: Vec<String> = models.iter().map(|model| stem(&model[0])).collect();
    if stems.is_empty() {
        String::new()
    } else {
        format!(" ({})", stems.join(", "))
    }
}

#[cfg(test)]
mod tests {
    fn choose(files: &[&str], called: Option<&str>) -> Result<Vec<String>, String> {
        let files: Vec<String> = files.iter().map(|&f| f.to_owned()).collect();
        super::choose(&files, called)
    }

    const MANY: &[&str] = &[
        "README.md",
        "tiny-Q4_K_M.gguf",
        "tiny.Q8_0.gguf",
        "BF16/tiny-BF16-00001-of-00002.gguf",
        "BF16/tiny-BF16-00002-of-00002.gguf",
        "mmproj-tiny-f16.gguf",
        "../../tiny-Q2_K.gguf",
        "a/b/tiny-Q3_K.gguf",
    ];

    #[test]
    fn quantisations_are_called_by_the_end_of_their_names() {
        assert_eq!(choose(MANY, Some("q4_k_m")).unwrap(), ["tiny-Q4_K_M.gguf"]);
        assert_eq!(choose(MANY, Some("Q8_0")).unwrap(), ["tiny.Q8_0.gguf"]);
        assert_eq!(
            choose(MANY, Some("tiny.Q8_0.gguf")).unwrap(),
            ["tiny.Q8_0.gguf"]
        );
        assert_eq!(choose(MANY, Some("BF16")).unwrap(), MANY[3..5]);
        let one = "tiny-Q4-00001-of-00001.gguf";
        assert_eq!(choose(&[one], Some("Q4")).unwrap(), [one]);
        for none in ["_K_M", "4_K_M", "f16", "Q2_K", ""] {
            let error = choose(MANY, Some(none)).unwrap_err();
            assert!(
                error.contains("tiny-Q4_K_M, tiny.Q8_0, BF16/tiny-BF16)"),
                "{none}: {error}"
            );
        }
    }

    #[test]
    fn the_only_one_needs_no_name() {
        assert_eq!(choose(&MANY[3..], None).unwrap(), MANY[3..5]);
        assert_eq!(
            choose(&MANY[5..], None).unwrap_err(),
            "the repository has no GGUF file"
        );
        let error = choose(MANY, None).unwrap_err();
        assert!(error.contains("behind a colon (tiny-Q4_K_M, "), "{error}");
    }
}
