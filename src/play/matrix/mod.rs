//! The product of two matrices step by step, and two vectors: sum, dot product, angle, projection.
//!
//! | file | what |
//! |---|---|
//! | [`model`] | matrices, the product and its steps, vectors |
//! | [`pace`] | the speed at which steps follow one another by themselves |
//! | [`data`] | CSV files |
//! | [`command`] | every command, declared once |
//! | [`reply`] | what a command says, as text and JSON |
//! | [`words`] | every sentence |
//! | [`error`] | what can be wrong |

pub mod command;
pub mod data;
pub mod error;
pub mod model;
pub mod pace;
pub mod reply;
pub mod words;

use std::path::Path;

use command::{COMMANDS, Command, Thing};
use error::PlayError;
use model::{MOST, Matrix, Product, Vectors};
use pace::Pace;
use reply::Reply;

use super::wrote;

/// Changes that can be undone.
const MOST_UNDONE: usize = 50;

/// The calculation that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Product,
    Vectors,
}

/// All that a person can change.
#[derive(Clone, Debug, PartialEq)]
struct State {
    kind: Kind,
    product: Product,
    vectors: Vectors,
}

/// Two matrices and two vectors, how far the product has come, and how fast it goes.
#[derive(Clone, Debug)]
pub struct Play {
    now: State,
    /// States before changes, the newest last.
    past: Vec<State>,
    pub pace: Pace,
}

impl Default for Play {
    fn default() -> Play {
        Play {
            now: State {
                kind: Kind::Product,
                product: Product::example(),
                vectors: Vectors::example(),
            },
            past: Vec::new(),
            pace: Pace::default(),
        }
    }
}

impl Play {
    pub fn kind(&self) -> Kind {
        self.now.kind
    }

    pub fn product(&self) -> &Product {
        &self.now.product
    }

    pub fn vectors(&self) -> &Vectors {
        &self.now.vectors
    }

    /// Run one command line. `None` after `quit`. What fails changes nothing.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, PlayError> {
        let command = command::parse(line)?;
        match command {
            Command::Quit => return Ok(None),
            Command::Help => return Ok(Some(text(COMMANDS.help()))),
            Command::Show => {}
            Command::Undo => self.now = self.past.pop().ok_or(PlayError::NothingToUndo)?,
            Command::Product => self.now.kind = Kind::Product,
            Command::Vectors => self.now.kind = Kind::Vectors,
            Command::Speed(speed) => {
                self.pace.change(speed);
                return Ok(Some(text(words::speed(self.pace.steps()))));
            }
            Command::Save(thing, file) => return self.save(thing, &file).map(Some),
            Command::Step(_)
            | Command::Back(_)
            | Command::Cell(_)
            | Command::CellBack(_)
            | Command::Start
            | Command::End
            | Command::Play => self.go(&command)?,
            command => {
                let mut next = self.now.clone();
                next.change(command)?;
                if next != self.now {
                    let before = std::mem::replace(&mut self.now, next);
                    self.past.push(before);
                    let old = self.past.len().saturating_sub(MOST_UNDONE);
                    self.past.drain(..old);
                }
            }
        }
        Ok(Some(self.show()))
    }

    fn show(&self) -> Reply {
        match self.now.kind {
            Kind::Product => Reply::of_product(&self.now.product),
            Kind::Vectors => Reply::of_vectors(&self.now.vectors),
        }
    }

    /// Take steps, forwards or back.
    fn go(&mut self, command: &Command) -> Result<(), PlayError> {
        if self.now.kind == Kind::Vectors {
            return Err(PlayError::NoSteps);
        }
        let product = &mut self.now.product;
        if !product.fits() {
            return Err(unfit(product));
        }
        let (at, stride, end) = (product.at, product.stride(), product.steps());
        let to = match command {
            Command::Step(n) => at.saturating_add(*n),
            Command::Cell(n) => (at / stride).saturating_add(*n).saturating_mul(stride),
            Command::Back(n) => at.saturating_sub(*n),
            Command::CellBack(n) => at.div_ceil(stride).saturating_sub(*n) * stride,
            Command::Start => 0,
            _ => end,
        };
        match (to > at, to.min(end)) {
            (true, to) if to == at => return Err(PlayError::AtEnd),
            (false, to) if to == at && *command != Command::Start => {
                return Err(
                    if at == 0 && end > 0 && !matches!(command, Command::End | Command::Play) {
                        PlayError::AtStart
                    } else {
                        PlayError::AtEnd
                    },
                );
            }
            (_, to) => product.at = to,
        }
        Ok(())
    }

    fn save(&self, thing: Option<Thing>, file: &Path) -> Result<Reply, PlayError> {
        let State {
            product, vectors, ..
        } = &self.now;
        let rows = match thing {
            Some(Thing::A) => product.a.all().to_vec(),
            Some(Thing::B) => product.b.all().to_vec(),
            Some(Thing::U) => vec![vectors.u.clone()],
            Some(Thing::V) => vec![vectors.v.clone()],
            None if !product.fits() => return Err(unfit(product)),
            None => {
                let rows = product.c().into_iter();
                let rows = rows.map(|row| row.into_iter().collect::<Option<Vec<f64>>>());
                let rows: Option<Vec<_>> = rows.collect();
                rows.ok_or(PlayError::Unfinished)?
            }
        };
        data::write(file, &rows)?;
        Ok(text(wrote(file)))
    }
}

