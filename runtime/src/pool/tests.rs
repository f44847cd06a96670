//! Ranges that are cut anywhere, raise anywhere and overflow anywhere come to what one loop comes to.

use super::acc::Acc;
use super::piece::{Body, Code, give, run_range};
use super::reduce::Reduce;
use super::{configure, run_unit};
use crate::abi::{self, Ctx};
use crate::collections::Items;
use crate::fault::FaultKind;
use crate::hooks::{self, Hooks, RangeKey};
use crate::object::Func;
use crate::{Fault, Ref, Res, Value, ops};
use num_bigint::BigInt;
use proptest::prelude::*;

/// The element raises.
const RAISES: i64 = 1;
/// The element does not fit in the narrow body.
const OVERFLOWS: i64 = 2;
/// The range is cut when the element is met.
const CUTS: i64 = 4;
/// The site of all that overflows.
const SITE: u32 = 7;
/// The number of the range as it is compiled at first; and in the unit that is run again.
const NARROW: u32 = 0;
const WIDE: u32 = 1;

const KINDS: [Reduce; 19] = [
    Reduce::List,
    Reduce::SumInt,
    Reduce::SumFloat,
    Reduce::Any,
    Reduce::All,
    Reduce::MinInt,
    Reduce::MaxInt,
    Reduce::Set,
    Reduce::Dict,
    Reduce::SumAny,
    Reduce::Ints,
    Reduce::EachInt,
    Reduce::Count,
    Reduce::CountInt,
    Reduce::Join,
    Reduce::MinTotal,
    Reduce::MaxTotal,
    Reduce::MinKeyed,
    Reduce::MaxKeyed,
];

fn ints(value: &Value) -> &[i64] {
    match value {
        Value::List(list) => match list.items() {
            Items::Int(v) => v,
            _ => &[],
        },
        _ => &[],
    }
}

/// What the environment of a test's range holds: the elements, what happens at each, the kind.
fn unpack(env: &[Value]) -> (&[i64], &[i64], Reduce) {
    let kind = if let Value::Int(n) = env[2] { KINDS[usize::try_from(n).unwrap()] } else { Reduce::List };
    (ints(&env[0]), ints(&env[1]), kind)
}

fn push(value: &mut Value, item: Value) {
    if let Value::List(list) = value
        && let Some(list) = Ref::get_mut(list)
    {
        list.update(|items| items.push(item));
    }
}

/// Writes an element as compiled code does.
fn write<T>(acc: &mut Acc, x: T) {
    assert!(acc.at < acc.end);
    let at = std::ptr::with_exposed_provenance_mut::<T>(usize::try_from(acc.at).unwrap());
    // SAFETY: the pool has made room for as many elements as a strip has.
    unsafe { at.write(x) };
    acc.at += 8;
}

/// The element at which something overflows, where that is seen in the result.
fn large(x: i64) -> Value {
    Value::big(BigInt::from(x) << 70)
}

/// Gives an element to the accumulator of a narrow body; false where a sum does not fit.
fn add(acc: &mut Acc, kind: Reduce, total: &mut i64, best: &mut Option<i64>, x: i64) -> Res<bool> {
    match kind {
        Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => {
            push(&mut acc.value, Value::Int(x))
        }
        Reduce::MinTotal | Reduce::MaxTotal | Reduce::MinKeyed | Reduce::MaxKeyed => {
            push(&mut acc.value, compared(kind, x))
        }
        Reduce::SumInt => match total.checked_add(x) {
            Some(sum) => *total = sum,
            None => return Ok(false),
        },
        Reduce::SumFloat | Reduce::Floats | Reduce::EachFloat => write(acc, as_float(x)),
        Reduce::Ints | Reduce::EachInt => write(acc, x),
        Reduce::CountInt => write(acc, x % 50),
        Reduce::Count => acc.count(&Value::Int(x % 50))?,
        Reduce::Join => acc.add_text(&x.to_string())?,
        Reduce::Any | Reduce::All | Reduce::CountWords | Reduce::Fold => {}
        Reduce::MinInt | Reduce::MinFloat => *best = Some(best.map_or(x, |b| b.min(x))),
        Reduce::MaxInt | Reduce::MaxFloat => *best = Some(best.map_or(x, |b| b.max(x))),
        Reduce::Set => {
            if let Value::Set(set) = &mut acc.value {
                Ref::make_mut(set).insert(Value::Int(x % 50))?;
            }
        }
        Reduce::Dict => {
            if let Value::Dict(dict) = &mut acc.value {
                Ref::make_mut(dict).insert(Value::Int(x % 50), Value::Int(x))?;
            }
        }
    }
    Ok(true)
}

