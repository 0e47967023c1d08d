//! Epochs a second of the playground's largest usual network: hidden layers of 8 and 8 neurons, seven
//! features, 250 points to train on and 250 to test on, losses after each epoch as on the site.

use std::time::{Duration, Instant};

use layerwise::play::playground::link;
use layerwise::play::playground::run::Playground;

const STATE: &str = "#dataset=spiral&networkShape=8,8&seed=0.5&x=true&y=true&xSquared=true&ySquared=true\
    &xTimesY=true&sinX=true&sinY=true";
const EPOCHS: usize = 200;

fn main() {
    let state = link::read(STATE).unwrap().state;
    let mut playground = Playground::new(state, None).unwrap();
    let time = |_| {
        let start = Instant::now();
        playground.run(EPOCHS).unwrap();
        start.elapsed()
    };
    let quickest: Duration = (0..10).map(time).min().unwrap_or_default();
    let rate = EPOCHS as f64 / quickest.as_secs_f64();
    println!("{rate:.0} epochs a second (8,8 neurons, seven features, 250 points)");
}
