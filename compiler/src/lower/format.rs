//! Format strings: the pieces that are known as one template, with the values between them.

use super::{Lower, Part, Val};
use crate::ir::Operand;
use crate::types::Ty;
use afar_lang::ast::{Conversion, Expr, FormatPart};
use afar_runtime::abi::Rt;
use afar_runtime::{Value, ops};

/// A format that is longer is not tried out when code is compiled: its result may be large.
const LONGEST_TRIED: usize = 6;

/// What is known of a format string so far: the text before each value, and its format; behind the last one the text at the end.
#[derive(Default)]
struct Template {
    text: String,
    pieces: Vec<Value>,
    values: Vec<Val>,
}

impl Template {
    fn push(&mut self, value: Val, spec: &str) {
        self.pieces.push(Value::string(std::mem::take(&mut self.text)));
        self.pieces.push(Value::str(spec));
        self.values.push(value);
    }
}

impl<'t> Lower<'_, 't> {
    pub(super) fn eval_format(&mut self, parts: &'t [FormatPart]) -> Val {
        let mut template = Template::default();
        for part in parts {
            match part {
                FormatPart::Text(text) => template.text.push_str(text),
                FormatPart::Value { value, debug, conversion, spec } => {
                    if let Some(debug) = debug {
                        template.text.push_str(debug);
                    }
                    let default = debug.is_some() && conversion.is_none() && spec.is_none();
                    let conversion = if default { Some(Conversion::Repr) } else { *conversion };
                    self.format_part(value, conversion, spec.as_deref(), &mut template);
                }
            }
            if self.dead {
                return Val::never();
            }
        }
        self.fill_template(template)
    }

    fn fill_template(&mut self, mut template: Template) -> Val {
        if template.values.is_empty() {
            let text = self.comp.intern(&template.text);
            return Val { ty: Ty::Str, parts: vec![Part::Const(text)] };
        }
        template.pieces.push(Value::string(template.text));
        let pieces = Operand::Const(self.comp.constant(Value::tuple(template.pieces)));
        let (first, n) = self.run_of(&template.values);
        self.rt_value(Rt::fill_text, vec![pieces, Operand::Reg(first), Operand::Imm(n)]).typed(Ty::Str)
    }

    /// `str(value)` where that runs nothing of the program.
    pub(super) fn text_of(&mut self, value: &Val) -> Option<Val> {
        if value.ty == Ty::Str {
            return Some(value.clone());
        }
        let mut template = Template::default();
        cannot_fail(&value.ty, None, "").then(|| {
            template.push(value.clone(), "");
            self.fill_template(template)
        })
    }

    /// `template % values` of a known template, where formatting the values runs nothing of the program.
    pub(super) fn percent(&mut self, template: &Val, values: &Val) -> Option<Val> {
        let Ty::Const(id) = template.ty else { return None };
        let text = self.comp.const_value(id).as_str()?.to_owned();
        let items = values.items().unwrap_or_else(|| vec![values.clone()]);
        let template = self.percent_template(&text, &items)?;
        Some(self.fill_template(template))
    }

    /// The text that a value is known to be.
    fn const_text(&self, value: &Val) -> Option<String> {
        match value.ty {
            Ty::Const(id) => self.comp.const_value(id).as_str().map(str::to_owned),
            _ => None,
        }
    }

    /// The pieces of a template of `%`: none where a conversion does not do the same as some format of this value, or where there are
    /// more or fewer values than it takes.
    fn percent_template(&self, text: &str, values: &[Val]) -> Option<Template> {
        let mut template = Template::default();
        let mut values = values.iter();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            template.text.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                template.text.push('%');
                rest = after;
                continue;
            }
            let n_flags = after.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
            let (width, after) = after.split_at(n_flags);
            let kind = after.chars().next()?;
            let value = values.next()?;
            rest = &after[kind.len_utf8()..];
            if let ("", 's', Some(known)) = (width, kind, self.const_text(value)) {
                template.text.push_str(&known);
                continue;
            }
            let spec = spec_of(width, kind, &value.ty)?;
            if !cannot_fail(&value.ty, None, &spec) {
                return None;
            }
            template.push(value.clone(), &spec);
        }
        template.text.push_str(rest);
        values.next().is_none().then_some(template)
    }

    fn format_part(
        &mut self,
        value: &'t Expr,
        conversion: Option<Conversion>,
        spec: Option<&'t [FormatPart]>,
        template: &mut Template,
    ) {
        let value = self.eval(value);
        if self.dead {
            return;
        }
        if let (None | Some(Conversion::Str), None, Some(text)) = (conversion, spec, self.const_text(&value))
        {
            template.text.push_str(&text);
            return;
        }
        if let Some(spec) = known_text(spec.unwrap_or_default())
            && cannot_fail(&value.ty, conversion, &spec)
        {
            template.push(value, &spec);
            return;
        }
        let spec = self.eval_format(spec.unwrap_or_default());
        if self.dead {
            return;
        }
        let conversion = match conversion {
            None => 0,
            Some(Conversion::Str) => 1,
            Some(Conversion::Repr) => 2,
            Some(Conversion::Ascii) => 3,
        };
        let (value, spec) = (self.boxed_operand(&value), self.boxed_operand(&spec));
        let text = self.rt_value(Rt::format_value, vec![value, Operand::Imm(conversion), spec]);
        template.push(text.typed(Ty::Str), "");
    }
}

fn known_text(parts: &[FormatPart]) -> Option<String> {
    parts
        .iter()
        .map(|part| match part {
            FormatPart::Text(text) => Some(&**text),
            FormatPart::Value { .. } => None,
        })
        .collect()
}

/// Is it so that formatting a value of this type raises nothing and runs nothing of the program: then it does not show when it is
/// done.
fn cannot_fail(ty: &Ty, conversion: Option<Conversion>, spec: &str) -> bool {
    let sample = match ty {
        Ty::Int => Value::Int(0),
        Ty::Bool => Value::Bool(true),
        Ty::Float => Value::Float(0.0),
        Ty::Str => Value::str(""),
        _ => return false,
    };
    let is_plain = match conversion {
        None => true,
        Some(Conversion::Str) => spec.is_empty() || *ty == Ty::Str,
        Some(Conversion::Repr | Conversion::Ascii) => spec.is_empty() && *ty != Ty::Str,
    };
    // Whether an int is a character depends on the int.
    is_plain && spec.len() <= LONGEST_TRIED && !spec.ends_with('c') && ops::format(&sample, spec).is_ok()
}

/// The format that does what a conversion of `%` does.
fn spec_of(width: &str, kind: char, ty: &Ty) -> Option<String> {
    match (kind, ty) {
        ('d' | 'i', Ty::Int)
        | ('s', Ty::Int | Ty::Float | Ty::Bool | Ty::Str)
        | ('r', Ty::Int | Ty::Float)
            if width.is_empty() =>
        {
            Some(String::new())
        }
        ('d', Ty::Int) if !width.contains('.') => Some(format!("{width}d")),
        ('x', Ty::Int) if !width.contains('.') => Some(format!("{width}x")),
        ('f' | 'e' | 'g', Ty::Float) if width.contains('.') && !width.ends_with('.') => {
            Some(format!("{width}{kind}"))
        }
        ('f' | 'e' | 'g', Ty::Float) if width.is_empty() => Some(format!(".6{kind}")),
        _ => None,
    }
}
