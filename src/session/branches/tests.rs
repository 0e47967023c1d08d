use super::super::fake::Fake;
use super::*;

fn branches() -> Branches {
    let open = |name: &str, _: &str| match name {
        "fake" => Ok(Box::new(Fake::new()) as Box<dyn Source>),
        name => Err(format!("{name} is no model")),
    };
    Branches::new(Box::new(Fake::new()), Box::new(open))
}

fn change(source: &mut Branches, change: BranchChange) -> Result<(), String> {
    let done = source.run(&Job::Branch { change }, &Control::default());
    done.map(|_| ()).map_err(|why| why.to_string())
}

fn make(source: &mut Branches, name: &str) -> Result<(), String> {
    change(
        source,
        BranchChange::Make {
            name: name.into(),
            prompt: None,
            model: None,
        },
    )
}

fn switch(source: &mut Branches, name: &str) -> Result<(), String> {
    change(source, BranchChange::Switch { name: name.into() })
}

fn remove(source: &mut Branches, name: &str) -> Result<(), String> {
    change(source, BranchChange::Drop { name: name.into() })
}

/// Name, parent, and whether it is looked at.
fn tree(source: &Branches) -> Vec<(&str, Option<&str>, bool)> {
    let all = source.branches().iter();
    all.map(|one| (one.name.as_str(), one.parent.as_deref(), one.current))
        .collect()
}

#[test]
fn branches_are_made_of_the_one_that_is_looked_at() {
    let mut source = branches();
    make(&mut source, "a").unwrap();
    make(&mut source, "b").unwrap();
    switch(&mut source, "main").unwrap();
    make(&mut source, "c").unwrap();
    let due = [
        ("main", None, false),
        ("a", Some("main"), false),
        ("b", Some("a"), false),
        ("c", Some("main"), true),
    ];
    assert_eq!(tree(&source), due);
    // Those that were made of a dropped one are its parent's, and whoever looked at it looks at its parent.
    switch(&mut source, "a").unwrap();
    remove(&mut source, "a").unwrap();
    let due = [
        ("main", None, true),
        ("b", Some("main"), false),
        ("c", Some("main"), false),
    ];
    assert_eq!(tree(&source), due);
    remove(&mut source, "main").unwrap();
    assert_eq!(tree(&source), [("b", None, true), ("c", None, false)]);
    remove(&mut source, "b").unwrap();
    assert_eq!(
        remove(&mut source, "c").unwrap_err(),
        "the last branch stays"
    );
}

#[test]
fn a_wrong_name_says_what_to_do() {
    let mut source = branches();
    make(&mut source, "other").unwrap();
    for (done, why) in [
        (
            make(&mut source, "other"),
            "there is a branch other: `switch other` goes there",
        ),
        (make(&mut source, "a b"), "\"a b\" is no name for a branch"),
        (make(&mut source, ""), "\"\" is no name for a branch"),
        (
            make(&mut source, &"x".repeat(41)),
            "is no name for a branch",
        ),
        (
            switch(&mut source, "othr"),
            "there is no branch othr; did you mean other?",
        ),
        (
            remove(&mut source, "mian"),
            "there is no branch mian; did you mean main?",
        ),
    ] {
        assert!(
            done.as_ref().is_err_and(|e| e.contains(why)),
            "{done:?}: {why}"
        );
    }
    let model = BranchChange::Make {
        name: "m".into(),
        prompt: None,
        model: Some("nothing".into()),
    };
    assert_eq!(
        change(&mut source, model).unwrap_err(),
        "nothing is no model"
    );
    assert_eq!(source.branches().len(), 2, "what failed leaves nothing");
    for n in 0..MOST - 2 {
        make(&mut source, &n.to_string()).unwrap();
    }
    assert!(
        make(&mut source, "more")
            .unwrap_err()
            .contains("64 branches")
    );
}

#[test]
fn values_of_the_branches_not_looked_at_are_bounded() {
    let mut source = branches();
    // A fake holds what it is told to: two of them fit.
    source.kept = 2 * Fake::HELD;
    for name in ["a", "b", "c", "d"] {
        make(&mut source, name).unwrap();
    }
    let dropped = |source: &Branches| {
        let all = source.branches().iter().filter(|one| one.dropped);
        all.map(|one| one.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        dropped(&source),
        ["main", "a"],
        "those looked at the longest ago"
    );
    switch(&mut source, "main").unwrap();
    assert_eq!(dropped(&source), ["a", "b"], "main has values again");
}

#[test]
fn a_branch_comes_back_as_it_was() {
    let mut source = branches();
    let go = Control::default();
    let next = |pass| Job::Next {
        pass,
        choice: Choice::Greedy,
    };
    source.run(&next(0), &go).unwrap();
    make(&mut source, "a").unwrap();
    source.run(&next(1), &go).unwrap();
    let saved = source.branches().to_vec();
    assert_eq!(saved[1].chosen, [4, 5]);
    let mut again = branches();
    again.restore(&saved, &go);
    assert_eq!(again.branches(), saved);
    // A job can be stopped, and the branches so far are there.
    let mut again = branches();
    let stop = Control::default();
    stop.cancel
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let restore = Job::Branch {
        change: BranchChange::Restore {
            branches: saved.clone(),
        },
    };
    again.run(&restore, &stop).unwrap();
    let [main] = again.branches() else {
        panic!("{:?}", again.branches())
    };
    let lost = main.lost.as_deref().unwrap();
    assert!(lost.starts_with("branch main is not as it was: "), "{lost}");
    // Branches that cannot be made again are told, and the rest comes back.
    let mut broken = saved.clone();
    broken[1].model = Some("gone".into());
    let mut again = branches();
    again.restore(&broken, &go);
    assert_eq!(again.branches().len(), 1);
    let lost = again.branches()[0].lost.as_deref();
    assert_eq!(lost, Some("branch a is lost: gone is no model"));
}
