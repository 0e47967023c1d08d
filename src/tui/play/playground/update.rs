//! Keys, pasted text and reports of the trainer change the state; nothing here waits for the trainer.

use std::time::Instant;

use crossterm::event::KeyEvent;

use super::super::super::widgets::text;
use super::super::base::Pressed;
use super::super::screen::PlayScreen;
use super::super::text::{Help, Text};
use super::data::sets;
use super::layout::spots;
use super::view::{Menu, Part, Rate, SPEEDS, Spot, View};
use super::{about, words};
use crate::lang::say;
use crate::play::playground::choices::{beside, choices};
use crate::play::playground::command::{COMMANDS, help_of, parse};
use crate::play::playground::feature::FEATURES;
use crate::play::playground::link;
use crate::play::playground::network::WIDEST;
use crate::play::playground::now::End;
use crate::play::playground::reply::Reply;
use crate::play::playground::state::{DEEPEST, KEYS};
use crate::play::playground::trainer::{Ask, Report, Said};

/// Neurons of a layer that is added, as on the site.
const NEW_WIDTH: usize = 2;
/// How far + and - move a weight.
const NUDGE: f64 = 0.1;

impl View {
    /// Give the trainer a command line. What is wrong with it by itself is said at once; whether it went off.
    pub fn command(&mut self, line: &str) -> bool {
        self.base.message = None;
        if let Err(why) = parse(line) {
            self.base.error(why);
            return false;
        }
        self.ask(Ask::Line(line.to_owned()))
    }

    /// Run the first command lines, up to one that is wrong, and say what is to be known.
    pub fn start(&mut self, lines: &[String], warnings: &[String]) {
        for line in lines {
            if !self.command(line) {
                return;
            }
        }
        if let [first, ..] = warnings {
            self.base.error(first.clone());
        }
    }

    /// Give the trainer something to do; whether it is there.
    pub fn ask(&mut self, ask: Ask) -> bool {
        let there = self.trainer.ask(ask);
        if self.waiting == 0 {
            self.since = Instant::now();
        }
        self.asked += 1;
        self.waiting += 1;
        if !there {
            self.base.error(say("playground-ended"));
        }
        there
    }

    /// Take what the trainer tells.
    pub fn report(&mut self, report: Report) {
        self.measure(&report);
        let waiting = self.asked - report.obeyed;
        if std::mem::replace(&mut self.waiting, waiting) != waiting {
            self.since = Instant::now();
        }
        self.now = report.snapshot;
        self.running = report.running;
        if self.now.is_inside() && self.running {
            self.now.moment = None;
        }
        self.keep_spot();
        match report.said {
            None => {}
            Some(Said::Quit) => self.base.quit = true,
            Some(Said::Reply { line, reply }) => self.say(&line, &reply),
            Some(Said::Failed { line, why }) => {
                if self.base.line.is_open() || self.base.text.is_some() {
                    self.base.error(why);
                } else if typed(&line) {
                    self.base.line.refuse(&line, &why);
                } else {
                    self.base.error(why);
                }
            }
            Some(Said::Ended(End::Done)) => {}
            Some(Said::Ended(End::Stopped(stop))) => {
                self.base.note(&words::stopped(&stop.to_string()));
            }
            Some(Said::Ended(End::NotFinite(found))) => {
                self.base.error(found.to_string());
            }
        }
    }

    /// Count epochs a second while a run goes on.
    fn measure(&mut self, report: &Report) {
        let epoch = report.snapshot.training.epoch;
        if !report.running {
            self.rate = Rate::default();
            return;
        }
        let now = Instant::now();
        match self.rate.since {
            Some((since, first)) if epoch >= first => {
                let passed = now.duration_since(since).as_secs_f64();
                if passed >= 0.5 {
                    self.rate.epochs = Some((epoch - first) as f64 / passed);
                    self.rate.since = Some((now, epoch));
                }
            }
            _ => self.rate.since = Some((now, epoch)),
        }
    }

    /// Show a reply, unless the screen shows it anyway.
    fn say(&mut self, line: &str, reply: &Reply) {
        let word = line.split_whitespace().next().unwrap_or_default();
        for warning in reply.warnings() {
            self.base.error(warning.clone());
        }
        match (word, reply) {
            ("help", _) => self.help(),
            ("undo", _) => self.base.note(&words::undone(self.now.training.epoch)),
            (_, Reply::Link { link, .. }) => {
                let link = link.clone();
                self.copy(&link);
                self.show(line, &link);
            }
            (_, Reply::Done { text, warnings }) if warnings.is_empty() => {
                if !KEYS.contains(&word) && typed(line) {
                    self.base.note(text);
                }
            }
            ("show", reply) => self.show(line, &reply.to_string()),
            (_, Reply::Show(_) | Reply::Ran { .. } | Reply::Inside { .. } | Reply::Done { .. }) => {
            }
            (_, reply) => self.show(line, &reply.to_string()),
        }
    }

