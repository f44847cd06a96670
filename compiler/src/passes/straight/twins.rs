//! Two divisions, or two roots, that are alike and do not wait for each other, are made as one of pairs.
//!
//! From two divisions back: what they are made of by the same steps is made of pairs too, until the steps differ; there two floats
//! are packed into one pair. Then on to what is made of the two results by the same steps. All of it is done where the first of
//! these steps was: floats trap nowhere, so that what would come behind a fault may as well be computed before. What else reads
//! one of the floats takes it out of its pair, where it was computed.

use super::is_heavy;
use super::line::{Line, alike, result, sides};
use crate::ir::{BlockId, Func, Inst, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// Steps that are looked at behind a division for its twin.
const WINDOW: usize = 400;
/// Steps back from a division.
const DEPTH: usize = 12;

/// A pair: of what, and how it is made.
#[derive(Clone, Copy)]
struct Node {
    two: [VReg; 2],
    /// Of which other nodes by the step of its floats; none where its floats are packed.
    from: Option<[Option<usize>; 2]>,
}

/// Pairs that belong together.
struct Tree<'a> {
    line: &'a Line,
    nodes: Vec<Node>,
    found: FxHashMap<[VReg; 2], usize>,
    /// The floats that are in pairs by steps.
    taken: FxHashSet<VReg>,
    /// Floats that are not to be computed in pairs.
    fixed: FxHashSet<VReg>,
}

/// Makes twins of a way's divisions, with the roots that they are made of, then of the roots that are left.
pub(super) fn pair(func: &mut Func, way: &[BlockId]) {
    let mut done: FxHashSet<VReg> = FxHashSet::default();
    pair_all(func, way, &mut done, |inst| matches!(inst, Inst::FloatOp { .. }));
    pair_all(func, way, &mut done, |inst| matches!(inst, Inst::FloatUnary { .. }));
}

fn pair_all(func: &mut Func, way: &[BlockId], done: &mut FxHashSet<VReg>, is_root: fn(&Inst) -> bool) {
    let mut from = 0;
    loop {
        let insts = way.iter().flat_map(|b| &func.blocks[b.0 as usize].insts).enumerate();
        let is_heavy = |at: usize, inst: &Inst| at >= from && is_heavy(inst) && is_root(inst);
        let heavy: Vec<usize> = insts.filter(|(at, inst)| is_heavy(*at, inst)).map(|(at, _)| at).collect();
        if heavy.len() < 2 {
            return;
        }
        let line = Line::of(func, way);
        let plan = heavy.iter().enumerate().find_map(|(i, first)| {
            let near = heavy[i + 1..].iter().take_while(|at| **at - first < WINDOW);
            let (nodes, at) = near.copied().find_map(|second| {
                let (a, b) = (result(&line.insts[*first])?, result(&line.insts[second])?);
                Tree::of(&line, a, b, done)
            })?;
            Some((*first, nodes, at))
        });
        let Some((first, nodes, at)) = plan else { return };
        for node in nodes.iter().filter(|n| n.from.is_some()) {
            done.extend(node.two);
        }
        // What was taken out of pairs is no division any more: the next one is the first.
        from = first;
        write(func, way, &line, &nodes, at);
        if done.len() > 1 << 12 {
            return;
        }
    }
}

