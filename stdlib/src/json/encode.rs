//! Writing JSON: text from values, with the messages of CPython's encoder.

use afar_runtime::collections::list::Items;
use afar_runtime::object::attr;
use afar_runtime::object::class::unwrap;
use afar_runtime::{Fault, Res, Value, builtins, hooks, number, ops, text};
use std::fmt::Write;

/// How to write.
pub struct Options<'a> {
    /// Called with what JSON has no form for.
    pub default: Option<&'a Value>,
    /// Is all but ASCII escaped.
    pub is_ascii: bool,
    /// Are infinities and NaN written.
    pub allows_nan: bool,
    /// Are keys sorted.
    pub sorts_keys: bool,
    /// Are keys left out that JSON has no form for.
    pub skips_keys: bool,
    /// Is a value looked for among those around it.
    pub checks_circular: bool,
    /// The text of one level of indentation.
    pub indent: Option<&'a str>,
    /// Between items.
    pub item_separator: &'a str,
    /// Between a key and its value.
    pub key_separator: &'a str,
}

/// How deep values may nest.
const MAX_DEPTH: usize = 3_000;

/// Writes a value.
pub fn write(value: &Value, options: &Options<'_>) -> Res<String> {
    let mut writer = Writer { options, out: String::new(), depth: 0, around: Vec::new(), n: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer<'a> {
    options: &'a Options<'a>,
    out: String,
    depth: usize,
    around: Vec<Value>,
    n: u32,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Res<()> {
        self.n = self.n.wrapping_add(1);
        if self.n.is_multiple_of(4096) {
            hooks::poll()?;
        }
        let plain = unwrap(value);
        match plain {
            Value::List(_) | Value::Tuple(_) | Value::Dict(_) if matches!(value, Value::Instance(_)) => {
                return self.derived(value, plain);
            }
            Value::Str(text) => string(&mut self.out, text, self.options.is_ascii),
            Value::None => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(n) => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{n}");
            }
            Value::BigInt(_) => self.out.push_str(&ops::repr(plain)?),
            Value::Float(x) => {
                let shown = self.float(*x)?;
                self.out.push_str(&shown);
            }
            Value::List(list) => match list.items() {
                Items::Any(items) => return self.array(items.len(), items.iter().cloned()),
                Items::Rows(rows) => return self.array(rows.len(), rows.values()),
                Items::Int(items) => return self.array(items.len(), items.iter().map(|n| Value::Int(*n))),
                Items::Float(items) => {
                    return self.array(items.len(), items.iter().map(|x| Value::Float(*x)));
                }
            },
            Value::Tuple(items) => return self.array(items.len(), items.iter().cloned()),
            Value::Dict(dict) => {
                let pairs = dict.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                return self.object(pairs);
            }
            _ => return self.other(value),
        }
        Ok(())
    }

    fn float(&self, x: f64) -> Res<String> {
        let shown = if x.is_nan() {
            "NaN"
        } else if x.is_infinite() {
            if x > 0.0 { "Infinity" } else { "-Infinity" }
        } else {
            return Ok(number::repr(&Value::Float(x)).unwrap_or_default());
        };
        if self.options.allows_nan {
            return Ok(shown.to_owned());
        }
        let message = "Out of range float values are not JSON compliant";
        Err(Fault::value_error(match self.options.indent {
            Some(_) => format!("{message}: {}", ops::repr(&Value::Float(x))?),
            None => message.to_owned(),
        }))
    }

    fn enter(&mut self) -> Res<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = "maximum recursion depth exceeded while encoding a JSON object";
            return Err(Fault::exception("RecursionError", message));
        }
        Ok(())
    }

    /// A line break with the indentation of this depth.
    fn line(&mut self) {
        if let Some(indent) = self.options.indent {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(indent);
            }
        }
    }

    /// A container of a derived class is asked for what is in it. That it is empty it says itself where there is an indentation,
    /// for which CPython has a function in Python.
    fn derived(&mut self, value: &Value, plain: &Value) -> Res<()> {
        let is_dict = matches!(plain, Value::Dict(_));
        let is_empty = match self.options.indent {
            Some(_) => !ops::truthy(value)?,
            None => is_dict && ops::len(plain)? == 0,
        };
        if is_empty {
            self.out.push_str(if is_dict { "{}" } else { "[]" });
            return Ok(());
        }
        if is_dict {
            return self.derived_object(value);
        }
        let items = ops::collect(value)?;
        if !items.is_empty() || self.options.indent.is_none() {
            return self.array(items.len(), items.into_iter());
        }
        // The bracket that opens would come with the first item.
        self.line();
        self.out.push(']');
        Ok(())
    }

    fn derived_object(&mut self, value: &Value) -> Res<()> {
        let items = ops::call(&attr::get(value, "items")?, &[])?;
        if self.options.indent.is_none() && !ops::is_iterable(&items) {
            return Err(Fault::type_error(format!(
                "{}.items() returned a non-iterable (type {})",
                ops::type_name(value),
                ops::type_name(&items)
            )));
        }
        let mut items = ops::collect(&items)?;
        if self.options.sorts_keys {
            items = ops::collect(&sorted_values(items)?)?;
        }
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            pairs.push(self.pair(item)?);
        }
        self.members(&pairs)
    }

    fn pair(&self, item: Value) -> Res<(Value, Value)> {
        match &item {
            Value::Tuple(pair) if pair.len() == 2 => return Ok((pair[0].clone(), pair[1].clone())),
            _ if self.options.indent.is_none() => {
                return Err(Fault::value_error("items must return 2-tuples"));
            }
            _ => {}
        }
        let mut parts = [Value::None, Value::None];
        ops::unpack(&item, &mut parts, -1)?;
        Ok(parts.into())
    }

    fn array(&mut self, n: usize, items: impl Iterator<Item = Value>) -> Res<()> {
        if n == 0 {
            self.out.push_str("[]");
            return Ok(());
        }
        self.enter()?;
        self.out.push('[');
        for (i, item) in items.enumerate() {
            if i > 0 {
                self.out.push_str(self.options.item_separator);
            }
            self.line();
            self.value(&item)?;
        }
        self.depth -= 1;
        self.line();
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, pairs: Vec<(Value, Value)>) -> Res<()> {
        if pairs.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        let pairs = if self.options.sorts_keys { sorted(pairs)? } else { pairs };
        self.members(&pairs)
    }

    fn members(&mut self, pairs: &[(Value, Value)]) -> Res<()> {
        self.enter()?;
        self.out.push('{');
        if self.options.indent.is_some() {
            self.line();
        }
        let mut is_first = true;
        for (key, value) in pairs {
            let Some(key) = self.key(key)? else { continue };
            if !is_first {
                self.out.push_str(self.options.item_separator);
                self.line();
            }
            is_first = false;
            string(&mut self.out, &key, self.options.is_ascii);
            self.out.push_str(self.options.key_separator);
            self.value(value)?;
        }
        self.depth -= 1;
        self.line();
        self.out.push('}');
        Ok(())
    }

    /// The text of a key; `None` where it is left out.
    fn key(&self, key: &Value) -> Res<Option<String>> {
        let plain = unwrap(key);
        Ok(Some(match plain {
            Value::Str(text) => text.as_str().to_owned(),
            Value::Float(x) => self.float(*x)?,
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) => "false".to_owned(),
            Value::None => "null".to_owned(),
            Value::Int(_) | Value::BigInt(_) => ops::repr(plain)?,
            _ if self.options.skips_keys => return Ok(None),
            _ => {
                return Err(Fault::type_error(format!(
                    "keys must be str, int, float, bool or None, not {}",
                    ops::type_name(key)
                )));
            }
        }))
    }

    fn other(&mut self, value: &Value) -> Res<()> {
        let Some(default) = self.options.default else {
            return Err(Fault::type_error(format!(
                "Object of type {} is not JSON serializable",
                afar_runtime::object::class_of(value).name
            )));
        };
        if self.options.checks_circular && self.around.iter().any(|v| ops::is_same_object(v, value)) {
            return Err(Fault::value_error("Circular reference detected"));
        }
        self.around.push(value.clone());
        let made = ops::call(default, std::slice::from_ref(value))?;
        // What `default` gives lies on the same line, but one call deeper.
        if self.around.len() + self.depth > MAX_DEPTH {
            let message = "maximum recursion depth exceeded while encoding a JSON object";
            return Err(Fault::exception("RecursionError", message));
        }
        self.value(&made)?;
        self.around.pop();
        Ok(())
    }
}

/// The pairs as `sorted(d.items())` orders them.
fn sorted(pairs: Vec<(Value, Value)>) -> Res<Vec<(Value, Value)>> {
    let tuples = pairs.into_iter().map(|(k, v)| Value::tuple(vec![k, v])).collect();
    let sorted = ops::collect(&sorted_values(tuples)?)?;
    Ok(sorted
        .iter()
        .filter_map(|pair| match pair {
            Value::Tuple(pair) => Some((pair[0].clone(), pair[1].clone())),
            _ => None,
        })
        .collect())
}

fn sorted_values(items: Vec<Value>) -> Res {
    ops::call(&builtins::lookup("sorted").unwrap_or_default(), &[Value::list(items)])
}

/// Writes a string with its quotes.
pub fn string(out: &mut String, text: &str, is_ascii: bool) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\x0c' => "\\f",
            '\x08' => "\\b",
            ' '..='~' => continue,
            '\0'..='\x1f' => "",
            _ if is_ascii => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        out.push_str(escape);
        if escape.is_empty() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// The text that a value is, for the quick form of a string alone.
pub fn text_of(value: &Value) -> Option<&str> {
    text::str_of(value).map(|text| text.as_str())
}
