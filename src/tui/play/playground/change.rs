//! Changes of what is selected: switched, chosen from a menu, typed, or its next value.

use super::data::sets;
use super::view::{Menu, Rate, SPEEDS, Spot, View};
use super::{about, words};
use crate::lang::say;
use crate::play::playground::choices::{beside, choices};
use crate::play::playground::feature::FEATURES;
use crate::play::playground::network::WIDEST;
use crate::play::playground::state::DEEPEST;
use crate::play::playground::trainer::Ask;

/// Neurons of a layer that is added, as on the site.
const NEW_WIDTH: usize = 2;
/// How far + and - move a weight.
const NUDGE: f64 = 0.1;

impl View {
    pub(super) fn toggle_run(&mut self) {
        if self.running {
            self.ask(Ask::Pause);
        } else {
            self.command("run");
        }
    }

    pub(super) fn set_speed(&mut self, by: isize) {
        self.speed = self.speed.saturating_add_signed(by).min(SPEEDS.len() - 1);
        let speed = SPEEDS[self.speed];
        self.ask(Ask::Speed(speed));
        self.rate = Rate::default();
    }

    fn set(&mut self, key: &str, value: &str) {
        self.command(&format!("{key} {value}"));
    }

    pub(super) fn switch(&mut self, key: &str) {
        let on = self.value(key) == "true";
        self.set(key, if on { "false" } else { "true" });
    }

    pub(super) fn other_problem(&mut self) {
        let by = if self.value("problem") == "classification" {
            1
        } else {
            -1
        };
        if let Some(value) = beside("problem", &self.value("problem"), by) {
            self.set("problem", value);
        }
    }

    fn set_layers(&mut self, layers: &[usize]) {
        let layers: Vec<String> = layers.iter().map(usize::to_string).collect();
        let layers = if layers.is_empty() {
            "none".to_owned()
        } else {
            layers.join(",")
        };
        self.set("networkShape", &layers);
    }

    pub(super) fn change_layers(&mut self, by: isize) {
        let mut layers = self.now.state.hidden_layers.clone();
        if by < 0 {
            layers.pop();
        } else if layers.len() < DEEPEST {
            layers.push(NEW_WIDTH);
        }
        if layers != self.now.state.hidden_layers {
            self.set_layers(&layers);
        }
    }

    pub(super) fn change_width(&mut self, layer: usize, by: isize) {
        let mut layers = self.now.state.hidden_layers.clone();
        let Some(width) = layers.get_mut(layer) else {
            return self.base.note(say("hint-no-key"));
        };
        let new = width.saturating_add_signed(by).clamp(1, WIDEST);
        if std::mem::replace(width, new) != new {
            self.set_layers(&layers);
        }
    }

    /// The next value of what is selected, or the one before.
    pub fn change(&mut self, by: isize) {
        match self.spot {
            Spot::Set("seed") => self.act(),
            Spot::Set(key) => {
                let value = self.value(key);
                if let Some(next) = beside(key, &value, by).filter(|next| *next != value) {
                    self.set(key, next);
                }
            }
            Spot::Speed => self.set_speed(by),
            Spot::Feature(at) => {
                self.set(FEATURES[at].1, if by > 0 { "true" } else { "false" });
            }
            Spot::Layers => self.change_layers(by),
            Spot::Width(layer) | Spot::Neuron(layer, _) => self.change_width(layer, by),
            Spot::Weight(..) => {
                let value = self.weight() + NUDGE * by as f64;
                // Without the dust of binary fractions.
                let value = (value * 1e6).round() / 1e6;
                self.command(&format!("{}{value}", self.weight_prefix()));
            }
            _ => self.base.note(say("hint-no-key")),
        }
    }

    /// The weight or bias that is selected.
    pub fn weight(&self) -> f64 {
        let Spot::Weight(layer, neuron, input) = self.spot else {
            return 0.0;
        };
        let layer = &self.now.training.network.layers[layer];
        input.map_or(layer.biases[neuron], |input| layer.weights[input][neuron])
    }

    fn weight_prefix(&self) -> String {
        match self.spot {
            Spot::Weight(layer, neuron, Some(input)) => {
                format!("weight {} {} {} ", layer + 1, neuron + 1, input + 1)
            }
            Spot::Weight(layer, neuron, None) => format!("bias {} {} ", layer + 1, neuron + 1),
            _ => String::new(),
        }
    }

