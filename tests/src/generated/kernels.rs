//! Kernels: functions of loops over numbers and lists of them, as programs that are worth compiling have; run many times and in parallel.
//!
//! Ints grow through all machine sizes on the way, values change their types, and some element raises.

use super::scope::Gen;
use super::tree::{Clause, Expr, Stmt};

/// The variables of a kernel, by what they mostly are.
const INTS: [&str; 4] = ["a", "b", "c", "i"];
const FLOATS: [&str; 2] = ["x", "y"];
const MODULI: [&str; 9] =
    ["7", "10", "1000", "65536", "1000003", "(2 ** 31 - 1)", "(2 ** 61 - 1)", "(2 ** 64)", "(10 ** 18 + 9)"];

impl Gen {
    fn word(&mut self, all: &[&str]) -> Expr {
        Expr::text(*self.random.pick(all))
    }

    /// An int that does not grow faster than by a factor.
    pub(super) fn kernel_int(&mut self, depth: usize) -> Expr {
        if depth == 0 || self.random.chance(25) {
            return match self.random.below(8) {
                0 => self.int_literal(),
                1 => Expr::text(self.random.below(20).to_string()),
                2 => Expr::text("len(xs)"),
                3 => Expr::text("xs[i % len(xs)]"),
                _ => self.word(&INTS),
            };
        }
        let template = *self.random.pick(&[
            "($ + $)",
            "($ + $)",
            "($ - $)",
            "($ * 3)",
            "($ * i)",
            "($ // $)",
            "($ % $)",
            "(-$)",
            "abs($)",
            "($ & 0xFFFF)",
            "($ & $)",
            "($ | $)",
            "($ ^ $)",
            "($ >> 3)",
            "($ >> ($ & 31))",
            "($ << 2)",
            "(($ * $) % %)",
            "(($ * $) & 0xFFFFFFFFFFFFFFFF)",
            "(($ ** 2) % %)",
            "pow($, 5, %)",
            "($ // 7)",
            "($ % 13)",
            "min($, $)",
            "max($, $)",
            "($ if $ < $ else $)",
            "int($ > $)",
            "(1 << ($ & 63))",
            "(($ << 40) % %)",
            "divmod($, 97)[1]",
            "($ * $ % %)",
            "sum(xs[:$ & 3])",
            "xs[$ % len(xs)]",
            "(helper($, i))",
            "(helper(i, $))",
        ]);
        let template = template.replace('%', "\u{1}");
        let mut out = String::new();
        for (at, part) in template.split('\u{1}').enumerate() {
            // A `%` that an operand surrounds is the operator; one that stands for a modulus ends its bracket.
            if at > 0 {
                if part.starts_with(')') {
                    out.push_str(self.random.pick::<&str>(&MODULI))
                } else {
                    out.push('%')
                }
            }
            out.push_str(part);
        }
        let n = out.matches('$').count();
        let subs = (0..n).map(|_| self.kernel_int(depth - 1)).collect();
        Expr::of(&out, subs)
    }

    fn kernel_float(&mut self, depth: usize) -> Expr {
        if depth == 0 || self.random.chance(25) {
            return match self.random.below(6) {
                0 => Expr::text(*self.random.pick(super::numbers::FLOATS)),
                1 => Expr::text("ys[i % len(ys)]"),
                2 => Expr::text("float(i)"),
                _ => self.word(&FLOATS),
            };
        }
        if self.random.chance(15) {
            let template = *self.random.pick(&[
                "($ / 7)",
                "($ * 0.5)",
                "($ + 0.25)",
                "($ / ($ or 1))",
                "math.sqrt(abs($) % 1000)",
                "float($ % 1000)",
            ]);
            let subs = (0..template.matches('$').count()).map(|_| self.kernel_int(depth - 1)).collect();
            return Expr::of(template, subs);
        }
        let template = *self.random.pick(&[
            "($ + $)",
            "($ - $)",
            "($ * $)",
            "($ / 3)",
            "($ / ($ or 1.0))",
            "(-$)",
            "abs($)",
            "($ % 7.5)",
            "($ // 2)",
            "min($, $)",
            "max($, $)",
            "($ if $ < $ else $)",
            "round($, 3)",
            "math.floor($ % 100) * 0.5",
            "($ * 0.5)",
            "($ ** 2 % 1e6)",
            "sum(ys)",
            "math.sin($)",
            "helper($, 2)",
            "($ + i)",
        ]);
        let subs = (0..template.matches('$').count()).map(|_| self.kernel_float(depth - 1)).collect();
        Expr::of(template, subs)
    }

    fn kernel_test(&mut self) -> Expr {
        let op = *self.random.pick(&["<", "<=", "==", "!=", ">", ">="]);
        let (a, b) = match self.random.below(4) {
            0 => (self.kernel_float(1), self.kernel_float(1)),
            1 => (self.kernel_int(1), self.kernel_float(1)),
            _ => (self.kernel_int(1), self.kernel_int(1)),
        };
        Expr::of(&format!("($ {op} $)"), vec![a, b])
    }

