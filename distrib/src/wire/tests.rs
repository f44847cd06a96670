//! What is encoded comes back as it was.

use super::{Names, Side, decode, encode, meta};
use afar_compiler::program::{Owner, Source};
use afar_compiler::run_statement;
use afar_lang::{CheckEnv, check as check_tree, parse};
use afar_runtime::abi::Globals;
use afar_runtime::collections::{Dict, Range, Set};
use afar_runtime::object::exception::{self, Element, Frame};
use afar_runtime::{Fault, Ref, Str, Value, ops};
use num_bigint::BigInt;
use proptest::prelude::*;
use std::sync::Arc;

/// What two nodes call their things, the first of which has run a unit.
fn two() -> [Names; 2] {
    let [mut first, second] = [Names::new(Side::Node), Names::new(Side::Node)];
    first.begin_unit(1);
    [first, second]
}

fn pass([from, to]: [&mut Names; 2], value: &Value) -> Value {
    let blob = encode(from, value).unwrap_or_else(|e| unreachable!("{e:?}"));
    decode(to, &blob.bytes).unwrap_or_else(|e| unreachable!("{e:?}"))
}

fn through(value: &Value) -> Value {
    let [mut from, mut to] = two();
    pass([&mut from, &mut to], value)
}

fn bytes_of(value: &Value) -> Vec<u8> {
    encode(&mut Names::default(), value).unwrap_or_default().bytes
}

fn measure(value: &Value) -> Option<usize> {
    meta(&mut Names::default(), value).0.nbytes
}

/// The same to the bit, NaN included; sets in any order.
fn same(a: &Value, b: &Value) -> bool {
    let all = |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Complex(a), Value::Complex(b)) => {
            a.re.to_bits() == b.re.to_bits() && a.im.to_bits() == b.im.to_bits()
        }
        (Value::Tuple(a), Value::Tuple(b)) => all(a, b),
        (Value::List(a), Value::List(b)) => {
            let items = |l: &Ref<afar_runtime::collections::List>| -> Vec<Value> {
                ops::collect(&Value::List(l.clone())).unwrap_or_default()
            };
            all(&items(a), &items(b))
        }
        (Value::Dict(a), Value::Dict(b)) => {
            a.flavour == b.flavour
                && a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((k, v), (l, w))| same(k, l) && same(v, w))
        }
        (Value::Set(a), Value::Set(b)) => {
            a.frozen == b.frozen
                && a.len() == b.len()
                && a.iter_unordered().all(|v| b.contains(v).unwrap_or(false))
        }
        (Value::Range(a), Value::Range(b)) => {
            same(&a.start, &b.start) && same(&a.stop, &b.stop) && same(&a.step, &b.step)
        }
        _ => a.tag() == b.tag() && ops::eq(a, b).unwrap_or(false),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::None),
        Just(Value::Ellipsis),
        Just(Value::NotImplemented),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|b| Value::big(BigInt::from_signed_bytes_le(&b))),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        (any::<u64>(), any::<u64>()).prop_map(|(a, b)| Value::complex(f64::from_bits(a), f64::from_bits(b))),
        any::<String>().prop_map(Value::string),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::bytes),
    ]
}

fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<String>().prop_map(Value::string),
        (any::<i64>(), any::<String>())
            .prop_map(|(n, s)| Value::tuple(vec![Value::Int(n), Value::string(s)])),
    ]
}

fn dict(entries: Vec<(Value, Value)>) -> Value {
    let mut dict = Dict::new();
    for (key, value) in entries {
        dict.insert(key, value).unwrap_or_default();
    }
    Value::Dict(Ref::new(dict))
}

fn set(frozen: bool, items: Vec<Value>) -> Value {
    Value::Set(Ref::new(Set::from_values(frozen, items).unwrap_or_else(|_| Set::new(frozen))))
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(any::<i64>().prop_map(Value::Int), 0..20).prop_map(Value::list),
            prop::collection::vec(any::<u64>().prop_map(|b| Value::Float(f64::from_bits(b))), 0..20)
                .prop_map(Value::list),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::list),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::tuple),
            prop::collection::vec((key(), inner.clone()), 0..6).prop_map(dict),
            (any::<bool>(), prop::collection::vec(key(), 0..6))
                .prop_map(|(frozen, items)| set(frozen, items)),
            inner.clone().prop_map(|v| Value::tuple(vec![v.clone(), v])),
            prop::collection::vec(inner, 0..3).prop_map(|args| exception::instance("ValueError", args)),
            (any::<i64>(), any::<i64>(), 1..9i64).prop_map(|(a, b, c)| {
                let (start, stop, step) = (Value::Int(a), Value::Int(b), Value::Int(c));
                Value::Range(Ref::new(Range { start, stop, step }))
            }),
        ]
    })
}

