//! The digests that have no parameters.

use super::derive::{Request, pbkdf2};
use afar_runtime::Res;
use digest::{ExtendableOutput, Update, XofReader};

/// One of them.
pub struct Algorithm {
    /// Its name, as `hashlib` has it.
    pub name: &'static str,
    /// The bytes that it takes at a time.
    pub block_size: usize,
    /// What it does.
    pub digest: Digest,
}

/// What an algorithm does.
#[derive(Clone, Copy)]
pub enum Digest {
    /// A digest of one size.
    Fixed {
        /// Of bytes.
        run: fn(&[u8]) -> Vec<u8>,
        /// A key from a password.
        derive: fn(&Request<'_>) -> Res<Vec<u8>>,
    },
    /// A digest that fills what it is given.
    Extendable(fn(&[u8], &mut [u8])),
}

const fn fixed<D>(name: &'static str, block_size: usize) -> Algorithm
where
    D: digest::Digest + Clone,
{
    Algorithm { name, block_size, digest: Digest::Fixed { run: hash::<D>, derive: pbkdf2::<D> } }
}

fn hash<D: digest::Digest>(bytes: &[u8]) -> Vec<u8> {
    D::digest(bytes).to_vec()
}

fn extended<D: Default + Update + ExtendableOutput>(bytes: &[u8], out: &mut [u8]) {
    let mut state = D::default();
    state.update(bytes);
    state.finalize_xof().read(out);
}

/// All that every CPython has but BLAKE2, in the order of its documentation.
pub static ALGORITHMS: &[Algorithm] = &[
    fixed::<md5::Md5>("md5", 64),
    fixed::<sha1::Sha1>("sha1", 64),
    fixed::<sha2::Sha224>("sha224", 64),
    fixed::<sha2::Sha256>("sha256", 64),
    fixed::<sha2::Sha384>("sha384", 128),
    fixed::<sha2::Sha512>("sha512", 128),
    fixed::<sha3::Sha3_224>("sha3_224", 144),
    fixed::<sha3::Sha3_256>("sha3_256", 136),
    fixed::<sha3::Sha3_384>("sha3_384", 104),
    fixed::<sha3::Sha3_512>("sha3_512", 72),
    Algorithm { name: "shake_128", block_size: 168, digest: Digest::Extendable(extended::<shake::Shake128>) },
    Algorithm { name: "shake_256", block_size: 136, digest: Digest::Extendable(extended::<shake::Shake256>) },
];