/// An element that is compared with others, a NaN among them, and one that has such a key.
fn compared(kind: Reduce, x: i64) -> Value {
    let key = if x % 41 == 0 { Value::Float(f64::NAN) } else { Value::Int(x % 50) };
    match kind {
        Reduce::MinKeyed | Reduce::MaxKeyed => Value::tuple([key, Value::Int(x)]),
        _ => key,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float near the int is meant")]
fn as_float(x: i64) -> f64 {
    x as f64 * 0.1
}

fn is_typed_list(kind: Reduce) -> bool {
    matches!(kind, Reduce::Ints | Reduce::EachInt)
}

fn decides(kind: Reduce, x: i64) -> bool {
    match kind {
        Reduce::Any => x % 97 == 0,
        Reduce::All => x % 97 != 0,
        _ => false,
    }
}

fn fault(ctx: &Ctx, fault: Fault) -> i64 {
    ctx.set_fault(fault);
    abi::FAULT
}

/// As compiled code is: works on what it has read from the accumulator, and writes it back at the end of the strip.
fn strip(ctx: &Ctx, env: &[Value], lo: i64, hi: i64, acc: &mut Acc, is_wide: bool) -> i64 {
    let (elements, happens, kind) = unpack(env);
    let mut total = if let Value::Int(n) = acc.value { n } else { 0 };
    let mut best = (acc.flag != 0).then_some(total);
    let (mut n, mut flag) = (acc.count, acc.flag);
    for i in lo..hi {
        let at = usize::try_from(i).unwrap();
        let x = elements[at];
        if happens[at] & CUTS != 0 {
            give();
        }
        if happens[at] & RAISES != 0 {
            return fault(ctx, Fault::value_error(i.to_string()));
        }
        if happens[at] & OVERFLOWS != 0 && !is_wide {
            return fault(ctx, Fault::new(FaultKind::Widen(SITE)));
        }
        n += 1;
        let into = if is_wide { kind.wide() } else { kind };
        if is_wide && kind == Reduce::SumFloat {
            push(&mut acc.value, Value::Float(as_float(x)));
            continue;
        }
        if is_wide && kind.keeps_best() {
            push(&mut acc.value, compared(kind, x));
            continue;
        }
        if is_wide && is_typed_list(kind) && happens[at] & OVERFLOWS != 0 {
            push(&mut acc.value, large(x));
            continue;
        }
        match add(acc, into, &mut total, &mut best, x) {
            Ok(true) => {}
            Ok(false) => return fault(ctx, Fault::new(FaultKind::Widen(SITE))),
            Err(e) => return fault(ctx, e),
        }
        if decides(kind, x) == (kind == Reduce::Any) && matches!(kind, Reduce::Any | Reduce::All) {
            flag = 1;
            break;
        }
    }
    if is_wide && kind.wide() == Reduce::List {
        return abi::OK;
    }
    match kind {
        Reduce::SumInt => acc.value = Value::Int(total),
        Reduce::MinInt | Reduce::MaxInt => {
            if let Some(best) = best {
                acc.value = Value::Int(best);
                flag = 1;
            }
        }
        _ => {}
    }
    if kind != Reduce::Join && kind != Reduce::SumFloat {
        acc.count = n;
    }
    acc.flag = flag;
    abi::OK
}

fn at(env: *const Value) -> &'static [Value] {
    // SAFETY: every range of these tests has an environment of three values at least, which outlives it.
    unsafe { std::slice::from_raw_parts(env, 3) }
}

extern "C" fn narrow(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    // SAFETY: a body has its accumulator for itself.
    strip(ctx, at(env), lo, hi, unsafe { &mut *acc }, false)
}

extern "C" fn wide(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    // SAFETY: as above.
    strip(ctx, at(env), lo, hi, unsafe { &mut *acc }, true)
}

struct TestHooks;

impl Hooks for TestHooks {
    fn call(&self, _: &Ref<Func>, _: &[Value]) -> Res {
        Err(Fault::not_pure("no functions here"))
    }

    fn call_unit(&self, _: u32, _: &[Value]) -> Res {
        Err(Fault::not_pure("no units here"))
    }

    fn make_func(&self, _: u32, _: &[Value], _: &[Value], _: u64) -> Res {
        Err(Fault::not_pure("no functions here"))
    }

    fn make_generator(&self, _: u32, _: &[Value], _: Option<&Value>) -> Res {
        Err(Fault::not_pure("no generators here"))
    }

    fn wide_range(&self, _: u32, sites: &[u32]) -> Option<usize> {
        assert_eq!(sites, [SITE]);
        let body: Body = wide;
        Some((body as *const ()).expose_provenance())
    }

    fn range_fits(&self, range: u32, result: &Value) -> bool {
        range == WIDE || !matches!(result, Value::BigInt(_))
    }

    fn range_key(&self, _: u32, env: &[Value]) -> Option<RangeKey> {
        Some(RangeKey { code: 1, node: 2, inputs: env.to_vec() })
    }

    fn widen(&self, sites: &[u32]) {
        assert!(sites.iter().all(|s| *s == SITE));
    }
}

/// The values of what a range gives, as text: in the order in which they were put there.
fn text(result: Res) -> String {
    match result {
        Ok(Value::Set(set)) => format!("{:?}", set.iter_unordered().map(shown).collect::<Vec<_>>()),
        Ok(value) => shown(&value),
        Err(e) => e.as_exception().map_or_else(|| format!("{e:?}"), shown),
    }
}

fn shown(value: &Value) -> String {
    ops::repr(value).map_or_else(|e| format!("{e:?}"), |s| s.as_str().to_owned())
}

/// What one loop comes to.
fn sequential(elements: &[i64], happens: &[i64], kind: Reduce) -> Res {
    let mut acc = Acc::new(Reduce::List);
    let mut sum = BigInt::default();
    for (i, (x, what)) in elements.iter().zip(happens).enumerate() {
        if what & RAISES != 0 {
            return Err(Fault::value_error(i.to_string()));
        }
        if matches!(kind, Reduce::Any | Reduce::All) && decides(kind, *x) == (kind == Reduce::Any) {
            return Ok(Value::Bool(kind == Reduce::Any));
        }
        sum += *x;
        let item = match kind {
            kind if kind.keeps_best() => compared(kind, *x),
            Reduce::SumFloat => Value::Float(as_float(*x)),
            _ if is_typed_list(kind) && what & OVERFLOWS != 0 => large(*x),
            _ => Value::Int(*x),
        };
        push(&mut acc.value, item);
    }
    match kind {
        Reduce::SumInt | Reduce::SumAny => Ok(Value::big(sum)),
        Reduce::SumFloat => crate::iter::sum::of(&acc.value, Value::Int(0)),
        Reduce::Any | Reduce::All => Ok(Value::Bool(kind == Reduce::All)),
        Reduce::MinInt | Reduce::MaxInt => {
            let any = if kind == Reduce::MinInt { Reduce::MinAny } else { Reduce::MaxAny };
            acc.finish(any)
        }
        Reduce::MinTotal | Reduce::MaxTotal => {
            let any = if kind == Reduce::MinTotal { Reduce::MinAny } else { Reduce::MaxAny };
            acc.finish(any)
        }
        Reduce::MinKeyed | Reduce::MaxKeyed => {
            let mut best: Option<[Value; 2]> = None;
            for pair in ops::collect(&acc.value)? {
                let Value::Tuple(pair) = pair else { continue };
                let op = if kind == Reduce::MinKeyed { ops::CmpOp::Lt } else { ops::CmpOp::Gt };
                let is_better = match &best {
                    Some([key, _]) => ops::truthy(&ops::compare(op, &pair[0], key)?)?,
                    None => true,
                };
                if is_better {
                    best = Some([pair[0].clone(), pair[1].clone()]);
                }
            }
            let name = if kind == Reduce::MinKeyed { "min" } else { "max" };
            let empty = || Fault::value_error(format!("{name}() arg is an empty sequence"));
            best.map(|[_, item]| item).ok_or_else(empty)
        }
        Reduce::Set | Reduce::Dict | Reduce::Count | Reduce::CountInt => {
            let kind = kind.wide();
            let mut built = Acc::new(kind);
            for x in elements {
                add(&mut built, kind, &mut 0, &mut None, *x)?;
            }
            Ok(built.value)
        }
        Reduce::Join => {
            let all: Vec<String> = elements.iter().map(i64::to_string).collect();
            Ok(Value::string(all.join(", ")))
        }
        _ => Ok(acc.value),
    }
}

fn list(items: &[i64]) -> Value {
    Value::List(Ref::new(crate::collections::List::new(if items.is_empty() {
        Items::Any(Vec::new())
    } else {
        Items::Int(items.to_vec())
    })))
}

fn in_parts(elements: &[i64], happens: &[i64], kind_idx: usize) -> Res {
    let kind = Value::Int(i64::try_from(kind_idx).unwrap());
    let mut env = vec![list(elements), list(happens), kind];
    if KINDS[kind_idx] == Reduce::Join {
        env.push(Value::str(", "));
    }
    let n = i64::try_from(elements.len()).unwrap();
    let mut range = NARROW;
    run_unit(|| {
        let code = Code { body: narrow, range, kind: KINDS[kind_idx], site: SITE, grain: 1 };
        range = WIDE;
        abi::with_ctx(|ctx| run_range(ctx, &code, &env, n))
    })
}

/// Elements: small ones and such that two of them may not fit.
fn elements() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let element = prop_oneof![4 => -100i64..100, 1 => any::<i64>()];
    let happens = prop_oneof![
        40 => Just(0),
        6 => Just(CUTS),
        2 => Just(OVERFLOWS),
        2 => Just(OVERFLOWS | CUTS),
    ];
    proptest::collection::vec((element, happens), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_come_to_what_one_loop_comes_to(
        mut cells in elements(),
        raising in proptest::collection::vec(0usize..400, 0..3),
        kind in 0..KINDS.len(),
    ) {
        hooks::install(&TestHooks);
        configure(3);
        for at in raising {
            if let Some(cell) = cells.get_mut(at) {
                cell.1 |= RAISES;
            }
        }
        let (elements, happens): (Vec<i64>, Vec<i64>) = cells.into_iter().unzip();
        let expected = text(sequential(&elements, &happens, KINDS[kind]));
        for _ in 0..3 {
            prop_assert_eq!(&text(in_parts(&elements, &happens, kind)), &expected);
        }
    }
}
