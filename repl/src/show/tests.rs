//! Values are shown in bounded room.

use super::{Limits, show, type_text};
use afar_runtime::Value;

#[track_caller]
fn check(value: &Value, n_chars: usize, expected: &str) {
    let shown = show(value, Limits { n_chars, n_lines: 10 });
    assert_eq!(shown.ok().as_deref(), Some(expected));
}

fn ints(n: i64) -> Value {
    Value::list((0..n).map(Value::Int).collect())
}

#[test]
fn small_values_are_as_repr() {
    check(&ints(5), 80, "[0, 1, 2, 3, 4]");
    check(&Value::str("it's"), 80, "\"it's\"");
    check(&Value::tuple(vec![Value::Int(1)]), 80, "(1,)");
    check(&Value::tuple(vec![]), 80, "()");
}

#[test]
fn large_values_are_cut_in_the_middle() {
    check(&ints(1_000_000), 30, "[0, 1, 2, 3, 4, 5, 6, 7, ... 999998, 999999]\n# 1,000,000 items");
    check(&Value::string("ab".repeat(50_000)), 12, "'abababab' ... 'abab'\n# 100,000 characters");
}

#[test]
fn nesting_is_bounded() {
    let wide = Value::list((0..10_000).map(|_| ints(10_000)).collect());
    let shown = show(&wide, Limits { n_chars: 300, n_lines: 5 }).unwrap_or_default();
    assert!(shown.len() < 900, "{}: {shown}", shown.len());
    let mut deep = ints(1);
    for _ in 0..10_000 {
        deep = Value::list(vec![deep]);
    }
    let shown = show(&deep, Limits { n_chars: 300, n_lines: 5 }).unwrap_or_default();
    assert!(shown.len() < 300, "{}: {shown}", shown.len());
    // Dropping ten thousand levels is the runtime's business, not this test's.
    std::mem::forget(deep);
}

#[test]
fn types() {
    assert_eq!(type_text(&ints(3)), "list[int]");
    assert_eq!(type_text(&Value::list(vec![Value::Int(1), Value::None])), "list[int | NoneType]");
    assert_eq!(type_text(&Value::tuple(vec![Value::Float(1.0), ints(1)])), "tuple[float, list[int]]");
}
