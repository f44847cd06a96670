//! Classes, calls, enums, dataclasses, exceptions: what CPython 3.11 says, pasted.

use super::class::{build, builtin, class_of};
use super::exception::{self, Frame};
use super::func::ParamKind;
use super::native_method::{NativeMethod, signature};
use super::{attr, call, dataclass, enums, matching, modules, namedtuple};
use crate::collections::Dict;
use crate::ops::{self, BinOp, CmpOp};
use crate::{Args, Fault, Ref, Res, Str, Value};

fn class(name: &str, bases: Vec<Value>, attrs: Vec<(&str, Value)>) -> Res {
    let attrs = attrs.into_iter().map(|(n, v)| (n.into(), v)).collect();
    build(name.into(), name.into(), "__main__".into(), bases, attrs, Vec::new())
}

fn method(name: &'static str, run: fn(&(), &Args<'_>) -> Res) -> Value {
    NativeMethod::value("Test", name, (), run)
}

fn base(name: &str) -> Value {
    Value::Class(builtin(name))
}

fn text(result: Res) -> String {
    match result {
        Ok(value) => ops::repr(&value).unwrap_or_else(|fault| message(&fault)),
        Err(fault) => message(&fault),
    }
}

fn message(fault: &Fault) -> String {
    fault.as_exception().map_or_else(|| format!("{fault:?}"), |e| exception::summary(e).unwrap_or_default())
}

fn annotations(names: &[&str]) -> Value {
    let mut dict = Dict::new();
    for name in names {
        dict.insert(Value::str(name), Value::str("int")).expect("strings are hashable");
    }
    Value::Dict(Ref::new(dict))
}

#[test]
fn arguments_are_bound_in_the_words_of_cpython() {
    let params = vec![
        ("a", ParamKind::PositionalOnly, Value::Unbound),
        ("b", ParamKind::Normal, Value::Int(2)),
        ("c", ParamKind::KeywordOnly, Value::Unbound),
    ];
    let params = params.into_iter().map(|(n, k, d)| (Str::new(n), k, d)).collect();
    let func = signature("f".to_owned(), params);
    let try_call = |pos: &[i64], kw: &[(&str, i64)]| {
        let pos: Vec<Value> = pos.iter().map(|n| Value::Int(*n)).collect();
        let kw: Vec<(Str, Value)> = kw.iter().map(|(k, v)| ((*k).into(), Value::Int(*v))).collect();
        text(call::bind(&func, &Args { pos: &pos, kw: &kw }).map(Value::list))
    };
    for (pos, kw, expected) in [
        (&[1_i64][..], &[("c", 3_i64)][..], "[1, 2, 3]"),
        (&[], &[], "TypeError: f() missing 1 required positional argument: 'a'"),
        (&[1], &[], "TypeError: f() missing 1 required keyword-only argument: 'c'"),
        (&[1, 2, 3], &[], "TypeError: f() takes from 1 to 2 positional arguments but 3 were given"),
        (
            &[1, 2, 3],
            &[("c", 1)],
            "TypeError: f() takes from 1 to 2 positional arguments but 3 positional arguments (and 1 keyword-only argument) were given",
        ),
        (&[1, 2], &[("b", 1), ("c", 1)], "TypeError: f() got multiple values for argument 'b'"),
        (
            &[],
            &[("a", 1), ("c", 1)],
            "TypeError: f() got some positional-only arguments passed as keyword arguments: 'a'",
        ),
        (&[1], &[("z", 1)], "TypeError: f() got an unexpected keyword argument 'z'"),
    ] {
        assert_eq!(try_call(pos, kw), expected);
    }
}

