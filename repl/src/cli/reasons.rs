//! Why a loop runs in parallel, or in order: what each reason means, and a program that shows it.

use afar_compiler::survey::Reason;

/// What is said about a reason.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// In a line.
    pub title: &'static str,
    /// More, and what can be done.
    pub text: &'static str,
    /// A program in which something has this reason.
    pub example: &'static str,
}

/// The code of a reason, as in `parallel/map`.
pub fn code(reason: Reason) -> String {
    format!("{}/{}", verdict(reason), reason.id())
}

/// `parallel` or `sequential`.
pub fn verdict(reason: Reason) -> &'static str {
    if reason.is_parallel() { "parallel" } else { "sequential" }
}

/// The reason of this code; the group may be left out.
pub fn find(text: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|r| r.id() == text || code(*r) == text)
}

/// What a reason means.
pub fn meaning(reason: Reason) -> Meaning {
    if reason.is_parallel() { parallel(reason) } else { sequential(reason) }
}

fn parallel(reason: Reason) -> Meaning {
    let (title, text, example) = match reason {
        Reason::Map => (
            "each element is computed on its own",
            "The range, list or text is cut where a worker asks for work. The parts are joined in their order.",
            "xs = [x * x for x in range(100_000)]\n",
        ),
        Reason::Build => (
            "a set, a dict, a Counter or a text is built in parts",
            "Each part builds one of its own, and they are merged in order: the order of first occurrence, the first key\n\
             object and the last value are those of building it one by one.",
            "squares = {x: x * x for x in range(100_000)}\n",
        ),
        Reason::Reduction => (
            "each part is reduced, and the results are combined",
            "Sums of ints, exact sums of floats, `min`, `max`, `any` and `all` give the same bits however the elements are\n\
             grouped. So do the variables of a `for` loop that are sums of ints, lists that grow, the least or the greatest.",
            "total = sum(x * x for x in range(100_000))\n",
        ),
        Reason::OrderedFold => (
            "the elements are computed in parallel, and combined in order",
            "What is added up are not ints or floats alone, so that the way in which they are grouped could show. The elements\n\
             are worth the cores where each takes long; the combining is the work of one.",
            "from fractions import Fraction\ntotal = sum(Fraction(1, x) for x in range(1, 10_000))\n",
        ),
        Reason::Sort => (
            "the elements are computed in parallel, and sorted",
            "Numbers and texts are sorted on all cores; what a class compares by itself is compared in CPython's order.",
            "xs = sorted(x * 7919 % 10_007 for x in range(100_000))\n",
        ),
        _ => (
            "independent calls, of which the later ones wait to be taken",
            "None of these needs what the others give. While the first one runs, a worker without work may take the last; one\n\
             that nobody has taken is computed in its turn.",
            "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\nprint(fib(25))\n",
        ),
    };
    Meaning { title, text, example }
}

fn sequential(reason: Reason) -> Meaning {
    match reason {
        Reason::CarriedValue
        | Reason::CarriedCondition
        | Reason::ShortCircuit
        | Reason::Prints
        | Reason::OpenEnded
        | Reason::Statement => statement(reason),
        _ => expression(reason),
    }
}

fn statement(reason: Reason) -> Meaning {
    let (title, text, example) = match reason {
        Reason::CarriedValue => (
            "a round of the loop reads what the round before has bound",
            "The names are shown. Sums of ints, lists that grow at their end, and the least and the greatest are split, where the\n\
             body of the loop does nothing else with them (a list whose items are next to no work grows in place). Sums of floats are exact, and split, as `sum(f(x) for x in xs)`.\n\
             `itertools.accumulate` says that each value rests on the one before.",
            "total = 0.0\nfor x in range(100_000):\n    total = total + x * 0.1\n",
        ),
        Reason::CarriedCondition => (
            "a clause of the comprehension reads what a later one has bound in the round before",
            "Give the variable of the later clause a name of its own.",
            "def f(n):\n    y = 0\n    return [(x, y) for x in range(n) if x == 0 or y > 0 for y in range(x + 2)]\n\n\nprint(f(3))\n",
        ),
        Reason::ShortCircuit => (
            "the loop may be left in the middle",
            "`any`, `all` and `next` over a generator expression look for the first as well; the former two are split.",
            "def first(n):\n    for x in range(2, n):\n        if n % x == 0:\n            return x\n    return n\n\n\nprint(first(91))\n",
        ),
        Reason::Prints => (
            "what it does shows outside, in order",
            "Make a list of what is to be printed with a comprehension, and print that.",
            "for x in range(3):\n    print(x * x)\n",
        ),
        Reason::OpenEnded => (
            "a `while` loop, whose every round decides whether there is another",
            "Where it is known how many rounds there are, a comprehension over a range is split.",
            "n = 27\nwhile n != 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n",
        ),
        _ => (
            "a `for` statement with what has its place in the order",
            "A definition, an import, a `with` or an assignment expression in its body; or it stands in a `try` whose clauses could\n\
             see how far it came. Written as a comprehension, or in a function of its own, it is split.",
            "total = 0\ntry:\n    for x in range(100_000):\n        total = total + 7 // (x + 1)\nexcept ZeroDivisionError:\n    pass\n",
        ),
    };
    Meaning { title, text, example }
}

