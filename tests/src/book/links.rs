//! The links of the manual: each leads to a file that is there, and to a heading in it.

use super::page::Page;
use std::path::{Path, PathBuf};

/// The links that lead nowhere.
pub fn broken(root: &Path, pages: &[Page]) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages {
        let here = root.join(&page.name);
        for (line, text) in page.prose() {
            for target in targets(text) {
                if let Some(why) = broken_link(&here, &target) {
                    found.push(format!("{}:{line}: `{target}`: {why}", page.name));
                }
            }
        }
    }
    found
}

/// The pages below `src` that the summary does not list, and those it lists that are not there.
pub fn unlisted(src: &Path, summary: &Page, files: &[PathBuf]) -> Vec<String> {
    let listed: Vec<PathBuf> = summary
        .prose()
        .flat_map(|(_, line)| targets(line))
        .map(|target| src.join(target.trim_start_matches("./")))
        .collect();
    let is_missing = |path: &&PathBuf| !path.ends_with("SUMMARY.md") && !listed.contains(path);
    let mut found: Vec<String> = files
        .iter()
        .filter(is_missing)
        .map(|path| format!("{} is not in SUMMARY.md", path.display()))
        .collect();
    found.extend(
        listed.iter().filter(|path| !path.exists()).map(|path| format!("there is no {}", path.display())),
    );
    found
}

/// What stands in `[...](here)`, outside of code.
fn targets(line: &str) -> Vec<String> {
    let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
    let parts = prose.split("](").skip(1);
    parts.filter_map(|part| part.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

fn broken_link(here: &Path, target: &str) -> Option<String> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        here.to_owned()
    } else {
        here.parent().map_or_else(|| PathBuf::from(file), |folder| folder.join(file))
    };
    if !path.exists() {
        return Some("there is no such file".to_owned());
    }
    if anchor.is_empty() {
        return None;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let headings = super::page::parse(file, &text);
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in headings.prose().filter(|(_, line)| line.starts_with('#')) {
        let plain = slug(line.trim_start_matches('#').trim());
        let n_before = anchors.iter().filter(|a| **a == plain).count();
        anchors.push(if n_before == 0 { plain } else { format!("{plain}-{n_before}") });
    }
    (!anchors.iter().any(|a| a == anchor)).then(|| "there is no such heading".to_owned())
}

/// What a heading is called in links, as mdbook and GitHub have it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
