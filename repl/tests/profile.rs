//! `afar profile`: which lines the time is found in, and that the page has all that it shows.

mod support;

use support::Folder;

/// A script whose time is spent in the loop of `spin`, called from two places.
const SCRIPT: &str = "\
def spin(n):
    total = 0
    for i in range(n):
        total = total * 3 % 1_000_003 + i
    return total


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(max(spin(40_000) for _ in range(2_000)))
print(fib(20), spin(9))
";

#[cfg(unix)]
#[test]
fn the_time_is_where_it_was_spent() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    for workers in ["1", "2", "4"] {
        let got = folder.afar(&["profile", "-w", workers, "x.afr"], "");
        assert_eq!(got.status, 0, "{got:?}");
        assert_eq!(got.stderr, folder.afar(&["run", "x.afr"], "").stdout);
        let lines: Vec<&str> = got.stdout.lines().collect();
        assert!(lines[1].ends_with("x.afr:4  spin") || lines[1].ends_with("x.afr:3  spin"), "{}", got.stdout);
        // It is a part of the line that asked for it, also where another worker did it.
        let asked = lines.iter().find(|l| l.ends_with("x.afr:12  <genexpr>")).unwrap_or(&"");
        let with_calls = asked.split_whitespace().nth(2).and_then(|n| n.parse::<f64>().ok());
        assert!(with_calls.is_some_and(|n| n > 50.0), "{}", got.stdout);
        assert_eq!(lines.last(), Some(&"written: x.profile.html"));
    }
}

#[cfg(unix)]
#[test]
fn the_page_has_all_that_it_shows() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    let got = folder.afar(&["profile", "-w", "2", "-o", "p.html", "x.afr"], "");
    assert!(got.stdout.ends_with("written: p.html\n"), "{got:?}");
    let page = std::fs::read_to_string(folder.path().join("p.html")).unwrap_or_default();
    for part in [
        "<!doctype html>",
        "const data = {\"file\":\"x.afr\"",
        "spin  x.afr:4",
        "\"lanes\":[[[",
        "total * 3 % 1_000_003",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // The name of a kind of element is the only address in it.
    let addresses = page.matches("://").count();
    assert!(!page.contains("__DATA__") && addresses == page.matches("http://www.w3.org/2000/svg").count());
}

#[cfg(unix)]
#[test]
fn what_a_script_raises_is_said_and_its_profile_written() {
    let folder = Folder::new();
    folder.write("x.afr", "import sys\nprint(sys.argv[1:])\n1 // 0\n");
    let got = folder.afar(&["profile", "x.afr", "-a", "b"], "");
    assert!(got.status == 1 && got.stderr.starts_with("['-a', 'b']\nTraceback"), "{got:?}");
    assert!(folder.path().join("x.profile.html").is_file());
    assert_eq!(folder.afar(&["profile", "nowhere.afr"], "").status, 2);
    assert_eq!(folder.afar(&["profile", "-o", "no/where.html", "x.afr"], "").status, 2);
}
