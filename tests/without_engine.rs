//! A build without libtorch reports in one line that a command needs the engine.
#![cfg(not(feature = "torch"))]

mod program;

#[test]
fn commands_that_need_the_engine_say_so_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("new");
    let output = output.to_str().unwrap();
    for args in [
        vec!["-p", "中华人民"],
        vec!["record", "-p", "中华人民", "-o", output],
        vec!["train", "fixtures/demo-corpus.txt", "-o", output],
        vec![
            "train",
            "fixtures/demo-corpus.txt",
            "-o",
            output,
            "--resume",
        ],
    ] {
        let out = program::layerwise().args(&args).output().unwrap();
        let message = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{args:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{args:?}: {message}");
        assert!(message.contains("without libtorch"), "{args:?}: {message}");
    }
    assert!(!std::path::Path::new(output).exists());
}
