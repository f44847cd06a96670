//! Whether two processes compute the same: the version of Afar, what they say to each other, and the floating-point library.

use crate::node::greeting;
use crate::protocol::Greeting;

/// What is wrong between this process and another one, where they must not work together; both versions are named.
pub fn between(here: &str, there: &str, theirs: &Greeting) -> Option<String> {
    differ(here, &greeting(), there, theirs)
}

fn differ(here: &str, ours: &Greeting, there: &str, theirs: &Greeting) -> Option<String> {
    if ours.version != theirs.version || ours.protocol != theirs.protocol {
        let name = |g: &Greeting| format!("Afar {} (protocol {})", g.version, g.protocol);
        return Some(format!("{here} is {}, and {there} is {}", name(ours), name(theirs)));
    }
    (ours.libm != theirs.libm).then(|| {
        format!(
            "the floating-point library of {here} ({:016x}) gives other results than that of {there} ({:016x})",
            ours.libm, theirs.libm
        )
    })
}

#[cfg(test)]
mod tests {
    use super::differ;
    use crate::node::greeting;

    #[test]
    fn both_versions_are_named() {
        let ours = greeting();
        assert_eq!(differ("a", &ours, "b", &ours), None);
        let mut older = ours.clone();
        older.version = "0.0.7".to_owned();
        let said = differ("the cluster", &ours, "this", &older).unwrap_or_default();
        assert!(said.contains(&ours.version) && said.contains("this is Afar 0.0.7"), "{said}");
        let mut other = ours.clone();
        other.libm ^= 0xff;
        let said = differ("the cluster", &ours, "a node", &other).unwrap_or_default();
        let names = [format!("{:016x}", ours.libm), format!("{:016x}", other.libm)];
        assert!(names.iter().all(|name| said.contains(name)), "{said}");
    }
}
