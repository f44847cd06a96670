//! Expressions of literals alone, computed once, when they are lowered.

use super::Lower;
use afar_lang::ast::{BinOp, Constant, Expr, ExprKind, UnaryOp};
use afar_runtime::{Value, ops};

/// The largest result that is worth a constant: more is computed where it is asked for, where it can be stopped.
const MAX_BITS: u64 = 1 << 12;

impl Lower<'_, '_> {
    /// The value of an expression that is made of literals, where computing it cannot fail or take long.
    pub(super) fn fold(&mut self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Binary { .. } | ExprKind::Unary { .. } => {}
            ExprKind::Tuple(items) | ExprKind::List(items) if !items.is_empty() => {}
            _ => return None,
        }
        self.fold_inner(expr)
    }

    fn fold_inner(&mut self, expr: &Expr) -> Option<Value> {
        if self.unfoldable.contains(&expr.id) {
            return None;
        }
        let value = match &expr.kind {
            ExprKind::Constant(c) => return literal(c),
            ExprKind::Binary { .. } => self.fold_chain(expr),
            ExprKind::Unary { op, operand } => self.fold_inner(operand).and_then(|v| fold_unary(*op, &v)),
            ExprKind::Tuple(items) => self.fold_items(items).map(Value::tuple),
            ExprKind::List(items) => self.fold_items(items).map(Value::list),
            _ => None,
        };
        if value.is_none() {
            self.unfoldable.insert(expr.id);
        }
        value
    }

    /// `a + b + c`, however long: the chain leans to the left.
    fn fold_chain(&mut self, expr: &Expr) -> Option<Value> {
        let mut chain = Vec::new();
        let mut at = expr;
        while let ExprKind::Binary { op, left, right } = &at.kind {
            if self.unfoldable.contains(&at.id) {
                return None;
            }
            chain.push((*op, right, at.id));
            at = left;
        }
        let Some(mut value) = self.fold_inner(at).filter(is_number) else {
            self.unfoldable.extend(chain.iter().map(|(_, _, id)| *id));
            return None;
        };
        while let Some((op, right, id)) = chain.pop() {
            let next = self.fold_inner(right).filter(is_number).and_then(|r| fold_binary(op, &value, &r));
            let Some(next) = next else {
                self.unfoldable.insert(id);
                self.unfoldable.extend(chain.iter().map(|(_, _, id)| *id));
                return None;
            };
            value = next;
        }
        Some(value)
    }

    fn fold_items(&mut self, items: &[Expr]) -> Option<Vec<Value>> {
        items.iter().map(|item| self.fold_inner(item)).collect()
    }
}

fn literal(c: &Constant) -> Option<Value> {
    Some(match c {
        Constant::None => Value::None,
        Constant::Ellipsis => Value::Ellipsis,
        Constant::Bool(b) => Value::Bool(*b),
        Constant::Int(n) => Value::Int(*n),
        Constant::Float(x) => Value::Float(*x),
        Constant::Imaginary(x) => Value::complex(0.0, *x),
        Constant::Str(s) => Value::str(&**s),
        Constant::Bytes(b) => Value::bytes(b.to_vec()),
        Constant::BigInt(digits) => Value::big(num_bigint::BigInt::parse_bytes(digits.as_bytes(), 16)?),
    })
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::BigInt(_) | Value::Complex(_))
}

fn fold_unary(op: UnaryOp, value: &Value) -> Option<Value> {
    if !is_number(value) {
        return None;
    }
    match op {
        UnaryOp::Neg => ops::unary(ops::UnaryOp::Neg, value).ok(),
        UnaryOp::Pos => ops::unary(ops::UnaryOp::Pos, value).ok(),
        UnaryOp::Invert => ops::unary(ops::UnaryOp::Invert, value).ok(),
        UnaryOp::Not => None,
    }
}

fn bits(value: &Value) -> u64 {
    match value {
        Value::Int(n) => 64 - u64::from(n.unsigned_abs().leading_zeros()),
        Value::BigInt(n) => n.bits(),
        _ => 1,
    }
}

fn fold_binary(op: BinOp, a: &Value, b: &Value) -> Option<Value> {
    let size = match (op, b) {
        (BinOp::Pow, Value::Int(n)) => bits(a).saturating_mul(n.unsigned_abs()),
        (BinOp::LShift, Value::Int(n)) => bits(a).saturating_add(n.unsigned_abs()),
        (BinOp::Pow | BinOp::LShift, Value::BigInt(_)) => u64::MAX,
        _ => bits(a) + bits(b),
    };
    if size > MAX_BITS {
        return None;
    }
    let op = match op {
        BinOp::Add => ops::BinOp::Add,
        BinOp::Sub => ops::BinOp::Sub,
        BinOp::Mul => ops::BinOp::Mul,
        BinOp::Div => ops::BinOp::Div,
        BinOp::FloorDiv => ops::BinOp::FloorDiv,
        BinOp::Mod => ops::BinOp::Mod,
        BinOp::Pow => ops::BinOp::Pow,
        BinOp::LShift => ops::BinOp::LShift,
        BinOp::RShift => ops::BinOp::RShift,
        BinOp::BitAnd => ops::BinOp::BitAnd,
        BinOp::BitOr => ops::BinOp::BitOr,
        BinOp::BitXor => ops::BinOp::BitXor,
        BinOp::MatMul => return None,
    };
    ops::binary(op, a, b).ok()
}