    fn show(&mut self, title: &str, words: &str) {
        let width = self.base.screen.width.saturating_sub(6).max(20);
        let lines = words.lines().flat_map(|line| text::wrap(line, width));
        self.base.text = Some(Text::new(title, lines.collect()));
    }

    fn copy(&mut self, link: &str) {
        self.copied = Some(link.to_owned());
        self.base.note(&words::copied(link));
    }

    pub fn key(&mut self, key: KeyEvent) {
        let name = match self.base.key(key) {
            Pressed::Done => return,
            Pressed::Line(line) => return self.typed(&line),
            Pressed::Key(name) => name,
        };
        if self.menu.is_some() {
            return self.menu_key(&name);
        }
        self.base.message = None;
        if self.base.digit(&name, &[0]) {
            return self.base.note(&self.base.count.to_string());
        }
        let count = std::mem::take(&mut self.base.count).max(1);
        match self.base.own_key(&name) {
            Some(Pressed::Line(line)) => {
                self.command(&line);
                return;
            }
            Some(_) => return,
            None => {}
        }
        self.press(&name, count);
    }

    /// A line that was typed: one that is wrong stays, so that it can be mended.
    fn typed(&mut self, line: &str) {
        match parse(line) {
            Err(why) => self.base.line.refuse(line, &why),
            Ok(_) => {
                let kept = self.base.line.done(line);
                self.command(line);
                if let Some(why) = kept {
                    self.base.error(why);
                }
            }
        }
    }

    fn press(&mut self, name: &str, count: usize) {
        let lines = |word: &str| format!("{word} {count}");
        match name {
            "space" => self.toggle_run(),
            "s" => drop(self.command(&lines("step"))),
            "S" => drop(self.command(&lines("back"))),
            "i" => drop(self.command(&lines("into"))),
            "e" => self.details(),
            "r" => drop(self.command("reset")),
            "g" => drop(self.command("regenerate")),
            "u" => drop(self.command("undo")),
            "<" => self.set_speed(-1),
            ">" => self.set_speed(1),
            "t" => self.switch("showTestData"),
            "d" => self.switch("discretize"),
            "p" => self.other_problem(),
            "y" => {
                let link = link::write(&self.now.state);
                self.copy(&link);
            }
            "o" => self.base.line.command("csv "),
            ":" => self.base.line.command(""),
            "?" => self.help(),
            "E" => self.glossary(),
            "q" | "ctrl-c" => self.base.quit = true,
            "z" => self.zoom = !self.zoom,
            "[" => self.change_layers(-1),
            "]" => self.change_layers(1),
            "+" | "=" => self.change(1),
            "-" => self.change(-1),
            "enter" => self.act(),
            "esc" => self.escape(),
            "tab" => self.turn(1),
            "backtab" | "shift-backtab" => self.turn(3),
            "ctrl-l" => self.base.redraw = true,
            "ctrl-t" => self.base.theme = self.base.theme.toggled(),
            "left" | "h" => self.go(-1, 0),
            "right" | "l" => self.go(1, 0),
            "up" | "k" => self.go(0, -1),
            "down" | "j" => self.go(0, 1),
            _ => self.base.note(say("hint-no-key")),
        }
    }

    pub fn paste(&mut self, text: &str) {
        if !self.base.line.is_open() && text.contains('#') {
            // A link that is pasted is opened.
            self.base.line.command("open ");
        }
        self.base.line.paste(text);
    }

    fn toggle_run(&mut self) {
        if self.running {
            self.ask(Ask::Pause);
        } else {
            self.command("run");
        }
    }

    fn set_speed(&mut self, by: isize) {
        self.speed = self.speed.saturating_add_signed(by).min(SPEEDS.len() - 1);
        let speed = SPEEDS[self.speed];
        self.ask(Ask::Speed(speed));
        self.rate = Rate::default();
    }

    fn set(&mut self, key: &str, value: &str) {
        self.command(&format!("{key} {value}"));
    }

    fn switch(&mut self, key: &str) {
        let on = self.value(key) == "true";
        self.set(key, if on { "false" } else { "true" });
    }

