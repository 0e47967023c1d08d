//! Checked fixtures as JUnit suites.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::trace::compare::LineOutcome;
use crate::trace::meta::key;
use crate::trace::verdict::Checked;

/// The suite of a fixture: a case for each hook point.
pub fn suite(name: &str, checked: &Checked) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for line in &checked.report.lines {
        let fails = line.differs() || line.outcome == LineOutcome::Missing;
        let why = fails.then(|| (NonSuccessKind::Failure, line.describe()));
        suite.add_test_case(case(name, &key(line.pass, &line.name), why));
    }
    suite.add_property(("model_compared", checked.same_model.describe()));
    suite
}

/// The suite of a fixture that could not be run.
pub fn unread(name: &str, error: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let why = (NonSuccessKind::Error, error.to_owned());
    suite.add_test_case(case(name, "fixture", Some(why)));
    suite
}

fn case(class: &str, name: &str, why: Option<(NonSuccessKind, String)>) -> TestCase {
    let status = match why {
        None => TestCaseStatus::success(),
        Some((kind, why)) => {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(why);
            status
        }
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}