/// As [`same`], for values that may hold exceptions, which are equal to themselves alone.
fn same_shape(a: &Value, b: &Value) -> bool {
    match (exception::state(a), exception::state(b)) {
        (Some(a), Some(b)) => same_shape(&Value::tuple(a.args()), &Value::tuple(b.args())),
        (None, None) => match (a, b) {
            (Value::Tuple(a), Value::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_shape(a, b))
            }
            (Value::List(_), Value::List(_)) => {
                let (a, b) = (ops::collect(a).unwrap_or_default(), ops::collect(b).unwrap_or_default());
                a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same_shape(a, b))
            }
            (Value::Dict(a), Value::Dict(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|((k, v), (l, w))| same(k, l) && same_shape(v, w))
            }
            _ => same(a, b),
        },
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_come_back(value in value()) {
        prop_assert!(same_shape(&value, &through(&value)));
    }

    #[test]
    fn the_length_is_that_of_the_bytes(items in prop::collection::vec(any::<i64>(), 0..50)) {
        let list = Value::list(items.iter().map(|n| Value::Int(*n)).collect());
        let n = bytes_of(&list).len();
        if items.is_empty() {
            prop_assert_eq!(measure(&list), Some(16));
        } else {
            prop_assert_eq!(measure(&list), Some(16 + 8 * items.len()));
        }
        // One byte says that nothing follows.
        prop_assert_eq!(measure(&list).map(|m| m + 1), Some(n));
    }

    #[test]
    fn broken_bytes_are_refused(value in value(), at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = bytes_of(&value);
        let at = at.index(bytes.len());
        bytes[at] = with;
        // Whatever comes of it, it is a value or a fault.
        let _ = decode(&mut Names::default(), &bytes);
        let _ = decode(&mut Names::default(), &bytes[..at]);
    }
}

/// Runs statements, and gives the namespace that they bound names in.
fn run(text: &str) -> Arc<Globals> {
    afar_compiler::install();
    let parsed = parse(text);
    assert!(check_tree(&parsed.tree, &CheckEnv::default(), text).is_empty());
    let globals = Globals::new("__main__", None);
    let source = Arc::new(Source::new("wire.afr", text));
    let owner = Owner::Module(Arc::new(parsed.tree));
    for at in 0..owner.stmts().len() {
        run_statement(&owner, at, &source, &globals).unwrap_or_else(|e| unreachable!("{e:?}"));
    }
    globals
}

/// Sends `sent` through bytes; `expression`, in which it is called `back`, must be true at the other end.
#[track_caller]
fn check(text: &str, expression: &str) {
    let globals = run(text);
    let sent = globals.get("sent").unwrap_or_default();
    let back = through(&sent);
    let there = run("pass\n");
    there.set("back", back);
    let question = format!("answer = {expression}\n");
    let parsed = parse(&question);
    check_tree(&parsed.tree, &CheckEnv { globals: &["back".into()], ..CheckEnv::default() }, &question);
    let source = Arc::new(Source::new("question.afr", &question));
    run_statement(&Owner::Module(Arc::new(parsed.tree)), 0, &source, &there)
        .unwrap_or_else(|e| unreachable!("{e:?}"));
    assert!(matches!(there.get("answer"), Some(Value::Bool(true))), "{expression}");
}

#[test]
fn functions_come_back() {
    check("def sent(x, y=2, *, z=3):\n    return x + y + z\n", "back(1) == 6 and back(1, z=0) == 3");
    check("k = 5\ndef sent(x):\n    return x * k\n", "back(2) == 10");
    check("def sent(n):\n    return 1 if n < 2 else n * sent(n - 1)\n", "back(20) == 2432902008176640000");
    check(
        "def adder(n):\n    return lambda x: x + n\nsent = [adder(1), adder(2)]\n",
        "[f(1) for f in back] == [2, 3]",
    );
    check(
        "def outer():\n    def even(n):\n        return n == 0 or odd(n - 1)\n    def odd(n):\n        return n > 0 and even(n - 1)\n    return even\nsent = outer()\n",
        "back(10) and not back(7)",
    );
    check("sent = ['a'.upper, len, (lambda: [1])().count]\n", "back[0]() == 'A' and back[1]('ab') == 2");
}

