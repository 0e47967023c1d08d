//! Matrices, their product one step at a time, and two vectors.

use super::error::PlayError;
use crate::play::number::number;

/// Rows or columns of a matrix, and components of a vector: all of it can still be followed by eye.
pub const MOST: usize = 9;

/// Rows of equal length, at least one of at least one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix(Vec<Vec<f64>>);

impl Matrix {
    /// # Errors
    /// It is empty, its rows are not equally long, or it is too large.
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Matrix, PlayError> {
        let due = rows.first().map_or(0, Vec::len);
        if due == 0 {
            return Err(PlayError::Empty);
        }
        if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != due) {
            return Err(PlayError::Ragged {
                row: i + 1,
                found: row.len(),
                due,
            });
        }
        if rows.len() > MOST || due > MOST {
            return Err(PlayError::Large {
                rows: rows.len(),
                columns: due,
            });
        }
        Ok(Matrix(rows))
    }

    /// The matrix of a line such as `1 2; 3 4`; commas may part numbers.
    pub fn parse(text: &str) -> Result<Matrix, PlayError> {
        let text = text.trim().trim_end_matches(';');
        let rows = text.split(';').map(numbers);
        Matrix::new(rows.collect::<Result<_, _>>()?)
    }

    pub fn rows(&self) -> usize {
        self.0.len()
    }

    pub fn columns(&self) -> usize {
        self.0[0].len()
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.0[row][column]
    }

    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.0[row][column] = value;
    }

    pub fn all(&self) -> &[Vec<f64>] {
        &self.0
    }

    /// The matrix in another size: what is cut is lost, and what is new is 0.
    #[must_use]
    pub fn resized(&self, rows: usize, columns: usize) -> Matrix {
        let at = |row: usize, column: usize| {
            let row = self.0.get(row);
            row.and_then(|row| row.get(column)).copied().unwrap_or(0.0)
        };
        let row = |row: usize| (0..columns).map(|column| at(row, column)).collect();
        Matrix((0..rows).map(row).collect())
    }

    #[must_use]
    pub fn transposed(&self) -> Matrix {
        let column = |j: usize| self.0.iter().map(|row| row[j]).collect();
        Matrix((0..self.columns()).map(column).collect())
    }
}

/// Numbers parted by spaces or commas.
pub fn numbers(text: &str) -> Result<Vec<f64>, PlayError> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    words.map(|word| Ok(number(word)?)).collect()
}

/// `A · B`, some steps done. Each cell takes a step for each of its products, and one in which it lands.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    pub a: Matrix,
    pub b: Matrix,
    /// Steps done.
    pub at: usize,
}

/// The part of the product that a step shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub row: usize,
    pub column: usize,
    /// Products that have appeared.
    pub products: usize,
    /// Whether the sum stands in its cell.
    pub landed: bool,
}

impl Product {
    pub fn example() -> Product {
        let matrix = |rows: &[&[f64]]| Matrix(rows.iter().map(|row| row.to_vec()).collect());
        Product {
            a: matrix(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]),
            b: matrix(&[&[1.0, 0.0], &[2.0, -1.0], &[0.0, 3.0]]),
            at: 0,
        }
    }

    /// Whether a row of A is as long as a column of B.
    pub fn fits(&self) -> bool {
        self.a.columns() == self.b.rows()
    }

    /// The number of steps; none where the two do not fit.
    pub fn steps(&self) -> usize {
        if self.fits() {
            self.cells() * self.stride()
        } else {
            0
        }
    }

    fn cells(&self) -> usize {
        self.a.rows() * self.b.columns()
    }

    /// The steps of a cell.
    pub fn stride(&self) -> usize {
        self.a.columns() + 1
    }

    /// The last step; `None` before the first.
    pub fn shown(&self) -> Option<Shown> {
        let last = self.at.checked_sub(1)?;
        let (cell, step) = (last / self.stride(), last % self.stride());
        Some(Shown {
            row: cell / self.b.columns(),
            column: cell % self.b.columns(),
            products: (step + 1).min(self.a.columns()),
            landed: step == self.a.columns(),
        })
    }

    /// The sum of the first `products` products of a cell.
    pub fn sum(&self, row: usize, column: usize, products: usize) -> f64 {
        (0..products)
            .map(|k| self.a.get(row, k) * self.b.get(k, column))
            .sum()
    }

    /// The value of a cell of C, if it has landed.
    pub fn cell(&self, row: usize, column: usize) -> Option<f64> {
        let landed = self.at / self.stride();
        (self.fits() && row * self.b.columns() + column < landed)
            .then(|| self.sum(row, column, self.a.columns()))
    }

    /// C as far as it is known.
    pub fn c(&self) -> Vec<Vec<Option<f64>>> {
        let row = |i: usize| (0..self.b.columns()).map(|j| self.cell(i, j)).collect();
        (0..self.a.rows()).map(row).collect()
    }
}

