//! Branches by keys: the tree, and the difference at the cursor.

use super::*;

#[test]
fn a_branch_is_made_compared_and_left() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>&");
    assert!(picture(&d).contains("there is one branch only: `branch NAME` makes another"));
    press(&mut d, "Rother<enter>");
    let shown = picture(&d);
    assert_eq!(here(&d), "blocks.1.attn.q", "the cursor stays");
    for part in ["in the new branch other", "⑂ other", "▶ └other", "branches"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    press(&mut d, "&");
    let shown = picture(&d);
    for part in [
        "other → main",
        "difference, largest 0.5",
        "≠ main",
        "most probable here: ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Both step together.
    press(&mut d, "s");
    let shown = picture(&d);
    assert_eq!(here(&d), "blocks.1.attn.k");
    assert!(shown.contains("blocks.1.attn.k  head 0"), "{shown}");
    assert!(shown.contains("difference, largest 0.5"), "{shown}");
    press(&mut d, ":diff mian<enter>");
    assert!(picture(&d).contains("there is no branch mian; did you mean main?"));
    press(&mut d, "<esc>");
    assert!(!picture(&d).contains("difference, largest"));
    press(&mut d, ":switch main<enter>");
    let shown = picture(&d);
    assert!(shown.contains("this is main"), "{shown}");
    assert!(shown.contains("⑂ main"), "{shown}");
    press(&mut d, ":drop other<enter>");
    let shown = picture(&d);
    assert!(shown.contains("other is dropped: this is main"), "{shown}");
    assert!(!shown.contains('⑂'), "{shown}");
}

#[test]
fn the_tree_leads_to_a_branch() {
    let mut d = driver(120, 36);
    press(&mut d, "Ra<enter>Rb<enter>:branches<enter>");
    let shown = picture(&d);
    assert!(shown.contains("▶   └ b · "), "{shown}");
    press(&mut d, "<esc>:focus branches<enter>k<enter>");
    assert!(picture(&d).contains("⑂ main"), "{}", picture(&d));
    press(&mut d, "j<enter>");
    assert!(picture(&d).contains("⑂ a"), "{}", picture(&d));
}

#[test]
fn a_pattern_is_one_intervention() {
    let mut d = driver(120, 36);
    press(&mut d, ":zero *.attn.z [:, 1]<enter>");
    let shown = picture(&d);
    assert!(
        shown.contains("1 zero *.attn.z [:, 1] at 4 hook points"),
        "{shown}"
    );
    assert!(shown.contains("✎ 1 intervention"), "{shown}");
    press(&mut d, "I");
    assert!(picture(&d).contains("● 1 zero *.attn.z [:, 1] · 4 hook points"));
    press(&mut d, "<esc>:zero *.zz<enter>");
    let shown = picture(&d);
    assert!(
        shown.contains("no hook point matches *.zz; did you mean *."),
        "{shown}"
    );
}

#[test]
fn the_whole_screen_with_a_difference() {
    let mut d = driver(120, 36);
    press(&mut d, "Rother<enter>g1.q<enter>&");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_whole_screen_with_a_difference_narrow() {
    let mut d = driver(80, 24);
    press(&mut d, "Rother<enter>g1.q<enter>&");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn the_whole_screen_with_a_difference_side_by_side() {
    let mut d = driver(200, 50);
    press(&mut d, "Rother<enter>g1.q<enter>&");
    insta::assert_snapshot!(picture(&d));
}

#[test]
fn enter_on_a_difference_says_what_makes_it() {
    let mut d = driver(120, 36);
    press(&mut d, "g1.q<enter>Rother<enter>&");
    assert!(picture(&d).contains("other → main"), "{}", picture(&d));
    press(&mut d, "<enter>");
    let shown = picture(&d);
    for part in [
        "why · other → main",
        "1.attn.q[",
        "Each number is what the other branch has less what is here.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Down into an operand the same two are compared.
    press(&mut d, "<enter>");
    assert!(
        picture(&d).contains("why · other → main"),
        "{}",
        picture(&d)
    );
    press(&mut d, "p");
    assert!(
        picture(&d).contains("switch there first"),
        "{}",
        picture(&d)
    );
    press(&mut d, "q<esc>:why main:1.q [3, 0, 1]<enter>");
    let shown = picture(&d);
    assert!(shown.contains("why · branch main"), "{shown}");
    assert!(shown.contains("1.attn.q[3, 0, 1]"), "{shown}");
    press(&mut d, "q:in main info logits<enter>");
    assert!(picture(&d).contains("main: logits"), "{}", picture(&d));
}

/// A session with two branches, kept by one run and returned to by another.
#[test]
fn a_session_comes_back_as_a_job_that_is_shown_and_can_be_stopped() {
    use crate::session::saved::Kept;
    use crate::tui::app::Status;
    let mut first = driver(120, 36);
    press(&mut first, "t:branch other<enter>t");
    let kept = Kept {
        branches: first.app.branches.clone(),
        ..first.to_keep().unwrap()
    };
    let again = || {
        let worker = Worker::start(Box::new(|| {
            let open = |name: &str, _: &str| Err(format!("{name}: there is no such file"));
            Ok(Box::new(Branches::new(
                Box::new(Fake::new()),
                Box::new(open),
            )))
        }));
        let app = App::new(Theme::new(Depth::None, Ground::Dark));
        let mut d = Driver::new(app, worker).with_session(None, Some(kept.clone()));
        d.resize(Rect::new(0, 0, 120, 36));
        // The source is open, and the branches are on their way.
        let ready = d.worker.reports().recv_timeout(Duration::from_secs(20));
        d.report(ready.unwrap());
        assert!(
            matches!(d.app.status, Status::Running(_)),
            "{:?}",
            d.app.status
        );
        assert!(
            picture(&d).contains("its passes run again"),
            "{}",
            picture(&d)
        );
        d
    };
    let mut d = again();
    settle(&mut d);
    assert!(
        picture(&d).contains("back in the session"),
        "{}",
        picture(&d)
    );
    assert_eq!(d.app.branches, first.app.branches);
    assert_eq!(d.app.at.pass, first.app.at.pass);
    // Stopped on the way: the screen is of what is there, and the file stays as it was.
    let mut d = again();
    press(&mut d, "<ctrl-c>");
    let shown = picture(&d);
    assert!(shown.contains("stopped on the way back"), "{shown}");
    assert!(!d.app.quit);
}
