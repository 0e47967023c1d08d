//! The lens grid: every block's output at 128 tokens, against the one product with the unembedding that it cannot
//! do without. The bench needs a model's folder.

mod common;
#[path = "common/prompt.rs"]
mod prompt;

use std::time::Instant;

use common::Spread;
use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::grid::Chosen;
use layerwise::trace::query::{Query, Temperature};
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use tch::{Device, Kind, Tensor};

const TOKENS: usize = 128;
const PAIRS: usize = 5;
/// Rows of one product: the logits of more do not stay in the processor's cache.
const ROWS: i64 = 128;

fn main() {
    let Some(model) = common::model() else {
        return;
    };
    let checkpoint = Checkpoint::open(&model).expect("a model's folder");
    let prompt = prompt::prompt(&checkpoint, TOKENS);
    let mut source = engine::open(checkpoint, &prompt, &common::options()).expect("an engine");
    let end = source.passes()[0].plan.len() - 1;
    source
        .run_to(0, end, &Control::default())
        .expect("the pass runs");
    let info = source.model().clone();
    let block = |i| format!("blocks.{i}.hook_resid_post");
    let points: Vec<String> = (0..info.n_layers).map(block).collect();
    let (rows, d_model) = ((points.len() * TOKENS) as i64, info.d_model as i64);
    let place = (Kind::Float, Device::Cpu);
    let stream = Tensor::randn([rows, d_model], place);
    let head = Tensor::randn([info.d_vocab as i64, d_model], place);
    let (mut products, mut grids) = (Vec::new(), Vec::new());
    for pair in 0..=PAIRS {
        let product = product(&stream, &head);
        let grid = grid(source.as_mut(), &points);
        if pair > 0 {
            products.push(product);
            grids.push(grid);
        }
    }
    println!(
        "grid: {} blocks × {TOKENS} tokens, {PAIRS} pairs: product {:.2} s, grid {:.2} s, ratio (at most 2) {:.2}",
        points.len(),
        Spread::of(products.clone()),
        Spread::of(grids.clone()),
        Spread::of_ratios(&grids, &products)
    );
}

/// The seconds of the product alone, a part of its rows at a time.
fn product(stream: &Tensor, head: &Tensor) -> f64 {
    let (start, none) = (Instant::now(), None::<&Tensor>);
    for rows in stream.split(ROWS, 0) {
        let logits = rows.to_mkldnn().mkldnn_linear(head, none);
        drop(logits.to_dense(None, false));
    }
    start.elapsed().as_secs_f64()
}

/// The seconds of the grid, with the rank of the token that follows in each cell.
fn grid(source: &mut dyn Source, points: &[String]) -> f64 {
    let query = Query::Grid {
        pass: 0,
        points: points.to_vec(),
        rows: None,
        of: Some(Chosen::Next),
        temperature: Temperature::default(),
    };
    let start = Instant::now();
    source
        .answer(&query, &Control::default())
        .expect("the grid");
    start.elapsed().as_secs_f64()
}
