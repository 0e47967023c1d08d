//! Panics of libraries, told as errors. The hooks that report panics ask here first and say nothing of
//! those that somebody waits for.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// The result of `work`, or the message with which it panicked. Data that it was changing then are to be thrown
/// away.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CAUGHT.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(outer);
    done.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_default()
    })
}

/// Whether a panic on this thread would be caught and told as an error.
pub fn are_caught() -> bool {
    CAUGHT.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_message() {
        assert_eq!(catch(|| 7), Ok(7));
        let nested = catch(|| {
            assert_eq!(
                catch(|| panic!("the {}", "inner")),
                Err::<(), _>("the inner".into())
            );
            assert!(are_caught());
            panic!("the outer")
        });
        assert_eq!(nested, Err::<(), _>("the outer".into()));
        assert!(!are_caught());
    }
}
