//! Softmax temperatures.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A softmax temperature: finite and above zero, so that it can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Temperature(f64);

impl Temperature {
    /// `None` unless `value` is finite and above zero.
    pub fn new(value: f64) -> Option<Temperature> {
        (value.is_finite() && value > 0.0).then_some(Temperature(value))
    }

    pub fn get(self) -> f64 {
        self.0
    }

    /// The next value up on a scale of tenths.
    pub fn up(self) -> Temperature {
        let up = ((self.0 * 10.0).floor() + 1.0) / 10.0;
        Temperature::new(up).unwrap_or(self)
    }

    /// The next value down on a scale of tenths, never below 0.1.
    pub fn down(self) -> Temperature {
        let tenths = (self.0 * 10.0).ceil() - 1.0;
        Temperature::new(tenths.max(1.0) / 10.0).unwrap_or(self)
    }
}

impl Default for Temperature {
    /// 1, which leaves the model's probabilities as they are.
    fn default() -> Temperature {
        Temperature(1.0)
    }
}

impl fmt::Display for Temperature {
    /// With few digits, however large or small.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.get() {
            t if (1e-4..1e7).contains(&t) => write!(f, "{t}"),
            t => write!(f, "{t:e}"),
        }
    }
}

impl TryFrom<f64> for Temperature {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Temperature, &'static str> {
        Temperature::new(value).ok_or("a temperature is a number above 0")
    }
}

impl From<Temperature> for f64 {
    fn from(temperature: Temperature) -> f64 {
        temperature.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_stays_one_however_extreme() {
        for value in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Temperature::new(value), None, "{value}");
        }
        for (value, shown) in [
            (0.8, "0.8"),
            (1.0, "1"),
            (1e-310, "1e-310"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            let t = Temperature::new(value).unwrap();
            assert_eq!(t.to_string(), shown);
            for near in [t.up(), t.down()] {
                assert!(near.get().is_finite() && near.get() > 0.0, "{value}");
            }
        }
    }
}
