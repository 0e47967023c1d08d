//! Keys and clicks over the panes.

use super::*;

#[test]
fn keys_step_break_continue_and_go() {
    let mut d = driver(120, 36);
    assert_eq!(here(&d), "embed");
    press(&mut d, "ss");
    assert_eq!(here(&d), "blocks.0.resid_pre");
    press(&mut d, ":break *.pattern<enter>c");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("head 0 of 4"));
    press(&mut d, "]cC");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("head 1 of 4"));
    press(&mut d, "g3.mlp.post<enter>");
    assert_eq!(here(&d), "blocks.3.mlp.post");
    press(&mut d, ">S");
    assert_eq!(here(&d), "ln_final.out");
    press(&mut d, ":flurb<enter>");
    assert!(picture(&d).contains("there is no command"));
    press(&mut d, "<esc>?");
    assert!(picture(&d).contains("Go to the next hook point"));
}

#[test]
fn a_candidate_becomes_the_next_token() {
    let mut d = driver(120, 36);
    press(&mut d, ":focus lens<enter><down><enter>");
    assert_eq!(d.app.at.pass, 1);
    assert_eq!(d.app.pass().unwrap().tokens.last().unwrap().text, "的");
    press(&mut d, "g1.pattern<enter>");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
    press(&mut d, "(");
    assert_eq!(d.app.at.pass, 0);
}

#[test]
fn numbers_before_keys_count() {
    let mut d = driver(120, 36);
    press(&mut d, "12");
    assert!(picture(&d).contains("12: the next key so many times"));
    press(&mut d, "s");
    assert_eq!(d.app.at.point, 12);
    press(&mut d, "5s<esc>");
    assert_eq!(d.app.at.point, 17);
    press(&mut d, "5<esc>s");
    assert_eq!(d.app.at.point, 18);
    press(&mut d, "gg");
    assert_eq!(here(&d), "embed");
    press(&mut d, "G");
    assert_eq!(here(&d), "logits");
    press(&mut d, "10gg");
    assert_eq!(d.app.at.point, 9);
    press(&mut d, "20G3S");
    assert_eq!(d.app.at.point, 16);
    press(&mut d, "999G");
    assert!(picture(&d).contains("this pass has steps 1 to 82"));
    press(&mut d, "3t");
    assert_eq!(d.app.passes.len(), 4);
    press(&mut d, "2(");
    assert_eq!(d.app.at.pass, 1);
    press(&mut d, "2?");
    assert!(picture(&d).contains("? takes no number"), "{}", picture(&d));
    press(&mut d, "g1.pattern<enter>");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
}

#[test]
fn a_search_finds_names_and_values() {
    let mut d = driver(120, 36);
    press(&mut d, "/pattern<enter>");
    assert_eq!(here(&d), "blocks.0.attn.pattern");
    assert!(picture(&d).contains("esc ends the search"));
    press(&mut d, "nn");
    assert_eq!(here(&d), "blocks.2.attn.pattern");
    press(&mut d, "N");
    assert_eq!(here(&d), "blocks.1.attn.pattern");
    // Another key, and then n is `next` again.
    press(&mut d, "<right>");
    assert!(picture(&d).contains("n N next, previous"));
    press(&mut d, "<esc>n");
    assert_eq!(here(&d), "blocks.1.attn_out");
    press(&mut d, "gg/>1.5<enter>");
    assert_eq!(here(&d), "embed");
    let at = |d: &Driver| (d.app.at.point, d.app.cell, d.app.head);
    let value =
        |d: &Driver| super::super::fake::value(d.app.at.point, 0, d.app.cell.0, d.app.cell.1);
    let first = at(&d);
    assert!(value(&d) > 1.5);
    press(&mut d, "n");
    assert!(at(&d) > first && value(&d) > 1.5, "{:?}", at(&d));
    press(&mut d, "N");
    assert_eq!(at(&d), first);
    press(&mut d, "/nan<enter>");
    assert!(picture(&d).contains("no value of this pass is nan"));
    press(&mut d, "/zzz<enter>");
    assert!(picture(&d).contains("no hook point matches zzz"));
}

#[test]
fn esc_leaves_the_zoom_and_keys_without_a_meaning_say_so() {
    let mut d = driver(120, 36);
    press(&mut d, "z");
    assert!(d.app.zoom);
    press(&mut d, "<esc>");
    assert!(!d.app.zoom);
    press(&mut d, "<esc>");
    assert!(picture(&d).contains("nothing is open"));
    for (key, name) in [
        ("Q", "Q"),
        ("<f5>", "f5"),
        ("<ctrl-g>", "ctrl-g"),
        ("0", "0"),
    ] {
        press(&mut d, key);
        assert!(
            picture(&d).contains(&format!("{name} means nothing here")),
            "{key}"
        );
    }
}

#[test]
fn the_mouse_chooses_panes_cells_tokens_and_lines() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>");
    let shown = picture(&d);
    let find = |wanted: &str| {
        let at = shown.lines().enumerate().find_map(|(y, line)| {
            let x = line.find(wanted)?;
            Some((text::width(&line[..x]), y as u16))
        });
        at.unwrap_or_else(|| panic!("no {wanted} on\n{shown}"))
    };
    let left = MouseEventKind::Down(MouseButton::Left);
    let (x, y) = find("华");
    mouse(&mut d, left, x, y);
    assert_eq!(d.app.at.row, 1);
    let (x, y) = find("resid_mid");
    mouse(&mut d, left, x, y);
    assert_eq!(here(&d), "blocks.1.resid_mid");
    let cell = d.app.cell;
    mouse(&mut d, MouseEventKind::ScrollDown, 60, 10);
    assert_eq!(d.app.cell.0, cell.0 + 1);
    press(&mut d, "?");
    mouse(&mut d, MouseEventKind::ScrollDown, 60, 10);
    assert!(!picture(&d).contains("┃ Step"));
    press(&mut d, "<esc>:");
    mouse(&mut d, left, 0, 0);
    assert!(d.app.overlay.is_none());
}

