//! The examples and the kernels of the benches, at sizes that take no time, and the README's, through the binary.

use afar_tests::binary::{afar, python};
use afar_tests::listing;
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::root;

fn run(example: &str, args: &[&str], folder: &Scratch) -> Answer {
    let path = root().join("examples").join(example);
    Program::new(afar()).args(&["run", &path.to_string_lossy()]).args(args).folder(folder.path()).run()
}

#[track_caller]
fn prints(example: &str, args: &[&str], expected: &str) {
    let folder = Scratch::new();
    let answer = run(example, args, &folder);
    assert_eq!(answer.status, Some(0), "{}", answer.stderr_tail(12));
    assert_eq!(answer.stdout_text(), expected);
}

/// What the example needs is not there: the message names it.
#[track_caller]
#[test]
fn primes() {
    prints(
        "primes.afr",
        &["600"],
        "111\n111 primes, the last of them 599\n\
         [29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, \
         139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, \
         257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379, \
         383, 389, 397, 401, 409, 419, 421, 431, 433, 439, 443, 449, 457, 461, 463, 467, 479, 487, 491, 499, 503, \
         509, 521, 523, 541, 547, 557, 563, 569, 571, 577, 587, 593, 599]\n",
    );
}

#[test]
fn queens() {
    prints("queens.afr", &["6"], "6 queens: 4 ways\n.Q....\n...Q..\n.....Q\nQ.....\n..Q...\n....Q.\n");
}

#[test]
fn words() {
    prints(
        "words.afr",
        &["10"],
        "460 words, 36 different\n     and 30\n       a 30\n      by 30\n    many 20\n     the 20\n\
         by length: {1: 30, 2: 100, 3: 120, 4: 110, 5: 50, 6: 20, 7: 30}\n",
    );
}

/// A size at which a kernel takes no time. Where the small one is small, its time grows fast.
fn tiny(small: u64) -> u64 {
    if small <= 200 { small / 4 } else { (small / 50).max(40) }
}

#[test]
fn kernels_print_what_cpython_prints() {
    let Some(python) = python() else { return };
    let folder = Scratch::new();
    let mut n_kernels = 0;
    for path in listing::files(&root().join("benches/kernels"), ".afr") {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("N = ")).unwrap_or_default();
        let small = line.split("# small: ").nth(1).and_then(|n| n.replace('_', "").parse().ok());
        let size = tiny(small.unwrap_or_else(|| panic!("{}: it says no size", path.display())));
        let file = folder.write("kernel.afr", text.replace(line, &format!("N = {size}")));
        let name = file.to_string_lossy();
        let expected = Program::new(python).args(&[&name]).folder(folder.path()).run();
        assert_eq!(expected.status, Some(0), "{}: {}", path.display(), expected.stderr_tail(3));
        for flags in [&["--workers", "3"][..], &["--sync"], &["--workers", "1", "--keep-splitting"]] {
            let args: Vec<&str> = ["run"].iter().chain(flags).copied().chain([&*name]).collect();
            let answer = Program::new(afar()).args(&args).folder(folder.path()).run();
            assert_eq!(answer.stdout_text(), expected.stdout_text(), "{} {flags:?}", path.display());
        }
        n_kernels += 1;
    }
    assert!(n_kernels > 20);
}
