//! Every name that `dir` of CPython shows for a value of a built-in type is there, or is refused: never an `AttributeError`.

use afar_tests::binary::{afar, python};
use afar_tests::jobs;
use afar_tests::program::{Program, Scratch};

/// The values whose names are asked for.
const VALUES: &str = r#"None;True;5;2**70;1.5;1j;"ab";b"ab";(1,);[1];{1: 2};{1};frozenset([1]);range(3);slice(3);fn;lambda: 0;kk.m;len;"a".upper;str.upper;str.__add__;"a".__add__;K;int;type;object();ValueError("a");KeyError(1);StopIteration(3);OSError(2, "x");UnicodeDecodeError("utf-8", b"a", 0, 1, "r");SyntaxError("a");ImportError("a");NameError("a");AttributeError("a");SystemExit(3);gen();(x for x in [1]);...;NotImplemented;kk;{1: 2}.keys();{1: 2}.values();{1: 2}.items();iter([1]);iter((1,));iter("a");iter(b"a");iter(range(3));iter({1: 2});iter({1});iter(len, 3);zip([1]);map(len, []);filter(None, []);enumerate([1]);reversed([1]);reversed({1: 2});(int | str);list[int];property(len);staticmethod(len);classmethod(len);super(K, kk)"#;

const PRELUDE: &str = "\
def fn(a, b=1, *, c=2):
    \"doc\"
    return a
class K:
    def m(self):
        return 1
def gen():
    yield 1
kk = K()
";

/// Names that CPython's own implementation needs, and that refuse: with `NotPure`, which no program can catch.
const REFUSED: &str = "__annotations__ __basicsize__ __builtins__ __closure__ __code__ __delete__ __dict__ __dictoffset__ __doc__ __flags__ __get__ __getformat__ __getitem__ __globals__ __isabstractmethod__ __itemsize__ __module__ __mro_entries__ __name__ __or__ __qualname__ __ror__ __self__ __set__ __set_name__ __subclasses__ __subclasshook__ __text_signature__ __traceback__ __typing_unpacked_tuple_args__ __unpacked__ __weakref__ __weakrefoffset__ denominator gi_code gi_frame gi_running gi_suspended gi_yieldfrom imag mapping numerator real start step stop";

/// What CPython says: a line for each value and name, parted by a tab.
fn names(folder: &Scratch, python: &std::path::Path) -> Vec<(String, String)> {
    let text = format!(
        "{PRELUDE}for text in {VALUES:?}.split(';'):\n    value = eval('(' + text + ')')\n    \
         for name in sorted({{*dir(value), *dir(type(value))}}):\n        \
         if name != '__annotations__' and hasattr(value, name):\n            print(text, name, sep='\\t')\n"
    );
    let path = folder.write("names.py", text);
    let answer = Program::new(python).args(&[&path.to_string_lossy()]).run();
    assert_eq!(answer.status, Some(0), "{}", answer.stderr_text());
    let pair = |line: &str| line.split_once('\t').map(|(value, name)| (value.to_owned(), name.to_owned()));
    answer.stdout_text().lines().filter_map(pair).collect()
}

/// What Afar says to one program.
fn run(folder: &Scratch, name: &str, text: &str) -> afar_tests::program::Answer {
    let path = folder.write(name, text);
    Program::new(afar()).args(&["run", &path.to_string_lossy()]).run()
}

fn question(value: &str, name: &str) -> String {
    format!("print(hasattr(({value}), {name:?}), {:?})\n", format!("{value} {name}"))
}

/// One name of one value, alone: there, or refused.
fn is_told(value: &str, name: &str) -> Result<(), String> {
    let folder = Scratch::new();
    let answer = run(&folder, "one.afr", &format!("{PRELUDE}{}", question(value, name)));
    let is_there = answer.status == Some(0) && answer.stdout_text().starts_with("True");
    if is_there || answer.stderr_text().contains("NotPure") {
        return Ok(());
    }
    Err(format!("`({value}).{name}`: {}{}", answer.stdout_text(), answer.stderr_text()))
}

#[test]
fn what_cpython_has_is_there_or_refused() {
    let Some(python) = python() else {
        println!("there is no python3 of version 3.11: nothing to compare with");
        return;
    };
    let folder = Scratch::new();
    let refused: Vec<&str> = REFUSED.split_whitespace().collect();
    let (alone, together): (Vec<_>, Vec<_>) =
        names(&folder, python).into_iter().partition(|(_, name)| refused.contains(&name.as_str()));
    assert!(together.len() > 1500, "CPython has more names than {}", together.len());
    let text: String = together.iter().map(|(value, name)| question(value, name)).collect();
    let answer = run(&folder, "all.afr", &format!("{PRELUDE}{text}"));
    let shown = answer.stdout_text();
    let missing: Vec<&str> = shown.lines().filter(|line| !line.starts_with("True ")).collect();
    assert!(missing.is_empty(), "these are not there:\n{}", missing.join("\n"));
    assert_eq!(answer.status, Some(0), "{}", answer.stderr_text());
    let wrong = jobs::map(&alone, |(value, name)| is_told(value, name));
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
