//! Where code is, for a profile: each mark stands for places within one another, outermost first, since functions are written out
//! in others. A mark is known by its number.

use super::Loc;
use rustc_hash::FxHashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Marks {
    /// By number; the first stands for no place at all.
    all: Vec<Vec<Loc>>,
    index: FxHashMap<Vec<Loc>, u32>,
}

static MARKS: LazyLock<Mutex<Marks>> = LazyLock::new(|| {
    Mutex::new(Marks { all: vec![Vec::new()], index: std::iter::once((Vec::new(), 0)).collect() })
});

fn marks() -> MutexGuard<'static, Marks> {
    MARKS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Marks {
    fn number(&mut self, places: Vec<Loc>) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(0);
        *self.index.entry(places).or_insert_with_key(|places| {
            self.all.push(places.clone());
            next
        })
    }
}

/// The mark of a place.
pub fn at(place: Loc) -> u32 {
    marks().number(vec![place])
}

/// The mark of what is marked so in a function that is written out at this place.
pub fn within(place: Loc, mark: u32) -> u32 {
    let mut marks = marks();
    let inner = marks.all.get(mark as usize).cloned().unwrap_or_default();
    marks.number(std::iter::once(place).chain(inner).collect())
}

/// The places that a mark stands for, outermost first.
pub fn places(mark: u32) -> Vec<Loc> {
    marks().all.get(mark as usize).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{at, places, within};

    #[test]
    fn marks_within_places() {
        let inner = at(7);
        assert_eq!((at(7), places(inner)), (inner, vec![7]));
        let outer = within(3, inner);
        assert_eq!((within(3, inner), places(within(2, outer)), places(0)), (outer, vec![2, 3, 7], vec![]));
    }
}