impl<'a> Tree<'a> {
    /// The pairs for two floats, and where they may be made; none where that is not worth it.
    fn of(line: &'a Line, a: VReg, b: VReg, done: &FxHashSet<VReg>) -> Option<(Vec<Node>, usize)> {
        let (x, y) = (line.step(a)?.1, line.step(b)?.1);
        if !alike(x, y) || done.contains(&a) || done.contains(&b) {
            return None;
        }
        let mut fixed = done.clone();
        loop {
            let mut tree = Tree {
                line,
                nodes: Vec::new(),
                found: FxHashMap::default(),
                taken: FxHashSet::default(),
                fixed,
            };
            let root = tree.node([a, b], DEPTH)?;
            tree.nodes[root].from?;
            // Where the last float that is packed is known: all steps must come behind that.
            let ready = tree.ready()?;
            let early: Vec<VReg> = tree.steps().filter(|r| line.at[r] < ready).collect();
            if !early.is_empty() {
                if early.contains(&a) || early.contains(&b) {
                    return None;
                }
                fixed = tree.fixed;
                fixed.extend(early);
                continue;
            }
            let at = tree.steps().map(|r| line.at[&r]).min()?;
            tree.onward(at);
            let lasts = |r: &VReg| line.until.get(r).is_none_or(|until| at <= *until);
            let is_good = tree.nodes.iter().filter(|n| n.from.is_none()).all(|n| n.two.iter().all(lasts));
            return (is_good && tree.pays()).then_some((tree.nodes, at));
        }
    }

    fn steps(&self) -> impl Iterator<Item = VReg> + '_ {
        self.nodes.iter().filter(|n| n.from.is_some()).flat_map(|n| n.two)
    }

    fn ready(&self) -> Option<usize> {
        let packed = self.nodes.iter().filter(|n| n.from.is_none()).flat_map(|n| n.two);
        packed.map(|r| self.line.ready(r)).try_fold(0, |most, at| Some(most.max(at?)))
    }

    /// The node of two floats.
    fn node(&mut self, two: [VReg; 2], depth: usize) -> Option<usize> {
        if let Some(known) = self.found.get(&two) {
            return Some(*known);
        }
        let [a, b] = two;
        let is_free = |r: &VReg| !self.taken.contains(r) && !self.fixed.contains(r);
        let steps = self.line.step(a).zip(self.line.step(b));
        let is_step = depth > 0 && two.iter().all(is_free);
        let from = match steps {
            // Neither is made of the other. What is the same for both is computed early with them.
            Some(((_, x), (_, y))) if is_step && alike(x, y) && (a == b || !self.leads(a, b, 2 * DEPTH)) => {
                let (x, y) = (sides(x), sides(y));
                self.taken.extend(two);
                let mut from = [None; 2];
                for (i, (x, y)) in x.into_iter().zip(y).enumerate() {
                    if let (Some(x), Some(y)) = (x, y) {
                        from[i] = Some(self.node([x, y], depth - 1)?);
                    }
                }
                Some(from)
            }
            _ => {
                self.line.ready(a)?;
                self.line.ready(b)?;
                None
            }
        };
        self.nodes.push(Node { two, from });
        self.found.insert(two, self.nodes.len() - 1);
        Some(self.nodes.len() - 1)
    }

    /// Is the second float made of the first, by steps on the way.
    fn leads(&self, from: VReg, to: VReg, depth: usize) -> bool {
        let Some(start) = self.line.at.get(&from) else { return false };
        let mut todo = vec![(to, depth)];
        while let Some((reg, depth)) = todo.pop() {
            if reg == from {
                return true;
            }
            match self.line.at.get(&reg) {
                Some(at) if at > start && depth > 0 => {
                    todo.extend(sides(&self.line.insts[*at]).into_iter().flatten().map(|r| (r, depth - 1)));
                }
                // Too far to tell.
                Some(at) if at > start => return true,
                _ => {}
            }
        }
        false
    }

    /// What is made of the pairs by the same steps: nothing waits for it before its place.
    fn onward(&mut self, at: usize) {
        let mut of_first: FxHashMap<VReg, VReg> = FxHashMap::default();
        for node in self.nodes.iter().filter(|n| n.from.is_some()) {
            of_first.insert(node.two[0], node.two[1]);
        }
        for (i, inst) in self.line.insts.iter().enumerate().skip(at) {
            let (Some(dst), [Some(a), b]) = (result(inst), sides(inst)) else { continue };
            let reads = [Some(a), b];
            let is_free = |r: &VReg| !self.taken.contains(r) && !self.fixed.contains(r);
            if !reads.iter().flatten().any(|r| of_first.contains_key(r)) || !is_free(&dst) {
                continue;
            }
            let is_steady = |r: VReg| self.line.ready(r).is_some_and(|ready| ready <= at);
            // Its twin does the same to what belongs to the other.
            let twin = self.line.insts[i..].iter().take(WINDOW).find_map(|other| {
                let twin = result(other).filter(|t| *t != dst && is_free(t) && alike(inst, other))?;
                let fits = reads.iter().zip(sides(other)).all(|(x, y)| match (x, y) {
                    (Some(x), Some(y)) => {
                        of_first.get(x) == Some(&y)
                            || self.found.contains_key(&[*x, y])
                            || *x == y && is_steady(*x)
                    }
                    (None, None) => true,
                    _ => false,
                });
                (fits && self.line.step(dst).is_some() && self.line.step(twin).is_some())
                    .then_some((twin, other))
            });
            let Some((twin, other)) = twin else { continue };
            let mut from = [None; 2];
            for (slot, (x, y)) in from.iter_mut().zip(reads.iter().zip(sides(other))) {
                if let (Some(x), Some(y)) = (x, y) {
                    let known = self.found.get(&[*x, y]).copied();
                    *slot = known.or_else(|| self.node([*x, y], 0));
                }
            }
            self.taken.extend([dst, twin]);
            self.nodes.push(Node { two: [dst, twin], from: Some(from) });
            self.found.insert([dst, twin], self.nodes.len() - 1);
            of_first.insert(dst, twin);
        }
    }

    /// Are there more steps saved than pairs packed.
    fn pays(&self) -> bool {
        let n_packed = self.nodes.iter().filter(|n| n.from.is_none() && n.two[0] != n.two[1]).count();
        let saved: usize = self
            .steps()
            .filter_map(|r| self.line.step(r))
            .map(|(_, inst)| if is_heavy(inst) { 8 } else { 1 })
            .sum();
        saved / 2 > n_packed
    }
}

