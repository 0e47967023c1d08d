//! Screens of things to play with, one folder each. They share terminal, events, theme and widgets with the
//! debugger's screen.

pub mod matrix;
pub mod perceptron;
