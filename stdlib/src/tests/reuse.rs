//! What is the only reference to a container is reused by what makes a new one of it.

use afar_runtime::collections::{Dict, Set, append_value, binary_owned, concat};
use afar_runtime::ops::BinOp;
use afar_runtime::{Ref, Value};

fn list(value: &Value) -> &Ref<afar_runtime::collections::List> {
    match value {
        Value::List(list) => list,
        _ => panic!("a list"),
    }
}

#[test]
fn a_list_grows_in_place_unless_it_is_shared() {
    let Value::List(a) = Value::list((0..100).map(Value::Int).collect()) else { panic!("a list") };
    let Value::List(b) = Value::list(vec![Value::Int(7)]) else { panic!("a list") };
    let grown = concat(a, &b).expect("it grows");
    let address = Ref::as_ptr(list(&grown)).addr();
    let Value::List(grown) = grown else { panic!("a list") };
    let again = append_value(grown, Value::Int(8)).expect("it grows");
    assert_eq!(Ref::as_ptr(list(&again)).addr(), address);
    let kept = list(&again).clone();
    let other = append_value(kept.clone(), Value::str("x")).expect("it is copied");
    assert_eq!((kept.len(), list(&other).len()), (102, 103));
    assert!(matches!(kept.get(101), Some(Value::Int(8))));
    assert!(matches!(list(&other).get(102), Some(Value::Str(_))));
}

#[test]
fn a_dict_and_a_set_take_in_others_in_place() {
    let mut d = Dict::new();
    d.insert(Value::Int(1), Value::Int(2)).expect("hashable");
    let d = Ref::new(d);
    let address = Ref::as_ptr(&d).addr();
    let d = Dict::with_entry(d, Value::Int(3), Value::Int(4)).expect("hashable");
    assert_eq!((Ref::as_ptr(&d).addr(), d.len()), (address, 2));
    let kept = d.clone();
    let Ok(Value::Dict(e)) = binary_owned(BinOp::BitOr, Value::Dict(d), &Value::Dict(kept.clone())) else {
        panic!("a dict")
    };
    assert_eq!((e.len(), kept.len()), (2, 2));
    let s = Ref::new(Set::from_values(false, vec![Value::Int(1)]).expect("hashable"));
    let t = Set::from_values(true, (0..50).map(Value::Int).collect()).expect("hashable");
    let address = Ref::as_ptr(&s).addr();
    let s = Set::union(s, &t).expect("hashable");
    assert_eq!((Ref::as_ptr(&s).addr(), s.len(), s.frozen), (address, 50, false));
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