/// Writes the pairs before the instruction at this place of the line, and takes floats out of them where they were made.
fn write(func: &mut Func, way: &[BlockId], line: &Line, nodes: &[Node], at: usize) {
    let pairs: Vec<VReg> = nodes.iter().map(|_| func.reg(Reg::Pair)).collect();
    let mut made = Vec::new();
    let mut lanes: FxHashMap<VReg, Inst> = FxHashMap::default();
    for (node, dst) in nodes.iter().zip(&pairs) {
        let [a, b] = node.two;
        let Some(from) = node.from else {
            made.push(if a == b { Inst::Splat(*dst, a) } else { Inst::Pack(*dst, a, b) });
            continue;
        };
        let side = |i: usize| from[i].map_or(*dst, |n| pairs[n]);
        let step = line.at.get(&a).map(|at| &line.insts[*at]);
        match step {
            Some(Inst::FloatOp { op, .. }) => {
                made.push(Inst::FloatOp { op: *op, dst: *dst, a: side(0), b: side(1) });
            }
            Some(Inst::FloatUnary { op, .. }) => {
                made.push(Inst::FloatUnary { op: *op, dst: *dst, a: side(0) });
            }
            _ => unreachable!("steps are of these"),
        }
        for (float, is_second) in [(a, false), (b, true)] {
            lanes.insert(float, Inst::Lane { dst: float, pair: *dst, is_second });
        }
    }
    let mut i = 0;
    for id in way {
        let block = &mut func.blocks[id.0 as usize];
        let mut insts = Vec::with_capacity(block.insts.len() + made.len());
        for inst in block.insts.drain(..) {
            if i == at {
                insts.append(&mut made);
            }
            i += 1;
            let lane = result(&inst).and_then(|dst| lanes.remove(&dst));
            insts.push(lane.unwrap_or(inst));
        }
        block.insts = insts;
    }
}
