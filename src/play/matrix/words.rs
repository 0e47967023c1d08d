//! Every sentence about matrices and vectors that a person reads, on the screen or in batch.

use super::model::{Matrix, Product, Vectors};
use crate::lang::{say, say_with};
pub use crate::play::perceptron::words::number;

/// A number behind an operator: a negative one stands in brackets.
pub fn factor(x: f64) -> String {
    match number(x) {
        negative if negative.starts_with('-') => format!("({negative})"),
        plain => plain,
    }
}

/// `2×3`
pub fn size(rows: usize, columns: usize) -> String {
    format!("{rows}×{columns}")
}

pub fn vector(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|x| number(*x)).collect();
    format!("({})", numbers.join(", "))
}

/// Why there is no product.
fn unfit(product: &Product) -> String {
    let size = |m: &Matrix| size(m.rows(), m.columns());
    let args = [
        ("a", size(&product.a).into()),
        ("b", size(&product.b).into()),
    ];
    say_with("matrix-unfit", &args)
}

/// The last step.
pub fn step(product: &Product) -> String {
    if !product.fits() {
        return unfit(product);
    }
    let Some(shown) = product.shown() else {
        return say("matrix-start").into();
    };
    let (row, column) = (shown.row, shown.column);
    let last = shown.products - 1;
    let (x, w) = (product.a.get(row, last), product.b.get(last, column));
    let term = format!("{} × {} = {}", number(x), factor(w), number(x * w));
    let sum = number(product.sum(row, column, shown.products));
    let [row, column] = [row, column].map(|i| (i + 1).to_string());
    let place = [("row", row.into()), ("column", column.into())];
    match last {
        _ if shown.landed => say_with(
            "matrix-step-landed",
            &[&place[..], &[("sum", sum.into())]].concat(),
        ),
        0 => say_with(
            "matrix-step-first",
            &[&place[..], &[("term", term.into())]].concat(),
        ),
        _ => {
            let args = [
                ("number", shown.products.to_string().into()),
                ("term", term.into()),
                ("sum", sum.into()),
            ];
            say_with("matrix-step-next", &args)
        }
    }
}

/// The products of the cell so far: `1 × 5 + 2 × (-7) = -9`.
pub fn sum(product: &Product) -> String {
    let Some(shown) = product.shown().filter(|_| product.fits()) else {
        return String::new();
    };
    let (row, column) = (shown.row, shown.column);
    let term = |k: usize| {
        let (x, w) = (product.a.get(row, k), product.b.get(k, column));
        format!("{} × {}", factor(x), factor(w))
    };
    let terms: Vec<String> = (0..shown.products).map(term).collect();
    let sum = number(product.sum(row, column, shown.products));
    format!("{} = {sum}", terms.join(" + "))
}

/// Sum, product, lengths, angle and projection, a line each.
pub fn vectors(vectors: &Vectors) -> Vec<String> {
    if !vectors.fits() {
        return vec![unfit_vectors(vectors)];
    }
    let [u, v] = vectors.lengths();
    let terms = vectors.u.iter().zip(&vectors.v);
    let terms: Vec<String> = terms
        .map(|(a, b)| format!("{} × {}", factor(*a), factor(*b)))
        .collect();
    let mut lines = vec![
        format!("u + v = {}", vector(&vectors.sum())),
        format!("u · v = {} = {}", terms.join(" + "), number(vectors.dot())),
        format!("|u| = {}   |v| = {}", number(u), number(v)),
    ];
    match (vectors.cosine(), vectors.degrees()) {
        (Some(cosine), Some(degrees)) => {
            let args = [
                ("cosine", number(cosine).into()),
                ("degrees", number(degrees).into()),
            ];
            lines.push(say_with("matrix-angle", &args));
            lines.push(meaning(cosine).into());
        }
        _ => lines.push(say("matrix-no-direction").into()),
    }
    lines.push(match (vectors.projection(), vectors.share()) {
        (Some(onto), Some(share)) => {
            let args = [
                ("share", factor(share).into()),
                ("vector", vector(&onto).into()),
            ];
            say_with("matrix-projected", &args)
        }
        _ => say("matrix-no-onto").into(),
    });
    lines
}

/// Words for what a cosine says of two directions.
fn meaning(cosine: f64) -> &'static str {
    say(match cosine {
        c if c > 0.999_999 => "matrix-same-way",
        c if c < -0.999_999 => "matrix-opposite",
        c if c.abs() < 1e-6 => "matrix-right-angle",
        c if c > 0.0 => "matrix-similar",
        _ => "matrix-away",
    })
}

fn unfit_vectors(vectors: &Vectors) -> String {
    let length = |numbers: &[f64]| numbers.len().to_string();
    let args = [
        ("u", length(&vectors.u).into()),
        ("v", length(&vectors.v).into()),
    ];
    say_with("matrix-unfit-vectors", &args)
}

/// The pace of `play`.
pub fn speed(steps: f64) -> String {
    say_with("matrix-speed", &[("steps", number(steps).into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_with_their_numbers() {
        let mut product = Product::example();
        assert_eq!(step(&product), say("matrix-start"));
        product.at = 6;
        assert_eq!(
            step(&product),
            "Number 2 of each: 2 × (-1) = -2. The sum is now -2."
        );
        assert_eq!(sum(&product), "1 × 0 + 2 × (-1) = -2");
        product.at = 8;
        assert_eq!(step(&product), "The sum 7 lands in row 1, column 2 of C.");
        product.b = product.b.resized(2, 2);
        assert!(step(&product).starts_with("A is 2×3 and B is 2×2"));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(1e9), "1.00e9");
        assert_eq!(factor(-2.5), "(-2.5)");
    }
}
