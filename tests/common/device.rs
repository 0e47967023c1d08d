//! Where the numbers of tests are computed.

use layerwise::engine::Options;

/// The options that a user gets, on the CPU or on what LAYERWISE_TEST_DEVICE names.
pub fn options() -> Options {
    let device = std::env::var("LAYERWISE_TEST_DEVICE").unwrap_or("cpu".into());
    Options {
        device: device.parse().unwrap(),
        ..Options::default()
    }
}
