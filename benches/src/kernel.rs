//! The kernels: programs in plain Python, which Afar, and CPython, run as they are.

use crate::root;
use std::path::PathBuf;

/// A program of `benches/kernels`, whose size is the value of `N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The name of its file.
    pub name: String,
    /// What it is, from its first line.
    pub title: String,
    /// Does it count in the mean.
    pub is_in_mean: bool,
    /// Its size.
    pub size: u64,
    /// The size for those that take long.
    pub small: u64,
    text: String,
}

impl Kernel {
    /// From its text: a first line `# TITLE`, and a line `N = 1_000  # small: 10`.
    pub fn parse(name: &str, text: &str) -> Option<Self> {
        let title = text.lines().next()?.strip_prefix("# ")?;
        let line = text.lines().find_map(|line| line.strip_prefix("N = "))?;
        let (size, small) = line.split_once("  # small: ")?;
        let number = |digits: &str| digits.replace('_', "").parse::<u64>().ok();
        Some(Self {
            name: name.to_owned(),
            title: title.trim_end_matches('.').replace(" (not in the mean)", ""),
            is_in_mean: !title.contains("(not in the mean)"),
            size: number(size)?,
            small: number(small)?,
            text: text.to_owned(),
        })
    }

    /// Its text for another size.
    pub fn sized(&self, size: u64) -> String {
        let line =
            |line: &str| if line.starts_with("N = ") { format!("N = {size}\n") } else { format!("{line}\n") };
        self.text.lines().map(line).collect()
    }
}

/// The folder of the benches.
pub fn folder() -> PathBuf {
    root().join("benches")
}

/// All kernels whose names have one of these words in them, or all, by name.
///
/// # Panics
///
/// If a kernel cannot be read, or does not say its size.
pub fn chosen(words: &[String]) -> Vec<Kernel> {
    let entries = std::fs::read_dir(folder().join("kernels"));
    let mut paths: Vec<PathBuf> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            let is_chosen = words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
            is_chosen.then(|| {
                let text =
                    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                Kernel::parse(&name, &text)
                    .unwrap_or_else(|| panic!("{}: it has no title, or no size", path.display()))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Kernel, chosen};

    #[test]
    fn a_kernel_says_what_it_is() {
        let text = "# Sums (not in the mean).\nN = 3_000  # small: 1_0\nprint(N)\n";
        let found = Kernel::parse("sums", text).unwrap_or_else(|| unreachable!("it is right"));
        assert_eq!((&*found.title, found.size, found.small, found.is_in_mean), ("Sums", 3000, 10, false));
        assert_eq!(found.sized(7), "# Sums (not in the mean).\nN = 7\nprint(N)\n");
        assert_eq!(Kernel::parse("x", "# X\nprint(1)\n"), None);
    }

    #[test]
    fn all_kernels_say_so() {
        assert!(chosen(&[]).len() > 20);
        assert_eq!(chosen(&["monte".to_owned()]).len(), 1);
    }
}
