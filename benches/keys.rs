//! The time from a key to the last byte of the frame that it causes, on a terminal of 200×60 with an idle
//! engine. The bench needs a model's folder.

mod common;

use std::time::Duration;

use common::screen::{Screen, is_full};
use common::{LAYERWISE, percentile};

const PROMPT: &str = "The capital city of France is";
/// The longest silence of the program within one frame's work.
const QUIET: Duration = Duration::from_millis(50);
/// Keys that look around at the cursor's place: heads, cells, panes, zoom, help.
const LOOK: [&str; 16] = [
    "]", "]", "[", "l", "l", "L", "j", "k", "h", "H", "\t", "z", "z", "?", "\x1b[B", "?",
];
const STEPS: usize = 400;

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    let model = model.to_str().expect("a plain path");
    let mut screen = Screen::start(LAYERWISE, &[model, "-p", PROMPT], 200, 60);
    screen.first(is_full);
    screen.settle(Duration::from_millis(500));
    // One walk to the end and back makes every layer's input known, as after any first look.
    screen.press(">", Duration::from_millis(1000));
    screen.press("<", Duration::from_millis(1000));

    let (mut within, mut across, mut look) = (Vec::new(), Vec::new(), Vec::new());
    let mut layer = here(&screen);
    for step in 0..STEPS {
        let took = screen.press("s", QUIET);
        let now = here(&screen);
        let times = if now == layer {
            &mut within
        } else {
            &mut across
        };
        times.extend(took);
        layer = now;
        if step % 10 == 0 {
            for key in LOOK {
                look.extend(screen.press(key, QUIET));
            }
        }
    }
    println!("keys: 200×60, 6 tokens, f32, from the key to the last byte of its frame");
    row("steps within a layer", within);
    row("steps into a layer, which runs", across);
    row("heads, cells, panes, help", look);
}

/// The layer in the first line.
fn here(screen: &Screen) -> String {
    let text = screen.text();
    let line = text.lines().next().unwrap_or_default();
    let before = line.rsplit(" · step ").nth(1).unwrap_or_default();
    before.rsplit(" · ").next().unwrap_or_default().to_owned()
}

fn row(name: &str, times: Vec<Duration>) {
    let mut ms: Vec<f64> = times.iter().map(|t| t.as_secs_f64() * 1e3).collect();
    ms.sort_by(f64::total_cmp);
    println!(
        "  {name:<31} {:4} frames: median {:5.2} ms, p99 {:5.2} ms, worst {:5.2} ms",
        ms.len(),
        percentile(&ms, 0.5),
        percentile(&ms, 0.99),
        percentile(&ms, 1.0)
    );
}
