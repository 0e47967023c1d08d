//! The speed at which steps follow one another by themselves.

use std::time::Duration;

use super::command::Speed;

/// Steps a second.
const SPEEDS: [f64; 8] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// Whether steps follow by themselves, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub playing: bool,
    steps: f64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            playing: false,
            steps: 2.0,
        }
    }
}

impl Pace {
    /// Steps a second.
    pub fn steps(&self) -> f64 {
        self.steps
    }

    /// The time until the next step; `None` while nothing plays.
    pub fn wait(&self) -> Option<Duration> {
        self.playing
            .then(|| Duration::from_secs_f64(1.0 / self.steps))
    }

    pub fn change(&mut self, speed: Option<Speed>) {
        let [least, .., most] = SPEEDS;
        let mut speeds = SPEEDS.into_iter();
        self.steps = match speed {
            None => self.steps,
            Some(Speed::Faster) => speeds.find(|s| *s > self.steps).unwrap_or(most),
            Some(Speed::Slower) => speeds.rfind(|s| *s < self.steps).unwrap_or(least),
            Some(Speed::Steps(steps)) => steps.clamp(least, most),
        };
    }
}

#[cfg(test)]
#[test]
fn a_speed_stays_within_bounds() {
    let mut pace = Pace::default();
    assert_eq!(pace.wait(), None);
    pace.playing = true;
    assert_eq!(pace.wait(), Some(Duration::from_millis(500)));
    for _ in 0..20 {
        pace.change(Some(Speed::Faster));
    }
    assert_eq!(pace.steps(), 32.0);
    for _ in 0..20 {
        pace.change(Some(Speed::Slower));
    }
    assert_eq!(pace.steps(), 0.25);
    pace.change(Some(Speed::Steps(1e9)));
    assert_eq!(pace.steps(), 32.0);
}
