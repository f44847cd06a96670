//! The functions that compiled code may call.

use super::table::{Output, Param, Reused, guard, shims};
use super::{Ctx, RtInfo, UNBOUND_GLOBAL, UNBOUND_LOCAL, run, run_mut};
use crate::collections::{self, Dict, Items, List, Range, Set, Slice, rows::Rows};
use crate::fault::FaultKind;
use crate::iter::Resume;
use crate::number::exact_sum::ExactSum;
use crate::number::float;
use crate::object::group::{Caught, CaughtCell};
use crate::object::{self, Cell, attr, cache, call, exception, matching};
use crate::ops::{BinOp, CmpOp, UnaryOp};
use crate::pool::Acc;
use crate::{Args, Fault, Ref, Res, Str, Value, hooks, ops};
use num_integer::{Integer, Roots};

const BIN_OPS: [BinOp; 13] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::Div,
    BinOp::FloorDiv,
    BinOp::Mod,
    BinOp::Pow,
    BinOp::MatMul,
    BinOp::LShift,
    BinOp::RShift,
    BinOp::BitAnd,
    BinOp::BitOr,
    BinOp::BitXor,
];
const CMP_OPS: [CmpOp; 6] = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge];
const UNARY_OPS: [UnaryOp; 3] = [UnaryOp::Neg, UnaryOp::Pos, UnaryOp::Invert];

fn nth<T: Copy>(all: &[T], n: i64) -> Res<T> {
    usize::try_from(n)
        .ok()
        .and_then(|n| all.get(n).copied())
        .ok_or_else(|| bug("an operator without a number"))
}

/// In a block a proxy is the value that it stands for.
fn in_block(value: Value) -> Res {
    if let Value::Host(host) = &value
        && crate::abi::view_id() != 0
        && let Some(result) = host.0.stands_for()
    {
        return result;
    }
    Ok(value)
}

fn bug(what: &str) -> Fault {
    Fault::not_pure(format!("internal error: {what}"))
}

fn text(value: &Value) -> Res<&Str> {
    match value {
        Value::Str(s) => Ok(s),
        _ => Err(bug("a name that is no text")),
    }
}

fn widened<T>(site: i64) -> Res<T> {
    Err(Fault::new(FaultKind::Widen(u32::try_from(site).unwrap_or(0))))
}

fn fits(value: Value, site: i64) -> Res<i64> {
    match value {
        Value::Int(n) => Ok(n),
        _ => widened(site),
    }
}

/// The names of the keywords of a call, from a constant tuple.
fn keywords(names: &Value) -> &[Value] {
    match names {
        Value::Tuple(names) => names,
        _ => &[],
    }
}

/// So many arguments need no memory of their own.
const FEW: usize = 4;

