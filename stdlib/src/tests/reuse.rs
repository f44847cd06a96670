//! What is the only reference to a container is reused by what makes a new one of it; what is shared stays as it was.

use afar_runtime::collections::{Dict, Set, binary_in_place, with_entry_in_place};
use afar_runtime::ops::{self, BinOp};
use afar_runtime::{Ref, Value};

fn same(a: &Value, b: &Value) -> bool {
    ops::eq(a, b).expect("they compare")
}

fn dict(n: i64) -> Value {
    let mut dict = Dict::new();
    for i in 0..n {
        dict.insert(Value::Int(i), Value::Int(i * i)).expect("hashable");
    }
    Value::Dict(Ref::new(dict))
}

fn set(items: std::ops::Range<i64>) -> Value {
    Value::Set(Ref::new(Set::from_values(false, items.map(Value::Int).collect()).expect("hashable")))
}

fn list(n: i64) -> Value {
    Value::list((0..n).map(Value::Int).collect())
}

/// `a op b`, with and without another reference to `a`, which stays as it was.
#[track_caller]
fn check(op: BinOp, a: &dyn Fn() -> Value, b: &Value) {
    let expected = ops::binary(op, &a(), b).expect("it works");
    let mut own = a();
    assert!(same(&binary_in_place(op, &mut own, b).expect("it works"), &expected));
    let mut shared = a();
    let kept = shared.clone();
    assert!(same(&binary_in_place(op, &mut shared, b).expect("it works"), &expected));
    assert!(same(&kept, &a()));
}

#[test]
fn what_is_shared_stays_as_it_was() {
    check(BinOp::Add, &|| list(100), &list(7));
    check(BinOp::Add, &|| list(0), &Value::list(vec![Value::str("x")]));
    check(BinOp::Add, &|| Value::str("a\u{e9}"), &Value::str("\u{1f600}b"));
    for n in [0, 5, 64, 65, 1000] {
        check(BinOp::BitOr, &|| dict(n), &dict(3));
        check(BinOp::BitOr, &|| dict(n), &dict(2000));
        check(BinOp::BitOr, &|| set(0..n), &set(-3..3));
    }
}

#[test]
fn an_update_that_fails_changes_nothing() {
    // A list has no hash, and is the second of two elements.
    let mut own = dict(10);
    let key = list(1);
    assert!(with_entry_in_place(&mut own, &key, &Value::Int(1)).is_err());
    assert!(same(&own, &dict(10)));
}

#[test]
fn versions_of_a_dict_are_apart() {
    let mut versions = vec![dict(500)];
    for i in 0..100 {
        let mut last = versions[versions.len() - 1].clone();
        let key = Value::Int(if i % 2 == 0 { i } else { 1000 + i });
        versions.push(with_entry_in_place(&mut last, &key, &Value::Int(-i)).expect("hashable"));
    }
    for (i, version) in versions.iter().enumerate() {
        let mut expected = dict(500);
        for k in 0..i64::try_from(i).expect("few") {
            let key = Value::Int(if k % 2 == 0 { k } else { 1000 + k });
            let Value::Dict(d) = &mut expected else { panic!("a dict") };
            Ref::make_mut(d).insert(key, Value::Int(-k)).expect("hashable");
        }
        let (Value::Dict(a), Value::Dict(b)) = (version, &expected) else { panic!("dicts") };
        assert!(a.iter().zip(b.iter()).all(|((k, v), (l, w))| same(k, l) && same(v, w)));
        assert_eq!(a.len(), b.len());
        assert_eq!(a.iter().rev().count(), a.len());
    }
}

#[test]
fn method_tables_are_sorted() {
    use afar_runtime::collections::methods;
    let types =
        "list tuple dict set frozenset range slice dict_keys dict_values dict_items Counter OrderedDict";
    for name in types.split(' ') {
        let names: Vec<&str> = methods(name).iter().map(|b| b.name).collect();
        assert!(names.is_sorted(), "{name}: {names:?}");
        assert!(!names.is_empty(), "{name}");
    }
}
