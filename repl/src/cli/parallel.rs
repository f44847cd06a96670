//! `afar explain parallel FILE`: what of a script is split, what is not, and why; with `--run`, what that came to.

use super::{REFUSED, output, reasons, run, source};
use crate::config::settings;
use crate::render::{self, quote};
use crate::session::{self, Interactive, Session, Trouble};
use afar_compiler::survey::{Decided, Reason, Survey, watch, watched};
use afar_runtime::pool::{self, Measured};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Whether the script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// It is only looked at.
    No,
    /// It is run, and its ranges measured.
    Yes,
}

/// Shows the decisions about a script; gives the exit status.
pub fn explain(path: &Path, runs: Runs) -> i32 {
    let text = match source::read(path) {
        Ok(text) => text,
        Err(why) => {
            run::unreadable(&why);
            return REFUSED;
        }
    };
    let shown = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    crate::modules::set_folder(source::folder(path));
    match runs {
        Runs::No => survey(&shown, &text),
        Runs::Yes => measure(&shown, &text),
    }
}

fn survey(file: &str, text: &str) -> i32 {
    if let Err(diagnostics) = session::load(text, &[]) {
        return run::end(file, text, &Trouble::Refused(diagnostics));
    }
    let session = Session::new(Interactive::No);
    // What is asked is what would be given away if there were somebody to take it.
    afar_compiler::compiler().forks = true;
    match session.survey(file, text) {
        Ok(survey) => output::result(&report(file, text, &survey, None)),
        Err(fault) => run::end(file, text, &Trouble::Fault(fault)),
    }
}

/// Runs the script: what it prints goes to stderr, since the answer is about how it ran.
fn measure(file: &str, text: &str) -> i32 {
    output::install_on_stderr();
    watch();
    pool::measure();
    let status = run::whole(file, text);
    let found = session::source(file).map(|source| watched(&source)).unwrap_or_default();
    let wrote = output::result(&report(file, text, &found, Some(&Figures::collect())));
    if status == super::OK { wrote } else { status }
}

/// What was measured.
struct Figures {
    ranges: BTreeMap<u32, Measured>,
    calls: BTreeMap<u32, u64>,
    n_workers: usize,
}

/// What one line says of it.
struct Figure {
    wall_ms: Option<f64>,
    n_splits: u64,
    efficiency: Option<f64>,
    in_turn: bool,
}

impl Figures {
    fn collect() -> Self {
        let comp = afar_compiler::compiler();
        let calls = pool::calls_given();
        let calls = calls.into_iter().filter_map(|(body, n)| Some((comp.body_at(body)?, n))).collect();
        Self { ranges: pool::measured().into_iter().collect(), calls, n_workers: pool::n_workers() }
    }

    fn of(&self, ranges: &[u32]) -> Option<Figure> {
        let calls = ranges.iter().filter_map(|r| self.calls.get(r)).sum::<u64>();
        let mut sum = Measured::default();
        let ranges: BTreeSet<&u32> = ranges.iter().collect();
        for one in ranges.iter().filter_map(|r| self.ranges.get(r)) {
            sum.n_runs += one.n_runs;
            sum.wall += one.wall;
            sum.cores += one.cores;
            sum.n_splits += one.n_splits;
            sum.n_in_turn += one.n_in_turn;
            sum.is_nested |= one.is_nested;
        }
        if sum.n_runs == 0 {
            return (calls > 0).then_some(Figure {
                wall_ms: None,
                n_splits: calls,
                efficiency: None,
                in_turn: false,
            });
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of workers")]
        let room = sum.wall.as_secs_f64() * self.n_workers as f64;
        let efficiency = (!sum.is_nested && room > 0.0).then(|| (sum.cores.as_secs_f64() / room).min(1.0));
        Some(Figure {
            wall_ms: Some(sum.wall.as_secs_f64() * 1e3),
            n_splits: sum.n_splits,
            efficiency,
            in_turn: sum.n_in_turn > 0,
        })
    }
}

/// A line of the answer.
struct Line<'a> {
    decided: &'a Decided,
    reason: Reason,
    place: render::Place,
    /// The function, where its versions differ.
    version: Option<&'a str>,
    figure: Option<Figure>,
}

fn report(file: &str, text: &str, survey: &Survey, figures: Option<&Figures>) -> String {
    let all = lines(text, survey, figures);
    if settings().json {
        return all.iter().map(|line| json(file, line)).collect();
    }
    let rows: Vec<[String; 4]> = all.iter().map(|line| row(file, line)).collect();
    let widths: Vec<usize> =
        (0..4).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for (cells, line) in rows.iter().zip(&all) {
        let mut row = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(row, "{cell:<width$}  ");
        }
        row.push_str(&line.figure.as_ref().map_or(String::new(), shown));
        let _ = writeln!(out, "{}", row.trim_end());
    }
    for func in survey.funcs.iter().filter(|f| f.versions.is_empty() && figures.is_none()) {
        let _ = writeln!(
            out,
            "{file}:{}: {}: no call here whose types are known before: `--run` shows what is decided then",
            func.line, func.name
        );
    }
    out
}

