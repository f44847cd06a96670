//! Loops whose variables are sums, lists, the least and the greatest, and loops that are so but for one statement: with enough rounds
//! to be run in parts.

use super::scenes::guarded;
use super::scope::Gen;
use super::tree::{Expr, Stmt};

/// What a round does with a variable, in ways that parts can be put together from.
const FOLDS: &[&str] = &[
    "t = t + $",
    "t = t - $",
    "t = $ + t + $",
    "u = u * ($ % 3 + 1)",
    "w = w ^ $",
    "w = w & $",
    "w = w | $",
    "m = min(m, $)",
    "m = max(m, $, $)",
    "out = out + [$]",
    "out = out + [$, i] + [$]",
    "flag = flag | ($ > $)",
    "last = $",
    "e = $",
    "x = $ * 0.5",
];

/// What is none of them.
const OTHERS: &[&str] = &[
    "t = t + u",
    "a = $",
    "w = w - $",
    "t = t + x",
    "out = [$] + out",
    "m = $ - m",
    "flag = not flag",
    "t = t + len(out)",
    "m = max($, m)",
    "assert $ != $, i",
    "last = last or $",
];

impl Gen {
    fn folding_stmt(&mut self, depth: usize) -> Stmt {
        let inner = |all: &mut Self| -> Vec<Stmt> {
            (0..all.random.between(1, 2)).map(|_| all.folding_stmt(depth - 1)).collect()
        };
        match self.random.below(if depth == 0 { 8 } else { 12 }) {
            0 => {
                let (cmp, n) = (*self.random.pick(&[">", "<", ">=", ">"]), self.random.below(3));
                let beside = ["at = i", "at, last = i, e", "pass"][n];
                let body = ["best = e", beside].map(|l| Stmt::line(l, vec![])).into();
                Stmt::block(Expr::text(format!("if e {cmp} best")), body)
            }
            8 | 9 => {
                let test = self.folding_test();
                Stmt::block(Expr::of("if $", vec![test]), inner(self))
            }
            10 => {
                let line = *self.random.pick(&["continue", "continue", "raise ValueError(i, e)", "break"]);
                let test = self.folding_test();
                Stmt::block(Expr::of("if $", vec![test]), vec![Stmt::line(line, vec![])])
            }
            11 => {
                let head = *self.random.pick(&["for j in range(i % 4)", "for j, k in enumerate(xs)"]);
                Stmt::block(Expr::text(head), inner(self))
            }
            way => {
                let all = if way == 1 && self.random.chance(25) { OTHERS } else { FOLDS };
                let line = *self.random.pick(all);
                let values = (0..line.matches('$').count()).map(|_| self.kernel_int(1)).collect();
                Stmt::line(line, values)
            }
        }
    }

    fn folding_test(&mut self) -> Expr {
        let (a, b) = (self.kernel_int(1), self.kernel_int(0));
        Expr::of(
            self.random.pick::<&str>(&["$ > $", "$ % 7 == $ % 7", "$ % 1009 == $", "$ != $"]),
            vec![a, b],
        )
    }

    /// A function of such a loop, and the edge that calls it; or such a loop at the edge.
    pub fn folding_loop(&mut self) -> Vec<Stmt> {
        let heads = [
            "for i in range(n)",
            "for i in range(n, 0, -1)",
            "for i in range(5, 3 * n, 3)",
            "for i, k in enumerate([7, 3, 2 ** 40] * (n // 3))",
            "for i, (k, z) in zip(range(n), [(1, 0.5), (2, 'z')] * n)",
            "for i in [v * v % 1009 for v in range(n)]",
        ];
        let head = *self.random.pick(&heads);
        let start = *self.random.pick(&["0", "-1", "2 ** 62", "0.5", "None", "a", "float('nan')"]);
        let mut body: Vec<Stmt> = [
            "t, u, w, m, e = 0, 1, 5, 100, 0".to_owned(),
            format!("best, at, last, flag = {start}, None, None, False"),
            "out, xs, x, y = [], [3, a, 7], 1.5, 2.5".to_owned(),
            if self.random.chance(15) { "i = j = 0".to_owned() } else { "i = 0".to_owned() },
        ]
        .iter()
        .map(|l| Stmt::line(l, vec![]))
        .collect();
        let n = self.random.between(2, 7);
        let inner: Vec<Stmt> = (0..n).map(|_| self.folding_stmt(2)).collect();
        body.push(Stmt::block(Expr::text(head), inner));
        let shown = *self.random.pick(&[
            "t, u, w, m, best, at, last, flag, out[:5], out[-5:], len(out)",
            "t, u, w, m, best, at, last, flag, out[:5], out[-5:], len(out), i, e, x",
            "t, m, best, at, len(out)",
        ]);
        if self.random.chance(25) {
            let mut all = vec![helper(), Stmt::line("a, b, c, n = $, 3, 2, 40", vec![self.int_literal()])];
            all.extend(body);
            all.push(guarded(Stmt::line(&format!("print({shown})"), vec![])));
            return all;
        }
        body.push(Stmt::line(&format!("return {shown}"), vec![]));
        let mut all = vec![helper(), Stmt::block(Expr::text("def folded(n, a, b, c)"), body)];
        for n in [0, 1, 2, 33, 200] {
            let (a, b) = (self.int_literal(), self.int_literal());
            all.push(guarded(Stmt::line(&format!("print(folded({n}, $, $, 3))"), vec![a, b])));
        }
        all
    }
}

fn helper() -> Stmt {
    Stmt::block(Expr::text("def helper(v, w)"), vec![Stmt::line("return v % 1000 - w", vec![])])
}