/// Splits the values of a call by the names of its keywords, and runs it.
fn with_args(values: &mut [Value], names: &Value, run: impl FnOnce(&Args<'_>) -> Res) -> Res {
    let names = keywords(names);
    let n_pos = values.len() - names.len().min(values.len());
    if names.is_empty() && n_pos <= FEW {
        let mut taken: [Value; FEW] = Default::default();
        taken.iter_mut().zip(values).for_each(|(to, from)| *to = std::mem::take(from));
        return run(&Args::positional(&taken[..n_pos]));
    }
    let taken: Vec<Value> = values.iter_mut().map(std::mem::take).collect();
    if names.is_empty() {
        return run(&Args::positional(&taken));
    }
    let kw: Vec<(Str, Value)> = names
        .iter()
        .zip(&taken[n_pos..])
        .filter_map(|(n, v)| if let Value::Str(n) = n { Some((n.clone(), v.clone())) } else { None })
        .collect();
    run(&Args { pos: &taken[..n_pos], kw: &kw })
}

/// Changes a list that is being built, or whose only reference this is.
fn with_list(list: &mut Value, change: impl FnOnce(&mut Items)) -> Res<()> {
    check_growth(list)?;
    match list {
        Value::List(list) => match Ref::get_mut(list) {
            Some(own) => {
                own.update(change);
                Ok(())
            }
            None => {
                let mut items = list.items().clone();
                change(&mut items);
                *list = Ref::new(List::new(items));
                Ok(())
            }
        },
        _ => Err(bug("no list is being built")),
    }
}

fn with_dict(dict: &mut Value, change: impl FnOnce(&mut Dict) -> Res<()>) -> Res<()> {
    match dict {
        Value::Dict(dict) => change(Ref::make_mut(dict)),
        _ => Err(bug("no dict is being built")),
    }
}

/// Uses the values of a run, and drops them.
fn dropped(run: &mut [Value], used: impl FnOnce(&[Value]) -> Res<()>) -> Res<()> {
    let result = used(run);
    run.fill(Value::Unbound);
    result
}

fn with_set(set: &mut Value, change: impl FnOnce(&mut Set) -> Res<()>) -> Res<()> {
    match set {
        Value::Set(set) => change(Ref::make_mut(set)),
        _ => Err(bug("no set is being built")),
    }
}

/// Refuses to grow a list that is being built beyond what fits: asked where its buffer is full, so that it costs nothing.
fn check_growth(list: &Value) -> Res<()> {
    let Value::List(list) = list else { return Ok(()) };
    let items = list.items();
    let (len, capacity, bytes) = (items.len(), items.capacity(), items.item_bytes());
    if len < capacity || len < 1 << 16 {
        return Ok(());
    }
    hooks::poll()?;
    // The buffer grows by as much again.
    if crate::budget::fits(len.saturating_mul(bytes)) {
        return Ok(());
    }
    crate::budget::check(len, bytes, &format!("a list of more than {len} items"))
}

/// A list that nobody else sees.
#[inline]
fn own_list(list: &mut Value) -> Option<&mut List> {
    match list {
        Value::List(list) => Ref::get_mut(list),
        _ => None,
    }
}

#[inline]
fn add_int(list: &mut Value, n: i64) -> Res<()> {
    match own_list(list).is_some_and(|list| list.push_int_into_room(n)) {
        true => Ok(()),
        false => with_list(list, |items| push_int(items, n)),
    }
}

#[inline]
fn add_float(list: &mut Value, x: f64) -> Res<()> {
    match own_list(list).is_some_and(|list| list.push_float_into_room(x)) {
        true => Ok(()),
        false => with_list(list, |items| push_float(items, x)),
    }
}

fn push_int(items: &mut Items, n: i64) {
    match items {
        Items::Int(v) => v.push(n),
        Items::Any(v) if v.is_empty() => *items = Items::Int(vec![n]),
        other => other.push(Value::Int(n)),
    }
}

fn push_float(items: &mut Items, x: f64) {
    match items {
        Items::Float(v) => v.push(x),
        Items::Any(v) if v.is_empty() => *items = Items::Float(vec![x]),
        other => other.push(Value::Float(x)),
    }
}

/// Adds a row of zeros to a list that is empty or holds rows of this form; the address of its words.
fn add_row(items: &mut Items, form: i64) -> usize {
    if let Items::Any(v) = items
        && v.is_empty()
        && let Some(rows) = u32::try_from(form).ok().and_then(Rows::with_form)
    {
        *items = Items::Rows(rows);
    }
    match items {
        Items::Rows(rows) => rows.add(),
        _ => unreachable!("compiled code adds rows of one form to lists that it makes for them alone"),
    }
}

/// The sum at an address that compiled code keeps in its frame.
fn sum_at<'a>(address: i64) -> &'a mut ExactSum {
    let address = usize::try_from(address).unwrap_or(0);
    // SAFETY: compiled code passes the address of frame memory of `EXACT_SUM_BYTES` that `exact_new` initialised, and uses it
    // from one thread.
    unsafe { &mut *std::ptr::with_exposed_provenance_mut::<ExactSum>(address) }
}

/// The accumulator that a body of a range was given.
fn acc_at<'a>(address: i64) -> &'a mut Acc {
    let address = usize::try_from(address).unwrap_or(0);
    // SAFETY: compiled bodies of ranges pass on the address that the pool gave them, and use it from one thread, while they run.
    unsafe { &mut *std::ptr::with_exposed_provenance_mut::<Acc>(address) }
}

/// The bytes of an exact sum in a frame.
pub const EXACT_SUM_BYTES: usize = std::mem::size_of::<ExactSum>();

/// The error of a name that is not bound: of the function itself, of the edge, or of what is around the function.
fn name_error(name: &Value, kind: i64) -> Fault {
    let name = text(name).map_or("?", |s| s.as_str());
    let (class, message) = match kind {
        UNBOUND_LOCAL => (
            "UnboundLocalError",
            format!("cannot access local variable '{name}' where it is not associated with a value"),
        ),
        UNBOUND_GLOBAL => ("NameError", format!("name '{name}' is not defined")),
        _ => (
            "NameError",
            format!(
                "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
            ),
        ),
    };
    exception::name_error(class, message, name)
}

fn class_namespace(
    names: &Value,
    values: &mut [Value],
    info: &[Value],
    annotated: &Value,
) -> Res<Vec<(Str, Value)>> {
    let mut namespace = Vec::new();
    if let Some(doc @ Value::Str(_)) = info.get(3) {
        namespace.push((Str::new("__doc__"), doc.clone()));
    }
    let annotated = keywords(annotated);
    if !annotated.is_empty() {
        let mut dict = Dict::new();
        for pair in annotated.chunks_exact(2) {
            dict.insert(pair[0].clone(), pair[1].clone())?;
        }
        for (name, value) in keywords(names).iter().zip(&mut *values) {
            if let Some(name) = text(name)?.strip_prefix(object::class::ANNOTATED) {
                // A text stands for what it says as a literal.
                let value = match std::mem::take(value) {
                    found @ Value::Str(_) => Value::string(crate::ops::repr(&found)?),
                    found => found,
                };
                dict.insert(Value::str(name), value)?;
            }
        }
        namespace.push((Str::new("__annotations__"), Value::Dict(Ref::new(dict))));
    }
    if let Some(Value::Tuple(rebound)) = info.get(4)
        && !rebound.is_empty()
    {
        namespace.push((Str::new(object::class::REBOUND), Value::Tuple(rebound.clone())));
    }
    if let Some(Value::Bool(true)) = info.get(5) {
        namespace.push((Str::new(object::class::ASKS_ITSELF), Value::None));
    }
    for (name, value) in keywords(names).iter().zip(values) {
        let value = std::mem::take(value);
        if value.is_bound() {
            namespace.push((text(name)?.clone(), value));
        }
    }
    Ok(namespace)
}

/// Gives a caught exception back to the way that it was on, with the frames that it has.
fn caught_cell(value: &Value) -> Res<&CaughtCell> {
    match value {
        Value::Host(host) => host.downcast::<CaughtCell>(),
        _ => None,
    }
    .ok_or_else(|| bug("no caught exception"))
}

fn rethrow(exception: &Value) -> Fault {
    if let Some(fault) = crate::abi::held::held(exception) {
        return fault;
    }
    Fault::new(FaultKind::Exception(exception.clone()))
}

/// The fault of a `raise`, with the exception that is being handled as its context.
fn while_handling(ctx: &Ctx, fault: Fault) -> Fault {
    if let (Some(new), Some(handled)) = (fault.as_exception(), ctx.handling.borrow().last()) {
        exception::set_context(new, handled);
    }
    if let Some(new) = fault.as_exception() {
        exception::mark_raised(new);
    }
    fault
}

/// Is it this module that was not found, not one that it imports.
fn is_about(fault: &Fault, module: &str) -> bool {
    fault.as_exception().and_then(exception::state).is_some_and(|state| {
        let start = format!("No module named '{module}'");
        matches!(state.args().first(), Some(Value::Str(text)) if text.starts_with(&start))
    })
}

/// The error of `from module import name` where there is no such name.
fn cannot_import(module: &object::Module, name: &str) -> Fault {
    if object::modules::is_absent(module, name) {
        return Fault::not_pure(format!("`{}.{name}` is not there", module.name));
    }
    let place = module.file.as_ref().map_or("unknown location", |file| file.as_str());
    Fault::exception(
        "ImportError",
        if module.is_ready() {
            format!("cannot import name '{name}' from '{}' ({place})", module.name)
        } else {
            format!(
                "cannot import name '{name}' from partially initialized module '{}' (most likely due to a circular \
             import) ({place})",
                module.name
            )
        },
    )
}

fn pick_range(start: i64, stop: i64, step: i64) -> Value {
    Value::Range(Ref::new(Range { start: Value::Int(start), stop: Value::Int(stop), step: Value::Int(step) }))
}

fn range_of(start: i64, stop: i64, step: i64) -> i128 {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let n = match step.signum() {
        1 => (stop - start + step - 1).div_euclid(step),
        -1 => (start - stop - step - 1).div_euclid(-step),
        _ => 0,
    };
    n.max(0)
}

/// `iterator.send` and `throw` for `yield from`.
fn delegate_to(iterator: &Value, with: Option<Resume>) -> Res<Option<Value>> {
    let Value::Iter(it) = iterator else {
        return match with {
            Some(Resume::Throw(fault)) => Err(fault),
            Some(Resume::Send(value)) if !value.is_none() => {
                let args = [value];
                call::call_method(iterator, "send", &Args::positional(&args)).map(Some)
            }
            _ => ops::next(iterator),
        };
    };
    match with {
        None => ops::next(iterator),
        Some(Resume::Send(Value::None)) => ops::next(iterator),
        Some(with) => it.with(|state| {
            let is_throw = if let Resume::Throw(fault) = &with { Some(fault.clone()) } else { None };
            match state.resume(with) {
                Some(result) => result,
                None => Err(is_throw.unwrap_or_else(|| {
                    Fault::attribute_error(format!("'{}' object has no attribute 'send'", state.type_name()))
                })),
            }
        }),
    }
}

shims! {
    // Slots.

    /// `dst = src`, counted.
    fn clone_value(_ctx, dst: &mut Value, src: &Value) -> () {
        let value = src.clone();
        *dst = value;
        Ok(())
    }
    /// `dst = src`, and `src` is left empty.
    fn move_value(_ctx, dst: &mut Value, src: &mut Value) -> () {
        *dst = std::mem::take(src);
        Ok(())
    }
    /// Empties consecutive slots.
    fn drop_run(_ctx, first: &mut Value, n: i64) -> () {
        for slot in run_mut(first, n) {
            // Most are plain. To read one as a whole takes long right after compiled code has written it in two halves.
            if slot.is_counted() {
                crate::collections::spare::drop_or_keep(std::mem::take(slot));
            } else {
                *slot = Value::Unbound;
            }
        }
        Ok(())
    }
    /// A copy.
    fn copy(_ctx, value: &Value) -> Value {
        Ok(value.clone())
    }

    // Operators.

    /// `a op b`.
    fn binary(_ctx, op: i64, a: &Value, b: &Value) -> Value {
        ops::binary(nth(&BIN_OPS, op)?, a, b)
    }
    /// `op a`.
    fn unary(_ctx, op: i64, a: &Value) -> Value {
        ops::unary(nth(&UNARY_OPS, op)?, a)
    }
    /// `a op b` of a comparison.
    fn compare(_ctx, op: i64, a: &Value, b: &Value) -> Value {
        ops::compare(nth(&CMP_OPS, op)?, a, b)
    }
    /// A comparison that gives a bool.
    fn compare_bool(_ctx, op: i64, a: &Value, b: &Value) -> bool {
        ops::truthy(&ops::compare(nth(&CMP_OPS, op)?, a, b)?)
    }
    /// `a is b`.
    fn is_same(_ctx, a: &Value, b: &Value) -> bool {
        ops::is(a, b)
    }
    /// `a is b` for `None`, `True`, `False` in a pattern.
    fn is_singleton(_ctx, a: &Value, b: &Value) -> bool {
        Ok(matching::singleton_pattern(a, b))
    }
    /// `item in container`.
    fn contains(_ctx, container: &Value, item: &Value) -> bool {
        ops::contains(container, item)
    }
    /// `bool(a)`.
    fn truthy(_ctx, a: &Value) -> bool {
        ops::truthy(a)
    }
    /// `len(a)`.
    fn len(_ctx, a: &Value) -> i64 {
        Ok(i64::try_from(ops::len(a)?).unwrap_or(i64::MAX))
    }
    /// `a[index]`.
    fn get_item(_ctx, a: &Value, index: &Value) -> Value {
        ops::getitem(a, index)
    }
    /// `a[from:to]` of a text or list.
    fn slice_of(_ctx, a: &Value, from: i64, to: i64) -> Value {
        collections::part_of(a, from, to)
    }
    /// `lower:upper:step`.
    fn make_slice(_ctx, lower: &Value, upper: &Value, step: &Value) -> Value {
        Ok(Value::Slice(Ref::new(Slice { start: lower.clone(), stop: upper.clone(), step: step.clone() })))
    }

    // Numbers.
    /// A loop begins that may become a range: what its clock starts from.
    fn loop_begins(_ctx, site: i64, n: i64) -> i64 {
        Ok(crate::pool::spread::loop_begins(site, n))
    }


    /// `a / b` of ints.
    fn int_div(_ctx, a: i64, b: i64) -> f64 {
        const EXACT: u64 = 1 << 53;
        if b == 0 {
            return Err(Fault::zero_division("division by zero"));
        }
        #[expect(clippy::cast_precision_loss, reason = "both are exact below 2**53")]
        if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
            return Ok(a as f64 / b as f64);
        }
        match ops::binary(BinOp::Div, &Value::Int(a), &Value::Int(b))? {
            Value::Float(x) => Ok(x),
            _ => Err(bug("a quotient that is no float")),
        }
    }
    /// `a ** b` of ints, where `b` is not negative.
    fn int_pow(_ctx, a: i64, b: i64, site: i64) -> i64 {
        match u32::try_from(b).ok().and_then(|b| a.checked_pow(b)) {
            Some(n) => Ok(n),
            None => widened(site),
        }
    }
    /// `a ** b` of floats.
    fn float_pow(_ctx, a: f64, b: f64, site: i64) -> f64 {
        match float::pow(a, b)? {
            Value::Float(x) => Ok(x),
            _ => widened(site),
        }
    }
    /// `a << b`.
    fn int_shl(_ctx, a: i64, b: i64, site: i64) -> i64 {
        if b < 0 {
            return Err(Fault::value_error("negative shift count"));
        }
        fits(ops::binary(BinOp::LShift, &Value::Int(a), &Value::Int(b))?, site)
    }
    /// `a >> b`.
    fn int_shr(_ctx, a: i64, b: i64, _site: i64) -> i64 {
        if b < 0 {
            return Err(Fault::value_error("negative shift count"));
        }
        Ok(a >> b.min(63))
    }
    /// `a % b` of floats.
    fn float_mod(_ctx, a: f64, b: f64) -> f64 {
        match float::binary(BinOp::Mod, a, b) {
            Some(Ok(Value::Float(x))) => Ok(x),
            Some(Err(fault)) => Err(fault),
            _ => Err(bug("a rest that is no float")),
        }
    }
    /// `a // b` of floats.
    fn float_floordiv(_ctx, a: f64, b: f64) -> f64 {
        match float::binary(BinOp::FloorDiv, a, b) {
            Some(Ok(Value::Float(x))) => Ok(x),
            Some(Err(fault)) => Err(fault),
            _ => Err(bug("a quotient that is no float")),
        }
    }
    /// `int(a)`.
    fn float_to_int(_ctx, a: f64, site: i64) -> i64 {
        fits(float::to_int(a)?, site)
    }
    /// `int(text)`.
    fn text_to_int(_ctx, value: &Value, site: i64) -> i64 {
        match crate::number::parse_int(text(value)?, 10) {
            Ok(Some(Value::Int(n))) => Ok(n),
            _ => fits(crate::number::construct_int(&Args::positional(std::slice::from_ref(value)))?, site),
        }
    }
    /// `float(text)`.
    fn text_to_float(_ctx, value: &Value) -> f64 {
        match crate::number::construct_float(&Args::positional(std::slice::from_ref(value)))? {
            Value::Float(x) => Ok(x),
            _ => Err(bug("a float that is none")),
        }
    }
    /// `math.floor(a)`.
    fn float_floor(_ctx, a: f64, site: i64) -> i64 {
        fits(float::to_int(a.floor())?, site)
    }
    /// `math.ceil(a)`.
    fn float_ceil(_ctx, a: f64, site: i64) -> i64 {
        fits(float::to_int(a.ceil())?, site)
    }
    /// `math.isqrt(a)`.
    fn int_isqrt(_ctx, a: i64) -> i64 {
        if a < 0 {
            return Err(Fault::value_error("isqrt() argument must be nonnegative"));
        }
        Ok(Roots::sqrt(&a))
    }
    /// `math.gcd(a, b)`.
    fn int_gcd(_ctx, a: i64, b: i64, site: i64) -> i64 {
        i64::try_from(a.unsigned_abs().gcd(&b.unsigned_abs())).or_else(|_| widened(site))
    }
    /// A function of `math` by its number, where what libm gives is not finite.
    fn math_unary(_ctx, which: i64, a: f64) -> f64 {
        nth(&crate::abi::libm::MathFn::ALL, which)?.checked(a)
    }
    /// A new exact sum in the frame.
    fn exact_new(_ctx, at: i64) -> () {
        let address = usize::try_from(at).unwrap_or(0);
        // SAFETY: compiled code passes the address of `EXACT_SUM_BYTES` of its frame.
        unsafe { std::ptr::with_exposed_provenance_mut::<ExactSum>(address).write(ExactSum::new()) };
        Ok(())
    }
    /// Adds to an exact sum.
    fn exact_add(_ctx, at: i64, x: f64) -> () {
        sum_at(at).add_f64(x);
        Ok(())
    }
    /// The sum, rounded once; the int 0 where nothing was added. `sum` starts with the int 0, so that -0.0 counts as 0.0.
    fn exact_finish(_ctx, at: i64, n: i64) -> Value {
        if n == 0 {
            return Ok(Value::Int(0));
        }
        let sum = sum_at(at);
        sum.add_int(&Value::Int(0));
        Ok(Value::Float(sum.finish()))
    }
    /// `sum` of a list of 64-bit ints.
    fn sum_ints(_ctx, list: &Value, site: i64) -> i64 {
        if let Value::List(list) = list
            && let Items::Int(items) = list.items()
        {
            let total: i128 = items.iter().map(|n| i128::from(*n)).sum();
            return i64::try_from(total).or_else(|_| widened(site));
        }
        fits(crate::iter::sum::of(list, Value::Int(0))?, site)
    }
    /// `sum` of any list.
    ///
    /// `hidden` is 1 where the order of the items must not show.
    fn sum_list(_ctx, list: &Value, hidden: i64) -> Value {
        if hidden != 0 {
            return crate::iter::sum::of_unordered(ops::collect(list)?, Value::Int(0));
        }
        crate::iter::sum::of(list, Value::Int(0))
    }
    /// `sum` of a range.
    fn sum_range(_ctx, start: i64, stop: i64, step: i64, site: i64) -> i64 {
        let n = range_of(start, stop, step);
        let last = i128::from(start) + (n - 1) * i128::from(step);
        let total = (i128::from(start) + last).checked_mul(n).map(|t| t / 2);
        match total.and_then(|t| i64::try_from(if n == 0 { 0 } else { t }).ok()) {
            Some(total) => Ok(total),
            None => widened(site),
        }
    }
    /// A word of 64 bits without a sign as a value.
    fn box_word(_ctx, word: i64) -> Value {
        Ok(crate::number::word_value(word.cast_unsigned()))
    }
    /// The word that a value is known to be.
    fn unbox_word(_ctx, value: &Value) -> i64 {
        Ok(crate::number::word_of(value).unwrap_or(0).cast_signed())
    }
    /// A word as a float, rounded to nearest.
    fn word_to_float(_ctx, word: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "as CPython, it is rounded to nearest")]
        let x = word.cast_unsigned() as f64;
        Ok(x)
    }
    /// `len` of a range.
    fn range_len(_ctx, start: i64, stop: i64, step: i64) -> i64 {
        Ok(i64::try_from(range_of(start, stop, step)).unwrap_or(i64::MAX))
    }
    /// A step of a range is not zero.
    fn check_step(_ctx, step: i64) -> () {
        if step == 0 { Err(Fault::value_error("range() arg 3 must not be zero")) } else { Ok(()) }
    }

    // Collections.

    /// A tuple of the values of a run, which are taken.
    fn make_tuple(_ctx, first: &mut Value, n: i64) -> Value {
        Ok(Value::tuple(run_mut(first, n).iter_mut().map(std::mem::take).collect::<Vec<_>>()))
    }
    /// A list of the values of a run, which are taken.
    fn make_list(_ctx, first: &mut Value, n: i64) -> Value {
        Ok(Value::list(run_mut(first, n).iter_mut().map(std::mem::take).collect::<Vec<_>>()))
    }
    /// A range.
    fn make_range(_ctx, start: i64, stop: i64, step: i64) -> Value {
        Ok(pick_range(start, stop, step))
    }
    /// Start, stop or step of a range of 64-bit ints.
    fn range_part(_ctx, range: &Value, which: i64) -> i64 {
        if let Value::Range(range) = range
            && let Some(parts) = range.small()
        {
            return Ok(match which {
                0 => parts.0,
                1 => parts.1,
                _ => parts.2,
            });
        }
        Err(bug("no small range"))
    }
    /// An item of a tuple.
    fn tuple_item(_ctx, tuple: &Value, at: i64) -> Value {
        match tuple {
            Value::Tuple(items) => {
                usize::try_from(at).ok().and_then(|at| items.get(at).cloned()).ok_or_else(|| bug("no such item"))
            }
            _ => Err(bug("no tuple")),
        }
    }
    /// The item of a list at an index that is known to be inside.
    fn list_at(_ctx, list: &Value, at: i64) -> Value {
        match list {
            Value::List(list) => usize::try_from(at).ok().and_then(|at| list.get(at)).ok_or_else(|| bug("no such item")),
            _ => Err(bug("no list")),
        }
    }
    /// The character of a text at an index that is known to be inside.
    fn char_at(_ctx, value: &Value, at: i64) -> Value {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        text(value)?.char_at(at).map(|c| Value::Str(Str::of_char(c))).ok_or_else(|| bug("no such character"))
    }
    /// `a == b` of texts.
    fn text_eq(_ctx, a: &Value, b: &Value) -> bool {
        Ok(text(a)? == text(b)?)
    }
    /// An empty list that will be filled.
    fn new_list(_ctx) -> Value {
        Ok(Value::list(Vec::new()))
    }
    /// Adds to a list that is being built.
    fn list_push(_ctx, list: &mut Value, value: &Value) -> () {
        with_list(list, |items| items.push(value.clone()))
    }
    /// Adds an int to a list that is being built.
    fn list_push_int(_ctx, list: &mut Value, n: i64) -> () {
        add_int(list, n)
    }
    /// Adds a float to a list that is being built.
    fn list_push_float(_ctx, list: &mut Value, x: f64) -> () {
        add_float(list, x)
    }
    /// Adds a row of a form to a list that is being built, and gives the address at which compiled code writes its words.
    fn list_add_row(_ctx, list: &mut Value, form: i64) -> i64 {
        let room = own_list(list).and_then(|list| list.add_row_into_room(form));
        if let Some(address) = room {
            return Ok(i64::try_from(address).unwrap_or(0));
        }
        let mut address = 0;
        with_list(list, |items| address = add_row(items, form))?;
        Ok(i64::try_from(address).unwrap_or(0))
    }
    /// A list of so many zeros, or rows of zeros, over which compiled code writes: ints for the form -1, floats for -2.
    fn list_begin(_ctx, form: i64, n: i64) -> Value {
        let n = usize::try_from(n).unwrap_or(0);
        if let Some(list) = crate::collections::spare::take(form, n) {
            return Ok(Value::List(list));
        }
        let items = match form {
            -1 => Some(Items::Int(vec![0; n])),
            -2 => Some(Items::Float(vec![0.0; n])),
            form => u32::try_from(form).ok().and_then(|id| Rows::zeros(id, n)).map(Items::Rows),
        };
        Ok(Value::List(Ref::new(List::new(items.ok_or_else(|| bug("no rows have this form"))?))))
    }
    /// The list was written over up to this address: that is all of it.
    fn list_close(_ctx, list: &mut Value, end: i64) -> () {
        let is_written = own_list(list).is_some_and(|list| list.end_at(end));
        if is_written { Ok(()) } else { Err(bug("no list is being written")) }
    }
    /// Adds all items of an iterable to a list that is being built.
    fn list_extend(_ctx, list: &mut Value, value: &Value) -> () {
        if !ops::is_iterable(value) {
            ops::refuse_to_iterate(value)?;
            return Err(Fault::type_error(format!("Value after * must be an iterable, not {}", ops::type_name(value))));
        }
        let more = ops::collect_sized(value)?;
        with_list(list, |items| more.into_iter().for_each(|v| items.push(v)))
    }
    /// A tuple of a list's items.
    fn list_to_tuple(_ctx, list: &Value) -> Value {
        Ok(Value::tuple(ops::collect(list)?))
    }
    /// `sorted(list)`.
    fn sorted_list(_ctx, list: &Value, hidden: i64) -> Value {
        if hidden != 0 && !crate::iter::order::is_total(&ops::collect(list)?) {
            return Err(Fault::not_pure(
                "the order of a set shows in what is sorted here, where elements are equal or cannot be ordered"));
        }
        let args = [list.clone()];
        crate::iter::sorted(&Args::positional(&args))
    }
    /// An empty set that will be filled.
    fn new_set(_ctx) -> Value {
        Ok(Value::Set(Ref::new(Set::new(false))))
    }
    /// Adds to a set that is being built.
    fn set_add(_ctx, set: &mut Value, value: &Value) -> () {
        with_set(set, |s| s.insert(value.clone()).map(|_| ()))
    }
    /// Adds a tuple of the values of a run, which are dropped, to a set that is being built.
    fn set_add_tuple(_ctx, set: &mut Value, first: &mut Value, n: i64) -> () {
        dropped(run_mut(first, n), |items| with_set(set, |s| s.insert_tuple(items).map(|_| ())))
    }
    /// Adds to a set that is being built, in an order that may be hidden.
    fn set_add_hidden(_ctx, set: &mut Value, value: &Value, hidden: i64) -> () {
        if hidden == 0 {
            return with_set(set, |s| s.insert(value.clone()).map(|_| ()));
        }
        with_set(set, |s| s.insert_unordered(value.clone()))
    }
    /// Adds all items of an iterable to a set that is being built.
    fn set_extend(_ctx, set: &mut Value, value: &Value) -> () {
        let more = match crate::iter::unordered(value) {
            Some(items) => items,
            None => ops::collect(value)?,
        };
        with_set(set, |s| more.into_iter().try_for_each(|v| s.insert(v).map(|_| ())))
    }
    /// An empty dict that will be filled.
    fn new_dict(_ctx) -> Value {
        Ok(Value::Dict(Ref::new(Dict::new())))
    }
    /// Adds an entry to a dict that is being built.
    fn dict_insert(_ctx, dict: &mut Value, key: &Value, value: &Value) -> () {
        with_dict(dict, |d| d.insert(key.clone(), value.clone()))
    }
    /// `**other` in a display.
    fn dict_merge(_ctx, dict: &mut Value, other: &Value) -> () {
        with_dict(dict, |d| collections::merge_mapping(d, other))
    }
    /// The collection that was built.
    fn finish(_ctx, value: &mut Value) -> Value {
        Ok(std::mem::take(value))
    }
    /// `x op y`, where `x` may be reused.
    fn binary_in_place(_ctx, op: i64, x: &mut Value, y: &Value) -> Reused {
        if crate::budget::is_over() {
            crate::budget::raise_over()?;
        }
        collections::binary_in_place(nth(&BIN_OPS, op)?, x, y).map(Reused)
    }
    /// `{**x, key: value}`, where `x` may be reused.
    fn with_entry_in_place(_ctx, x: &mut Value, key: &Value, value: &Value) -> Reused {
        if crate::budget::is_over() {
            crate::budget::raise_over()?;
        }
        collections::with_entry_in_place(x, key, value).map(Reused)
    }
    /// `{**x, ...}` with room for `n` more entries, which follow.
    fn dict_display(_ctx, x: &Value, n: i64) -> Value {
        let dict = collections::display_of(x, usize::try_from(n).unwrap_or(0))?;
        Ok(Value::Dict(Ref::new(dict)))
    }
    /// `x = x + [n]`.
    fn push_int_in_place(_ctx, x: &mut Value, n: i64) -> () {
        add_int(x, n)
    }
    /// `x = x + [f]`.
    fn push_float_in_place(_ctx, x: &mut Value, f: f64) -> () {
        add_float(x, f)
    }
    /// `x = x + [value]`.
    fn push_in_place(_ctx, x: &mut Value, value: &Value) -> () {
        with_list(x, |items| items.push(value.clone()))
    }
    /// `a, b, *c = value`.
    fn unpack(_ctx, value: &Value, first: &mut Value, n: i64, star: i64) -> () {
        ops::unpack(value, run_mut(first, n), star)
    }

    // Iteration.

    /// `iter(value)`.
    fn get_iter(_ctx, value: &Value) -> Value {
        ops::iter(value)
    }
    /// The next item into `dst`; false at the end.
    fn next_item(_ctx, iterator: &Value, dst: &mut Value) -> bool {
        match ops::next(iterator)? {
            Some(value) => {
                *dst = value;
                Ok(true)
            }
            None => Ok(false),
        }
    }
    /// Are there several items whose order must not show; from here on they come in any order, which is hidden until
    /// `show_order`.
    fn hides_order(_ctx, iterator: &Value) -> bool {
        let Value::Iter(it) = iterator else { return Ok(false) };
        let hides = it.with(|state| Ok(state.hides_order()))?;
        if hides {
            crate::pool::hide_order();
            it.release_order();
        }
        Ok(hides)
    }
    /// What `show_order` wants.
    fn order_shown(_ctx) -> i64 {
        Ok(crate::pool::order_shown().cast_signed())
    }
    /// The order is hidden no more than when `order_shown` gave this.
    fn show_order(_ctx, since: i64) -> () {
        crate::pool::show_order(since.cast_unsigned());
        Ok(())
    }
    /// A fault on its way out of a loop whose order must not show: which element raised it would.
    fn hide_fault(ctx, hidden: i64, since: i64) -> () {
        crate::pool::show_order(since.cast_unsigned());
        let fault = ctx.take_fault();
        ctx.set_fault(if hidden != 0 { crate::iter::hide(fault) } else { fault });
        Ok(())
    }
    /// A fault on its way out of a generator expression that was used up where it stands.
    fn leave_generator(ctx, _none: i64) -> () {
        let fault = ctx.take_fault();
        ctx.set_fault(crate::object::exception::leave_generator(fault));
        Ok(())
    }
    /// Takes the fault, if it is a `StopIteration`: did it.
    fn takes_stop(ctx) -> i64 {
        let fault = ctx.take_fault();
        if fault.is("StopIteration") {
            return Ok(1);
        }
        ctx.set_fault(fault);
        Ok(0)
    }
    /// A fault on its way out of a sum: what came before it may not add up, and that comes first.
    fn sum_fault(ctx, list: &Value) -> () {
        let fault = ctx.take_fault();
        let earlier = match fault.as_exception() {
            Some(_) => crate::iter::sum::of(list, Value::Int(0)).err(),
            None => None,
        };
        ctx.set_fault(earlier.unwrap_or(fault));
        Ok(())
    }
    /// What the generator was resumed with; raises what was thrown in.
    fn resume_value(ctx) -> Value {
        match ctx.resume.take() {
            Some(Resume::Send(value)) => Ok(value),
            Some(Resume::Throw(fault)) => Err(fault),
            None => Ok(Value::None),
        }
    }
    /// One step of `yield from`: true with an item, false with the result.
    fn delegate(ctx, iterator: &Value, dst: &mut Value) -> bool {
        let with = ctx.resume.take();
        match delegate_to(iterator, with)? {
            Some(value) => {
                *dst = value;
                Ok(true)
            }
            None => {
                *dst = match iterator {
                    Value::Iter(it) => it.with(|state| Ok(state.return_value()))?,
                    _ => Value::None,
                };
                Ok(false)
            }
        }
    }
    /// `return` in a generator.
    fn generator_return(ctx, value: &Value) -> () {
        ctx.returned.set(value.clone());
        Ok(())
    }

    // Functions, calls, attributes.

    /// A function; captures and defaults are taken from their runs.
    fn make_func(
        _ctx, code: i64, captures: &mut Value, n: i64, defaults: &mut Value, m: i64, identity: i64
    ) -> Value {
        let captures: Vec<Value> = run_mut(captures, n).iter_mut().map(std::mem::take).collect();
        let defaults: Vec<Value> = run_mut(defaults, m).iter_mut().map(std::mem::take).collect();
        hooks::compiler()?.make_func(u32::try_from(code).unwrap_or(0), &captures, &defaults, identity.cast_unsigned())
    }
    /// Which function the one that is made here is.
    fn new_identity(_ctx) -> i64 {
        Ok(object::Func::new_identity().cast_signed())
    }
    /// Which function it is.
    fn func_identity(_ctx, func: &Value) -> i64 {
        Ok(match func {
            Value::Func(func) => func.identity.cast_signed(),
            _ => 0,
        })
    }
    /// A generator; the values are taken from their run.
    ///
    /// `maps` is 1 where each item depends on one item of the iterator alone that comes first among the values.
    fn make_generator(_ctx, code: i64, values: &mut Value, n: i64, maps: i64) -> Value {
        let values: Vec<Value> = run_mut(values, n).iter_mut().map(std::mem::take).collect();
        let source = values.first().filter(|_| maps != 0);
        hooks::compiler()?.make_generator(u32::try_from(code).unwrap_or(0), &values, source)
    }
    /// What a function captured.
    fn func_capture(_ctx, func: &Value, at: i64) -> Value {
        match func {
            Value::Func(f) => Ok(usize::try_from(at).ok().and_then(|at| f.captures.get(at).cloned()).unwrap_or_default()),
            _ => Err(bug("no function")),
        }
    }
    /// A default of a function.
    fn func_default(_ctx, func: &Value, at: i64) -> Value {
        match func {
            Value::Func(f) => Ok(usize::try_from(at).ok().and_then(|at| f.defaults.get(at).cloned()).unwrap_or_default()),
            _ => Err(bug("no function")),
        }
    }
    /// A call; the last values of the run have the names.
    fn call(_ctx, func: &Value, first: &mut Value, n: i64, names: &Value) -> Value {
        with_args(run_mut(first, n), names, |args| call::call(func, args))
    }
    /// A call of a method.
    fn call_method(_ctx, receiver: &Value, name: &Value, first: &mut Value, n: i64, names: &Value) -> Value {
        let name = text(name)?;
        with_args(run_mut(first, n), names, |args| cache::call_method(receiver, name, args))
    }
    /// A call with arguments in a list and keywords in a dict.
    fn call_spread(_ctx, func: &Value, list: &Value, dict: &Value) -> Value {
        let pos = ops::collect(list)?;
        let mut kw = Vec::new();
        if let Value::Dict(dict) = dict {
            for (key, value) in dict.iter() {
                let Value::Str(key) = key else { return object::c_calls::call_with_other_keys(func, &pos, dict) };
                kw.push((key.clone(), value.clone()));
            }
        }
        call::call(func, &Args { pos: &pos, kw: &kw })
    }
    /// `*value` in a call.
    fn spread_positional(_ctx, list: &mut Value, value: &Value, func: &Value) -> () {
        let mut more = Vec::new();
        call::unpack_star(func, value, &mut more)?;
        with_list(list, |items| more.into_iter().for_each(|v| items.push(v)))
    }
    /// `name=value` in a call with `**`.
    fn spread_keyword(_ctx, dict: &mut Value, name: &Value, value: &Value, func: &Value) -> () {
        let key = text(name)?.clone();
        with_dict(dict, |d| {
            if d.contains_key(name)? {
                return Err(Fault::type_error(format!(
                    "{} got multiple values for keyword argument '{key}'", call::describe(func)?)));
            }
            d.insert(name.clone(), value.clone())
        })
    }
    /// `**value` in a call.
    fn spread_keywords(_ctx, dict: &mut Value, value: &Value, func: &Value) -> () {
        with_dict(dict, |d| call::unpack_double_star(func, value, d))
    }
    /// Runs a unit of the edge; what it captures is taken from the run.
    fn call_unit(_ctx, code: i64, first: &mut Value, n: i64) -> Value {
        let captures: Vec<Value> = run_mut(first, n).iter_mut().map(std::mem::take).collect();
        hooks::compiler()?.call_unit(u32::try_from(code).unwrap_or(0), &captures)
    }
    /// `value.name`.
    fn get_attr(_ctx, value: &Value, name: &Value) -> Value {
        cache::get(value, text(name)?)
    }
    /// After an exception: does looking up this attribute raise, which then comes first. If not, the exception stays what it was.
    fn lacks_attr(ctx, value: &Value, name: &Value) -> i64 {
        let fault = ctx.take_fault();
        let lacks = fault.as_exception().is_some()
            && attr::get(value, text(name)?.as_str()).is_err_and(|e| e.as_exception().is_some());
        if !lacks {
            ctx.set_fault(fault);
        }
        Ok(i64::from(lacks))
    }
    /// `object.__dict__[key] = value` in what completes the object.
    fn set_dict_item(_ctx, object: &Value, key: &Value, value: &Value) -> () {
        attr::set_dict_item(object, key, value.clone())
    }
    /// `self.name = value` in `__init__`.
    fn set_attr(_ctx, object: &Value, name: &Value, value: &Value) -> () {
        cache::set(object, text(name)?, value)
    }
    /// `super()`, from the cell of the class.
    fn make_super(_ctx, class: &Value, receiver: &Value) -> Value {
        object::descriptor::super_of(class, receiver)
    }
    /// What is wrong with the bases of a class before its body runs.
    fn begin_class(_ctx, info: &Value, bases: &Value) -> () {
        let Value::Tuple(info) = info else { return Err(bug("a class without a name")) };
        object::class::begin(text(&info[0])?, &ops::collect(bases)?)
    }
    /// What the body of a class binds a name to; `bound` is what it bound before.
    fn settle_bound(
        _ctx, class: &Value, bases: &Value, bound: &mut Value, name: &Value, written: &Value
    ) -> Value {
        let value = if object::enums::holds_auto(written) {
            object::enums::settle(text(class)?, &ops::collect(bases)?, &ops::collect(bound)?, text(name)?, written)?
        } else {
            written.clone()
        };
        let parts = vec![name.clone(), value.clone(), written.clone()];
        with_list(bound, |items| items.push(Value::tuple(parts)))?;
        Ok(value)
    }
    /// A class, from what its body bound; `annotated` are names and the texts of their annotations in turn.
    fn build_class(
        _ctx, info: &Value, bases: &Value, keys: &Value, names: &Value, first: &mut Value, n: i64, annotated: &Value
    ) -> Value {
        let Value::Tuple(info) = info else { return Err(bug("a class without a name")) };
        let namespace = class_namespace(names, run_mut(first, n), info, annotated)?;
        let mut keywords = Vec::new();
        if let Value::Dict(dict) = keys {
            for (key, value) in dict.iter() {
                keywords.push((text(key)?.clone(), value.clone()));
            }
        }
        let (name, qualname, module) = (text(&info[0])?.clone(), text(&info[1])?.clone(), text(&info[2])?.clone());
        object::class::build(name, qualname, module, ops::collect(bases)?, namespace, keywords)
    }

    // Names.

    /// A new cell.
    fn new_cell(_ctx, value: &Value) -> Value {
        Ok(Value::Cell(Ref::new(Cell::new(value.clone()))))
    }
    /// A cell that is not bound.
    fn new_empty_cell(_ctx) -> Value {
        Ok(Value::Cell(Ref::new(Cell::new(Value::Unbound))))
    }
    /// The value of a cell.
    fn cell_get(_ctx, cell: &Value, name: &Value, kind: i64) -> Value {
        let Value::Cell(cell) = cell else { return Err(bug("no cell")) };
        let value = cell.get();
        if value.is_bound() { Ok(value) } else { Err(name_error(name, kind)) }
    }
    /// Binds a cell.
    fn cell_set(_ctx, cell: &Value, value: &Value) -> () {
        let Value::Cell(cell) = cell else { return Err(bug("no cell")) };
        cell.set(value.clone());
        Ok(())
    }
    /// Unbinds a cell.
    fn cell_clear(_ctx, cell: &Value) -> () {
        let Value::Cell(cell) = cell else { return Err(bug("no cell")) };
        cell.set(Value::Unbound);
        Ok(())
    }
    /// Raises where a variable is not bound.
    fn check_bound(_ctx, value: &Value, name: &Value, kind: i64) -> () {
        if value.is_bound() { Ok(()) } else { Err(name_error(name, kind)) }
    }
    /// Is a variable bound.
    fn is_bound(_ctx, value: &Value) -> bool {
        Ok(value.is_bound())
    }
    /// A variable that is not bound was read.
    fn raise_unbound(_ctx, name: &Value, kind: i64) -> () {
        Err(name_error(name, kind))
    }
    /// A name of the edge, or built in.
    fn load_global(_ctx, globals: i64, name: &Value) -> Value {
        let text = text(name)?;
        let found = crate::abi::globals(globals)
            .and_then(|g| g.get(text.as_str()))
            .or_else(|| crate::builtins::lookup(text.as_str()))
            .ok_or_else(|| name_error(name, UNBOUND_GLOBAL))?;
        in_block(found)
    }
    /// A name of the edge, `Unbound` where it is not bound.
    fn peek_global(_ctx, globals: i64, name: &Value) -> Value {
        let text = text(name)?;
        let found = crate::abi::globals(globals)
            .and_then(|g| g.get(text.as_str()))
            .or_else(|| crate::builtins::lookup(text.as_str()));
        in_block(found.unwrap_or_default())
    }
    /// Binds a name of the edge.
    fn store_global(_ctx, globals: i64, name: &Value, value: &Value) -> () {
        if let Some(globals) = crate::abi::globals(globals) {
            globals.set(text(name)?.as_str(), value.clone());
        }
        Ok(())
    }
    /// Binds the names of a unit to the items of its result, where they are bound.
    fn store_globals(_ctx, globals: i64, names: &Value, values: &Value) -> () {
        if let (Some(globals), Value::Tuple(values)) = (crate::abi::globals(globals), values) {
            for (name, value) in keywords(names).iter().zip(values.iter()) {
                if value.is_bound() {
                    globals.set(text(name)?.as_str(), value.clone());
                }
            }
        }
        Ok(())
    }
    /// Unbinds a name of the edge.
    fn delete_global(_ctx, globals: i64, name: &Value) -> () {
        if let Some(globals) = crate::abi::globals(globals) {
            globals.delete(text(name)?.as_str());
        }
        Ok(())
    }

    // Exceptions.

    /// Adds this place to the traceback of the fault that is on its way.
    fn unwind(ctx) -> () {
        let location = ctx.place.get();
        let mut fault = ctx.take_fault();
        if let (Some(new), Some(handled)) = (fault.as_exception(), ctx.handling.borrow().last())
            && exception::state(new).is_some_and(|s| !s.has_frames() && !s.was_raised())
        {
            exception::set_context(new, handled);
        }
        crate::abi::trace(&mut fault, usize::try_from(location).unwrap_or(0));
        ctx.set_fault(fault);
        Ok(())
    }
    /// The fault that is on its way comes from the element of a range before this one.
    fn at_element(ctx, next: i64) -> () {
        let fault = ctx.take_fault();
        if let Some(raised) = fault.as_exception() {
            exception::set_element(raised, u64::try_from(next - 1).unwrap_or(0));
        }
        ctx.set_fault(fault);
        Ok(())
    }
    /// An int did not fit 64 bits at this site.
    fn widen(_ctx, site: i64) -> () {
        widened(site)
    }
    /// `raise value`.
    fn raise(ctx, value: &Value) -> () {
        Err(while_handling(ctx, exception::raise_value(value)))
    }
    /// `raise value from cause`.
    fn raise_from(ctx, value: &Value, cause: &Value) -> () {
        Err(while_handling(ctx, exception::raise_from(value, cause)))
    }
    /// `raise` alone is in the handling of an exception.
    fn need_handled(ctx) -> () {
        let is_handling = !ctx.handling.borrow().is_empty();
        if is_handling { Ok(()) } else { Err(Fault::exception("RuntimeError", "No active exception to reraise")) }
    }
    /// `raise` alone.
    fn reraise(ctx) -> () {
        let handled = ctx.handling.borrow().last().cloned();
        handled.map_or(Ok(()), |exception| Err(rethrow(&exception)))
    }
    /// Goes on with an exception that no clause wanted.
    fn reraise_caught(_ctx, exception: &Value) -> () {
        Err(rethrow(exception))
    }
    /// The exception that came here; what is none goes on.
    fn begin_except(ctx) -> Value {
        let fault = ctx.take_fault();
        match *fault.0 {
            FaultKind::Exception(exception) => {
                // From here on it is as one that the program raised.
                if exception::state(&exception).is_some_and(|s| !s.was_raised()) {
                    exception::mark_raised(&exception);
                }
                ctx.handling.borrow_mut().push(exception.clone());
                Ok(exception)
            }
            _ => Err(fault),
        }
    }
    /// As `begin_except`, for `except*`: gives what its clauses take their parts from.
    fn begin_star(ctx) -> Value {
        let fault = ctx.take_fault();
        match *fault.0 {
            FaultKind::Exception(exception) => {
                ctx.handling.borrow_mut().push(exception.clone());
                Ok(object::Host::value(CaughtCell(Caught::new(exception).into())))
            }
            _ => Err(fault),
        }
    }
    /// The part of it that a clause for these classes gets, which is handled from here on; false where it gets nothing.
    fn star_take(ctx, caught: &Value, classes: &Value, part: &mut Value) -> bool {
        *part = caught_cell(caught)?.with(|c| c.take(classes))?;
        if part.is_none() {
            return Ok(false);
        }
        ctx.handling.borrow_mut().push(part.clone());
        Ok(true)
    }
    /// A clause ended with an exception: it is kept for the end.
    fn star_raised(ctx, caught: &Value) -> () {
        ctx.handling.borrow_mut().pop();
        let fault = ctx.take_fault();
        match *fault.0 {
            FaultKind::Exception(exception) => {
                caught_cell(caught)?.with(|c| c.add_raised(exception));
                Ok(())
            }
            _ => Err(fault),
        }
    }
    /// Behind the last clause: raises what is left, and what the clauses raised.
    fn star_end(_ctx, caught: &Value) -> () {
        match caught_cell(caught)?.with(object::group::Caught::finish)? {
            Value::None => Ok(()),
            exception => Err(rethrow(&exception)),
        }
    }
    /// As `begin_except`, for a `finally`.
    fn begin_finally(ctx) -> Value {
        let exception = crate::abi::held::hold(ctx.take_fault())?;
        ctx.handling.borrow_mut().push(exception.clone());
        Ok(exception)
    }
    /// The exception is not handled any more. What no `except` catches goes on, whatever the `finally` has done.
    fn end_except(ctx) -> () {
        let ended = ctx.handling.borrow_mut().pop();
        match ended.as_ref().and_then(crate::abi::held::held) {
            None => Ok(()),
            Some(fault) if ctx.has_fault() => {
                ctx.set_fault(fault);
                Ok(())
            }
            Some(fault) => Err(fault),
        }
    }
    /// Does a clause catch it.
    fn exception_matches(_ctx, exception: &Value, class: &Value) -> bool {
        exception::matches(exception, class)
    }
    /// `AssertionError`, with a message where there is one.
    fn raise_assertion(_ctx, message: &Value) -> () {
        let args = if message.is_bound() { vec![message.clone()] } else { vec![] };
        Err(Fault::exception_args("AssertionError", args))
    }
    /// `ZeroDivisionError` of ints.
    fn raise_zero_division(_ctx, is_mod: i64) -> () {
        Err(Fault::zero_division(if is_mod == 0 { "integer division or modulo by zero" } else { "integer modulo by zero" }))
    }
    /// `ZeroDivisionError` of floats.
    fn raise_float_zero(_ctx) -> () {
        Err(Fault::zero_division("float division by zero"))
    }
    /// `IndexError` of lists.
    fn raise_list_index(_ctx) -> () {
        Err(Fault::index_error("list index out of range"))
    }
    /// `ValueError` of `math`.
    fn raise_domain(_ctx) -> () {
        Err(Fault::value_error("math domain error"))
    }
    /// `ValueError`.
    fn raise_value_error(_ctx, message: &Value) -> () {
        Err(Fault::value_error(text(message)?.as_str()))
    }
    /// `TypeError`.
    fn raise_type_error(_ctx, message: &Value) -> () {
        Err(Fault::type_error(text(message)?.as_str()))
    }
    /// `RuntimeError`.
    fn raise_runtime_error(_ctx, message: &Value) -> () {
        Err(Fault::exception("RuntimeError", text(message)?.as_str()))
    }
    /// Calls nest too deep.
    fn raise_recursion(_ctx) -> () {
        Err(Fault::exception("RecursionError", "maximum recursion depth exceeded"))
    }
    /// What cannot be done faithfully.
    fn raise_not_pure(_ctx, message: &Value) -> () {
        Err(Fault::not_pure(text(message)?.as_str()))
    }
    /// Stops where the work is not wanted any more.
    fn poll(_ctx) -> () {
        crate::pool::poll()
    }
    /// Runs a range, in parallel where somebody is hungry: the address of its body and its number, its environment, its
    /// length, what becomes of its elements, and the site at which a sum may not fit.
    fn parallel(ctx, body: i64, range: i64, env: &Value, n_env: i64, n: i64, kind: i64, site: i64) -> Value {
        crate::abi::run_range(ctx, body, range, run(env, n_env), n, kind, site)
    }

    /// Makes more room for elements that a body writes.
    fn elements_grow(_ctx, acc: i64) -> () {
        acc_at(acc).grow()
    }
    /// Counts a value in the `Counter` of a range.
    fn acc_count(_ctx, acc: i64, value: &Value) -> () {
        acc_at(acc).count(value)
    }
    /// Counts a tuple of the values of a run, which are dropped.
    fn acc_count_tuple(_ctx, acc: i64, first: &mut Value, n: i64) -> () {
        dropped(run_mut(first, n), |items| acc_at(acc).count_tuple(items))
    }
    /// Takes in what the variables of a loop, the values of a run, came to in a strip of its rounds.
    fn acc_fold(_ctx, acc: i64, first: &mut Value, n: i64) -> () {
        acc_at(acc).fold(run_mut(first, n).iter_mut().map(std::mem::take).collect())
    }
    /// The value, or the other one where it is not bound.
    fn bound_or(_ctx, value: &Value, other: &Value) -> Value {
        Ok(if matches!(value, Value::Unbound) { other.clone() } else { value.clone() })
    }
    /// Adds a text to that of a range.
    fn acc_text(_ctx, acc: i64, value: &Value) -> () {
        acc_at(acc).add_text(text(value)?)
    }
    /// Adds to the text of a range what a template has up to the int that is its value at a place, and what is behind the last one.
    fn acc_fill_int(_ctx, acc: i64, template: &Value, at: i64, n: i64) -> () {
        acc_at(acc).fill_int(keywords(template), at, n)
    }
    /// As `acc_fill_int`, where the value is a float.
    fn acc_fill_float(_ctx, acc: i64, template: &Value, at: i64, x: f64) -> () {
        acc_at(acc).fill_text(keywords(template), at, &Value::Float(x))
    }
    /// An empty `Counter` that will be filled.
    fn new_counter(_ctx) -> Value {
        Ok(Value::Dict(Ref::new(Dict::with_flavour(collections::DictFlavour::Counter))))
    }
    /// Counts a value in a `Counter` that is being built.
    fn count_item(_ctx, dict: &mut Value, key: &Value) -> () {
        with_dict(dict, |d| d.count(key, 1).map(|_| ()))
    }
    /// Counts a tuple of the values of a run, which are dropped.
    fn count_tuple(_ctx, dict: &mut Value, first: &mut Value, n: i64) -> () {
        dropped(run_mut(first, n), |items| with_dict(dict, |d| d.count_tuple(items, 1).map(|_| ())))
    }

    /// The turn has come of the expression that was given away last: true where its result is there.
    fn fork_join(ctx) -> bool {
        crate::pool::fork::join(ctx)
    }
    /// A component of the result of an expression that was given away.
    fn fork_value(ctx, at: i64) -> Value {
        Ok(crate::pool::fork::result(ctx, at))
    }
    /// A component that is an int or a boolean.
    fn fork_int(ctx, at: i64) -> i64 {
        match crate::pool::fork::result(ctx, at) {
            Value::Int(n) => Ok(n),
            Value::Bool(b) => Ok(i64::from(b)),
            _ => Err(Fault::not_pure("internal error: a result of another kind")),
        }
    }
    /// A component that is a float.
    fn fork_float(ctx, at: i64) -> f64 {
        match crate::pool::fork::result(ctx, at) {
            Value::Float(x) => Ok(x),
            _ => Err(Fault::not_pure("internal error: a result of another kind")),
        }
    }
    /// The frame that has this memory for expressions that wait is left with a fault.
    fn fork_abandon(ctx, frame: i64, n_bytes: i64) -> () {
        let (frame, n_bytes) = (usize::try_from(frame), usize::try_from(n_bytes));
        crate::pool::fork::abandon(ctx, frame.unwrap_or(0), n_bytes.unwrap_or(0));
        Ok(())
    }

    // `with`.

    /// `__exit__` of a context manager.
    fn with_exit(_ctx, manager: &Value) -> Value {
        let class = Value::Class(object::class_of(manager));
        for name in ["__enter__", "__exit__"] {
            if attr::find(&class, name)?.is_none() {
                let missing = if name == "__exit__" { " (missed __exit__ method)" } else { "" };
                return Err(Fault::type_error(format!(
                    "'{}' object does not support the context manager protocol{missing}", ops::type_name(manager))));
            }
        }
        attr::get(manager, "__exit__")
    }
    /// `__enter__()`.
    fn with_enter(_ctx, manager: &Value) -> Value {
        call::call_method(manager, "__enter__", &Args::positional(&[]))
    }
    /// `__exit__(None, None, None)`.
    fn with_leave(_ctx, exit: &Value) -> () {
        call::call(exit, &Args::positional(&[Value::None, Value::None, Value::None])).map(|_| ())
    }
    /// `__exit__` with an exception: does it swallow it.
    fn with_raise(_ctx, exit: &Value, exception: &Value) -> bool {
        if crate::abi::held::held(exception).is_some() {
            return Ok(false);
        }
        let class = Value::Class(object::class_of(exception));
        let traceback = attr::get(exception, "__traceback__")?;
        ops::truthy(&call::call(exit, &Args::positional(&[class, exception.clone(), traceback]))?)
    }

    // Patterns.

    /// `[a, b, *c]`: the items into a run, all of them or those of some bits; false where it does not fit.
    fn match_sequence(_ctx, subject: &Value, first: &mut Value, n: i64, star: i64, wanted: i64) -> bool {
        let n_all = usize::try_from(n).unwrap_or(0);
        if let (Value::Tuple(items), true) = (subject, star < 0) {
            if items.len() != n_all {
                return Ok(false);
            }
            run_mut(first, n).iter_mut().zip(items.iter()).for_each(|(slot, v)| *slot = v.clone());
            return Ok(true);
        }
        let items = u64::try_from(wanted).map_or(matching::Items::All, matching::Items::At);
        matching::sequence_pattern(subject, run_mut(first, n), star, items)
    }
    /// Is it a mapping.
    fn is_mapping(_ctx, subject: &Value) -> bool {
        Ok(matching::is_mapping(subject))
    }
    /// The value of a key into a slot; false where there is none.
    fn match_key(_ctx, subject: &Value, key: &Value, dst: &mut Value) -> bool {
        match matching::mapping_pattern(subject, std::slice::from_ref(key), matching::Rest::Ignored)? {
            Some(mut values) => {
                *dst = values.pop().unwrap_or_default();
                Ok(true)
            }
            None => Ok(false),
        }
    }
    /// The entries that no key of the pattern took.
    fn match_rest(_ctx, subject: &Value, keys: &Value) -> Value {
        let keys = ops::collect(keys)?;
        match matching::mapping_pattern(subject, &keys, matching::Rest::Wanted)? {
            Some(mut values) => Ok(values.pop().unwrap_or_default()),
            None => Err(bug("a mapping that changed")),
        }
    }
    /// `Class(a, name=b)`: the values of the patterns into a run; false where it does not fit.
    fn match_class(_ctx, subject: &Value, class: &Value, n_pos: i64, names: &Value, first: &mut Value, n: i64) -> bool {
        let mut wanted = Vec::new();
        for name in keywords(names) {
            wanted.push(text(name)?.clone());
        }
        let n_pos = usize::try_from(n_pos).unwrap_or(0);
        match matching::class_pattern(subject, class, n_pos, &wanted)? {
            Some(values) => {
                run_mut(first, n).iter_mut().zip(values).for_each(|(slot, v)| *slot = v);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    // Text.

    /// `{value!conversion:spec}`.
    fn format_value(_ctx, value: &Value, conversion: i64, spec: &Value) -> Value {
        let spec = text(spec)?.as_str();
        let converted = match conversion {
            1 => Value::Str(ops::to_str(value)?),
            2 => Value::string(ops::repr(value)?),
            3 => Value::string(ops::ascii(value)?),
            _ => return Ok(Value::Str(ops::format(value, spec)?)),
        };
        if spec.is_empty() { Ok(converted) } else { Ok(Value::Str(ops::format(&converted, spec)?)) }
    }
    /// The texts of a run as one.
    fn join_text(_ctx, first: &Value, n: i64) -> Value {
        let mut all = String::new();
        for part in run(first, n) {
            all.push_str(text(part)?.as_str());
        }
        Ok(Value::string(all))
    }

    /// `Counter(text.split())`.
    fn count_words(_ctx, words: &Value) -> Value {
        if let Some(counted) = crate::abi::native::count_words(text(words)?) {
            return counted;
        }
        let parts = call::call_method(words, "split", &Args::positional(&[]))?;
        collections::construct_counter(&Args::positional(&[parts]))
    }
    /// A text of known pieces with values between them: the template is a tuple of a text, the format of the value behind it, the
    /// next text, and so on, with a text at the end.
    fn fill_text(_ctx, template: &Value, first: &Value, n: i64) -> Value {
        crate::text::filled(keywords(template), run(first, n)).map(Value::Str)
    }

    // The session.

    /// Shows the value of an expression that stands alone.
    fn show(_ctx, value: &Value) -> () {
        hooks::session()?.show(value)
    }
    /// Refuses a proxy as an argument of a function or class of the program.
    fn refuse_proxy(_ctx, callee: &Value, value: &Value) -> () {
        let takes = match callee {
            Value::Func(_) | Value::Instance(_) => true,
            Value::Method(m) => matches!(m.func, Value::Func(_)),
            Value::Class(c) => !c.is_builtin,
            _ => false,
        };
        match value {
            Value::Host(host) if takes => host.0.refusal().map_or(Ok(()), |why| Err(Fault::type_error(why))),
            _ => Ok(()),
        }
    }
    /// Runs a `remotely` block.
    fn run_block(
        _ctx, block: i64, mode: &Value, first: &mut Value, n: i64, names: &Value, is_expr: i64
    ) -> Value {
        let mut wanted = Vec::new();
        for name in keywords(names) {
            wanted.push(text(name)?.clone());
        }
        let args: Vec<Value> = run_mut(first, n).iter_mut().map(std::mem::take).collect();
        let block = u32::try_from(block).unwrap_or(u32::MAX);
        hooks::session()?.run_block(block, text(mode)?.as_str(), &args, &wanted, is_expr != 0)
    }
    /// Loads a module.
    fn import_module(_ctx, globals: i64, name: &Value, wanted: &Value) -> Value {
        hooks::session()?.import(globals, text(name)?.as_str(), text(wanted)?.as_str())
    }
    /// `from module import name`.
    fn import_name(_ctx, module: &Value, name: &Value) -> Value {
        let name = text(name)?;
        match module {
            Value::Module(m) => match m.get_now(name.as_str()) {
                Some(value) => Ok(value),
                None if m.is_ready() && m.holds(name.as_str()) => attr::get(module, name.as_str()),
                None => {
                    let inner = format!("{}.{name}", m.name);
                    match hooks::session()?.import(-1, &inner, &inner) {
                        Err(fault) if fault.is("ModuleNotFoundError") && is_about(&fault, &inner) => {
                            Err(cannot_import(m, name))
                        }
                        found => found,
                    }
                }
            },
            other => attr::get(other, name.as_str()),
        }
    }
    /// `from module import *`.
    fn import_all(_ctx, module: &Value, globals: i64) -> () {
        if let (Value::Module(module), Some(globals)) = (module, crate::abi::globals(globals)) {
            if let Some(names) = module.get_now("__all__") {
                for name in ops::collect(&names)? {
                    let name = text(&name)?;
                    // What is refused is left unbound, which the check of the program's names knows.
                    if object::modules::is_absent(module, name.as_str()) {
                        continue;
                    }
                    globals.set(name.as_str(), attr::get(&Value::Module(module.clone()), name.as_str())?);
                }
                return Ok(());
            }
            if !module.is_ready() {
                return Err(Fault::not_pure(format!("everything of `{}` is imported before it has run", module.name)));
            }
            for (name, _) in module.attrs.get().into_iter().flatten() {
                if !name.starts_with('_') {
                    globals.set(name.as_str(), attr::get(&Value::Module(module.clone()), name.as_str())?);
                }
            }
        }
        Ok(())
    }
}