    fn kernel_stmt(&mut self, depth: usize) -> Stmt {
        match self.random.below(if depth == 0 { 10 } else { 16 }) {
            0..=4 => {
                let name = *self.random.pick(&INTS[..3]);
                let value = self.kernel_int(2);
                Stmt::line(&format!("{name} = $"), vec![value])
            }
            5 | 6 => {
                let name = *self.random.pick(&FLOATS);
                let value = self.kernel_float(2);
                Stmt::line(&format!("{name} = $"), vec![value])
            }
            7 => self.kernel_swap(),
            8 => self.kernel_list(),
            9 => match self.random.below(6) {
                // A type that changes on the way.
                0 => Stmt::line("a = a / 2 if $ else a", vec![self.kernel_test()]),
                1 => Stmt::line("z = None if $ else (a, x)", vec![self.kernel_test()]),
                2 => Stmt::line("z = $ if $ else z", vec![self.kernel_int(1), self.kernel_test()]),
                3 => Stmt::line("x = int(x) if abs(x) < 1e9 else 1", vec![]),
                4 => Stmt::line("s = (s + str($))[-30:]", vec![self.kernel_int(1)]),
                _ => Stmt::line("d = {**d, $ % 5: $}", vec![self.kernel_int(1), self.kernel_float(1)]),
            },
            10..=12 => {
                let test = self.kernel_test();
                let body = vec![self.kernel_stmt(depth - 1)];
                let mut clauses = vec![Clause::new(Expr::of("if $", vec![test]), body)];
                if self.random.chance(50) {
                    clauses.push(Clause::optional(Expr::text("else"), vec![self.kernel_stmt(depth - 1)]));
                }
                Stmt::Block(clauses)
            }
            13 => {
                let body = vec![self.kernel_stmt(depth - 1), self.kernel_stmt(depth - 1)];
                let head = *self.random.pick(&[
                    "for j in range(i % 5)",
                    "for j in xs[:3]",
                    "for j in reversed(range(3))",
                    "for j, v in enumerate(ys[:3])",
                ]);
                Stmt::block(Expr::text(head), body)
            }
            14 => {
                let test = self.kernel_test();
                let word =
                    *self.random.pick(&["continue", "break", "raise ValueError(a, i)", "return a, x, i"]);
                let guard = Expr::of("if i > 3 and $", vec![test]);
                Stmt::block(guard, vec![Stmt::line(word, vec![])])
            }
            _ => {
                let body = vec![self.kernel_stmt(depth - 1)];
                let handler = vec![self.kernel_stmt(0)];
                let class =
                    *self.random.pick(&["ZeroDivisionError", "(ArithmeticError, TypeError)", "Exception"]);
                Stmt::Block(vec![
                    Clause::new(Expr::text("try"), body),
                    Clause::new(Expr::text(format!("except {class}")), handler),
                ])
            }
        }
    }

    fn kernel_swap(&mut self) -> Stmt {
        match self.random.below(4) {
            0 => Stmt::line("a, b = b, a", vec![]),
            1 => Stmt::line("a, b = b, $", vec![self.kernel_int(1)]),
            2 => Stmt::line(
                "(a, x), c = ($, $), $",
                vec![self.kernel_int(1), self.kernel_float(1), self.kernel_int(1)],
            ),
            _ => Stmt::line("a, *_ = [$, b, x]", vec![self.kernel_int(1)]),
        }
    }

    fn kernel_list(&mut self) -> Stmt {
        let (int, float) = (self.kernel_int(1), self.kernel_float(1));
        let template = *self.random.pick(&[
            "xs = xs + [$]",
            "xs = [$] + xs[:8]",
            "xs = xs[1:] + [$]",
            "xs = [v + $ for v in xs]",
            "xs = [v for v in xs if v % 2 == $ % 2] or [1]",
            "xs = sorted(xs, key=lambda v: v % 7) + [$]",
            "xs = xs[::-1] + [$][:i % 2]",
            "xs = [$, *xs][:12]",
            "xs = xs[:i % len(xs)] + [$] + xs[i % len(xs) + 1:]",
        ]);
        match self.random.below(4) {
            0 => Stmt::line(
                self.random.pick::<&str>(&[
                    "ys = ys + [$]",
                    "ys = [v * 0.5 + $ for v in ys]",
                    "ys = ys[1:] + [$]",
                    "ys = [float(v) for v in xs] + [$]",
                ]),
                vec![float],
            ),
            1 => {
                let test = self.kernel_int(1);
                Stmt::line("xs = [v ^ (j * $) for j, v in enumerate(xs)]", vec![test])
            }
            _ => Stmt::line(template, vec![int]),
        }
    }