    /// Do what is selected: press it, switch it, choose or type its value, go to its weights.
    pub fn act(&mut self) {
        match self.spot {
            Spot::Run => self.toggle_run(),
            Spot::Step => drop(self.command("step")),
            Spot::Reset => drop(self.command("reset")),
            Spot::Regenerate => drop(self.command("regenerate")),
            Spot::Speed => self.open_menu(SPEEDS.map(words::speed).to_vec(), self.speed),
            Spot::Set(key @ ("showTestData" | "discretize")) => self.switch(key),
            Spot::Set(key) => {
                let values = choices(key);
                let value = self.value(key);
                if values.is_empty() {
                    self.base
                        .line
                        .value(words::setting(key, true), &format!("{key} "), &value);
                } else {
                    let at = values.iter().position(|v| *v == value).unwrap_or(0);
                    self.open_menu(values.into_iter().map(str::to_owned).collect(), at);
                }
            }
            Spot::Dataset(at) => {
                let (key, names, _) = sets(self);
                if let Some(name) = names.get(at) {
                    self.set(key, name);
                }
            }
            Spot::Own => self.base.line.command("csv "),
            Spot::Stop => {
                let value = words::stop(self.now.stop.map(|stop| stop.to_string()));
                self.base
                    .line
                    .value(say("playground-stop"), "stop ", &value);
            }
            Spot::Feature(at) => self.switch(FEATURES[at].1),
            Spot::Layers => {
                let value = self.value("networkShape");
                self.base
                    .line
                    .value(say("playground-hidden-layers"), "networkShape ", &value);
            }
            Spot::Width(layer) => {
                let values = (1..=WIDEST).map(|n| n.to_string()).collect();
                let width = self
                    .now
                    .state
                    .hidden_layers
                    .get(layer)
                    .copied()
                    .unwrap_or(1);
                self.open_menu(values, width - 1);
            }
            Spot::Neuron(layer, neuron) => self.weights_of(layer, neuron),
            Spot::Output => self.weights_of(self.output_layer(), 0),
            Spot::Weight(layer, neuron, input) => {
                let mut names = about::input_names(self, layer);
                let input = input.map(|input| names.swap_remove(input));
                let name = words::weight_of(input.as_deref(), layer, neuron);
                let value = self.weight().to_string();
                self.base.line.value(&name, &self.weight_prefix(), &value);
            }
        }
    }

    fn weights_of(&mut self, layer: usize, neuron: usize) {
        let inputs = self.now.training.network.layers[layer].weights.len();
        self.spot = Spot::Weight(layer, neuron, (inputs > 0).then_some(0));
    }

    fn open_menu(&mut self, values: Vec<String>, at: usize) {
        self.menu = Some(Menu {
            spot: self.spot,
            values,
            at,
        });
    }

    pub(super) fn menu_key(&mut self, name: &str) {
        let Some(menu) = &mut self.menu else {
            return;
        };
        let last = menu.values.len().saturating_sub(1);
        match name {
            "esc" | "q" => self.menu = None,
            "ctrl-c" => self.base.quit = true,
            "up" | "k" | "left" | "h" | "-" => menu.at = menu.at.saturating_sub(1),
            "down" | "j" | "right" | "l" | "+" => menu.at = (menu.at + 1).min(last),
            "home" | "pageup" => menu.at = 0,
            "end" | "pagedown" => menu.at = last,
            "enter" | "space" => self.choose(),
            _ => {}
        }
    }

    /// Take the chosen value of the menu.
    pub fn choose(&mut self) {
        let Some(menu) = self.menu.take() else {
            return;
        };
        let value = menu.values.get(menu.at).cloned().unwrap_or_default();
        match menu.spot {
            Spot::Set(key) => self.set(key, &value),
            Spot::Width(layer) => {
                let width = self
                    .now
                    .state
                    .hidden_layers
                    .get(layer)
                    .copied()
                    .unwrap_or(1);
                self.change_width(layer, menu.at as isize + 1 - width as isize);
            }
            Spot::Speed => self.set_speed(menu.at as isize - self.speed as isize),
            _ => {}
        }
    }
}
