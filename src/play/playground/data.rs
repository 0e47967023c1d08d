//! Data sets: points of the plane with labels, made from random numbers by the site's rules.

use std::f64::consts::PI;
use std::sync::Arc;

use super::feature::Feature;
use super::names::Named;
use super::random::Random;
use super::state::{Problem, State};

/// Points for classification and for regression.
const CLASSIFIED: usize = 500;
const MEASURED: usize = 1200;

/// The plane that is drawn, and that data for regression fill: from −6 to 6 on both axes.
pub const RADIUS: f64 = 6.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub label: f64,
}

/// Data with two classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    Circle,
    Xor,
    Gauss,
    Spiral,
}

impl Named for Classes {
    const NOUN: &'static str = "playground-noun-classes";
    const NAMES: &'static [(&'static str, Classes)] = &[
        ("circle", Classes::Circle),
        ("xor", Classes::Xor),
        ("gauss", Classes::Gauss),
        ("spiral", Classes::Spiral),
    ];
}

/// Data with a number at each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Plane,
    Gauss,
}

impl Named for Surface {
    const NOUN: &'static str = "playground-noun-surface";
    const NAMES: &'static [(&'static str, Surface)] =
        &[("reg-plane", Surface::Plane), ("reg-gauss", Surface::Gauss)];
}

/// Points and their features, one row a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    pub points: Vec<Point>,
    pub n_features: usize,
    features: Vec<f64>,
}

impl Set {
    pub fn new(points: Vec<Point>, features: &[Feature]) -> Set {
        let of = |p: &Point| features.iter().map(|f| f.of(p.x, p.y)).collect::<Vec<_>>();
        Set {
            n_features: features.len(),
            features: points.iter().flat_map(of).collect(),
            points,
        }
    }

    pub fn inputs(&self, point: usize) -> &[f64] {
        &self.features[point * self.n_features..][..self.n_features]
    }
}

/// The points that a network is trained on, and those that it is tested on.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub train: Set,
    pub test: Set,
}

impl Data {
    /// The data of a state. Points of one's own are shuffled and divided as made ones are.
    pub fn new(state: &State, own: Option<&Arc<[Point]>>, random: &mut Random) -> Data {
        let noise = state.noise / 100.0;
        let mut points = match (own, state.problem) {
            (Some(own), _) => own.to_vec(),
            (None, Problem::Classification) => state.classes.points(noise, random),
            (None, Problem::Regression) => state.surface.points(noise, random),
        };
        random.shuffle(&mut points);
        let test = points.split_off((points.len() as f64 * state.train_percent / 100.0) as usize);
        let features = state.features();
        Data {
            train: Set::new(points, &features),
            test: Set::new(test, &features),
        }
    }
}

impl Classes {
    fn points(self, noise: f64, random: &mut Random) -> Vec<Point> {
        match self {
            Classes::Circle => circle(noise, random),
            Classes::Xor => xor(noise, random),
            Classes::Gauss => two_gaussians(noise, random),
            Classes::Spiral => spiral(noise, random),
        }
    }
}

impl Surface {
    fn points(self, noise: f64, random: &mut Random) -> Vec<Point> {
        let point = |_| {
            let [x, y, noise_x, noise_y] = [(); 4].map(|()| random.uniform(-RADIUS, RADIUS));
            let (moved_x, moved_y) = (x + noise_x * noise, y + noise_y * noise);
            let label = match self {
                Surface::Plane => scaled(moved_x + moved_y, (-10.0, 10.0), (-1.0, 1.0)),
                Surface::Gauss => six_gaussians(moved_x, moved_y),
            };
            Point { x, y, label }
        };
        (0..MEASURED).map(point).collect()
    }
}

/// A number of one interval, moved to another.
fn scaled(x: f64, from: (f64, f64), to: (f64, f64)) -> f64 {
    let t = (x - from.0) / (from.1 - from.0);
    to.0 * (1.0 - t) + to.1 * t
}

fn sign(positive: bool) -> f64 {
    if positive { 1.0 } else { -1.0 }
}

fn circle(noise: f64, random: &mut Random) -> Vec<Point> {
    let radius = 5.0;
    let mut points = Vec::with_capacity(CLASSIFIED);
    for (inner, outer) in [(0.0, radius * 0.5), (radius * 0.7, radius)] {
        for _ in 0..CLASSIFIED / 2 {
            let r = random.uniform(inner, outer);
            let angle = random.uniform(0.0, 2.0 * PI);
            let (x, y) = (r * angle.sin(), r * angle.cos());
            let moved_x = x + random.uniform(-radius, radius) * noise;
            let moved_y = y + random.uniform(-radius, radius) * noise;
            let distance = (moved_x * moved_x + moved_y * moved_y).sqrt();
            let label = sign(distance < radius * 0.5);
            points.push(Point { x, y, label });
        }
    }
    points
}

fn xor(noise: f64, random: &mut Random) -> Vec<Point> {
    // No point lies on the border.
    let apart = |at: f64| at + 0.3 * sign(at > 0.0);
    let point = |_| {
        let x = apart(random.uniform(-5.0, 5.0));
        let y = apart(random.uniform(-5.0, 5.0));
        let moved_x = x + random.uniform(-5.0, 5.0) * noise;
        let moved_y = y + random.uniform(-5.0, 5.0) * noise;
        let label = sign(moved_x * moved_y >= 0.0);
        Point { x, y, label }
    };
    (0..CLASSIFIED).map(point).collect()
}

fn two_gaussians(noise: f64, random: &mut Random) -> Vec<Point> {
    let variance = scaled(noise, (0.0, 0.5), (0.5, 4.0));
    let mut points = Vec::with_capacity(CLASSIFIED);
    for label in [1.0, -1.0] {
        for _ in 0..CLASSIFIED / 2 {
            let x = random.normal(2.0 * label, variance);
            let y = random.normal(2.0 * label, variance);
            points.push(Point { x, y, label });
        }
    }
    points
}

fn spiral(noise: f64, random: &mut Random) -> Vec<Point> {
    let n = CLASSIFIED / 2;
    let mut points = Vec::with_capacity(CLASSIFIED);
    for (turned, label) in [(0.0, 1.0), (PI, -1.0)] {
        for i in 0..n {
            let r = i as f64 / n as f64 * 5.0;
            let t = 1.75 * i as f64 / n as f64 * 2.0 * PI + turned;
            let x = r * t.sin() + random.uniform(-1.0, 1.0) * noise;
            let y = r * t.cos() + random.uniform(-1.0, 1.0) * noise;
            points.push(Point { x, y, label });
        }
    }
    points
}

/// Six hills and hollows: the height of the nearest one.
fn six_gaussians(x: f64, y: f64) -> f64 {
    let mut label: f64 = 0.0;
    let centres = [
        (-4.0, 2.5, 1.0),
        (0.0, 2.5, -1.0),
        (4.0, 2.5, 1.0),
        (-4.0, -2.5, -1.0),
        (0.0, -2.5, 1.0),
        (4.0, -2.5, -1.0),
    ];
    for (centre_x, centre_y, sign) in centres {
        let (dx, dy): (f64, f64) = (x - centre_x, y - centre_y);
        let distance = (dx * dx + dy * dy).sqrt();
        let height = sign * (1.0 - (distance / 2.0).clamp(0.0, 1.0));
        if height.abs() > label.abs() {
            label = height;
        }
    }
    label
}
