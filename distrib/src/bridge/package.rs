//! The Python package that the bridge is in, as this program carries it.

use std::io::Write;
use std::path::{Path, PathBuf};

/// What the package needs besides the standard library, as `pip` is told it.
pub const REQUIREMENTS: [&str; 2] = ["distributed>=2026.1", "cryptography>=42"];
/// The oldest Python that it runs on.
pub const MIN_PYTHON: (u32, u32) = (3, 10);
/// The oldest version of Dask that it runs on.
pub const MIN_DISTRIBUTED: (u32, u32) = (2026, 1);

/// Its name, and its files.
const NAME: &str = "afar_dask";
const FILES: [(&str, &str); 9] = [
    ("__init__.py", include_str!("../../../python/afar_dask/__init__.py")),
    ("bridge.py", include_str!("../../../python/afar_dask/bridge.py")),
    ("messages.py", include_str!("../../../python/afar_dask/messages.py")),
    ("plugin.py", include_str!("../../../python/afar_dask/plugin.py")),
    ("postcard.py", include_str!("../../../python/afar_dask/postcard.py")),
    ("scheduler.py", include_str!("../../../python/afar_dask/scheduler.py")),
    ("service.py", include_str!("../../../python/afar_dask/service.py")),
    ("streams.py", include_str!("../../../python/afar_dask/streams.py")),
    ("worker.py", include_str!("../../../python/afar_dask/worker.py")),
];

/// Puts the package into a folder of its own within `folder`, named by what is in it, unless it is there; gives that folder.
///
/// So a cluster that runs goes on with the package that it began with, whatever version of Afar comes next.
///
/// # Errors
///
/// Where it cannot be written.
pub fn unpack(folder: &Path) -> std::io::Result<PathBuf> {
    let mut hasher = blake3::Hasher::new();
    for (name, text) in FILES {
        hasher.update(name.as_bytes()).update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    let hash = hasher.finalize().to_hex();
    let place = folder.join(&hash[..16]);
    if place.is_dir() {
        return Ok(place);
    }
    // Whoever looks meanwhile sees all of it or nothing.
    let made = folder.join(format!(".{}.{}", &hash[..16], std::process::id()));
    std::fs::create_dir_all(made.join(NAME))?;
    for (name, text) in FILES {
        std::fs::File::create(made.join(NAME).join(name))?.write_all(text.as_bytes())?;
    }
    match std::fs::rename(&made, &place) {
        Err(_) if place.is_dir() => std::fs::remove_dir_all(&made)?,
        result => result?,
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::{FILES, MIN_DISTRIBUTED, MIN_PYTHON, NAME, REQUIREMENTS, unpack};
    use std::path::{Path, PathBuf};

    fn python() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../python")
    }

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn all_of_it_is_carried() {
        let all = std::fs::read_dir(python().join(NAME)).into_iter().flatten().flatten();
        let mut names: Vec<String> = all.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.ends_with(".py"));
        names.sort();
        assert_eq!(names, FILES.map(|(name, _)| name.to_owned()));
    }

    #[test]
    fn it_says_of_itself_what_is_said_here() {
        let about = read(&python().join("pyproject.toml"));
        let needs = REQUIREMENTS.map(|r| format!("\"{r}\"")).join(", ");
        assert!(about.contains(&format!("dependencies = [{needs}]")), "{about}");
        let (major, minor) = MIN_PYTHON;
        assert!(about.contains(&format!("requires-python = \">={major}.{minor}\"")), "{about}");
        let version = env!("CARGO_PKG_VERSION");
        assert!(about.contains(&format!("version = \"{version}\"")), "{about}");
        let own = read(&python().join(NAME).join("__init__.py"));
        assert!(own.contains(&format!("__version__ = \"{version}\"")), "{own}");
        let (major, minor) = MIN_DISTRIBUTED;
        assert!(own.contains(&format!("MIN_DISTRIBUTED = ({major}, {minor})")), "{own}");
        assert!(REQUIREMENTS.contains(&format!("distributed>={major}.{minor}").as_str()));
    }

    #[test]
    fn it_is_unpacked_once() {
        let folder = std::env::temp_dir().join(format!("afar-package-{}", std::process::id()));
        let place = unpack(&folder).unwrap_or_default();
        assert_eq!(unpack(&folder).ok(), Some(place.clone()));
        assert_eq!(read(&place.join(NAME).join("bridge.py")), FILES[1].1);
        assert_eq!(std::fs::read_dir(&folder).map_or(0, Iterator::count), 1);
        assert!(std::fs::remove_dir_all(folder).is_ok());
    }
}
