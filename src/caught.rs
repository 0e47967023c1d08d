//! Panics of libraries, told as errors. The hooks that report panics ask here first and say nothing of
//! those that somebody waits for.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static WAITED_FOR: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns, or the message with which it panicked. What it was changing then is to be thrown
/// away.
pub fn panics<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = WAITED_FOR.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    WAITED_FOR.set(outer);
    done.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_default()
    })
}

/// Whether a panic on this thread would be caught and told as an error.
pub fn are_waited_for() -> bool {
    WAITED_FOR.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_message() {
        assert_eq!(panics(|| 7), Ok(7));
        let nested = panics(|| {
            assert_eq!(
                panics(|| panic!("the {}", "inner")),
                Err::<(), _>("the inner".into())
            );
            assert!(are_waited_for());
            panic!("the outer")
        });
        assert_eq!(nested, Err::<(), _>("the outer".into()));
        assert!(!are_waited_for());
    }
}