#[test]
fn attributes_follow_the_mro() {
    let a = class("A", vec![], vec![("x", Value::Int(1)), ("y", Value::Int(1))]).expect("A");
    let b = class("B", vec![a.clone()], vec![("x", Value::Int(2))]).expect("B");
    let c = class("C", vec![a.clone()], vec![("x", Value::Int(3)), ("y", Value::Int(3))]).expect("C");
    let d = class("D", vec![b.clone(), c], vec![]).expect("D");
    assert_eq!(text(attr::get(&d, "x")), "2");
    assert_eq!(text(attr::get(&d, "y")), "3");
    assert_eq!(text(attr::get(&d, "z")), "AttributeError: type object 'D' has no attribute 'z'");
    assert_eq!(
        text(class("E", vec![a, b], vec![])),
        "TypeError: Cannot create a consistent method resolution\norder (MRO) for bases A, B"
    );
    assert_eq!(
        text(class("F", vec![base("int"), base("str")], vec![])),
        "TypeError: multiple bases have instance lay-out conflict"
    );
    assert_eq!(
        text(class("F", vec![base("bool")], vec![])),
        "TypeError: type 'bool' is not an acceptable base type"
    );
}

#[test]
fn fields_are_written_until_the_instance_is_complete() {
    let init = method("__init__", |(), args| {
        attr::set(&args.pos[0], "x", args.pos[1].clone()).map(|()| Value::None)
    });
    let a = class("A", vec![], vec![("__init__", init)]).expect("A");
    let instance = ops::call(&a, &[Value::Int(5)]).expect("an instance");
    assert_eq!(text(attr::get(&instance, "x")), "5");
    assert!(attr::set(&instance, "x", Value::Int(6)).is_err_and(|f| f.as_exception().is_none()));
    assert_eq!(text(attr::get(&instance, "y")), "AttributeError: 'A' object has no attribute 'y'");
    let empty = class("Empty", vec![], vec![]).expect("Empty");
    assert_eq!(text(ops::call(&empty, &[Value::Int(1)])), "TypeError: Empty() takes no arguments");
}

#[test]
fn operators_try_the_methods_of_both_sides() {
    let never = method("__add__", |(), _| Ok(Value::NotImplemented));
    let right = method("__radd__", |(), _| Ok(Value::str("right")));
    let a = class("A", vec![], vec![("__add__", never)]).expect("A");
    let b = class("B", vec![], vec![("__radd__", right)]).expect("B");
    let (a, b) = (ops::call(&a, &[]).expect("a"), ops::call(&b, &[]).expect("b"));
    assert_eq!(text(ops::binary(BinOp::Add, &a, &b)), "'right'");
    assert_eq!(text(ops::binary(BinOp::Add, &Value::Int(1), &b)), "'right'");
    assert_eq!(
        text(ops::binary(BinOp::Add, &a, &Value::Int(1))),
        "TypeError: unsupported operand type(s) for +: 'A' and 'int'"
    );
    assert_eq!(
        text(ops::binary(BinOp::Pow, &a, &b)),
        "TypeError: unsupported operand type(s) for ** or pow(): 'A' and 'B'"
    );
    assert_eq!(
        text(ops::compare(CmpOp::Lt, &a, &b)),
        "TypeError: '<' not supported between instances of 'A' and 'B'"
    );
}

#[test]
fn subclasses_of_built_in_types_work_as_their_values() {
    let number = class("Number", vec![base("int")], vec![]).expect("Number");
    let three = ops::call(&number, &[Value::Int(3)]).expect("three");
    assert_eq!(text(Ok(three.clone())), "3");
    assert_eq!(text(ops::binary(BinOp::Add, &three, &Value::Int(1))), "4");
    assert_eq!(text(ops::binary(BinOp::Mul, &Value::str("ab"), &three)), "'ababab'");
    assert_eq!(class_of(&three).name.as_str(), "Number");
    assert!(ops::eq(&three, &Value::Int(3)).expect("equal"));
    assert_eq!(ops::hash(&three).expect("hash"), ops::hash(&Value::Int(3)).expect("hash"));
}

