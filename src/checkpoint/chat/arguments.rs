//! Arguments as Python takes them: by position or by name.

use minijinja::value::{Kwargs, Rest, Value, ValueOrKwargs, from_args};
use minijinja::{Error, ErrorKind};

/// The arguments of a filter or function, in any order.
pub(super) type Arguments = Rest<ValueOrKwargs>;

/// The values of the parameters `names`, each given by position or by name.
///
/// # Errors
/// There are too many arguments, one of an unknown name, or one given twice.
pub(super) fn bind<const N: usize>(
    args: &[Value],
    names: [&str; N],
) -> Result<[Option<Value>; N], Error> {
    let (placed, named): (&[Value], Kwargs) = from_args(args)?;
    if placed.len() > N {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let mut bound = [const { None }; N];
    for (n, name) in names.iter().enumerate() {
        bound[n] = match (placed.get(n), named.has(name)) {
            (Some(_), true) => {
                let what = format!("the argument `{name}` is given twice");
                return Err(Error::new(ErrorKind::TooManyArguments, what));
            }
            (Some(value), false) => Some(value.clone()),
            (None, true) => Some(named.get(name)?),
            (None, false) => None,
        };
    }
    named.assert_all_used()?;
    Ok(bound)
}

/// The value of a parameter that must be given.
///
/// # Errors
/// It is missing.
pub(super) fn needed(value: Option<Value>, name: &str) -> Result<Value, Error> {
    value.ok_or_else(|| {
        let what = format!("the argument `{name}` is missing");
        Error::new(ErrorKind::MissingArgument, what)
    })
}
