//! Views of the whole model: opened by a key, moved in, left by enter and esc.

use super::*;
use crate::trace::query::Query;

#[test]
fn views_of_the_whole_model() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut d = driver(width, height);
        press(&mut d, "G");
        for (keys, name) in [
            ("V", "grid"),
            ("D", "attribution"),
            ("A", "heads"),
            ("r", "rollout"),
        ] {
            press(&mut d, keys);
            insta::assert_snapshot!(format!("{name}_{width}"), picture(&d));
        }
        press(&mut d, "<esc>u");
        insta::assert_snapshot!(format!("score_{width}"), picture(&d));
    }
}

#[test]
fn a_grid_is_moved_in_changed_and_left() {
    let mut d = driver(120, 36);
    press(&mut d, "GV");
    assert_eq!(d.app.focus, "grid");
    let shown = picture(&d);
    assert!(shown.contains("blocks.3.resid_post at 民"), "{shown}");
    press(&mut d, "<up>h");
    assert!(picture(&d).contains("blocks.2.resid_post at 人"));
    // The next stages, round and round, in the same cell.
    press(&mut d, "V");
    assert!(
        picture(&d).contains("blocks.3.resid_pre at 人"),
        "{}",
        picture(&d)
    );
    press(&mut d, "V");
    assert!(picture(&d).contains("resid_mid at 人"));
    press(&mut d, "d");
    assert!(picture(&d).contains("#"), "{}", picture(&d));
    press(&mut d, "<enter>");
    assert_eq!(here(&d), "blocks.3.resid_mid");
    assert_eq!((d.app.at.row, d.app.focus), (2, "matrix"));
    assert!(d.app.whole.is_none());
    press(&mut d, "V<esc>");
    assert!(d.app.whole.is_none() && d.app.focus == "matrix");
    press(&mut d, ":grid mid of 1<enter>");
    let shown = picture(&d);
    assert!(shown.contains("is 4th with 10.00 %"), "{shown}");
    // A later pass is asked about its own rows.
    press(&mut d, "t");
    let shown = picture(&d);
    assert!(shown.contains("resid_mid at "), "{shown}");
    press(&mut d, "x");
    assert!(picture(&d).contains("this pane always stays"));
    press(&mut d, ":grid *.q<enter>");
    assert!(picture(&d).contains("no value of the residual stream"));
}

/// A long text is shown page by page, and no more of it is asked.
#[test]
fn only_cells_on_the_screen_are_asked() {
    let mut d = driver(80, 24);
    press(&mut d, "GV");
    let areas = super::super::layout::layout(&d.app).unwrap();
    d.app.answers = Default::default();
    let asked = areas.queries(&d.app);
    let cells = asked.iter().filter_map(|query| match query {
        Query::Grid { points, rows, .. } => Some(points.len() * rows.clone().unwrap().len()),
        _ => None,
    });
    let lines = picture(&d);
    let rows = lines.matches(".post").count() + lines.matches("0.pre").count();
    // Four columns of 12 fit beside the names, and there are four tokens.
    let fit = (80 - 25 - 2 - 7) / 12;
    assert_eq!(cells.sum::<usize>(), rows * fit.min(4), "{lines}");
}

#[test]
fn attribution_is_of_the_candidate_and_leads_to_heads() {
    let mut d = driver(120, 36);
    press(&mut d, "G:focus lens<enter><down>D");
    assert_eq!(d.app.focus, "attribution");
    let Query::Attribute { token, row, .. } = d.app.ask_whole().unwrap() else {
        panic!()
    };
    assert_eq!((token, row), (Some(crate::trace::grid::Chosen::Id(1)), 3));
    press(&mut d, ",");
    let Some(Query::Attribute { row: 2, .. }) = d.app.ask_whole() else {
        panic!("the row moves with the cursor's")
    };
    press(&mut d, "<up><right>");
    assert!(picture(&d).contains("block 2, head 1:"), "{}", picture(&d));
    press(&mut d, "<enter>");
    assert_eq!((here(&d).as_str(), d.app.head), ("blocks.2.attn.z", 1));
}

#[test]
fn a_score_is_split_where_the_cursor_stands_and_leads_to_a_writer() {
    for (width, height, name) in [(120, 36, "split_120"), (80, 24, "split_80")] {
        let mut d = driver(width, height);
        press(&mut d, ":goto 2.pattern<enter>:head 1<enter><right>J");
        assert_eq!(d.app.focus, "split", "{}", picture(&d));
        let Some(Query::Split { head, row, key, .. }) = d.app.ask_whole() else {
            panic!()
        };
        assert_eq!(head, 1);
        assert!(key <= row, "{row} {key}");
        insta::assert_snapshot!(name, picture(&d));
        press(&mut d, "<down><down>y");
        press(&mut d, "<enter>");
        assert!(d.app.whole.is_none());
        assert_ne!(here(&d), "blocks.2.attn.pattern");
    }
    let mut d = driver(120, 36);
    press(&mut d, "J");
    let shown = picture(&d);
    assert!(shown.contains("is no attention score"), "{shown}");
}

