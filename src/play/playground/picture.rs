//! A picture of the playground as SVG: the network, the output's surface with the points, the losses.

use super::data::{Point, RADIUS};
use super::export::{grid, input_name};
use super::now::Now;
use super::training::Losses;

const SIDE: usize = 40;
const PIXELS: f64 = 300.0;
const NETWORK_WIDTH: f64 = 420.0;
const HEIGHT: f64 = 460.0;
const WIDTH: f64 = NETWORK_WIDTH + PIXELS + 30.0;

/// Draw it. Signs are told by dashes and by rings as well as by colour.
pub fn svg(now: &Now) -> String {
    let losses = now.training.losses(&now.data);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         fill=\"white\"/>\n<text x=\"10\" y=\"18\">epoch {}, training loss {:.3}, test loss {:.3}</text>\n",
        now.training.epoch, losses.train, losses.test
    );
    network(now, &mut out);
    let left = NETWORK_WIDTH + 20.0;
    out += &format!("<g transform=\"translate({left},30)\">\n");
    surface(now, &mut out);
    out += "</g>\n";
    out += &format!("<g transform=\"translate({left},350)\">\n");
    curves(now, &mut out);
    out + "</g>\n</svg>\n"
}

/// Orange for −1, light grey for 0, blue for +1.
fn colour(x: f64) -> String {
    let end = if x < 0.0 {
        [245.0, 147.0, 34.0]
    } else {
        [8.0, 119.0, 189.0]
    };
    let t = if x.is_nan() { 0.0 } else { x.abs().min(1.0) };
    let [r, g, b] = [0, 1, 2].map(|at| {
        let middle = [232.0, 234.0, 235.0][at];
        (middle + (end[at] - middle) * t).round() as u8
    });
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn network(now: &Now, out: &mut String) {
    let layers = &now.training.network.layers;
    let inputs = now.training.network.n_inputs;
    let columns = layers.len() + 1;
    let x = |column: usize| 60.0 + (NETWORK_WIDTH - 100.0) * column as f64 / (columns - 1) as f64;
    let y = |row: usize, rows: usize| 40.0 + (HEIGHT - 60.0) * (row as f64 + 0.5) / rows as f64;
    let widths: Vec<usize> = [inputs]
        .into_iter()
        .chain(layers.iter().map(|l| l.width))
        .collect();
    for (at, layer) in layers.iter().enumerate() {
        for neuron in 0..layer.width {
            for (input, weight) in layer.weights_of(neuron).into_iter().enumerate() {
                let thickness = if weight.is_nan() {
                    0.5
                } else {
                    0.5 + weight.abs().min(5.0) * 1.5
                };
                let dashes = if weight < 0.0 {
                    " stroke-dasharray=\"5 3\""
                } else {
                    ""
                };
                *out += &format!(
                    "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{}\" \
                     stroke-width=\"{thickness:.2}\"{dashes}><title>{weight}</title></line>\n",
                    x(at),
                    y(input, widths[at]),
                    x(at + 1),
                    y(neuron, widths[at + 1]),
                    colour(weight),
                );
            }
        }
    }
    for input in 0..inputs {
        *out += &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            x(0) - 4.0,
            y(input, inputs) + 4.0,
            input_name(now, 0, input)
        );
    }
    for (at, layer) in layers.iter().enumerate() {
        for neuron in 0..layer.width {
            let (x, y) = (x(at + 1) - 14.0, y(neuron, layer.width) - 14.0);
            *out += &format!("<g transform=\"translate({x:.1},{y:.1})\">\n");
            cells(now, (at, neuron), 8, 28.0, false, out);
            *out += &format!(
                "<rect width=\"28\" height=\"28\" fill=\"none\" stroke=\"#444\"><title>bias \
                 {}</title></rect></g>\n",
                layer.biases[neuron]
            );
        }
    }
}

/// A neuron's output over the plane, as squares.
fn cells(
    now: &Now,
    (layer, neuron): (usize, usize),
    side: usize,
    pixels: f64,
    discretize: bool,
    out: &mut String,
) {
    let size = pixels / side as f64;
    for (at, (_, _, output)) in grid(now, layer, neuron, side).into_iter().enumerate() {
        let shown = if !discretize {
            output
        } else if output >= 0.0 {
            1.0
        } else {
            -1.0
        };
        let (row, column) = (side - 1 - at / side, at % side);
        *out += &format!(
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{size:.2}\" height=\"{size:.2}\" fill=\"{}\"/>",
            column as f64 * size,
            row as f64 * size,
            colour(shown)
        );
    }
    *out += "\n";
}

fn surface(now: &Now, out: &mut String) {
    let last = now.training.network.layers.len() - 1;
    cells(now, (last, 0), SIDE, PIXELS, now.state.discretize, out);
    points(&now.data.train.points, "white", out);
    if now.state.show_test {
        points(&now.data.test.points, "black", out);
    }
}

/// Points with a label below zero are rings.
fn points(points: &[Point], edge: &str, out: &mut String) {
    let place = |at: f64| (at / RADIUS + 1.0) / 2.0 * PIXELS;
    let inside = points
        .iter()
        .filter(|p| p.x.abs() <= RADIUS && p.y.abs() <= RADIUS);
    for point in inside {
        let (x, y) = (place(point.x), PIXELS - place(point.y));
        let colour = colour(point.label);
        let (fill, stroke) = if point.label < 0.0 {
            ("white", colour.as_str())
        } else {
            (colour.as_str(), edge)
        };
        *out += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{fill}\" stroke=\"{stroke}\"/>\n"
        );
    }
}

/// Losses by epoch: the run before in grey dashes, test in grey, training in black.
fn curves(now: &Now, out: &mut String) {
    let (width, height) = (PIXELS, 80.0);
    let all = now.losses.iter().chain(now.ghost.iter());
    let finite = all
        .flat_map(|l| [l.train, l.test])
        .filter(|x| x.is_finite());
    let most = finite.fold(f64::MIN_POSITIVE, f64::max);
    let longest = now.losses.len().max(now.ghost.len()).max(2);
    let mut curve = |losses: &[Losses], of: fn(&Losses) -> f64, style: &str| {
        // No more places than can be seen.
        let every = losses.len().div_ceil(600).max(1);
        let places = losses.iter().enumerate().step_by(every);
        let places = places.filter(|(_, l)| of(l).is_finite()).map(|(epoch, l)| {
            let x = epoch as f64 / (longest - 1) as f64 * width;
            format!("{x:.1},{:.1}", height - of(l) / most * height)
        });
        let places = places.collect::<Vec<_>>().join(" ");
        *out += &format!("<polyline points=\"{places}\" fill=\"none\" {style}/>\n");
    };
    curve(
        &now.ghost,
        |l| l.test,
        "stroke=\"#bbb\" stroke-dasharray=\"3 3\"",
    );
    curve(&now.losses, |l| l.test, "stroke=\"#888\"");
    curve(&now.losses, |l| l.train, "stroke=\"black\"");
    *out += &format!(
        "<text x=\"0\" y=\"{:.0}\">loss by epoch: training black, test grey, the run before dashed; the \
         highest is {most:.3}</text>\n",
        height + 15.0
    );
}
