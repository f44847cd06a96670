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
        self.bounded(name, N, required.min(n_positional_only), required, n_positional)?;
        for (slot, value) in out.iter_mut().zip(self.pos) {
            *slot = Some(value);
        }
        for (i, slot) in out.iter_mut().enumerate().skip(self.pos.len().max(n_positional_only)) {
            *slot = self.kw.iter().find(|(key, _)| key.as_str() == params[i]).map(|(_, value)| value);
            if slot.is_none() && i < required {
                let message = format!("{name}() missing required argument '{}' (pos {})", params[i], i + 1);
                return Err(Fault::type_error(message));
            }
        }
        self.no_others(name, &params, n_positional_only)?;
        Ok(out)
    }

    /// The argument of a function written in Python that takes one.
    pub fn only(&self, name: &str, param: &str) -> Res<&'a Value> {
        let [value] = self.bind_python(name, [param], 1, 1)?;
        value.ok_or_else(|| Fault::type_error(format!("{name}() takes one argument")))
    }

    /// Binds arguments as a function written in Python does, with its messages: the first `required` names are to be given, those from
    /// `n_positional` on are by keyword only.
    pub fn bind_python<const N: usize>(
        &self,
        name: &str,
        params: [&str; N],
        required: usize,
        n_positional: usize,
    ) -> Res<[Option<&'a Value>; N]> {
        self.bind_behind(0, name, params, required, n_positional)
    }

    /// As [`Args::bind_python`], of a method whose receiver is not among the arguments: it is counted.
    pub fn bind_method<const N: usize>(
        &self,
        name: &str,
        params: [&str; N],
        required: usize,
        n_positional: usize,
    ) -> Res<[Option<&'a Value>; N]> {
        self.bind_behind(1, name, params, required, n_positional)
    }

    fn bind_behind<const N: usize>(
        &self,
        n_receivers: usize,
        name: &str,
        params: [&str; N],
        required: usize,
        n_positional: usize,
    ) -> Res<[Option<&'a Value>; N]> {
        let mut out = [None; N];
        for (slot, value) in out.iter_mut().zip(self.pos).take(n_positional) {
            *slot = Some(value);
        }
        for (key, value) in self.kw {
            let wrong = match params.iter().position(|p| *p == key.as_str()) {
                Some(i) if out[i].is_none() => {
                    out[i] = Some(value);
                    continue;
                }
                Some(_) => format!("{name}() got multiple values for argument '{key}'"),
                None => format!("{name}() got an unexpected keyword argument '{key}'"),
            };
            return Err(Fault::type_error(wrong));
        }
        if self.pos.len() > n_positional {
            let least = required.min(n_positional);
            return Err(self.too_many(n_receivers, name, &params[n_positional..], least, n_positional));
        }
        let missing = |range: std::ops::Range<usize>| -> Vec<String> {
            range.filter(|&i| out[i].is_none()).map(|i| format!("'{}'", params[i])).collect()
        };
        for (what, names) in [
            ("positional", missing(0..required.min(n_positional))),
            ("keyword-only", missing(n_positional.min(required)..required)),
        ] {
            if !names.is_empty() {
                return Err(crate::object::call::missing_error(name, what, &names));
            }
        }
        Ok(out)
    }

    /// The wording of too many positional arguments, of a function written in Python.
    fn too_many(
        &self,
        n_receivers: usize,
        name: &str,
        keyword_only: &[&str],
        required: usize,
        n: usize,
    ) -> Fault {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let (required, n, given) = (required + n_receivers, n + n_receivers, self.pos.len() + n_receivers);
        let takes = if required < n { format!("from {required} to {n}") } else { n.to_string() };
        let n_keywords = self.kw.iter().filter(|(key, _)| keyword_only.contains(&key.as_str())).count();
        let (counted, verb) = if n_keywords == 0 {
            (String::new(), if given == 1 { "was" } else { "were" })
        } else {
            let (s, k) = (plural(given), plural(n_keywords));
            (format!(" positional argument{s} (and {n_keywords} keyword-only argument{k})"), "were")
        };
        let s = if required < n { "s" } else { plural(n) };
        Fault::type_error(format!(
            "{name}() takes {takes} positional argument{s} but {given}{counted} {verb} given"
        ))
    }

    /// Refuses keywords that repeat what was given by position, and those that name no parameter.
    fn no_others(&self, name: &str, params: &[&str], n_positional_only: usize) -> Res<()> {
        if self.kw.is_empty() {
            return Ok(());
        }
        let given = |param: &str| self.kw.iter().any(|(key, _)| key.as_str() == param);
        let by_position = params.iter().enumerate().take(self.pos.len()).skip(n_positional_only);
        let message = if let Some((i, param)) = by_position.into_iter().find(|(_, p)| given(p)) {
            format!("argument for {name}() given by name ('{param}') and position ({})", i + 1)
        } else if let Some((key, _)) =
            self.kw.iter().find(|(key, _)| !params[n_positional_only..].contains(&key.as_str()))
        {
            format!("'{key}' is an invalid keyword argument for {name}()")
        } else {
            return Ok(());
        };
        Err(Fault::type_error(message))
    }

    /// Refuses more arguments than there are parameters, more by position than can be, and fewer than must be.
    fn bounded(&self, name: &str, n: usize, least: usize, required: usize, most: usize) -> Res<()> {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        let (given, by_position) = (self.pos.len() + self.kw.len(), self.pos.len());
        let message = if given > n {
            let keyword = if by_position == 0 { "keyword " } else { "" };
            format!("{name}() takes at most {n} {keyword}argument{} ({given} given)", s(n))
        } else if by_position > most && most == 0 {
            format!("{name}() takes no positional arguments")
        } else if by_position > most {
            let how = if required < most { "at most" } else { "exactly" };
            format!("{name}() takes {how} {most} positional argument{} ({by_position} given)", s(most))
        } else if by_position < least {
            let how = if least < most { "at least" } else { "exactly" };
            format!("{name}() takes {how} {least} positional argument{} ({by_position} given)", s(least))
        } else {
            return Ok(());
        };
        Err(Fault::type_error(message))
    }
}
