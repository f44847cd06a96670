//! Trial division, four divisors at a time.
//!
//! In a loop that looks for divisors, most rounds test a number, find that it divides nothing, and step on. A processor divides
//! several floats in less time than one int. So the loop gets a *flight* before it: that makes sure that the next rounds all begin,
//! tests their divisors at once, and steps over all of these rounds where there is none among them. Where there is one, or the end is
//! near, the loop as it was does as many rounds, and then it is the flight's turn again.

mod flight;
mod round;

use super::loops::{Loop, Loops};
use crate::ir::{Cmp, Func, FuncKind, Precision, Quotient, VReg};
use round::{Form, Linear, Round, Steps, Test};

/// Divisors of a flight.
pub(super) const WIDTH: usize = 4;
/// Numbers that are tested in one flight are at most so far apart, and counters step by no more.
const MAX_STEP: i64 = 1 << 20;
/// Counters that begin below this never come to where sums of them and a few steps would not fit.
const SMALL: i64 = 1 << 53;
/// So do factors for their products.
const SMALL_FACTOR: i64 = 1 << 31;

/// Tests for four divisors at once where a loop tests for one after the other.
pub(super) fn take_off(func: &mut Func) {
    if func.kind != FuncKind::Plain || !can_round() {
        return;
    }
    let loops = Loops::of(func);
    for found in loops.0.iter().filter(|l| loops.is_inner(l)) {
        if let Some(plan) = Plan::of(func, found) {
            plan.write_out(func, found);
        }
    }
}

/// Has the processor an instruction that cuts floats to whole numbers.
fn can_round() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(not(target_arch = "x86_64"))]
    true
}

/// What must hold for a loop to be stepped over, once before it begins.
enum Guard {
    /// The number is not negative, and less than this.
    Below(Linear, i64),
    /// The comparison with a number holds.
    Is(Cmp, Linear, i64),
}

/// Each round of a flight begins where this holds of its last one.
enum Goes {
    /// A number that the rounds bring nearer to another one, which does not change, has not come there.
    While(Cmp, Form, Linear),
    /// A count that each round takes one from is more than there are rounds.
    Counts(Linear),
}

/// How a loop is stepped over.
struct Plan {
    /// How many rounds a flight is.
    n_rounds: i64,
    guards: Vec<Guard>,
    goes: Vec<Goes>,
    dividend: Linear,
    /// The first of the divisors, and how much more each of them is.
    divisor: Linear,
    more: [i32; WIDTH],
    /// What the registers hold behind a round, by what they held before it.
    ends: Vec<(VReg, Linear)>,
    /// By how much counters are more after each round.
    steps: Steps,
}

impl Plan {
    fn of(func: &Func, found: &Loop) -> Option<Self> {
        if found.is_caught(func) || found.head.0 == 0 {
            return None;
        }
        let round = Round::of(func, found)?;
        let steps = round.steps();
        let first = round.trials.first()?;
        let n_rounds = WIDTH / round.trials.len();
        if n_rounds * round.trials.len() != WIDTH || !steps.is_fixed(&first.dividend) {
            return None;
        }
        let by = steps.of(&first.divisor).filter(|by| *by != 0)?;
        let mut more = [0; WIDTH];
        for (i, more) in more.iter_mut().enumerate() {
            let trial = &round.trials[i % round.trials.len()];
            let turn = i64::try_from(i / round.trials.len()).ok()?;
            let away = trial.divisor.minus(&first.divisor)?.checked_add(by * turn)?;
            let is_same = trial.dividend == first.dividend && away.abs() <= MAX_STEP;
            *more = is_same.then(|| i32::try_from(away).ok())??;
        }
        let mut plan = Self {
            n_rounds: i64::try_from(n_rounds).ok()?,
            guards: Vec::new(),
            goes: Vec::new(),
            dividend: first.dividend,
            divisor: first.divisor,
            more,
            ends: Vec::new(),
            steps,
        };
        if !matches!(first.by, Quotient::Small | Quotient::Exact) {
            // Zero is divided by all numbers, and what zero divides a number by is none.
            plan.guards.push(Guard::Below(first.dividend.plus(-1)?, Precision::Double.exact() - 1));
        }
        round.tests.iter().try_for_each(|test| plan.goes_while(test))?;
        plan.keep(func, found, &round)?;
        Some(plan)
    }

    /// Notes a test that leaves the loop, and what must hold for its rounds to be known from the last one of a flight.
    fn goes_while(&mut self, test: &Test) -> Option<()> {
        let (cmp, left, right) = test.against(&self.steps)?;
        let by = match left {
            Form::Linear(left) | Form::Product(left, _) => self.steps.of(&left)?,
        };
        match (left, cmp, by) {
            (Form::Linear(left), _, 0) => self.goes.push(Goes::While(cmp, Form::Linear(left), right)),
            (Form::Linear(count), Cmp::Ne, -1) => self.goes.push(Goes::Counts(count.less(&right)?)),
            (_, Cmp::Lt | Cmp::Le, 1..) => {
                let is_known = right == self.dividend || right.constant().is_some_and(|n| n <= SMALL);
                if !is_known {
                    self.guards.push(Guard::Is(Cmp::Le, right, SMALL));
                }
                self.begins_small(left);
                self.goes.push(Goes::While(cmp, left, right));
            }
            (Form::Linear(_), Cmp::Gt | Cmp::Ge, ..0) => {
                if right.constant().is_none_or(|n| n < -SMALL) {
                    self.guards.push(Guard::Is(Cmp::Ge, right, -SMALL));
                }
                self.begins_small(left);
                self.goes.push(Goes::While(cmp, left, right));
            }
            _ => return None,
        }
        Some(())
    }

    /// Makes sure that a number has no sign, and is far from where it would not fit.
    fn begins_small(&mut self, form: Form) {
        match form {
            Form::Linear(number) => self.guards.push(Guard::Below(number, SMALL)),
            Form::Product(a, b) => {
                self.guards.push(Guard::Below(a, SMALL_FACTOR));
                if a != b {
                    self.guards.push(Guard::Below(b, SMALL_FACTOR));
                }
            }
        }
    }

    /// Notes what the registers hold behind a round that somebody reads there.
    fn keep(&mut self, func: &Func, found: &Loop, round: &Round) -> Option<()> {
        let live = super::live::Live::of(func)?;
        for (reg, end) in &round.ends {
            if !live.has(found.head.0 as usize, *reg) {
                continue;
            }
            let end = end.linear()?;
            self.steps.of(end)?;
            if let Some((counter, _)) = end.base.filter(|(counter, _)| round.checked.contains(counter)) {
                self.guards.push(Guard::Below(Linear::base(counter), SMALL));
            }
            self.ends.push((*reg, *end));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
