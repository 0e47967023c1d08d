//! Figures as CSV files.

use super::data::{RADIUS, Set};
use super::feature::Feature;
use super::names::Named;
use super::now::Now;

/// Points a side of the surface that is exported.
const SIDE: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Losses,
    Points,
    Weights,
    Surface,
}

impl Named for Figure {
    const NOUN: &'static str = "playground-noun-figure";
    const NAMES: &'static [(&'static str, Figure)] = &[
        ("losses", Figure::Losses),
        ("points", Figure::Points),
        ("weights", Figure::Weights),
        ("surface", Figure::Surface),
    ];
}

/// The text of a CSV file. Numbers have as many digits as they need to be read back the same.
pub fn csv(figure: Figure, now: &Now) -> String {
    match figure {
        Figure::Losses => losses(now),
        Figure::Points => points(now),
        Figure::Weights => weights(now),
        Figure::Surface => surface(now),
    }
}

fn losses(now: &Now) -> String {
    let mut out = String::from("epoch,train_loss,test_loss\n");
    for (epoch, losses) in now.losses.iter().enumerate() {
        out += &format!("{epoch},{},{}\n", losses.train, losses.test);
    }
    out
}

fn points(now: &Now) -> String {
    let mut out = String::from("set,x,y,label,output\n");
    let network = &now.training.network;
    let mut values = network.values();
    let mut add = |name: &str, set: &Set| {
        for (at, point) in set.points.iter().enumerate() {
            let output = network.forward(set.inputs(at), &mut values);
            out += &format!("{name},{},{},{},{output}\n", point.x, point.y, point.label);
        }
    };
    add("train", &now.data.train);
    add("test", &now.data.test);
    out
}

fn weights(now: &Now) -> String {
    let mut out = String::from("layer,neuron,input,weight\n");
    for (at, layer) in now.training.network.layers.iter().enumerate() {
        for neuron in 0..layer.width {
            let place = format!("{},{}", at + 1, neuron + 1);
            out += &format!("{place},bias,{}\n", layer.biases[neuron]);
            for (input, weight) in layer.weights_of(neuron).iter().enumerate() {
                out += &format!("{place},{},{weight}\n", input_name(now, at, input));
            }
        }
    }
    out
}

/// The name of a layer's input: that of a feature, or the number of a neuron, counted from 1.
pub fn input_name(now: &Now, layer: usize, input: usize) -> String {
    match now.state.features().get(input) {
        Some(feature) if layer == 0 => feature.label().to_owned(),
        _ => (input + 1).to_string(),
    }
}

fn surface(now: &Now) -> String {
    let mut out = String::from("x,y,output\n");
    let last = now.training.network.layers.len() - 1;
    for (x, y, output) in grid(now, last, 0, SIDE) {
        out += &format!("{x},{y},{output}\n");
    }
    out
}

/// The outputs of a neuron over the plane: `side` times `side` places, from the lowest y on, each with its x, y
/// and output.
pub fn grid(now: &Now, layer: usize, neuron: usize, side: usize) -> Vec<(f64, f64, f64)> {
    let features = now.state.features();
    let network = &now.training.network;
    let mut values = network.values();
    let place = |at: usize| ((at as f64 + 0.5) / side as f64 * 2.0 - 1.0) * RADIUS;
    let places = (0..side).flat_map(|row| (0..side).map(move |column| (place(column), place(row))));
    let output = |(x, y)| {
        let inputs: Vec<f64> = features.iter().map(|f: &Feature| f.of(x, y)).collect();
        network.forward(&inputs, &mut values);
        (x, y, values[layer].outputs[neuron])
    };
    places.map(output).collect()
}
