//! Recording never leaves half a file, and never harms one that was there.
#![cfg(all(unix, feature = "torch"))]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A file-size limit fails as a full disk does: in the midst of writing.
#[test]
fn a_full_disk_is_said_and_the_old_recording_stays() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.safetensors");
    fs::write(&target, "the old one").unwrap();
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" record -p 中华人民 -o \"$1\"";
    let out = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_layerwise")])
        .arg(&target)
        .output()
        .unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot write"), "{said}");
    assert!(said.contains("a.safetensors"), "{said}");
    assert_eq!(names(folder.path()), ["a.safetensors"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "the old one");
}

#[test]
fn an_interrupted_recording_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_layerwise"))
        .args(["record", "-p", "中华人民", "--passes", "100", "-o"])
        .arg(folder.path().join("a.safetensors"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(!child.wait().unwrap().success());
    assert_eq!(names(folder.path()), [] as [String; 0]);
}
