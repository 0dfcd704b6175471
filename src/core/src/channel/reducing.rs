//! A channel that folds every write into its value with the user's function.

use super::Values;
use crate::error::Rule;
use crate::host::Host;
use std::sync::Arc;

/// An overwrite replaces the value and silences the other writes of the superstep that follow it.
pub fn update<H: Host>(
    host: &mut H,
    name: &Arc<str>,
    cell: &mut Option<H::Value>,
    reducer: &H::Value,
    values: Values<H::Value>,
) -> Result<bool, H::Error> {
    if cell.is_some() && values.is_empty() {
        return Ok(false);
    }
    let mut values = values.into_iter();
    let mut current = match cell.clone() {
        Some(value) => value,
        None => match values.next() {
            Some(first) => first,
            None => return Ok(false),
        },
    };
    let mut overwritten = false;
    for value in values {
        match host.overwrite(&value)? {
            Some(_) if overwritten => {
                return Err(Rule::SecondOverwrite { channel: name.clone() }.into());
            }
            Some(inner) => {
                current = inner;
                overwritten = true;
            }
            None if overwritten => {}
            None => current = host.reduce(reducer, current, value)?,
        }
    }
    *cell = Some(current);
    Ok(true)
}
