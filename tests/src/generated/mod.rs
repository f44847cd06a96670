//! Random programs, held against CPython: made by [`program`], run by [`peer`]s, made smaller by [`shrink`].
//!
//! A program is typed and ends by construction. It is run by CPython, and by Afar in several [`Mode`]s; what it prints, and the exception that it ends
//! with, must be the same. A refusal is honest and no failure: refusals are counted by kind, so that needless ones are seen.

pub mod calls;
pub mod campaign;
mod class_parts;
mod class_probes;
mod class_programs;
pub mod compare;
pub mod expr;
pub mod folding_loops;
pub mod function;
pub mod grid_values;
pub mod grids;
pub mod kernels;
mod library_calls;
pub mod numbers;
pub mod peer;
pub mod program;
pub mod random;
pub mod rules;
pub mod rules_more;
pub mod scenes;
pub mod scope;
pub mod sequences;
pub mod shrink;
pub mod stmt;
pub mod text;
pub mod tree;
pub mod types;

/// A way in which Afar runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// As many workers as there are cores.
    Default,
    /// One worker.
    Alone,
    /// Four workers, and every range is cut at every poll.
    Cut,
    /// `--sync`.
    Sync,
    /// No int is taken to fit 64 bits.
    Wide,
    /// Blocks pass code, values and errors through bytes.
    Wire,
    /// Code is compiled with all optimisations, as users have it; in the other modes it is compiled quickly.
    Full,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Default, Self::Cut, Self::Wide, Self::Alone, Self::Sync, Self::Wire, Self::Full];

    /// Its name on the command line of a worker.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Alone => "alone",
            Self::Cut => "cut",
            Self::Sync => "sync",
            Self::Wide => "wide",
            Self::Wire => "wire",
            Self::Full => "full",
        }
    }

    /// The mode of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    /// What it asks of a process.
    pub fn settings(self) -> afar::config::Settings {
        let mut settings = afar::config::Settings {
            memory: 1 << 30,
            compiles_quickly: self != Self::Full,
            ..Default::default()
        };
        match self {
            Self::Default | Self::Full => {}
            Self::Alone => settings.n_workers = 1,
            Self::Cut => (settings.n_workers, settings.cuts_always) = (4, true),
            Self::Sync => (settings.n_workers, settings.is_sync) = (1, true),
            Self::Wide => settings.starts_wide = true,
            Self::Wire => settings.engine = afar::config::Engine::Wire,
        }
        settings
    }
}
