//! What the harness of the manual makes of pages that are wrong: nothing is passed over.

use super::page::{code_spans, parse};
use super::{Purpose, run};

/// What is wrong with a page of this text, without CPython.
fn failures(text: &str) -> Vec<String> {
    run(&mut parse("page.md", text), Purpose::Check, None)
        .into_iter()
        .map(|(line, why)| format!("{line}: {}", why.lines().next().unwrap_or_default()))
        .collect()
}

#[track_caller]
fn fails(text: &str, expected: &[&str]) {
    assert_eq!(failures(text), expected);
}

#[test]
fn what_nobody_knows_how_to_run() {
    fails("```rust\nfn main() {}\n```\n", &["1: nobody knows how to run a fence of `rust`"]);
    fails("\n```\nplain\n```\n", &["2: nobody knows how to run a fence of ``"]);
    fails("text\n\n    indented\n", &["3: code stands between fences"]);
    fails(
        "- item\n  ```python\n  ```\n",
        &["2: a fence begins in the first column", "3: a fence begins in the first column"],
    );
    fails("```text\nout of nowhere\n```\n", &["1: no program before it prints this"]);
    fails("```text,figure\n+--+\n```\n", &[]);
    fails(
        "| Python | Afar |\n|---|---|\n| `1` | `1` |\n",
        &["1: a table of idioms stands behind `<!-- rows`"],
    );
}

#[test]
fn a_program_says_all_that_it_prints() {
    fails("```afr\nprint(1)\n#> 1\n```\n", &[]);
    fails("```afr\nprint(1)\n```\n", &["1: it prints something else"]);
    fails("```afr\nprint(1)\n```\n```text\n1\n```\n", &[]);
    fails("```afr\nprint(1)\n```\n```text\n2\n```\n", &["1: something else comes out"]);
    fails("```afr\n1 // 0\n```\n```text\n...\n```\n", &["1: exit status 1, expected 0"]);
    fails("```afr,refused\nx = 1\n```\n```text\n```\n", &["1: exit status 0, expected 2"]);
    fails("```afr,skip\nx = 1\n```\n", &["1: `skip` is no option of `afr`"]);
}

#[test]
fn commands_and_sessions() {
    fails("```console\n$ afar -c '1 + 1'\n2\n$ echo a; echo b\n...\nb\n```\n", &[]);
    fails("```console\n$ afar -c '1 + 1'\n3\n```\n", &["1: `$ afar -c '1 + 1'`: something else comes out"]);
    fails("```console,shown\n$ afar -c '1 + 1'\n```\n", &["1: what Afar does is run"]);
    fails("```pycon\n>>> x = 2\n>>> x\n2\n```\n", &[]);
    fails(
        "```pycon\n>>> x = 2\n2\n>>> x\n```\n",
        &["1: `>>> x = 2`: something else comes out", "1: `>>> x`: something else comes out"],
    );
}

#[test]
fn rows() {
    let table = |row: &str| {
        format!(
            "<!-- rows\nxs = [1]\n-->\n\n| Python | refused as | Afar | gives |\n|---|---|---|---|\n{row}\n"
        )
    };
    fails(&table("| `xs.append(2)` | `purity/mutating-method` | `xs = xs + [2]` | `[1, 2]` |"), &[]);
    let failed = failures(&table("| `xs.append(2)` | `purity/del` | `xs = xs + [2]` | `[1]` |"));
    assert!(
        failed[0].starts_with("1: line 7: refused as [\"purity/del\"]?")
            && failed[1].starts_with("1: line 7: Afar: "),
        "{failed:?}"
    );
}

#[test]
fn code_in_a_cell() {
    assert_eq!(code_spans("`a` then `` `b` `` and `c`"), ["a", "`b`", "c"]);
}