#[test]
fn enums_have_members_aliases_and_flags() {
    let auto = || ops::call(&base("auto"), &[]).expect("auto");
    let (red, read, write) = (auto(), auto(), auto());
    let colour = class(
        "Colour",
        vec![base("Enum")],
        vec![("RED", red), ("BLUE", Value::Int(7)), ("ROUGE", Value::Int(1)), ("NEXT", auto())],
    )
    .expect("Colour");
    assert_eq!(
        text(ops::collect(&colour).map(Value::list)),
        "[<Colour.RED: 1>, <Colour.BLUE: 7>, <Colour.NEXT: 8>]"
    );
    assert_eq!(text(attr::get(&colour, "ROUGE")), "<Colour.RED: 1>");
    assert_eq!(text(ops::call(&colour, &[Value::Int(7)])), "<Colour.BLUE: 7>");
    assert_eq!(text(ops::call(&colour, &[Value::Int(2)])), "ValueError: 2 is not a valid Colour");
    assert_eq!(text(attr::get(&colour, "PINK")), "AttributeError: PINK");
    assert_eq!(text(ops::getitem(&colour, &Value::str("PINK"))), "KeyError: 'PINK'");
    assert_eq!(
        text(class("More", vec![colour], vec![])),
        "TypeError: <enum 'More'> cannot extend <enum 'Colour'>"
    );
    let mode = class(
        "Mode",
        vec![base("Flag")],
        vec![("READ", read), ("WRITE", write), ("X", auto()), ("RW", Value::Int(3))],
    )
    .expect("Mode");
    let (r, x) = (attr::get(&mode, "READ").expect("READ"), attr::get(&mode, "X").expect("X"));
    let rx = ops::binary(BinOp::BitOr, &r, &x).expect("composed");
    assert_eq!(text(Ok(rx.clone())), "<Mode.READ|X: 5>");
    assert!(ops::is(&rx, &ops::call(&mode, &[Value::Int(5)]).expect("the same")).expect("identity"));
    assert_eq!(text(attr::get(&mode, "RW")), "<Mode.RW: 3>");
    assert!(enums::is_enum(&builtin("IntEnum")));
}

#[test]
fn dataclasses_get_their_methods() {
    let decorate = |name: &str, attrs: Vec<(&str, Value)>, options: &[&str]| -> Res {
        let made = class(name, vec![], attrs)?;
        let kw: Vec<(Str, Value)> = options.iter().map(|o| ((*o).into(), Value::Bool(true))).collect();
        let decorator = (dataclass::DATACLASS.call)(&Args { pos: &[], kw: &kw })?;
        ops::call(&decorator, &[made])
    };
    let attrs = vec![("__annotations__", annotations(&["x", "y"])), ("y", Value::Int(0))];
    let point = decorate("Point", attrs, &["frozen", "order"]).expect("Point");
    let at = |x: i64, y: i64| ops::call(&point, &[Value::Int(x), Value::Int(y)]).expect("a point");
    assert_eq!(text(ops::call(&point, &[Value::Int(1)])), "Point(x=1, y=0)");
    assert_eq!(
        text(ops::call(&point, &[])),
        "TypeError: Point.__init__() missing 1 required positional argument: 'x'"
    );
    assert!(ops::eq(&at(1, 2), &at(1, 2)).expect("equal"));
    assert_eq!(ops::hash(&at(1, 2)).expect("hash"), ops::hash(&at(1, 2)).expect("hash"));
    assert!(ops::lt(&at(1, 2), &at(1, 3)).expect("less"));
    assert_eq!(
        text(attr::set(&at(1, 2), "x", Value::None).map(|()| Value::None)),
        "dataclasses.FrozenInstanceError: cannot assign to field 'x'"
    );
    let module = modules::module("dataclasses").expect("dataclasses");
    let asdict = module.get("asdict").expect("asdict");
    assert_eq!(text(ops::call(&asdict, &[at(1, 2)])), "{'x': 1, 'y': 2}");
    let wrong = vec![("__annotations__", annotations(&["x", "y"])), ("x", Value::Int(0))];
    assert_eq!(
        text(decorate("Wrong", wrong, &[])),
        "TypeError: non-default argument 'y' follows default argument"
    );
    let wrong = vec![("__annotations__", annotations(&["x"])), ("x", Value::list(vec![]))];
    assert_eq!(
        text(decorate("Wrong", wrong, &[])),
        "ValueError: mutable default <class 'list'> for field x is not allowed: use default_factory"
    );
    let found = matching::class_pattern(&at(1, 2), &point, 1, &["y".into()]).expect("a match");
    assert_eq!(text(Ok(Value::list(found.expect("fits")))), "[1, 2]");
    assert_eq!(
        text(matching::class_pattern(&at(1, 2), &point, 3, &[]).map(|_| Value::None)),
        "TypeError: Point() accepts 2 positional sub-patterns (3 given)"
    );
}

