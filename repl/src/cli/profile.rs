//! `afar profile`: runs a script and shows where its time went: a page with a flame graph by line and a lane for each worker.

use super::{REFUSED, complain, output, run, source};
use crate::render::quote;
use crate::session;
use afar_compiler::mark_places;
use afar_runtime::abi;
use afar_runtime::pool::sample::{self, Sample, State};
use clap::ArgMatches;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PAGE: &str = include_str!("profile.html");
/// What the page has its data in place of.
const HOLE: &str = "__DATA__";
/// The most that a lane is cut into.
const MAX_BUCKETS: usize = 2_000;
/// The most lines that are listed in the page.
const MAX_LINES: usize = 40;
/// And on the terminal.
const MAX_SHOWN: usize = 10;
/// What stands for a worker that has nothing to do, and for one that compiles.
const IDLE: i64 = -1;
const COMPILES: i64 = -2;

/// Runs a script and writes its profile; gives the exit status.
pub fn file(matches: &ArgMatches) -> i32 {
    let Some(path) = matches.get_many::<OsString>("FILE").and_then(|mut all| all.next()) else {
        return REFUSED;
    };
    let path = Path::new(path);
    let text = match source::read(path) {
        Ok(text) => text,
        Err(why) => {
            run::unreadable(&why);
            return REFUSED;
        }
    };
    let shown = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let name = path.file_stem().filter(|_| path != Path::new("-")).unwrap_or("stdin".as_ref());
    let page = matches
        .get_one::<OsString>("output")
        .map_or_else(|| PathBuf::from(format!("{}.profile.html", name.to_string_lossy())), PathBuf::from);
    crate::modules::set_folder(source::folder(path));
    profile(&shown, &text, &page)
}

fn profile(file: &str, text: &str, page: &Path) -> i32 {
    output::install_on_stderr();
    afar_compiler::keep_frames();
    if let Err(why) = sample::begin() {
        complain(&why, file, None);
        return REFUSED;
    }
    let status = run::whole(file, text);
    let (samples, n_lost) = sample::end();
    let found = Profile::of(&samples, sample::elapsed());
    let data = found.json(file, n_lost).replace("</", "<\\/");
    if let Err(error) = std::fs::write(page, PAGE.replace(HOLE, &data)) {
        let place = page.display().to_string();
        complain(&format!("cannot write `{place}`: {error}"), &place, None);
        return REFUSED;
    }
    let wrote = output::result(&format!("{}written: {}\n", found.table(), page.display()));
    if status == super::OK { wrote } else { status }
}

/// A line of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Line {
    func: String,
    file: String,
    line: u32,
}

/// A part of the flame graph.
#[derive(Default)]
struct Node {
    n: u64,
    children: Vec<(i64, Node)>,
}

impl Node {
    fn add(&mut self, path: &[i64]) {
        self.n += 1;
        let [first, rest @ ..] = path else { return };
        let at = self.children.iter().position(|(frame, _)| frame == first).unwrap_or_else(|| {
            self.children.push((*first, Self::default()));
            self.children.len() - 1
        });
        self.children[at].1.add(rest);
    }

    fn json(&self, frame: &str, out: &mut String) {
        let _ = write!(out, "[{frame},{},[", self.n);
        for (i, (frame, child)) in self.children.iter().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            child.json(&frame.to_string(), out);
        }
        out.push_str("]]");
    }
}

/// What the samples come to.
struct Profile {
    frames: Vec<Line>,
    tree: Node,
    /// Of each frame: in how many samples it was innermost, and in how many it was at all.
    counts: Vec<(u64, u64)>,
    /// Of each worker: from which bucket to which it was where.
    lanes: Vec<Vec<(usize, usize, i64)>>,
    n_buckets: usize,
    bucket: Duration,
    n_samples: usize,
    took: Duration,
}

impl Profile {
    fn of(samples: &[Sample], took: Duration) -> Self {
        let n_buckets = usize::try_from(took.as_millis()).unwrap_or(1).clamp(1, MAX_BUCKETS);
        let n_lanes = samples.iter().map(|s| s.worker + 1).max().unwrap_or(1);
        let mut profile = Self {
            frames: Vec::new(),
            tree: Node::default(),
            counts: Vec::new(),
            lanes: Vec::new(),
            n_buckets,
            bucket: took / u32::try_from(n_buckets).unwrap_or(1),
            n_samples: samples.len(),
            took,
        };
        let mut known = BTreeMap::new();
        let mut seen = vec![vec![BTreeMap::new(); n_buckets]; n_lanes];
        for sample in samples {
            let mut path = profile.path(&sample.marks, &mut known);
            let leaf = match sample.state {
                State::Idle => IDLE,
                State::Compiles => COMPILES,
                // Nothing of the program has begun yet, or its last line has ended.
                State::Runs => match path.last() {
                    Some(leaf) => *leaf,
                    None => continue,
                },
            };
            let at = sample.at.as_nanos() * n_buckets as u128 / took.as_nanos().max(1);
            let at = usize::try_from(at).unwrap_or(0).min(n_buckets - 1);
            *seen[sample.worker][at].entry(leaf).or_insert(0u32) += 1;
            if leaf != IDLE {
                path.extend((leaf == COMPILES).then_some(COMPILES));
                profile.tree.add(&path);
                profile.count(&path);
            }
        }
        profile.lanes = seen.iter().map(|buckets| lane(buckets)).collect();
        profile
    }

    /// The frames of some marks, outermost first; a function that calls itself on one line stands there once.
    fn path(&mut self, marks: &[u32], known: &mut BTreeMap<u32, Vec<i64>>) -> Vec<i64> {
        let mut path: Vec<i64> = Vec::new();
        for mark in marks {
            let frames = known.entry(*mark).or_insert_with(|| self.frames_of(*mark));
            for frame in frames.iter() {
                if path.last() != Some(frame) {
                    path.push(*frame);
                }
            }
        }
        path
    }