    fn other_problem(&mut self) {
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

    fn escape(&mut self) {
        match self.spot {
            Spot::Weight(layer, ..) if layer == self.output_layer() => self.spot = Spot::Output,
            Spot::Weight(layer, neuron, _) => self.spot = Spot::Neuron(layer, neuron),
            _ => self.zoom = false,
        }
    }

    fn open_menu(&mut self, values: Vec<String>, at: usize) {
        self.menu = Some(Menu {
            spot: self.spot,
            values,
            at,
        });
    }

    fn menu_key(&mut self, name: &str) {
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

    /// Select the first place of the part of the screen that lies so many parts further, 0 for the present one.
    fn turn(&mut self, by: usize) {
        let parts = [Part::Controls, Part::Data, Part::Network, Part::Output];
        let at = parts
            .iter()
            .position(|part| *part == self.spot.part())
            .unwrap_or(0);
        let spots = spots(self);
        for step in 1..=parts.len() {
            let part = parts[(at + by * step) % parts.len()];
            let mut of_part = spots
                .iter()
                .map(|(spot, _)| *spot)
                .filter(|s| s.part() == part);
            // Neurons say more than the numbers above them.
            let first = of_part
                .clone()
                .find(|spot| matches!(spot, Spot::Neuron(..)));
            if let Some(spot) = first.or_else(|| of_part.next()) {
                self.spot = spot;
                return;
            }
        }
    }

    /// The nearest place in a direction; among a neuron's weights the next one.
    fn go(&mut self, right: i32, down: i32) {
        if let Spot::Weight(layer, neuron, input) = self.spot {
            return self.go_weights(layer, neuron, input, (right, down));
        }
        let spots = spots(self);
        let Some((_, from)) = spots.iter().find(|(spot, _)| *spot == self.spot) else {
            self.spot = Spot::Run;
            return;
        };
        let ends = |start: u16, length: u16| (i32::from(start), i32::from(start + length));
        let (fx, fy) = (ends(from.x, from.width), ends(from.y, from.height));
        let apart = |a: (i32, i32), b: (i32, i32)| (b.0 - a.1 + 1).max(a.0 - b.1 + 1).max(0);
        let middle = |a: (i32, i32)| (a.0 + a.1) / 2;
        let score = |area: &ratatui::layout::Rect| {
            let (x, y) = (ends(area.x, area.width), ends(area.y, area.height));
            // A line is as high as two columns are wide.
            let (ahead, aside, off) = if right != 0 {
                let ahead = if right > 0 { x.0 - fx.1 } else { fx.0 - x.1 };
                (ahead, 2 * apart(fy, y), 2 * (middle(fy) - middle(y)).abs())
            } else {
                let ahead = if down > 0 { y.0 - fy.1 } else { fy.0 - y.1 };
                (2 * ahead, apart(fx, x), (middle(fx) - middle(x)).abs())
            };
            (ahead >= 0).then_some(4 * ahead + 12 * aside + off)
        };
        let ahead = spots
            .iter()
            .filter_map(|(spot, area)| Some((score(area)?, *spot)));
        if let Some((_, spot)) = ahead.min_by_key(|(score, _)| *score) {
            self.spot = spot;
        }
    }

    /// Up and down go from the bias through the weights; left and right to the neurons at both ends.
    fn go_weights(
        &mut self,
        layer: usize,
        neuron: usize,
        input: Option<usize>,
        (right, down): (i32, i32),
    ) {
        let inputs = self.now.training.network.layers[layer].weights.len();
        let at = input.map_or(0, |input| input + 1);
        if down != 0 {
            let next = at.saturating_add_signed(down as isize).min(inputs);
            self.spot = Spot::Weight(layer, neuron, next.checked_sub(1));
        } else if right > 0 && layer == self.output_layer() {
            self.spot = Spot::Output;
        } else if right > 0 {
            self.spot = Spot::Neuron(layer, neuron);
        } else if let (Some(input), Some(before)) = (input, layer.checked_sub(1)) {
            self.spot = Spot::Neuron(before, input);
        } else if let Some(input) = input {
            let features = self.now.state.features();
            let at = FEATURES
                .iter()
                .position(|(f, ..)| features.get(input) == Some(f));
            self.spot = Spot::Feature(at.unwrap_or(0));
        } else {
            self.spot = Spot::Neuron(layer, neuron);
        }
    }

    /// The latest step inside an epoch with all its numbers.
    fn details(&mut self) {
        let Some(moment) = self.now.moment.clone() else {
            if let Some(found) = &self.now.not_finite {
                let words = found.to_string();
                return self.show("NaN", &words);
            }
            return self.base.note(say("playground-no-details"));
        };
        let reply = Reply::Inside {
            moments: vec![moment],
        };
        self.show("into", &reply.to_string());
    }

    fn help(&mut self) {
        let mut help = Help::new(self.base.screen, 20);
        help.heading(say("help-keys"));
        for (keys, what) in words::HELP_KEYS {
            help.row(keys, say(what));
        }
        help.own_keys(&self.base.keymap);
        help.heading(say("help-commands"));
        for (name, args) in COMMANDS {
            help.row(format!("{name} {args}").trim_end(), help_of(name));
        }
        help.row("", &KEYS.join(", "));
        self.base.text = Some(help.into_text(say("playground-commands-help")));
    }
}

/// Whether a person typed such a line: a key makes no mistakes that could be mended.
fn typed(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    let by_key = ["run", "step", "back", "into", "reset", "regenerate", "undo"];
    !by_key.contains(&word)
}
