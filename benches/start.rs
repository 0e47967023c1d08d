//! From nothing to the first full frame on the embedded model, against a program that only starts
//! libtorch.

mod common;

use std::process::Command;
use std::time::Duration;

use common::screen::Screen;
use common::{LAYERWISE, Spread, process};

/// Makes this program the one that only starts libtorch.
const ONLY_LIBTORCH: &str = "LAYERWISE_BENCH_ONLY_LIBTORCH";
const PAIRS: usize = 15;

fn main() {
    if std::env::var_os(ONLY_LIBTORCH).is_some() {
        assert_eq!(tch::Tensor::from_slice(&[1.0f32, 2.0]).numel(), 2);
        return;
    }
    let this = std::env::current_exe().expect("this program has a path");
    let (mut ours, mut libtorch) = (Vec::new(), Vec::new());
    for pair in 0..=PAIRS {
        let frame = first_frame();
        let start = process::run(Command::new(&this).env(ONLY_LIBTORCH, "1")).seconds;
        // The first pair warms the page cache.
        if pair > 0 {
            ours.push(frame.as_secs_f64());
            libtorch.push(start);
        }
    }
    println!("start: embedded model, 120×36, {PAIRS} pairs: median (min–max)");
    println!(
        "  first full frame         {:.3} s",
        Spread::of(ours.clone())
    );
    println!(
        "  a program with libtorch  {:.3} s",
        Spread::of(libtorch.clone())
    );
    println!(
        "  ratio (at most 2)        {:.2}",
        Spread::of_ratios(&ours, &libtorch)
    );
}

/// A frame is full when the tokens, the matrix and what comes next stand on it.
fn first_frame() -> Duration {
    let mut screen = Screen::start(LAYERWISE, &[], 120, 36);
    screen.first(|text| text.contains("hook_embed") && text.contains('%'))
}
