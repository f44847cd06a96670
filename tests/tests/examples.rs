//! The examples, at sizes that take no time, and the README's, through the binary.

use afar_tests::binary::afar;
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
fn is_refused(example: &str, args: &[&str], said: &str) {
    let folder = Scratch::new();
    let answer = run(example, args, &folder);
    assert_eq!(
        answer.status,
        Some(2),
        "{example} runs: let its test say what it prints\n{}",
        answer.stdout_text()
    );
    assert!(answer.stderr_text().contains(said), "{}", answer.stderr_tail(12));
}

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