impl State {
    /// Do what a command says that can be undone. The product begins again where its numbers change.
    fn change(&mut self, command: Command) -> Result<(), PlayError> {
        let product = &mut self.product;
        match command {
            Command::Matrix(thing, matrix) => self.put(thing, matrix)?,
            Command::Vector(thing, numbers) => self.put_vector(thing, numbers)?,
            Command::Load(thing, file) => {
                let matrix = data::read(&file)?;
                match thing {
                    Thing::A | Thing::B => self.put(thing, matrix)?,
                    // A file of one row, or of one column.
                    Thing::U | Thing::V => {
                        let numbers: Vec<f64> = matrix.all().concat();
                        self.put_vector(thing, numbers)?;
                    }
                }
            }
            Command::Set(thing, at, value) => self.set(thing, &at, value)?,
            Command::Size(rows, inner, columns) => {
                for (rows, columns) in [(rows, inner), (inner, columns)] {
                    if rows == 0 || columns == 0 {
                        return Err(PlayError::Empty);
                    }
                    if rows > MOST || columns > MOST {
                        return Err(PlayError::Large { rows, columns });
                    }
                }
                product.a = product.a.resized(rows, inner);
                product.b = product.b.resized(inner, columns);
                self.begin();
            }
            Command::Turn(thing) => {
                let matrix = match thing {
                    Thing::A => product.a.transposed(),
                    _ => product.b.transposed(),
                };
                self.put(thing, matrix)?;
            }
            Command::Swap => {
                match self.kind {
                    Kind::Product => {
                        std::mem::swap(&mut product.a, &mut product.b);
                        self.begin();
                    }
                    Kind::Vectors => std::mem::swap(&mut self.vectors.u, &mut self.vectors.v),
                };
            }
            Command::Example => match self.kind {
                Kind::Product => *product = Product::example(),
                Kind::Vectors => self.vectors = Vectors::example(),
            },
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self) {
        self.kind = Kind::Product;
        self.product.at = 0;
    }

    fn put(&mut self, thing: Thing, matrix: Matrix) -> Result<(), PlayError> {
        match thing {
            Thing::A => self.product.a = matrix,
            Thing::B => self.product.b = matrix,
            Thing::U | Thing::V => return Err(PlayError::NoThing(thing.letter().into())),
        }
        self.begin();
        Ok(())
    }

    fn put_vector(&mut self, thing: Thing, numbers: Vec<f64>) -> Result<(), PlayError> {
        if numbers.is_empty() || numbers.len() > MOST {
            return Err(PlayError::LongVector(numbers.len()));
        }
        match thing {
            Thing::U => self.vectors.u = numbers,
            _ => self.vectors.v = numbers,
        }
        self.kind = Kind::Vectors;
        Ok(())
    }

    fn set(&mut self, thing: Thing, at: &[String], value: f64) -> Result<(), PlayError> {
        let product = &mut self.product;
        let lengths = match thing {
            Thing::A => vec![product.a.rows(), product.a.columns()],
            Thing::B => vec![product.b.rows(), product.b.columns()],
            Thing::U => vec![self.vectors.u.len()],
            Thing::V => vec![self.vectors.v.len()],
        };
        let index = |(word, length): (&String, &usize)| match word.parse::<usize>() {
            Ok(i @ 1..) if i <= *length => Some(i - 1),
            _ => None,
        };
        let found: Option<Vec<usize>> = at.iter().zip(&lengths).map(index).collect();
        let Some(found) = found else {
            let size = match lengths[..] {
                [rows, columns] => words::size(rows, columns),
                _ => lengths[0].to_string(),
            };
            return Err(PlayError::NoElement {
                name: thing.letter(),
                given: at.join(", "),
                size,
            });
        };
        match (thing, &found[..]) {
            (Thing::A, &[row, column]) => product.a.set(row, column, value),
            (Thing::B, &[row, column]) => product.b.set(row, column, value),
            (Thing::U, &[i]) => self.vectors.u[i] = value,
            (Thing::V, &[i]) => self.vectors.v[i] = value,
            _ => {}
        }
        match thing {
            Thing::A | Thing::B => self.begin(),
            Thing::U | Thing::V => self.kind = Kind::Vectors,
        }
        Ok(())
    }
}

fn unfit(product: &Product) -> PlayError {
    let size = |m: &Matrix| (m.rows(), m.columns());
    PlayError::Unfit {
        a: size(&product.a),
        b: size(&product.b),
    }
}

fn text(text: String) -> Reply {
    Reply::Text { text }
}

#[cfg(test)]
mod tests;