#[test]
fn a_sweep_is_shown_as_a_map_and_leads_to_its_parts() {
    for (width, height, name) in [(120, 36, "sweep_120"), (80, 24, "sweep_80")] {
        let mut d = driver(width, height);
        press(&mut d, ":sweep \"人民\" over heads<enter>");
        assert_eq!(d.app.focus, "sweep", "{}", picture(&d));
        insta::assert_snapshot!(name, picture(&d));
        press(&mut d, "<down><right><right><right>");
        let shown = picture(&d);
        assert!(shown.contains("1.attn.z, 3: effect 0.4"), "{shown}");
        press(&mut d, "y");
        assert_eq!(d.take_copied().as_deref(), Some("0.4"));
        // The cursor's pass changes, and the map stays.
        press(&mut d, "t");
        assert!(
            picture(&d).contains("1.attn.z, 3: effect 0.4"),
            "{}",
            picture(&d)
        );
        press(&mut d, "<enter>");
        assert_eq!((here(&d).as_str(), d.app.head), ("blocks.1.attn.z", 3));
        assert!(d.app.whole.is_none());
    }
    let mut d = driver(120, 36);
    press(&mut d, "P\"人民\"<enter><right>");
    let shown = picture(&d);
    assert!(
        shown.contains("0.resid_pre, 华: effect 0 · metric -1.000 · no more than"),
        "{shown}"
    );
    press(&mut d, "<right><enter>");
    assert_eq!((here(&d).as_str(), d.app.at.row), ("blocks.0.resid_pre", 2));
    press(&mut d, ":sweep<enter>");
    assert!(
        picture(&d).contains("a patch needs two prompts"),
        "{}",
        picture(&d)
    );
    press(&mut d, "<esc>:sweep \"人民\" over nothing<enter>");
    assert!(picture(&d).contains("nothing"), "{}", picture(&d));
}

#[test]
fn heads_are_told_by_one_statistic_after_the_other() {
    let mut d = driver(120, 36);
    press(&mut d, "A");
    for name in [
        "previous",
        "first",
        "same",
        "induction",
        "entropy",
        "distance",
        "previous",
    ] {
        assert!(
            picture(&d).contains(&format!("heads: {name}")),
            "{}",
            picture(&d)
        );
        press(&mut d, "A");
    }
    press(&mut d, ":heads distance<enter><down><right><right><enter>");
    assert_eq!(
        (here(&d).as_str(), d.app.head),
        ("blocks.1.attn.pattern", 2)
    );
    // No token of the prompt occurs twice.
    press(&mut d, ":heads same<enter>");
    let shown = picture(&d);
    assert!(shown.contains("no token of this pass counts"), "{shown}");
}

#[test]
fn a_click_selects_a_cell() {
    let mut d = driver(120, 36);
    press(&mut d, "GV");
    let shown = picture(&d);
    let (y, line) = shown
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("1.post"))
        .unwrap();
    let x = text::width(&line[..line.find("1.post").unwrap()]);
    let left = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut d, left, x + 8, y as u16);
    assert!(
        picture(&d).contains("blocks.1.resid_post at 中"),
        "{}",
        picture(&d)
    );
}

/// A lens from a file: the grid says which lens reads, and behind each layer how near it comes to the answer.
#[test]
fn the_grid_through_a_lens_from_a_file() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut d = driver(width, height);
        press(&mut d, ":set lens tuned.safetensors<enter>");
        assert!(picture(&d).contains("read through tuned.safetensors"));
        press(&mut d, ":goto 2.resid_post<enter>");
        assert!(picture(&d).contains("tuned lens"), "{}", picture(&d));
        press(&mut d, "V<up>");
        insta::assert_snapshot!(format!("lens_file_{width}"), picture(&d));
        press(&mut d, "<esc>:warnings<enter>");
        assert!(picture(&d).contains("was fitted on another model"));
        press(&mut d, "<esc>:show lens-file<enter>");
        assert!(picture(&d).contains("lens-file tuned.safetensors: tuned lens of another"));
        press(&mut d, "<esc>:fidelity<enter>");
        assert!(picture(&d).contains("logit lens"), "{}", picture(&d));
        press(&mut d, "<esc>:set lens none<enter>V");
        assert!(!picture(&d).contains("tuned lens"), "{}", picture(&d));
    }
}

#[test]
fn inputs_show_what_each_token_accounts_for_and_lead_to_it() {
    for (width, height, name) in [(120, 36, "inputs_120"), (80, 24, "inputs_80")] {
        let mut d = driver(width, height);
        press(&mut d, "GQ");
        assert_eq!(d.app.focus, "inputs", "{}", picture(&d));
        insta::assert_snapshot!(name, picture(&d));
        // The row moves with the cursor's, and the selected token with the arrows.
        press(&mut d, ",");
        let Some(Query::Inputs { row: 2, steps, .. }) = d.app.ask_whole() else {
            panic!("{:?}", d.app.ask_whole())
        };
        assert!(steps > 1);
        press(&mut d, "<up><up><right>");
        assert!(
            picture(&d).contains("华: gradient × input"),
            "{}",
            picture(&d)
        );
        press(&mut d, "y<enter>");
        assert!(d.app.whole.is_none());
        assert_eq!((here(&d).as_str(), d.app.at.row), ("embed", 1));
        press(&mut d, "Q<esc>");
        assert!(d.app.whole.is_none());
    }
    // Tokens that an earlier pass ran are there, and enter goes to that pass.
    let mut d = driver(120, 36);
    press(&mut d, "Gt:inputs steps=2<enter><up><enter>");
    assert_eq!((d.app.at.pass, d.app.at.row), (0, 3), "{}", picture(&d));
}