    fn frames_of(&mut self, mark: u32) -> Vec<i64> {
        let places = mark_places(mark).into_iter().flat_map(|place| {
            let mut frames = abi::location(place);
            frames.reverse();
            frames
        });
        places
            .map(|frame| {
                let line = Line {
                    func: frame.func.as_str().to_owned(),
                    file: frame.file.to_string(),
                    line: frame.line,
                };
                let at = self.frames.iter().position(|known| *known == line).unwrap_or_else(|| {
                    self.frames.push(line);
                    self.counts.push((0, 0));
                    self.frames.len() - 1
                });
                i64::try_from(at).unwrap_or(i64::MAX)
            })
            .collect()
    }

    fn count(&mut self, path: &[i64]) {
        let index = |frame: &i64| usize::try_from(*frame).ok();
        if let Some(leaf) = path.last().and_then(index) {
            self.counts[leaf].0 += 1;
        }
        for frame in path.iter().filter_map(index).collect::<BTreeSet<_>>() {
            self.counts[frame].1 += 1;
        }
    }

    /// The lines by how often they were innermost.
    fn lines(&self) -> Vec<(&Line, u64, u64)> {
        let mut all: Vec<(&Line, u64, u64)> =
            self.frames.iter().zip(&self.counts).map(|(line, (own, with))| (line, *own, *with)).collect();
        all.sort_by_key(|(line, own, with)| (std::cmp::Reverse((*own, *with)), line.line));
        all
    }

    /// The busiest lines, for the terminal.
    fn table(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a share needs few digits")]
        let share = |n: u64| n as f64 * 100.0 / self.tree.n.max(1) as f64;
        let mut out = String::from("  here  with calls\n");
        for (line, own, with) in self.lines().into_iter().take(MAX_SHOWN) {
            let _ = writeln!(
                out,
                "{:>5.1} %    {:>5.1} %  {}:{}  {}",
                share(own),
                share(with),
                line.file,
                line.line,
                line.func
            );
        }
        out
    }

    fn json(&self, file: &str, n_lost: u64) -> String {
        let mut tree = String::new();
        self.tree.json("null", &mut tree);
        let frames: Vec<String> =
            self.frames.iter().map(|f| quote(&format!("{}  {}:{}", f.func, f.file, f.line))).collect();
        let lanes: Vec<String> = self
            .lanes
            .iter()
            .map(|lane| {
                let parts: Vec<String> =
                    lane.iter().map(|(from, to, frame)| format!("[{from},{to},{frame}]")).collect();
                format!("[{}]", parts.join(","))
            })
            .collect();
        let lines: Vec<String> = self
            .lines()
            .into_iter()
            .take(MAX_LINES)
            .map(|(line, own, with)| {
                let text = text_of(line);
                let place = format!("{}:{}", line.file, line.line);
                format!("[{},{own},{with},{}]", quote(&place), quote(text.trim_end()))
            })
            .collect();
        let lost = if n_lost > 0 { format!(", {n_lost} lost") } else { String::new() };
        let about = format!(
            "{:.3} s, {} workers, {} samples{lost}",
            self.took.as_secs_f64(),
            self.lanes.len(),
            self.n_samples
        );
        format!(
            r#"{{"file":{},"about":{},"busy":{},"frames":[{}],"tree":{tree},"buckets":{},"bucket_ms":{:.4},"lanes":[{}],"lines":[{}]}}"#,
            quote(file),
            quote(&about),
            self.tree.n,
            frames.join(","),
            self.n_buckets,
            self.bucket.as_secs_f64() * 1e3,
            lanes.join(","),
            lines.join(",")
        )
    }
}

/// What a worker was seen at most in each bucket, as stretches; a bucket without a sample is like the one before it.
fn lane(buckets: &[BTreeMap<i64, u32>]) -> Vec<(usize, usize, i64)> {
    let mut out: Vec<(usize, usize, i64)> = Vec::new();
    for (at, seen) in buckets.iter().enumerate() {
        let most = seen.iter().map(|(frame, n)| (*n, *frame)).max().map(|(_, frame)| frame);
        match (out.last_mut(), most) {
            (Some((_, to, frame)), most) if most.is_none_or(|most| most == *frame) => *to = at + 1,
            (_, Some(frame)) => out.push((at, at + 1, frame)),
            (_, None) => out.push((at, at + 1, IDLE)),
        }
    }
    out
}

fn text_of(line: &Line) -> String {
    let source = session::source(&line.file);
    let at = usize::try_from(line.line).unwrap_or(1).saturating_sub(1);
    source.and_then(|s| s.text.lines().nth(at).map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, IDLE, Node, lane};

    #[test]
    fn a_tree_counts_paths() {
        let mut tree = Node::default();
        for path in [&[1, 2][..], &[1, 3], &[1, 2], &[4]] {
            tree.add(path);
        }
        let mut out = String::new();
        tree.json("null", &mut out);
        assert_eq!(out, "[null,4,[[1,3,[[2,2,[]],[3,1,[]]]],[4,1,[]]]]");
    }

    #[test]
    fn a_lane_has_stretches() {
        let at = |all: &[(i64, u32)]| all.iter().copied().collect::<BTreeMap<i64, u32>>();
        let buckets = [at(&[]), at(&[(7, 1)]), at(&[(7, 2), (8, 1)]), at(&[]), at(&[(8, 3)])];
        assert_eq!(lane(&buckets), [(0, 1, IDLE), (1, 4, 7), (4, 5, 8)]);
    }
}
