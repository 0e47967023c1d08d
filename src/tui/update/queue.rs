//! Passes asked for and not begun yet: keys come faster than tokens.

use crate::trace::query::Job;

/// The state that the jobs under way will lead to.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Jobs that begin passes.
    waiting: usize,
    /// The last pass when they are done.
    tip: usize,
    /// Whether one of them starts again from another prompt.
    restart: bool,
    /// Whether one of them failed: those behind it fail for no reason of their own.
    failed: bool,
}

impl Queue {
    /// Take note of a job; a next token follows what is under way, if it was asked for `at_tip`, in the last
    /// pass there is, or of a prompt yet to be started.
    pub fn put(&mut self, job: &mut Job, at_tip: bool) {
        match job {
            Job::Next { pass, .. } => {
                if self.waiting > 0 && (at_tip || self.restart) {
                    *pass = self.tip;
                }
                self.tip = *pass + 1;
            }
            Job::Restart { .. } => (self.tip, self.restart) = (0, true),
            Job::Run { .. }
            | Job::StartHash
            | Job::Save { .. }
            | Job::Lens { .. }
            | Job::Replace { .. }
            | Job::Intervene { .. }
            | Job::Branch { .. } => return,
        }
        self.waiting += 1;
    }

    /// Take note of a job's end; whether it could only fail, since one before it did.
    pub fn done(&mut self, job: &Job, well: bool) -> bool {
        if !matches!(job, Job::Next { .. } | Job::Restart { .. }) {
            return false;
        }
        let follows = self.failed && !well;
        self.failed |= !well;
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 {
            *self = Queue::default();
        }
        follows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::query::Choice;

    fn next(pass: usize) -> Job {
        Job::Next {
            pass,
            choice: Choice::Greedy,
        }
    }

    fn put(queue: &mut Queue, pass: usize, at_tip: bool) -> usize {
        let mut job = next(pass);
        queue.put(&mut job, at_tip);
        match job {
            Job::Next { pass, .. } => pass,
            _ => unreachable!("a next token stays one"),
        }
    }

    #[test]
    fn tokens_follow_those_under_way() {
        let mut queue = Queue::default();
        assert_eq!(put(&mut queue, 2, true), 2);
        assert_eq!(put(&mut queue, 2, true), 3);
        assert_eq!(
            put(&mut queue, 0, false),
            0,
            "a branch from an earlier pass"
        );
        let prompt = "x".into();
        queue.put(&mut Job::Restart { prompt }, true);
        assert_eq!(put(&mut queue, 2, true), 0, "after another prompt");
        for _ in 0..5 {
            assert!(!queue.done(&next(0), true));
        }
        assert_eq!(put(&mut queue, 4, true), 4);
    }

    #[test]
    fn the_first_failure_is_the_reason() {
        let mut queue = Queue::default();
        put(&mut queue, 0, true);
        put(&mut queue, 0, true);
        assert!(!queue.done(&next(0), false));
        assert!(queue.done(&next(1), false));
        put(&mut queue, 0, true);
        assert!(!queue.done(&next(0), false));
    }
}