/// Two vectors, of as many numbers where they fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    pub u: Vec<f64>,
    pub v: Vec<f64>,
}

impl Vectors {
    pub fn example() -> Vectors {
        Vectors {
            u: vec![3.0, 4.0],
            v: vec![5.0, 1.0],
        }
    }

    pub fn fits(&self) -> bool {
        self.u.len() == self.v.len()
    }

    /// `u + v`
    pub fn sum(&self) -> Vec<f64> {
        self.u.iter().zip(&self.v).map(|(a, b)| a + b).collect()
    }

    /// `u · v`
    pub fn dot(&self) -> f64 {
        dot(&self.u, &self.v)
    }

    /// The lengths of u and v.
    pub fn lengths(&self) -> [f64; 2] {
        [&self.u, &self.v].map(|x| dot(x, x).sqrt())
    }

    /// The cosine of the angle between them; `None` if one has no direction.
    pub fn cosine(&self) -> Option<f64> {
        let [u, v] = self.lengths();
        (u > 0.0 && v > 0.0).then(|| (self.dot() / u / v).clamp(-1.0, 1.0))
    }

    pub fn degrees(&self) -> Option<f64> {
        self.cosine().map(|cosine| cosine.acos().to_degrees())
    }

    /// The part of u along v, `u · v / v · v` times v; `None` if v has no direction.
    pub fn projection(&self) -> Option<Vec<f64>> {
        let share = self.share()?;
        Some(self.v.iter().map(|x| x * share).collect())
    }

    /// The projection in lengths of v.
    pub fn share(&self) -> Option<f64> {
        let square = dot(&self.v, &self.v);
        (square > 0.0).then(|| self.dot() / square)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_appear_and_cells_land_in_order() {
        let mut product = Product::example();
        assert_eq!((product.steps(), product.shown()), (16, None));
        product.at = 3;
        let at = |row, column, products, landed| {
            Some(Shown {
                row,
                column,
                products,
                landed,
            })
        };
        assert_eq!(product.shown(), at(0, 0, 3, false));
        assert_eq!(product.cell(0, 0), None);
        product.at = 4;
        assert_eq!(product.shown(), at(0, 0, 3, true));
        assert_eq!(product.cell(0, 0), Some(5.0));
        product.at = 5;
        assert_eq!(product.shown(), at(0, 1, 1, false));
        product.at = product.steps();
        assert_eq!(product.shown(), at(1, 1, 3, true));
        let c: Vec<Vec<f64>> = product
            .c()
            .into_iter()
            .map(|row| row.into_iter().flatten().collect())
            .collect();
        assert_eq!(c, [[5.0, 7.0], [14.0, 13.0]]);
    }

    #[test]
    fn lines_are_matrices_and_bad_ones_say_why() {
        let matrix = Matrix::parse(" 1 2; 3,4 ;").unwrap();
        assert_eq!(matrix.all(), [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(matrix.transposed().all(), [[1.0, 3.0], [2.0, 4.0]]);
        assert_eq!(matrix.resized(1, 3).all(), [[1.0, 2.0, 0.0]]);
        let ten = "1 ".repeat(10);
        for (text, due) in [
            ("", "it is empty"),
            (" ; ", "it is empty"),
            (
                "1 2; 3",
                "row 2 has length 1, and the first row has length 2",
            ),
            ("1 x", "\"x\" is no number"),
            ("1 NaN", "NaN is not a finite number"),
            ("1e10", "1e10 is too large"),
            (ten.as_str(), "at most 9 rows and 9 columns"),
        ] {
            let why = Matrix::parse(text).unwrap_err().to_string();
            assert!(why.contains(due), "{text:?}: {why}");
        }
    }

    #[test]
    fn two_vectors_have_sum_product_angle_and_projection() {
        let vectors = Vectors::example();
        assert_eq!(vectors.sum(), [8.0, 5.0]);
        assert_eq!(vectors.dot(), 19.0);
        assert_eq!(vectors.lengths(), [5.0, 26f64.sqrt()]);
        let cosine = vectors.cosine().unwrap();
        assert!((cosine - 19.0 / 5.0 / 26f64.sqrt()).abs() < 1e-15);
        let projection = vectors.projection().unwrap();
        // The rest of u stands at right angles to v.
        let left: Vec<f64> = vectors
            .u
            .iter()
            .zip(&projection)
            .map(|(u, p)| u - p)
            .collect();
        assert!(dot(&left, &vectors.v).abs() < 1e-12);
        let right = Vectors {
            u: vec![0.0, 2.0],
            v: vec![3.0, 0.0],
        };
        assert_eq!(right.degrees(), Some(90.0));
        let none = Vectors {
            u: vec![1.0, 2.0],
            v: vec![0.0, 0.0],
        };
        assert_eq!((none.cosine(), none.projection()), (None, None));
    }
}
