//! The kernel of the same name, by hand.
use std::f64::consts::PI;

#[derive(Clone, Copy)]
struct Body {
    x: [f64; 3],
    v: [f64; 3],
    mass: f64,
}

fn bodies() -> [Body; 5] {
    const SUN: f64 = 4.0 * PI * PI;
    const DAYS: f64 = 365.24;
    let body = |x, v: [f64; 3], mass: f64| Body { x, v: v.map(|c| c * DAYS), mass: mass * SUN };
    [
        body([0.0; 3], [0.0; 3], 1.0),
        body([4.84143144246472090, -1.16032004402742839, -1.03622044471123109e-1], [1.66007664274403694e-3, 7.69901118419740425e-3, -6.90460016972063023e-5], 9.54791938424326609e-4),
        body([8.34336671824457987, 4.12479856412430479, -4.03523417114321381e-1], [-2.76742510726411e-3, 4.99852801234917238e-3, 2.30417297573763929e-5], 2.85885980666130812e-4),
        body([1.28943695621391310e1, -1.51111514016986312e1, -2.23307578892655734e-1], [2.96460137564761618e-3, 2.37847173959480950e-3, -2.96589568540237556e-5], 4.36624404335156298e-5),
        body([1.53796971148509165e1, -2.59193146099879641e1, 1.79258772950371181e-1], [2.68067772490389322e-3, 1.62824170038242295e-3, -9.51592254519715870e-5], 5.15138902046611451e-5),
    ]
}

fn advance(bodies: &[Body; 5], i: usize, dt: f64) -> Body {
    let Body { x, mut v, mass } = bodies[i];
    for j in (0..5).filter(|&j| j != i) {
        let d: [f64; 3] = std::array::from_fn(|k| x[k] - bodies[j].x[k]);
        let d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        let force = bodies[j].mass * dt / (d2 * d2.sqrt());
        v = std::array::from_fn(|k| v[k] - d[k] * force);
    }
    Body { x: std::array::from_fn(|k| x[k] + dt * v[k]), v, mass }
}

fn main() {
    let mut state = bodies();
    for _ in 0..reference::size() {
        state = std::array::from_fn(|i| advance(&state, i, 0.001));
    }
    for body in state {
        println!("{:.9} {:.9} {:.9}", body.x[0], body.x[1], body.x[2]);
    }
}
