//! A page of Markdown: its fences and the tables that can be run, with all the rest kept as it is.

use std::path::Path;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its file, below the root of the tree.
    pub name: String,
    /// What can be run, in order.
    pub pieces: Vec<Piece>,
    lines: Vec<String>,
}

/// Something that can be run.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A block of code.
    Fence(Fence),
    /// A table of idioms.
    Rows(Rows),
}

impl Piece {
    /// The line it begins in, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Fence(fence) => fence.line,
            Self::Rows(rows) => rows.line,
        }
    }
}

/// A block of code between fences.
#[derive(Clone, Debug)]
pub struct Fence {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// What stands behind the opening fence: the language, then options.
    pub words: Vec<String>,
    /// The code.
    pub text: String,
    /// The same, as it is in the file.
    old: String,
    /// Is it the output of a program before it.
    pub is_claimed: bool,
}

impl Fence {
    /// The first word.
    pub fn language(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Is this word among the options.
    pub fn has(&self, option: &str) -> bool {
        self.words.iter().skip(1).any(|word| word == option)
    }

    /// What stands behind `key=`.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.words.iter().skip(1).find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    /// The options that are none of these.
    pub fn unknown(&self, known: &[&str]) -> Vec<String> {
        let name = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
        let found = self.words.iter().skip(1).filter(|word| !known.contains(&name(word).as_str()));
        found.map(|word| format!("`{word}` is no option of `{}`", self.language())).collect()
    }
}

/// A table behind a comment `<!-- rows`, whose lines are run before each row.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The line of the comment, from 1.
    pub line: usize,
    /// The words of the comment's first line.
    pub options: Vec<String>,
    /// What comes before each row.
    pub setup: String,
    /// What the columns are.
    pub heads: Vec<String>,
    /// The cells, each with its line.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Reads a page.
///
/// # Panics
///
/// If it cannot be read, or a fence is never closed.
pub fn read(root: &Path, path: &Path) -> Page {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&path.strip_prefix(root).unwrap_or(path).to_string_lossy(), &text)
}

/// The page of this text.
///
/// # Panics
///
/// If a fence or a comment is never closed.
pub fn parse(name: &str, text: &str) -> Page {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].starts_with("```") {
            let end = close(name, &lines, at, |line| line == "```");
            pieces.push(Piece::Fence(fence(&lines, at, end)));
            at = end;
        } else if lines[at].starts_with("<!-- rows") {
            let end = close(name, &lines, at, |line| line.ends_with("-->"));
            pieces.push(Piece::Rows(rows(&lines, at, end)));
            at = end;
        }
        at += 1;
    }
    Page { name: name.to_owned(), pieces, lines }
}

fn close(name: &str, lines: &[String], start: usize, is_end: impl Fn(&str) -> bool) -> usize {
    // A comment may end on its own line.
    let first = start + usize::from(lines[start].starts_with("```"));
    let found = lines[first..].iter().position(|line| is_end(line));
    first + found.unwrap_or_else(|| panic!("{name}:{}: never closed", start + 1))
}

fn fence(lines: &[String], start: usize, end: usize) -> Fence {
    let words = lines[start][3..].split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned);
    let text: String = lines[start + 1..end].iter().map(|line| format!("{line}\n")).collect();
    Fence { line: start + 1, words: words.collect(), old: text.clone(), text, is_claimed: false }
}

fn rows(lines: &[String], start: usize, end: usize) -> Rows {
    let first = lines[start].trim_start_matches("<!-- rows").trim_end_matches("-->");
    let setup: String =
        lines.get(start + 1..end).unwrap_or_default().iter().map(|line| format!("{line}\n")).collect();
    let mut rest = lines
        .iter()
        .enumerate()
        .skip(end + 1)
        .skip_while(|(_, line)| line.is_empty())
        .map(|(at, l)| (at + 1, l));
    let heads = rest.next().map(|(_, line)| cells(line)).unwrap_or_default();
    let rows = rest.skip(1).take_while(|(_, line)| line.starts_with('|'));
    Rows {
        line: start + 1,
        options: first.split_whitespace().map(str::to_owned).collect(),
        setup,
        heads,
        rows: rows.map(|(at, line)| (at, cells(line))).collect(),
    }
}

/// The cells of a row; `\|` is a bar within one.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').replace("\\|", "\u{0}");
    line.trim_end_matches('|').split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

/// What stands between backticks, in order.
pub fn code_spans(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let n = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let ticks = "`".repeat(n);
        let after = &rest[start + n..];
        let Some(end) = after.find(&ticks) else { break };
        let span = &after[..end];
        // One blank at each side parts the code from backticks of its own.
        let bare = span.strip_prefix(' ').and_then(|s| s.strip_suffix(' ')).filter(|_| n > 1);
        found.push(bare.unwrap_or(span).to_owned());
        rest = &after[end + n..];
    }
    found
}

impl Page {
    /// Code that no fence holds, which nothing would run, and tables that say that they are Afar's and are not run.
    pub fn strays(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let (mut in_fence, mut in_comment) = (false, false);
        for (at, line) in self.lines.iter().enumerate() {
            if line.starts_with("```") {
                in_fence = !in_fence;
            } else if in_fence {
                continue;
            }
            in_comment |= line.starts_with("<!--");
            if line.trim_start().starts_with("```") && !line.starts_with("```") {
                found.push((at + 1, "a fence begins in the first column".to_owned()));
            } else if line.starts_with("    ") && !in_comment {
                found.push((at + 1, "code stands between fences".to_owned()));
            } else if line.starts_with('|') && cells(line).iter().any(|cell| cell == "Afar") {
                let is_run =
                    |piece: &Piece| matches!(piece, Piece::Rows(r) if r.line <= at && r.heads == cells(line));
                if !self.pieces.iter().any(is_run) {
                    found.push((at + 1, "a table of idioms stands behind `<!-- rows`".to_owned()));
                }
            }
            in_comment &= !line.ends_with("-->");
        }
        found
    }

    /// The text, with the fences as they have become.
    pub fn text(&self) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut at = 0;
        for piece in &self.pieces {
            let Piece::Fence(fence) = piece else { continue };
            out.extend_from_slice(&self.lines[at..fence.line]);
            out.extend(fence.text.lines().map(str::to_owned));
            at = fence.line + fence.old.lines().count();
        }
        out.extend_from_slice(&self.lines[at..]);
        out.join("\n") + "\n"
    }

    /// The lines outside of fences, each with its number.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut in_fence = false;
        self.lines.iter().enumerate().filter_map(move |(at, line)| {
            let is_fence = line.starts_with("```");
            in_fence ^= is_fence;
            (!in_fence && !is_fence).then_some((at + 1, line.as_str()))
        })
    }
}
