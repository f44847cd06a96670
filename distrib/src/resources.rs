//! Named amounts that nodes declare and blocks ask for, as `GPU=1`.
//!
//! Afar gives the names no meaning: a unit runs on a node that declares what it asks for, and no more units at once than that suffices for.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// How much of what, by name; a name with none of it is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources(BTreeMap<String, u64>);

/// What this process declares.
static DECLARED: OnceLock<Resources> = OnceLock::new();

/// From here on this process declares resources, as a node or as the one place where units run. Once.
pub fn declare(resources: Resources) {
    // Whoever comes second finds the process configured already.
    let _ = DECLARED.set(resources);
}

/// What this process declares.
pub fn declared() -> &'static Resources {
    static NONE: Resources = Resources(BTreeMap::new());
    DECLARED.get().unwrap_or(&NONE)
}

impl Resources {
    /// Is there nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much there is of one of them.
    pub fn amount(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Puts one of them in.
    pub fn insert(&mut self, name: String, amount: u64) {
        if amount > 0 {
            self.0.insert(name, amount);
        }
    }

    /// Name and amount, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, n)| (name.as_str(), *n))
    }

    /// Does this suffice for what is asked for, beside what is in use.
    pub fn suffices<'a>(&self, asked: &Self, in_use: impl Iterator<Item = &'a Self> + Clone) -> bool {
        asked.0.iter().all(|(name, n)| {
            let used = in_use.clone().fold(0u64, |sum, other| sum.saturating_add(other.amount(name)));
            self.amount(name).saturating_sub(used) >= *n
        })
    }

    /// As the command line has them: `GPU=1,FPGA=2`.
    ///
    /// # Errors
    ///
    /// What is wrong, as text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, amount) = part.split_once('=').unwrap_or((part, ""));
            let n = amount.trim().parse::<u64>();
            let (name, Ok(n)) = (name.trim(), n) else {
                return Err(format!("`{part}` is no amount of a resource: write `GPU=1`"));
            };
            if name.is_empty() {
                return Err(format!("`{part}` names no resource: write `GPU=1`"));
            }
            if all.0.contains_key(name) {
                return Err(format!("`{name}` stands there twice"));
            }
            all.insert(name.to_owned(), n);
        }
        Ok(all)
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, n)) in self.iter().enumerate() {
            write!(f, "{}{name}={n}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Resources;

    fn of(text: &str) -> Resources {
        Resources::parse(text).unwrap_or_else(|why| unreachable!("{why}"))
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(of(" GPU=1, FPGA = 20,NONE=0").to_string(), "FPGA=20,GPU=1");
        assert!(of("").is_empty() && of("GPU=0").is_empty());
        for wrong in ["GPU", "GPU=", "GPU=-1", "GPU=1.5", "=1", "GPU=1,GPU=2", "GPU=99999999999999999999"] {
            assert!(Resources::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_in_use_is_not_there() {
        let node = of("GPU=2,FPGA=1");
        let [one, two, mixed] = ["GPU=1", "GPU=2", "GPU=1,FPGA=1"].map(of);
        let suffices = |asked: &Resources, used: &[&Resources]| node.suffices(asked, used.iter().copied());
        assert!(suffices(&two, &[]) && suffices(&mixed, &[]) && suffices(&of(""), &[&two]));
        assert!(suffices(&one, &[&one]) && !suffices(&two, &[&one]));
        assert!(!suffices(&mixed, &[&mixed]) && suffices(&one, &[&mixed]));
        assert!(!suffices(&of("GPU=3"), &[]) && !suffices(&of("TPU=1"), &[]));
    }
}
