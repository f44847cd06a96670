//! Bytes, one after the other.

use afar_runtime::{Fault, Res, Str};

/// Where encoded bytes go.
pub(super) enum Out {
    Bytes(Vec<u8>),
    Count(usize),
    Hash(Box<blake3::Hasher>),
}

impl Out {
    pub(super) fn put(&mut self, bytes: &[u8]) {
        match self {
            Self::Bytes(all) => all.extend_from_slice(bytes),
            Self::Count(n) => *n += bytes.len(),
            Self::Hash(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.put(&[byte]);
    }

    /// Seven bits a byte, the lowest first.
    pub(super) fn number(&mut self, mut n: u64) {
        loop {
            let low = u8::try_from(n & 0x7f).unwrap_or(0);
            n >>= 7;
            if n == 0 {
                return self.byte(low);
            }
            self.byte(low | 0x80);
        }
    }

    pub(super) fn size(&mut self, n: usize) {
        self.number(n as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.size(text.len());
        self.put(text.as_bytes());
    }
}

/// Encoded bytes that are being read.
pub(super) struct In<'a> {
    rest: &'a [u8],
}

/// The refusal of bytes that no encoder wrote.
pub(super) fn broken(what: &str) -> Fault {
    Fault::not_pure(format!("broken bytes: {what}"))
}

impl<'a> In<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn take(&mut self, n: usize) -> Res<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or_else(|| broken("they end too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Res<[u8; N]> {
        <[u8; N]>::try_from(self.take(N)?).map_err(|_| broken("they end too early"))
    }

    pub(super) fn byte(&mut self) -> Res<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn number(&mut self) -> Res<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(broken("a number without an end"))
    }

    /// A number of things, each of which takes a byte or more: no more than bytes are left.
    pub(super) fn size(&mut self) -> Res<usize> {
        let n = usize::try_from(self.number()?).map_err(|_| broken("a size"))?;
        if n > self.rest.len() { Err(broken("a size beyond the end")) } else { Ok(n) }
    }

    pub(super) fn text(&mut self) -> Res<&'a str> {
        let n = self.size()?;
        std::str::from_utf8(self.take(n)?).map_err(|_| broken("text that is not UTF-8"))
    }

    pub(super) fn str(&mut self) -> Res<Str> {
        self.text().map(Str::new)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}
