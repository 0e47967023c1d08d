//! The device that tests of numbers use.

use layerwise::engine::Options;

/// A user's options, on the CPU or on the device in LAYERWISE_TEST_DEVICE.
pub fn options() -> Options {
    let device = std::env::var("LAYERWISE_TEST_DEVICE").unwrap_or("cpu".into());
    Options {
        device: device.parse().unwrap(),
        ..Options::default()
    }
}
