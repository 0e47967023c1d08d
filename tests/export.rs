//! `export` writes values for other programs, in batch and in a served session.

mod program;

use assert_cmd::Command;

const TRACE: &str = "fixtures/demo/trace.safetensors";

fn run(line: &str) -> (String, String, Option<i32>) {
    let mut command = Command::from_std(program::layerwise());
    command.args(["replay", TRACE, "--batch", "-x", line]);
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn each_format_holds_the_values_that_print_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = |ending: &str| folder.path().join(format!("my file.{ending}"));
    let export = |ending: &str, rest: &str| {
        let path = path(ending);
        let (out, err, code) = run(&format!("export \"{}\" {rest}", path.display()));
        assert_eq!(code, Some(0), "{err}");
        assert!(
            out.contains("wrote ") && out.contains("4×4 values"),
            "{out}"
        );
        std::fs::read(path).unwrap()
    };
    let json: serde_json::Value = serde_json::from_slice(&export("json", "0.pattern [1]")).unwrap();
    assert_eq!(json["axes"], serde_json::json!(["query", "key"]));
    let values: Vec<f64> = serde_json::from_value(json["values"].clone()).unwrap();
    assert!((values[4..8].iter().sum::<f64>() - 1.0).abs() < 1e-6);

    let csv = String::from_utf8(export("csv", "0.pattern [1]")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows[0], ["query", "0", "1", "2", "3"]);
    let read = rows[1..].iter().flat_map(|row| &row[1..]);
    let read: Vec<f64> = read.map(|x| x.parse().unwrap()).collect();
    assert_eq!(read, values);

    let npy = export("npy", "0.pattern [1]");
    let read: Vec<f64> = npy[npy.len() - 8 * 16..]
        .chunks(8)
        .map(|x| f64::from_le_bytes(x.try_into().unwrap()))
        .collect();
    assert_eq!(read, values);

    assert!(export("png", "0.pattern [1]").starts_with(b"\x89PNG"));
    let svg = String::from_utf8(export("SVG", "0.pattern [1]")).unwrap();
    assert_eq!(svg.matches("<title>").count(), 16);
}

#[test]
fn a_file_that_cannot_be_is_named() {
    for (line, why) in [
        (
            "export a.txt",
            "a.txt ends with none of .csv .json .npy .png .svg",
        ),
        ("export a", "a ends with none of"),
        ("export", "export needs FILE"),
        ("export \"a.csv", "does not understand"),
        (
            "export /nowhere/a.csv 0.pattern",
            "there is no folder /nowhere",
        ),
        ("export a.csv nosuch", "nosuch"),
        ("export a.csv 0.pattern [9]", "outside"),
    ] {
        let (_, err, code) = run(line);
        assert_eq!(code, Some(1), "{line}");
        assert!(err.contains(why), "{line}: {err}");
    }
}