#[test]
fn named_tuples_are_tuples() {
    let pair =
        (namedtuple::NAMEDTUPLE.call)(&Args::positional(&[Value::str("Pair"), Value::str("left right")]))
            .expect("Pair");
    let one = ops::call(&pair, &[Value::Int(1), Value::Int(2)]).expect("a pair");
    assert_eq!(text(Ok(one.clone())), "Pair(left=1, right=2)");
    assert_eq!(text(attr::get(&one, "right")), "2");
    assert!(ops::eq(&one, &Value::tuple(vec![Value::Int(1), Value::Int(2)])).expect("equal"));
    assert_eq!(
        text(ops::call(&pair, &[Value::Int(1)])),
        "TypeError: Pair.__new__() missing 1 required positional argument: 'right'"
    );
}

#[test]
fn tracebacks_show_frames_chains_and_hints() {
    let frame = |line: u32, func: &str| Frame {
        file: "x.afr".into(),
        line,
        func: func.into(),
        start: 0,
        end: 0,
        element: None,
    };
    let inner = Fault::value_error("inner");
    let outer = Fault::exception("RuntimeError", "outer");
    let (inner, outer) =
        (inner.as_exception().expect("inner").clone(), outer.as_exception().expect("outer").clone());
    exception::add_frame(&inner, frame(2, "f"));
    exception::add_frame(&outer, frame(4, "g"));
    exception::add_frame(&outer, frame(9, "<module>"));
    exception::set_context(&outer, &inner);
    let source = |frame: &Frame, _: Option<&str>| Some(format!("line {}", frame.line));
    let context = "Traceback (most recent call last):\n  File \"x.afr\", line 2, in f\n    line 2\nValueError: inner\n\n\
                   During handling of the above exception, another exception occurred:\n\n\
                   Traceback (most recent call last):\n  File \"x.afr\", line 9, in <module>\n    line 9\n  \
                   File \"x.afr\", line 4, in g\n    line 4\nRuntimeError: outer\n";
    assert_eq!(exception::render(&outer, &source).expect("text"), context);
    exception::set_cause(&outer, &Value::None).expect("no cause");
    assert!(!exception::render(&outer, &source).expect("text").contains("inner"));
    let a = class("A", vec![], vec![("colour", Value::Int(1))]).expect("A");
    let fault = attr::get(&ops::call(&a, &[]).expect("an instance"), "color").expect_err("no such attribute");
    let shown = exception::render(fault.as_exception().expect("an exception"), &source).expect("text");
    assert_eq!(shown, "AttributeError: 'A' object has no attribute 'color'. Did you mean: 'colour'?\n");
    let deep = Fault::value_error("deep").as_exception().expect("deep").clone();
    for _ in 0..6 {
        exception::add_frame(&deep, frame(2, "f"));
    }
    assert!(
        exception::render(&deep, &source)
            .expect("text")
            .contains("  [Previous line repeated 3 more times]\n")
    );
}

#[test]
fn raise_and_except_refuse_what_is_no_exception() {
    assert_eq!(
        message(&exception::raise_value(&Value::Int(5))),
        "TypeError: exceptions must derive from BaseException"
    );
    assert_eq!(message(&exception::raise_value(&base("KeyError"))), "KeyError");
    let caught = Fault::key_error(Value::Int(1)).as_exception().expect("a KeyError").clone();
    let classes = Value::tuple(vec![base("ValueError"), base("LookupError")]);
    assert!(exception::matches(&caught, &classes).expect("classes"));
    assert_eq!(
        text(exception::matches(&caught, &Value::Int(1)).map(Value::Bool)),
        "TypeError: catching classes that do not inherit from BaseException is not allowed"
    );
}
