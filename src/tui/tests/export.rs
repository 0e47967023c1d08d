//! `export` of every pane, in every format.

use super::*;
use crate::tui::panes::PANES;

/// Keys that lead to where a pane shows something, and columns and lines of the screen that it needs.
fn way(pane: &str) -> (&'static str, (u16, u16)) {
    match pane {
        "score" => ("u", (120, 36)),
        "autoplay" => (":autoplay 2<enter>", (120, 36)),
        "branches" => (":branch other<enter>", (120, 36)),
        "opened" => (":goto 1.q<enter>ttK", (120, 36)),
        "diff" => (":branch other<enter>:diff main<enter>", (120, 36)),
        "flow" => (":goto 1.pattern<enter>", (200, 50)),
        "layers" => ("G", (120, 50)),
        "stages" => (":goto 1.pattern<enter>v", (120, 36)),
        "heads" => (":goto 1.pattern<enter>", (120, 36)),
        "grid" => ("V", (80, 24)),
        "attribution" => ("D", (80, 24)),
        "inputs" => ("Q", (80, 24)),
        "split" => (":goto 2.pattern<enter>J", (120, 36)),
        "head-map" => ("A", (80, 24)),
        "rollout" => ("r", (80, 24)),
        "sweep" => (":sweep \"人民\" over heads<enter>", (120, 36)),
        _ => ("", (120, 36)),
    }
}

/// The focused pane is written where none is named, as a view's is that has just been opened.
#[test]
fn every_pane_is_written_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for pane in PANES {
        let (keys, (width, height)) = way(pane.name);
        let mut d = driver(width, height);
        press(&mut d, keys);
        for ending in ["csv", "json", "npy", "png", "svg"] {
            let path = folder.path().join(format!("{}.{ending}", pane.name));
            let named = if d.app.focus == pane.name {
                ""
            } else {
                pane.name
            };
            let line = format!(":export {} {named}<enter>", path.display());
            press(&mut d, &line);
            let file = std::fs::read(&path);
            let file = file.unwrap_or_else(|_| panic!("{line}: {}", picture(&d)));
            let begins: &[u8] = match ending {
                "npy" => b"\x93NUMPY",
                "png" => b"\x89PNG",
                "svg" => b"<svg",
                "json" => b"{",
                _ => b"",
            };
            assert!(file.starts_with(begins) && file.len() > 8, "{line}");
        }
        // A table with a line for each row, and as many numbers in each as it has columns.
        let csv = std::fs::read(folder.path().join(format!("{}.csv", pane.name))).unwrap();
        let mut table = csv::Reader::from_reader(&csv[..]);
        let columns = table.headers().unwrap().len();
        let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
        assert!(!rows.is_empty() && columns > 0, "{}", pane.name);
        let number = |row: &csv::StringRecord| row.iter().any(|x| x.parse::<f64>().is_ok());
        assert!(rows.iter().all(number), "{}: {rows:?}", pane.name);
    }
}

#[test]
fn a_sweep_and_a_grid_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut d = driver(80, 24);
    press(&mut d, ":sweep \"人民\" over heads<enter>");
    press(&mut d, &format!(":export {}<enter>", at("sweep.json")));
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(at("sweep.json")).unwrap()).unwrap();
    assert_eq!(json["cells"].as_array().unwrap().len(), 4);
    assert_eq!(json["floor"], 0.15);
    // A narrow screen shows a part of the grid; the file has all of it.
    press(&mut d, &format!("V:export {}<enter>", at("grid.csv")));
    let csv = std::fs::read_to_string(at("grid.csv")).unwrap();
    assert_eq!(csv.lines().next(), Some("point,中,华,人,民"));
    assert_eq!(csv.lines().count(), 1 + 5, "{csv}");
}

#[test]
fn a_pane_that_shows_nothing_says_so() {
    let mut d = driver(120, 36);
    press(&mut d, ":export a.csv sweep<enter>");
    assert!(
        picture(&d).contains("sweep shows nothing that could be written"),
        "{}",
        picture(&d)
    );
    press(&mut d, ":export a.txt lens<enter>");
    assert!(picture(&d).contains("ends with none of"), "{}", picture(&d));
    press(&mut d, ":export a.csv lense<enter>");
    assert!(!std::path::Path::new("a.csv").exists());
}