fn expression(reason: Reason) -> Meaning {
    let (title, text, example) = match reason {
        Reason::Generator => (
            "the elements are computed when, and as far as, somebody asks for them",
            "A generator, or a generator expression that is handed to what is not `sum`, `min`, `max`, `any`, `all`, `list`,\n\
             `tuple`, `set`, `sorted`, `Counter` or `\"\".join`. A list comprehension is computed at once, in parts.",
            "first = next(x for x in range(100_000) if x * x > 5_000)\n",
        ),
        Reason::NoIndex => (
            "what it runs over has no index",
            "An iterator, a generator, a `map`, a set, a dict, a tuple, or a value whose type is not known before. A range, a list,\n\
             a text, and `zip` and `enumerate` of these are split: `list(xs)` makes a list of anything.",
            "ages = {\"a\": 1, \"b\": 2}\ntotal = sum(age * age for age in ages.values())\n",
        ),
        Reason::IteratorFromOutside => (
            "it advances an iterator that was made before it",
            "Which element gets which item shows, so a part that comes to the iterator runs when its turn has come. This is found\n\
             while it runs: `--run` shows it.",
            "it = iter(range(1_000_000))\ntotal = sum(x - next(it) for x in range(1_000_000))\nprint(total)\n",
        ),
        Reason::TooLittleWork => (
            "it is done before another worker could take a part of it",
            "Nothing to be done: it is short.",
            "xs = [x * x for x in range(10)]\n",
        ),
        Reason::BindsName => (
            "it binds a name in an expression",
            "An assignment expression (`:=`) has its place in the order. Name the value in a clause instead:\n\
             `for y in [f(x)]`.",
            "def f(n):\n    return [y for x in range(n) if (y := x * x) % 3]\n\n\nprint(len(f(1_000)))\n",
        ),
        Reason::SharedVariable => (
            "a function that it makes shares a variable with it",
            "The names are shown. A default binds the value that the variable has: `lambda x=x: x`.",
            "def f(n):\n    return [lambda: x for x in range(n)]\n\n\nprint(f(1_000)[0]())\n",
        ),
        Reason::UserComparison => (
            "its elements are compared by what their classes say",
            "The least or greatest of numbers, of texts, and of tuples of these is found in parts; other values are compared one by\n\
             one, in CPython's order.",
            "class Score:\n    def __init__(self, n):\n        self.n = n\n\n    def __gt__(self, other):\n        return \
             self.n > other.n\n\n\ndef f(n):\n    return max(Score(x * 7 % 1_000) for x in range(n)).n\n\n\nprint(f(1_000))\n",
        ),
        Reason::OneWorker => (
            "there is one worker only",
            "With `--workers 1` and `--sync` no call waits. Seen with `--run` alone.",
            "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\nprint(fib(15))\n",
        ),
        Reason::UnfinishedObject => (
            "the object that it works on is not finished",
            "`__init__` runs in order. Compute what it needs before, and hand it over.",
            "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\nclass Pair:\n    def __init__(self, n):\n        \
             self.total = fib(n) + fib(n - 1)\n\n\nprint(Pair(15).total)\n",
        ),
        _ => (
            "the expression, or what it uses, is too large to be kept waiting",
            "More than 24 values, or an expression of some hundred parts. Make it a function.",
            "",
        ),
    };
    Meaning { title, text, example }
}
