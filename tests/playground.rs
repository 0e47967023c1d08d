//! The playground's numbers are those of TensorFlow Playground: `fixtures/playground/reference.json` was
//! measured on the site's own code.

use std::path::Path;

use layerwise::play::playground::data::{Data, Point};
use layerwise::play::playground::link;
use layerwise::play::playground::network::Network;
use layerwise::play::playground::random::Random;
use layerwise::play::playground::training::Training;
use serde_json::Value;

fn links() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/playground/reference.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The reference has twelve digits.
fn same(got: f64, due: &Value, what: &str) {
    let due = due.as_f64().unwrap();
    let near = (got - due).abs() <= 1e-9 * due.abs();
    assert!(near, "{what}: {got}, not {due}");
}

fn same_point(got: Point, due: &Value, what: &str) {
    same(got.x, &due["x"], what);
    same(got.y, &due["y"], what);
    same(got.label, &due["label"], what);
}

fn same_weights(network: &Network, due: &Value, what: &str) {
    let layers = due.as_array().unwrap();
    assert_eq!(network.layers.len(), layers.len(), "{what}");
    for (at, (layer, due)) in network.layers.iter().zip(layers).enumerate() {
        assert_eq!(layer.width, due.as_array().unwrap().len(), "{what}");
        for neuron in 0..layer.width {
            let what = format!("{what}, layer {at}, neuron {neuron}");
            same(layer.biases[neuron], &due[neuron]["bias"], &what);
            let weights = layer.weights_of(neuron);
            let due = due[neuron]["weights"].as_array().unwrap();
            assert_eq!(weights.len(), due.len(), "{what}");
            for (got, due) in weights.into_iter().zip(due) {
                same(got, due, &what);
            }
        }
    }
}

#[test]
fn points_weights_and_losses_are_the_sites() {
    for reference in links() {
        let text = reference["state"].as_str().unwrap();
        let opened = link::read(text).unwrap();
        assert_eq!(opened.warnings, [""; 0]);
        let state = opened.state;
        let mut random = Random::seeded(&state.seed);
        let data = Data::new(&state, None, &mut random);
        let points = reference["first_train_points"].as_array().unwrap();
        for (got, due) in data.train.points.iter().zip(points) {
            same_point(*got, due, text);
        }
        same_point(data.test.points[0], &reference["first_test_point"], text);
        let mut training = Training::new(Network::new(&state, &mut random));
        same_weights(&training.network, &reference["initial"], text);
        let losses = reference["loss"].as_array().unwrap();
        assert_eq!(losses.len(), 4, "epochs 0, 1, 10 and 100");
        for due in losses {
            while training.epoch < due["epoch"].as_u64().unwrap() as usize {
                training.finish_epoch(&data, &state);
            }
            let what = format!("{text}, epoch {}", due["epoch"]);
            let losses = training.losses(&data);
            same(losses.train, &due["train"], &what);
            same(losses.test, &due["test"], &what);
        }
        let after = &reference["weights_after"];
        assert_eq!(after["epoch"], training.epoch);
        same_weights(&training.network, &after["layers"], text);
    }
}