/// The decisions, with equal ones of several versions of a function taken together.
fn lines<'a>(text: &str, survey: &'a Survey, figures: Option<&Figures>) -> Vec<Line<'a>> {
    let mut all: Vec<(&'a Decided, Vec<u32>)> = Vec::new();
    for decided in &survey.decisions {
        let (span, reason) = (decided.decision.span, decided.decision.reason);
        let same =
            all.iter_mut().find(|(other, _)| other.decision.span == span && other.decision.reason == reason);
        match same {
            Some((_, ranges)) => ranges.extend(&decided.decision.ranges),
            None => all.push((decided, decided.decision.ranges.clone())),
        }
    }
    let spans: Vec<_> = all.iter().map(|(decided, _)| decided.decision.span).collect();
    all.iter()
        .map(|(decided, ranges)| {
            let decision = &decided.decision;
            let differs = spans.iter().filter(|span| **span == decision.span).count() > 1;
            let figure = figures.and_then(|f| f.of(ranges));
            let in_turn = figure.as_ref().is_some_and(|f| f.in_turn);
            Line {
                decided,
                reason: if in_turn { Reason::IteratorFromOutside } else { decision.reason },
                place: render::place(text, decision.span.start),
                version: decided.func.as_deref().filter(|_| differs),
                figure,
            }
        })
        .collect()
}

fn row(file: &str, line: &Line<'_>) -> [String; 4] {
    let render::Place { line: number, column } = line.place;
    let names: Vec<&str> = line.decided.decision.names.iter().map(|n| &**n).collect();
    let mut what = line.decided.decision.what.clone();
    if !names.is_empty() {
        let _ = write!(what, ": {}", names.join(", "));
    }
    if let Some(version) = line.version {
        let _ = write!(what, ", in {version}");
    }
    [
        format!("{file}:{number}:{column}"),
        reasons::verdict(line.reason).to_owned(),
        line.reason.id().to_owned(),
        what,
    ]
}

fn shown(figure: &Figure) -> String {
    let splits = if figure.n_splits == 1 { "split" } else { "splits" };
    let mut out = match figure.wall_ms {
        Some(ms) if ms < 10.0 => format!("{ms:>7.2} ms  "),
        Some(ms) => format!("{ms:>7.0} ms  "),
        None => format!("{:>10}  ", ""),
    };
    let _ = write!(out, "{:>6} {splits:<6}", figure.n_splits);
    if let Some(efficiency) = figure.efficiency {
        let _ = write!(out, "  {:>3.0} %", efficiency * 100.0);
    }
    out
}

fn json(file: &str, line: &Line<'_>) -> String {
    let render::Place { line: number, column } = line.place;
    let decision = &line.decided.decision;
    let names: Vec<String> = decision.names.iter().map(|n| quote(n)).collect();
    let mut out = format!(
        r#"{{"file":{},"line":{number},"column":{column},"verdict":{},"reason":{},"what":{},"names":[{}],"function":{}"#,
        quote(file),
        quote(reasons::verdict(line.reason)),
        quote(line.reason.id()),
        quote(&decision.what),
        names.join(","),
        line.decided.func.as_deref().map_or("null".to_owned(), quote),
    );
    if let Some(figure) = &line.figure {
        let number = |x: Option<f64>| x.map_or("null".to_owned(), |x| format!("{x:.4}"));
        let _ = write!(
            out,
            r#","wall_ms":{},"splits":{},"efficiency":{}"#,
            number(figure.wall_ms),
            figure.n_splits,
            number(figure.efficiency)
        );
    }
    out + "}\n"
}

/// The list of the reasons of one verdict.
pub fn list(verdict: &str) -> String {
    let chosen = || Reason::ALL.into_iter().filter(|r| reasons::verdict(*r) == verdict);
    let width = chosen().map(|r| reasons::code(r).len()).max().unwrap_or(0);
    chosen().map(|r| format!("{:<width$}  {}\n", reasons::code(r), reasons::meaning(r).title)).collect()
}

/// What a reason means, with a program that shows it.
pub fn reason(reason: Reason) -> i32 {
    let reasons::Meaning { title, text, example } = reasons::meaning(reason);
    let mut out = format!("{}: {title}\n\n{text}\n", reasons::code(reason));
    if !example.is_empty() {
        out.push_str("\nAs in:\n");
        example.lines().for_each(|line| {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        });
    }
    output::result(&out)
}
