//! Epochs a second of the playground's largest usual network: hidden layers of 8 and 8 neurons, seven
//! features, 250 points to train on and 250 to test on, losses after each epoch as on the site. Alone, and
//! while the screen is drawn into a buffer as often as the trainer reports.

use std::time::{Duration, Instant};

use layerwise::play::playground::link;
use layerwise::play::playground::run::Playground;
use layerwise::tui::Watched;

const STATE: &str = "#dataset=spiral&networkShape=8,8&seed=0.5&x=true&y=true&xSquared=true&ySquared=true\
    &xTimesY=true&sinX=true&sinY=true";
const EPOCHS: usize = 200;
const WATCHED: Duration = Duration::from_secs(5);

fn playground() -> Playground {
    Playground::new(link::read(STATE).unwrap().state, None).unwrap()
}

fn main() {
    let mut alone = playground();
    let time = |_| {
        let start = Instant::now();
        alone.run(EPOCHS).unwrap();
        start.elapsed()
    };
    let quickest: Duration = (0..10).map(time).min().unwrap_or_default();
    let rate = EPOCHS as f64 / quickest.as_secs_f64();
    println!("{rate:.0} epochs a second (8,8 neurons, seven features, 250 points)");
    watched();
}

/// Train at full speed while each report is drawn.
fn watched() {
    let mut watched = Watched::run(playground(), (120, 36)).unwrap();
    let (start, mut frames, mut drawing) = (Instant::now(), 0, Duration::ZERO);
    let mut epoch = 0;
    while start.elapsed() < WATCHED {
        epoch = watched.wait().unwrap();
        let before = Instant::now();
        watched.draw();
        drawing += before.elapsed();
        frames += 1;
    }
    let passed = start.elapsed().as_secs_f64();
    println!(
        "{:.0} epochs a second while the screen of 120×36 is drawn {:.0} times a second, {:.1} ms each",
        epoch as f64 / passed,
        f64::from(frames) / passed,
        drawing.as_secs_f64() * 1e3 / f64::from(frames),
    );
}
