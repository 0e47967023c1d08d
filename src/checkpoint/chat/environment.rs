//! The template environment: minijinja, set up like Jinja in transformers.

use std::fmt::Write;

use chrono::Local;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, escape_formatter};

use super::{filters, globals, json, methods, source};

/// The budget in steps of the template engine: less than a second, unless single steps take long.
const FUEL: u64 = 1_000_000;

/// The environment of transformers' `apply_chat_template`, with a budget.
///
/// # Errors
/// None, unless minijinja refuses the settings.
pub(super) fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    environment.set_formatter(write_value);
    environment.set_unknown_method_callback(methods::method);
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    environment.add_function("strftime_now", |format: String| strftime(&format));
    environment.add_function("cycler", globals::cycler);
    environment.add_function("joiner", globals::joiner);
    environment.add_filter("center", filters::center);
    for name in ["e", "escape", "forceescape"] {
        environment.add_filter(name, filters::escape);
    }
    environment.add_filter("float", filters::float);
    environment.add_filter(source::PERCENT, filters::percent);
    environment.add_filter("striptags", minijinja_contrib::filters::striptags);
    environment.add_filter("tojson", json::tojson);
    environment.add_filter("truncate", filters::truncate);
    environment.add_filter("urlencode", filters::urlencode);
    environment.add_filter("wordcount", filters::wordcount);
    environment.add_test("callable", filters::is_callable);
    environment.add_test("iterable", filters::is_iterable);
    environment.add_test("sequence", filters::is_sequence);
    Ok(environment)
}

/// Write numbers as Python does, and everything else as minijinja does.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let number = Some(value).filter(|value| value.kind() == ValueKind::Number);
    match number.filter(|value| !value.is_integer()) {
        Some(number) => {
            let text = json::float(f64::try_from(number.clone())?);
            escape_formatter(out, state, &Value::from(text))
        }
        None => escape_formatter(out, state, value),
    }
}

/// The time of day by `format`. An unknown format is an error, where chrono would panic.
fn strftime(format: &str) -> Result<String, Error> {
    let mut text = String::new();
    write!(text, "{}", Local::now().format(format)).map_err(|_| {
        let what = format!("strftime_now cannot read the format {format:?}");
        Error::new(ErrorKind::InvalidOperation, what)
    })?;
    Ok(text)
}