    /// A kernel, and the edge that calls it.
    pub fn kernel(&mut self) -> Vec<Stmt> {
        let n = *self.random.pick(&[5, 20, 70, 200]);
        let count = if self.random.chance(70) { format!("range({n})") } else { format!("range({n}, 0, -1)") };
        let mut body: Vec<Stmt> = [
            "a, b, c = p, q, 1",
            "x, y = 0.5, r",
            "xs, ys = [3, p, 7], [1.5, 2.25]",
            "z, s, d, i = None, '', {}, 0",
        ]
        .map(|l| Stmt::line(l, vec![]))
        .into();
        let inner: Vec<Stmt> = (0..self.random.between(3, 8)).map(|_| self.kernel_stmt(2)).collect();
        if self.random.chance(70) {
            body.push(Stmt::block(Expr::text(format!("for i in {count}")), inner));
        } else {
            let mut inner = inner;
            inner.insert(0, Stmt::Fixed(Expr::text("i = i + 1")));
            let test = self.kernel_test();
            let head = if self.random.chance(50) {
                Expr::of(&format!("while i < {n} and not $"), vec![test])
            } else {
                Expr::text(format!("while i < {n}"))
            };
            body.push(Stmt::block(head, inner));
        }
        body.push(Stmt::line("return a, b, c, x, y, xs[-3:], ys[-3:], z, s, d, i", vec![]));
        let helper = match self.random.below(3) {
            0 => vec![Stmt::line("return v + w", vec![])],
            1 => vec![Stmt::line("return v if v < 10 ** 6 else helper(v // 1000, w)", vec![])],
            _ => {
                let value = *self.random.pick(&[
                    "v * 2 - w",
                    "v % 1000 * w",
                    "(v + w) / 2",
                    "max(v, w)",
                    "v - w if w else v",
                    "v ^ 5 if isinstance(v, int) else v",
                ]);
                vec![Stmt::line(&format!("return {value}"), vec![])]
            }
        };
        let mut all = vec![
            Stmt::block(Expr::text("def helper(v, w)"), helper),
            Stmt::block(Expr::text("def kernel(p, q, r)"), body),
        ];
        all.extend(self.kernel_calls());
        all
    }

    fn kernel_calls(&mut self) -> Vec<Stmt> {
        let mut lines = Vec::new();
        for _ in 0..self.random.between(2, 4) {
            let arguments = (0..3).map(|at| self.kernel_argument(at == 2)).collect();
            lines.push(Expr::of("print(kernel($, $, $))", arguments));
        }
        let n = *self.random.pick(&[3, 30, 100]);
        let q = self.kernel_argument(false);
        let template = *self.random.pick(&[
            "print([kernel(k, $, 0.5)[:5] for k in range(#)])", "print(sum(kernel(k, $, 1.5)[0] for k in range(#)))", "print(max(kernel(k, $, 1.5)[1] for k in range(#)))", "print(sum(kernel(k, $, k / 2)[3] for k in range(#)))", "print(any(kernel(k, $, 1.5)[0] > 10 ** 9 for k in range(#)))",
            "print(sorted(kernel(k, $, 0.5)[:3] for k in range(#))[:3])", "print({k: kernel(k, $, 0.5)[2] for k in range(#) if k % 3})", "print(list(map(lambda k: kernel(k, $, 2.5)[0], range(#))))", "print(functools.reduce(lambda t, k: (t * 31 + int(kernel(k, $, 2.5)[0])) % 1000003, range(#), 7))", "print([kernel(k * 10 ** 17, $, 0.5)[0] for k in range(#)])",
            "print(len({str(kernel(k, $, 0.5)) for k in range(#)}))", "print(all(kernel(k, $, 1.5) for k in range(#)))", "print(math.prod(kernel(k, $, 1.5)[0] or 1 for k in range(9)))", "print(min((kernel(k, $, 1.5)[:2] for k in range(#)), default=0))",
        ]);
        lines.push(Expr::of(&template.replace('#', &n.to_string()), vec![q]));
        if self.random.chance(30) {
            let q = self.kernel_argument(false);
            lines.push(Expr::of(
                "print([(k, m, kernel(k, m, $)[0]) for k in range(6) for m in range(k)])",
                vec![q],
            ));
        }
        let handler = || vec![Stmt::Fixed(Expr::text("print(type(error).__name__, error)"))];
        let guarded = |body: Stmt| {
            Stmt::Block(vec![
                Clause::new(Expr::text("try"), vec![body]),
                Clause::new(Expr::text("except Exception as error"), handler()),
            ])
        };
        let mut all: Vec<Stmt> = lines.into_iter().map(|l| guarded(Stmt::Line(l))).collect();
        if self.random.chance(25) {
            let block =
                Stmt::Remote(vec![Stmt::line("result = [kernel(k, 3, 0.5) for k in range(5)]", vec![])]);
            all.push(guarded(block));
            all.push(guarded(Stmt::line("print(result)", vec![])));
        }
        all
    }

    fn kernel_argument(&mut self, is_float: bool) -> Expr {
        match self.random.below(10) {
            0 => Expr::text("True"),
            1 if is_float => Expr::text("None"),
            1..=3 if is_float => self.int_literal(),
            _ if is_float => Expr::text(*self.random.pick(super::numbers::FLOATS)),
            1 => Expr::text(*self.random.pick(super::numbers::FLOATS)),
            _ => self.int_literal(),
        }
    }
}
