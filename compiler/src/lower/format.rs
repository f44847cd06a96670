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
        if template.values.is_empty() {
            let text = self.comp.intern(&template.text);
            return Val { ty: Ty::Str, parts: vec![Part::Const(text)] };
        }
        template.pieces.push(Value::string(template.text));
        let pieces = Operand::Const(self.comp.constant(Value::tuple(template.pieces)));
        let (first, n) = self.run_of(&template.values);
        self.rt_value(Rt::fill_text, vec![pieces, Operand::Reg(first), Operand::Imm(n)]).typed(Ty::Str)
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
