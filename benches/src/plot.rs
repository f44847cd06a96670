//! The results as a picture: one row a kernel; on the left how long Afar and Numba take by Rust, on the right how many times
//! faster than CPython Afar is. Both axes are logarithmic.

use crate::peer::Peer;
use crate::report::Run;
use crate::rounds::Row;
use std::fmt::Write;

const ROW: f64 = 22.0;
const TOP: f64 = 64.0;
const NAMES: f64 = 120.0;
const PANEL: f64 = 300.0;
const GAP: f64 = 40.0;
const AFAR: &str = "#1f6feb";
const NUMBA: &str = "#d4761c";
const PYTHON: &str = "#6e7781";

/// An axis from one power of a base to another.
struct Axis {
    left: f64,
    low: f64,
    high: f64,
}

impl Axis {
    /// Takes in all of these, and one.
    fn of(left: f64, values: &[f64]) -> Self {
        let all = || values.iter().copied().filter(|x| x.is_finite() && *x > 0.0).chain([1.0]);
        let low = all().fold(f64::INFINITY, f64::min) / 1.15;
        let high = all().fold(0.0, f64::max) * 1.15;
        Self { left, low: low.min(0.5), high: high.max(2.0) }
    }

    fn at(&self, value: f64) -> f64 {
        let (low, high) = (self.low.ln(), self.high.ln());
        self.left + PANEL * (value.clamp(self.low, self.high).ln() - low) / (high - low)
    }

    /// Round numbers on it.
    fn marks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high / self.low > 60.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (-4..6).map(|n| 10f64.powi(n));
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * power));
        all.filter(|x| (self.low..=self.high).contains(x)).collect()
    }
}

// Writing to a string cannot fail.

/// The picture, as SVG.
pub fn svg(run: &Run) -> String {
    #[expect(clippy::cast_precision_loss, reason = "few rows")]
    let height = TOP + ROW * run.rows.len() as f64;
    let numba = |row: &Row| Some(row.ratio(Peer::Rust)? / row.ratio(Peer::Numba)?);
    let python = |row: &Row| row.ratio(Peer::Python).map(|r| 1.0 / r);
    let values: Vec<f64> =
        run.rows.iter().flat_map(|row| [row.ratio(Peer::Rust), numba(row)]).flatten().collect();
    let left = Axis::of(NAMES, &values);
    let right = Axis::of(NAMES + PANEL + GAP, &run.rows.iter().filter_map(python).collect::<Vec<_>>());
    let width = NAMES + 2.0 * PANEL + GAP + 60.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        height + 16.0
    );
    legend(&mut out, &left, &right);
    for axis in [&left, &right] {
        grid(&mut out, axis, height);
    }
    for (row, y) in run.rows.iter().zip((0..).map(|i| TOP + ROW * (f64::from(i) + 0.5))) {
        let _ = writeln!(
            out,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            NAMES - 10.0,
            y + 4.0,
            row.kernel.name
        );
        if let Some(x) = numba(row).map(|r| left.at(r)) {
            let _ = writeln!(out, "<path d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\" fill=\"{NUMBA}\"/>", y - 5.0);
        }
        if let Some(x) = row.ratio(Peer::Rust).map(|r| left.at(r)) {
            let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{AFAR}\"/>");
        }
        if let Some(times) = python(row) {
            let (from, to) = (right.at(1.0).min(right.at(times)), right.at(1.0).max(right.at(times)));
            let _ = writeln!(
                out,
                "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" fill=\"{PYTHON}\"/>",
                y - 6.0,
                to - from
            );
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\">{}</text>",
                to + 4.0,
                y + 4.0,
                number(times)
            );
        }
    }
    out + "</svg>\n"
}

fn legend(out: &mut String, left: &Axis, right: &Axis) {
    let (x, y) = (left.left, 18.0);
    let _ = writeln!(
        out,
        "<text x=\"{x:.0}\" y=\"{y}\" font-weight=\"bold\">time by Rust + Rayon (less is faster)</text>"
    );
    let _ = writeln!(
        out,
        "<circle cx=\"{:.0}\" cy=\"32\" r=\"5\" fill=\"{AFAR}\"/><text x=\"{:.0}\" y=\"36\">Afar</text>",
        x + 5.0,
        x + 14.0
    );
    let _ = writeln!(
        out,
        "<path d=\"M{:.0} 27l5 5l-5 5l-5 -5z\" fill=\"{NUMBA}\"/><text x=\"{:.0}\" y=\"36\">Numba</text>",
        x + 65.0,
        x + 74.0
    );
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"{y}\" font-weight=\"bold\">times as fast as CPython</text>",
        right.left
    );
}

fn grid(out: &mut String, axis: &Axis, height: f64) {
    for mark in axis.marks() {
        let x = axis.at(mark);
        let color = if (mark - 1.0).abs() < 1e-9 { "#444" } else { "#ddd" };
        let _ = writeln!(out, "<path d=\"M{x:.1} {TOP:.0}V{height:.0}\" stroke=\"{color}\"/>");
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#444\">{}</text>",
            TOP - 6.0,
            number(mark)
        );
    }
}

fn number(x: f64) -> String {
    match x {
        _ if x < 1.0 => format!("{}", (x * 100.0).round() / 100.0),
        _ if x < 10.0 => format!("{}", (x * 10.0).round() / 10.0),
        _ => format!("{x:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Peer, Row, Run, svg};
    use crate::kernel::Kernel;
    use std::time::Duration;

    #[test]
    fn an_axis_has_one_on_it() {
        let axis = Axis::of(100.0, &[0.3, 4.0]);
        assert!(axis.at(0.3) > 100.0 && axis.at(4.0) < 400.0 && axis.marks().contains(&1.0));
    }

    #[test]
    fn a_picture_has_a_row_for_each_kernel() {
        let kernel = Kernel::parse("sums", "# Sums.\nN = 10  # small: 1\n")
            .unwrap_or_else(|| unreachable!("it is right"));
        let ratios = vec![(Peer::Rust, vec![1.2]), (Peer::Numba, vec![0.5]), (Peer::Python, vec![0.01])];
        let row = Row { kernel, afar: vec![Duration::from_millis(5)], ratios, boxed: None };
        let run = Run {
            command: String::new(),
            n_rounds: 1,
            rows: vec![row.clone(), row],
            costs: Vec::new(),
            notes: Vec::new(),
        };
        let picture = svg(&run);
        assert_eq!(picture.matches(">sums<").count(), 2);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n") && picture.contains(">100<"));
    }
}
