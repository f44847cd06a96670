//! The arguments of a call to a function written in Rust, and the wording of wrong calls.

use super::{Str, Value};
use crate::{Fault, Res};

/// The arguments of one call: positional ones, then keywords in the order of the call.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// By position; a method's receiver comes first.
    pub pos: &'a [Value],
    /// By name.
    pub kw: &'a [(Str, Value)],
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    pub fn positional(pos: &'a [Value]) -> Self {
        Self { pos, kw: &[] }
    }

    /// The receiver of a method.
    ///
    /// A method is never called without one: attribute look-up binds it, and `str.upper()` without one is refused before.
    pub fn receiver(&self) -> &'a Value {
        &self.pos[0]
    }

    /// A method's arguments without the receiver.
    pub fn rest(&self) -> Args<'a> {
        Args { pos: &self.pos[1..], kw: self.kw }
    }

    /// Refuses keywords, and fewer than `min` or more than `max` positional arguments, in the words of CPython's
    /// `PyArg_UnpackTuple` and of its one-argument and no-argument functions.
    pub fn count(&self, name: &str, min: usize, max: usize) -> Res<()> {
        self.no_keywords(name)?;
        let n = self.pos.len();
        if (min..=max).contains(&n) {
            return Ok(());
        }
        let s = |n: usize| if n == 1 { "" } else { "s" };
        Err(Fault::type_error(match (min, max) {
            (0, 0) => format!("{name}() takes no arguments ({n} given)"),
            (1, 1) => format!("{name}() takes exactly one argument ({n} given)"),
            _ if min == max => format!("{name} expected {min} argument{}, got {n}", s(min)),
            _ if n < min => format!("{name} expected at least {min} argument{}, got {n}", s(min)),
            _ => format!("{name} expected at most {max} argument{}, got {n}", s(max)),
        }))
    }

    /// Refuses keywords.
    pub fn no_keywords(&self, name: &str) -> Res<()> {
        if self.kw.is_empty() {
            Ok(())
        } else {
            Err(Fault::type_error(format!("{name}() takes no keyword arguments")))
        }
    }

    /// Binds arguments to named parameters as CPython's Argument Clinic does, with its messages.
    ///
    /// The first `n_positional_only` names cannot be given by keyword; the first `required` must be given; those from
    /// `n_positional` on are keyword-only.
    pub fn bind<const N: usize>(
        &self,
        name: &str,
        params: [&str; N],
        n_positional_only: usize,
        required: usize,
        n_positional: usize,
    ) -> Res<[Option<&'a Value>; N]> {
        let mut out = [None; N];
        let given = self.pos.len() + self.kw.len();
        if self.pos.len() > n_positional {
            let s = if n_positional == 1 { "" } else { "s" };
            let how = if required >= n_positional { "exactly" } else { "at most" };
            let positional = if n_positional < N || n_positional_only > 0 { "positional " } else { "" };
            return Err(Fault::type_error(if n_positional == 0 {
                format!("{name}() takes no positional arguments")
            } else {
                format!("{name}() takes {how} {n_positional} {positional}argument{s} ({given} given)")
            }));
        }
        for (slot, value) in out.iter_mut().zip(self.pos) {
            *slot = Some(value);
        }
        for (key, value) in self.kw {
            match params.iter().position(|p| *p == key.as_str()) {
                Some(i) if i >= n_positional_only => {
                    if out[i].is_some() {
                        return Err(Fault::type_error(format!(
                            "argument for {name}() given by name ('{key}') and position ({})",
                            i + 1
                        )));
                    }
                    out[i] = Some(value);
                }
                _ => {
                    return Err(Fault::type_error(format!(
                        "'{key}' is an invalid keyword argument for {name}()"
                    )));
                }
            }
        }
        if let Some(i) = (0..required).find(|&i| out[i].is_none()) {
            return Err(Fault::type_error(if i < n_positional_only {
                let s = if required == 1 { "" } else { "s" };
                format!(
                    "{name}() takes at least {required} positional argument{s} ({} given)",
                    self.pos.len()
                )
            } else {
                format!("{name}() missing required argument '{}' (pos {})", params[i], i + 1)
            }));
        }
        Ok(out)
    }
}
