//! The time from nothing to the first full frame on the embedded model, against a program that only starts
//! libtorch.

mod common;

use std::time::Duration;

use common::screen::{Screen, is_full};
use common::{LAYERWISE, Spread};
use tch::Tensor;

/// The flag that makes this program the one that only starts libtorch.
const ONLY_LIBTORCH: &str = "--only-libtorch";
const PAIRS: usize = 15;

fn main() {
    if std::env::args().any(|arg| arg == ONLY_LIBTORCH) {
        println!("{} elements", Tensor::from_slice(&[1.0f32, 2.0]).numel());
        return;
    }
    let this = std::env::current_exe().expect("this program has a path");
    let this = this.to_str().expect("a plain path");
    let (mut ours, mut libtorch) = (Vec::new(), Vec::new());
    for pair in 0..=PAIRS {
        let frame = until(LAYERWISE, &[], is_full);
        // The time ends at its tensor, not at its exit: libtorch takes as long again to leave.
        let tensor = until(this, &[ONLY_LIBTORCH], |text| text.contains("2 elements"));
        // The first pair warms the page cache.
        if pair > 0 {
            ours.push(frame.as_secs_f64());
            libtorch.push(tensor.as_secs_f64());
        }
    }
    println!("start: embedded model, 120×36, {PAIRS} pairs: median (min–max)");
    println!(
        "  first full frame        {:.3} s",
        Spread::of(ours.clone())
    );
    println!(
        "  libtorch's first tensor {:.3} s",
        Spread::of(libtorch.clone())
    );
    println!(
        "  ratio (at most 2)       {:.2}",
        Spread::of_ratios(&ours, &libtorch)
    );
}

/// The time from nothing to a screen that `holds`.
fn until(program: &str, args: &[&str], holds: impl Fn(&str) -> bool) -> Duration {
    Screen::start(program, args, 120, 36).first(holds)
}
