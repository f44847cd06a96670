//! New vectors at every level, joined above a cut-off.
use std::cmp::Ordering::{Equal, Greater, Less};

const CUT_OFF: usize = 4_096;

fn qsort(xs: &[i64]) -> Vec<i64> {
    if xs.len() < 2 {
        return xs.to_vec();
    }
    let pivot = xs[xs.len() / 2];
    let part = |order| xs.iter().copied().filter(|x| x.cmp(&pivot) == order).collect::<Vec<_>>();
    let (low, same, high) = (part(Less), part(Equal), part(Greater));
    let (mut low, high) = if xs.len() < CUT_OFF {
        (qsort(&low), qsort(&high))
    } else {
        rayon::join(|| qsort(&low), || qsort(&high))
    };
    low.extend(same);
    low.extend(high);
    low
}

fn main() {
    let n = reference::size();
    let xs = qsort(&(0..n).map(|i| i * 1_103_515_245 % 2_147_483_647).collect::<Vec<_>>());
    println!("{} {} {} {}", xs.len(), xs[0], xs[n as usize / 3], xs[xs.len() - 1]);
}
