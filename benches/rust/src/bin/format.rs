//! Formatted and parsed in parallel.
use rayon::prelude::*;

fn line(i: i64) -> String {
    let flag = if i % 7 == 0 { "True" } else { "False" };
    format!("{i:08},{:.3},item-{},{flag}", (i * 7919 % 100003) as f64 / 8.0, i % 1000)
}

fn parse(text: &str) -> i64 {
    let mut fields = text.split(',');
    let mut next = || fields.next().expect("there are four fields");
    let (number, amount, name, flag) = (next(), next(), next(), next());
    if flag == "True" {
        let amount: f64 = amount.parse().expect("a number");
        number.parse::<i64>().expect("a number") + (amount * 1000.0) as i64 + name.len() as i64
    } else {
        name[5..].parse().expect("a number")
    }
}

fn main() {
    let n = reference::size();
    let lines: Vec<String> = (0..n).into_par_iter().map(line).collect();
    let n_chars: usize = lines.par_iter().map(String::len).sum();
    let total: i64 = lines.par_iter().map(|x| parse(x)).sum();
    println!("{n_chars} {total} {}", lines[n as usize / 2]);
}
