//! Keys from passwords: PBKDF2 over HMAC.

use super::algorithms::{Algorithm, Digest};
use crate::native::buffer;
use afar_runtime::number::{type_name, word_arg};
use afar_runtime::{Args, Fault, Res, Value, hooks, text};

/// The two halves of an HMAC, with the key in them.
#[derive(Clone)]
pub struct Mac<D> {
    inner: D,
    outer: D,
}

impl<D: digest::Digest + Clone> Mac<D> {
    fn new(key: &[u8], block_size: usize) -> Self {
        let mut block = if key.len() > block_size { D::digest(key).to_vec() } else { key.to_vec() };
        block.resize(block_size, 0);
        let half = |mask: u8| D::new_with_prefix(block.iter().map(|byte| byte ^ mask).collect::<Vec<u8>>());
        Self { inner: half(0x36), outer: half(0x5c) }
    }

    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let (mut inner, mut outer) = (self.inner.clone(), self.outer.clone());
        for part in parts {
            inner.update(part);
        }
        outer.update(inner.finalize());
        outer.finalize().to_vec()
    }
}

/// What is asked of [`pbkdf2`].
pub struct Request<'a> {
    password: &'a [u8],
    salt: &'a [u8],
    iterations: i64,
    length: Option<usize>,
    block_size: usize,
}

/// The key that is asked for.
pub fn pbkdf2<D: digest::Digest + Clone>(request: &Request<'_>) -> Res<Vec<u8>> {
    let mac = Mac::<D>::new(request.password, request.block_size);
    let size = <D as digest::Digest>::output_size();
    let length = request.length.unwrap_or(size);
    let mut out = Vec::with_capacity(length.next_multiple_of(size));
    for number in 1..=u32::try_from(length.div_ceil(size)).unwrap_or(u32::MAX) {
        let mut step = mac.of(&[request.salt, &number.to_be_bytes()]);
        let mut block = step.clone();
        for i in 1..request.iterations {
            step = mac.of(&[&step]);
            block.iter_mut().zip(&step).for_each(|(all, byte)| *all ^= byte);
            if i % 4096 == 0 {
                hooks::poll()?;
            }
        }
        out.extend(block);
    }
    out.truncate(length);
    Ok(out)
}

/// `pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None)`.
pub fn pbkdf2_hmac(args: &Args<'_>) -> Res {
    let params = ["hash_name", "password", "salt", "iterations", "dklen"];
    let [name, password, salt, iterations, length] = args.bind("pbkdf2_hmac", params, 0, 4, 5)?;
    let none = &Value::None;
    let Some(name) = text::str_of(name.unwrap_or(none)) else {
        let given = type_name(name.unwrap_or(none));
        return Err(Fault::type_error(format!(
            "pbkdf2_hmac() argument 'hash_name' must be str, not {given}"
        )));
    };
    let (password, salt) = (buffer(password.unwrap_or(none))?, buffer(salt.unwrap_or(none))?);
    let iterations = word_arg(iterations.unwrap_or(none))?;
    let Some(algorithm) = super::find(name) else {
        return Err(Fault::not_pure(format!("pbkdf2_hmac with the hash `{name}` is not supported")));
    };
    if iterations < 1 {
        return Err(Fault::value_error("iteration value must be greater than 0."));
    }
    if i32::try_from(iterations).is_err() {
        return Err(Fault::overflow("iteration value is too great."));
    }
    let length = match length.filter(|v| !v.is_none()) {
        Some(length) => {
            let length = word_arg(length)?;
            if length < 1 {
                return Err(Fault::value_error("key length must be greater than 0."));
            }
            if i32::try_from(length).is_err() {
                return Err(Fault::overflow("key length is too great."));
            }
            usize::try_from(length).ok()
        }
        None => None,
    };
    let request = Request { password, salt, iterations, length, block_size: algorithm.block_size };
    derived(algorithm, &request)
}

fn derived(algorithm: &Algorithm, request: &Request<'_>) -> Res {
    match algorithm.digest {
        Digest::Fixed { derive, .. } => derive(request).map(Value::bytes),
        Digest::Extendable(_) => Err(Fault::not_pure("pbkdf2_hmac with an extendable hash is not supported")),
    }
}