#[test]
fn classes_and_instances_come_back() {
    let text = "class A:\n    n = 1\n    def __init__(self, v):\n        self.v = v\n        self.me = self\n    def get(self):\n        return self.v\n    @property\n    def twice(self):\n        return self.v * 2\n    @classmethod\n    def make(cls, v):\n        return cls(v)\n    @staticmethod\n    def one():\n        return 1\nclass B(A):\n    __slots__ = ()\n    def get(self):\n        return super().get() + self.n\n";
    check(&format!("{text}sent = A(3)\n"), "back.me is back and back.get() == 3 and back.twice == 6");
    check(
        &format!("{text}sent = B\n"),
        "back.make(4).get() == 5 and back.one() == 1 and back.__name__ == 'B'",
    );
    check(
        &format!("{text}b = B(1)\nsent = (b, [b, A], B)\n"),
        "back[0] is back[1][0] and isinstance(back[0], back[1][1]) and type(back[0]) is back[2]",
    );
    check(&format!("{text}sent = B(7).get\n"), "back() == 8");
    check(
        "class K:\n    def __init__(self, n):\n        self.n = n\n    def __eq__(self, other):\n        return self.n == other.n\n    def __hash__(self):\n        return hash(self.n)\nsent = [{K(1): 'one'}, {K(2)}, K]\n",
        "back[0][back[2](1)] == 'one' and back[2](2) in back[1]",
    );
}

#[test]
fn what_went_comes_back_as_itself() {
    let globals = run("class A:\n    pass\ndef f():\n    return 1\nsent = [A, A(), f]\n");
    let sent = globals.get("sent").unwrap_or_default();
    let [mut from, mut to] = two();
    let there = pass([&mut from, &mut to], &sent);
    let back = pass([&mut to, &mut from], &there);
    let items = |v: &Value| ops::collect(v).unwrap_or_default();
    for ((a, b), c) in items(&sent).iter().zip(&items(&back)).zip(&items(&there)) {
        assert!(ops::is_same_object(a, b));
        assert!(!ops::is_same_object(a, c));
    }
}

#[test]
fn what_exceptions_hold_is_not_mixed_up() {
    let one =
        |n: i64| exception::instance("ValueError", vec![Value::Int(n), Value::tuple(vec![Value::Int(-n)])]);
    let nested = |n| exception::instance("KeyError", vec![Value::tuple(vec![one(n), one(n + 1)])]);
    let all = Value::list((0..50).map(|n| if n % 2 == 0 { one(n) } else { nested(n) }).collect());
    assert!(same_shape(&all, &through(&all)));
}

#[test]
fn exceptions_keep_their_traceback() {
    let fault = Fault::value_error("text");
    let Some(raised) = fault.as_exception() else { unreachable!("an exception") };
    let frame = Frame {
        file: Str::new("x.afr"),
        line: 3,
        func: Str::new("f"),
        start: 10,
        end: 12,
        element: Some(Element { index: 70_000, is_shown: true }),
    };
    exception::add_frame(raised, frame.clone());
    let _ = exception::set_cause(raised, &exception::instance("KeyError", vec![Value::Int(1)]));
    let back = through(raised);
    let state = exception::state(&back).unwrap_or_else(|| unreachable!("an exception"));
    assert_eq!(state.frames(), vec![frame]);
    assert!(exception::is_instance(&state.cause(), "KeyError") && state.suppresses_context());
}

#[test]
fn deep_values_take_no_stack() {
    let mut value = Value::Int(1);
    for _ in 0..200_000 {
        value = Value::tuple(vec![value]);
    }
    let mut back = through(&value);
    let mut depth = 0;
    while let Value::Tuple(items) = &back {
        let inner = items[0].clone();
        back = inner;
        depth += 1;
    }
    assert_eq!(depth, 200_000);
    // Dropping it nests as deep: left to the end of the process.
    std::mem::forget(value);
}