#[test]
fn a_window_hides_what_lies_before_it_in_patterns_too() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.pattern<enter>");
    let dots = |text: String| text.matches('·').count();
    let all = dots(picture(&d));
    let windows = serde_json::json!({ "attention": { "windows": [null, 2, null, null] } });
    d.app.model.as_mut().unwrap().arch = Some(windows);
    // The mask hides the first token from the third, and the first two from the fourth; in the thumbnails as well.
    assert_eq!(dots(picture(&d)) - all, 3, "{}", picture(&d));
    press(&mut d, "g2.pattern<enter>");
    let whole = picture(&d);
    d.app.model.as_mut().unwrap().arch = None;
    assert_eq!(picture(&d), whole, "this block has no window");
}

#[test]
fn at_a_scale_the_footer_shows_the_scale() {
    let mut d = driver(120, 36);
    for (name, value) in [
        ("1.ln1.scale", "[3, 0] = "),
        ("1.ln1.normalized", "[3, 2] = "),
    ] {
        press(&mut d, &format!("g{name}<enter><right><right>"));
        let point = d.app.plan().unwrap().find(name).unwrap();
        let col = if name.ends_with("scale") { 0 } else { 2 };
        let due = format!("{value}{:.7}", super::super::fake::value(point, 0, 3, col));
        assert!(picture(&d).contains(&due), "{due}: {}", picture(&d));
        d.app.cell.1 = 0;
    }
}

#[test]
fn an_encoder_is_read_in_place_and_does_not_go_on() {
    let mut d = driver(120, 36);
    let mask = d.app.passes[0].tokens[1].id;
    let model = d.app.model.as_mut().unwrap();
    (model.causal, model.mask_token) = (false, Some(mask));
    assert!(picture(&d).contains(" this token, seen from here "));
    press(&mut d, ",,");
    assert!(picture(&d).contains(" masked token, seen from here "));
    press(&mut d, "<");
    press(&mut d, ">");
    let shown = picture(&d);
    assert!(shown.contains("✓ the token that stands there"), "{shown}");
    assert!(!shown.contains("next token"), "{shown}");
    // The upper triangle of a pattern is not hidden.
    press(&mut d, "g0.pattern<enter>");
    let causal = picture(&d);
    d.app.model.as_mut().unwrap().causal = true;
    assert_ne!(picture(&d), causal);
}

#[test]
fn a_click_on_a_token_goes_to_the_pass_that_ran_it() {
    let mut d = driver(120, 36);
    press(&mut d, "tt");
    let lines: Vec<String> = picture(&d).lines().map(str::to_owned).collect();
    let row = lines.iter().position(|l| l.contains("中│华")).unwrap();
    let column = |token: &str| {
        let line = &lines[row];
        text::width(&line[..line.find(token).unwrap()])
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut d, click, column("华"), row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (0, 1));
    // The tokens that came later are seen from here too.
    let last = column("民┃") + 3;
    mouse(&mut d, click, last, row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (1, 0), "{}", picture(&d));
    mouse(&mut d, click, column("中"), row as u16);
    assert_eq!((d.app.at.pass, d.app.at.row), (0, 0));
}

#[test]
fn what_is_selected_goes_to_the_clipboard() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>jlly");
    let value = d.take_copied().unwrap();
    assert!(picture(&d).contains(&format!("copied {value}")));
    press(&mut d, "Y");
    let row = d.take_copied().unwrap();
    let values: Vec<&str> = row.trim_matches(['[', ']']).split(", ").collect();
    let width = d.app.plan().unwrap().points()[d.app.at.point].shape[2];
    assert_eq!(values.len(), width);
    assert_eq!(values[d.app.cell.1], value);
    press(&mut d, ":copy name<enter>");
    assert_eq!(d.take_copied().as_deref(), Some("blocks.1.attn.q"));
    press(&mut d, ":focus lens<enter><down>y");
    assert_eq!(d.take_copied().as_deref(), Some("的"));
    press(&mut d, ":focus steps<enter><down>y");
    assert_eq!(d.take_copied().as_deref(), Some("blocks.1.attn.k"));
    press(&mut d, "G:focus matrix<enter>y");
    assert_eq!(d.take_copied().as_deref(), Some("共"));
    // Where there is nothing, nothing goes there.
    press(&mut d, ":copy all<enter>");
    assert!(d.take_copied().is_none() && picture(&d).contains("copy does not understand `all`"));
}

#[test]
fn what_can_wait_is_asked_when_no_key_comes() {
    let mut d = driver(120, 36);
    press(&mut d, "g2.resid_pre<enter>");
    let bars = |d: &Driver| picture(d).contains("by layer");
    assert!(bars(&d));
    // Another row has other lenses: with the key none but the cursor's is asked.
    d.key(KeyEvent::from(KeyCode::Char(',')));
    let reports = d.worker.reports().clone();
    while d.worker.busy() {
        d.report(reports.recv_timeout(Duration::from_secs(5)).unwrap());
    }
    assert!(!bars(&d) && d.waits_for_rest());
    settle(&mut d);
    assert!(bars(&d) && !d.waits_for_rest());
}
