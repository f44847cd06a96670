//! `hashlib`: the digests that every CPython has. A hash object is a value: its digest is known when it is made, and
//! `update` is refused. What depends on how OpenSSL was built is left out.

mod algorithms;
mod blake2;
mod derive;

use crate::native::{method, receiver, refusal};
use afar_runtime::collections::Set;
use afar_runtime::object::{Host, HostObject};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Value, number, text};
use algorithms::{ALGORITHMS, Algorithm, Digest};
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "algorithms_guaranteed",
    "blake2b",
    "blake2s",
    "file_digest",
    "md5",
    "new",
    "pbkdf2_hmac",
    "scrypt",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "sha512",
    "shake_128",
    "shake_256",
];

/// What the module of CPython's functions holds, under their own names.
pub const NATIVE_NAMES: &[&str] = &[
    "__hash_new",
    "openssl_md5",
    "openssl_sha1",
    "openssl_sha224",
    "openssl_sha256",
    "openssl_sha384",
    "openssl_sha3_224",
    "openssl_sha3_256",
    "openssl_sha3_384",
    "openssl_sha3_512",
    "openssl_sha512",
    "openssl_shake_128",
    "openssl_shake_256",
    "pbkdf2_hmac",
];

macro_rules! makers {
    ($($name:literal),* $(,)?) => {
        &[$(Builtin { name: $name, owner: "_hashlib", call: |args| make(args, $name) },)*
          Builtin { name: "__hash_new", owner: "_hashlib", call: new },
          Builtin { name: "pbkdf2_hmac", owner: "_hashlib", call: derive::pbkdf2_hmac }]
    };
}

static BUILTINS: &[Builtin] = makers!(
    "openssl_md5",
    "openssl_sha1",
    "openssl_sha224",
    "openssl_sha256",
    "openssl_sha384",
    "openssl_sha512",
    "openssl_sha3_224",
    "openssl_sha3_256",
    "openssl_sha3_384",
    "openssl_sha3_512",
    "openssl_shake_128",
    "openssl_shake_256",
);

static REFUSED: &[Builtin] = &[
    Builtin {
        name: "file_digest",
        owner: "hashlib",
        call: |_| Err(Fault::not_pure("`hashlib.file_digest` reads a file: hash its bytes")),
    },
    Builtin {
        name: "scrypt",
        owner: "hashlib",
        call: |_| Err(Fault::not_pure("`hashlib.scrypt` is not supported: use hashlib.pbkdf2_hmac")),
    },
];

static METHODS: &[Builtin] = &[
    Builtin {
        name: "copy",
        owner: "_hashlib.HASH",
        call: |args| {
            let this: &Hash = receiver(args)?;
            args.rest().count(&format!("{}.copy", this.type_name()), 0, 0)?;
            Ok(args.pos[0].clone())
        },
    },
    Builtin { name: "digest", owner: "_hashlib.HASH", call: |args| digest(args, "digest").map(Value::bytes) },
    Builtin {
        name: "hexdigest",
        owner: "_hashlib.HASH",
        call: |args| {
            let bytes = digest(args, "hexdigest")?;
            Ok(Value::string(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
        },
    },
    Builtin {
        name: "update",
        owner: "_hashlib.HASH",
        call: |_| Err(refusal("update", "hash the joined bytes, as hashlib.sha256(a + b)")),
    },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static GUARANTEED: OnceLock<Option<Value>> = OnceLock::new();
    match name {
        "algorithms_guaranteed" => GUARANTEED.get_or_init(guaranteed).clone(),
        "blake2b" | "blake2s" => blake2::lookup(name),
        "new" => native_lookup("__hash_new"),
        _ => native_lookup(&format!("openssl_{name}"))
            .or_else(|| native_lookup(name))
            .or_else(|| REFUSED.iter().find(|b| b.name == name).map(Value::Builtin)),
    }
}

/// A name of the module of CPython's functions.
pub fn native_lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

fn guaranteed() -> Option<Value> {
    let names = ALGORITHMS.iter().map(|a| Value::str(a.name)).chain(["blake2b", "blake2s"].map(Value::str));
    Set::from_values(false, names.collect()).ok().map(|set| Value::Set(Ref::new(set)))
}

/// The bytes to be hashed.
fn data(value: Option<&Value>) -> Res<&[u8]> {
    let Some(value) = value else { return Ok(&[]) };
    if text::str_of(value).is_some() {
        return Err(Fault::type_error("Strings must be encoded before hashing"));
    }
    text::bytes_of(value).ok_or_else(|| Fault::type_error("object supporting the buffer API required"))
}

/// An algorithm by one of the names that OpenSSL has for it.
fn find(name: &str) -> Option<&'static Algorithm> {
    let lower = name.to_ascii_lowercase();
    let known = match lower.strip_prefix("sha-") {
        Some(size) => format!("sha{size}"),
        None if lower.starts_with("sha3-") => lower.replace('-', "_"),
        None => match lower.as_str() {
            "ssl3-md5" => "md5".to_owned(),
            "ssl3-sha1" => "sha1".to_owned(),
            "shake128" | "shake-128" => "shake_128".to_owned(),
            "shake256" | "shake-256" => "shake_256".to_owned(),
            _ => lower,
        },
    };
    ALGORITHMS.iter().find(|a| a.name == known)
}

/// Names that an OpenSSL may know beside those of [`ALGORITHMS`].
fn is_of_openssl(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let families =
        ["blake2", "keccak", "md", "null", "ripemd", "rmd", "rsa-", "sha", "sm3", "ssl3", "whirlpool"];
    lower.contains(['.', '/']) || families.iter().any(|family| lower.starts_with(family))
}

fn make(args: &Args<'_>, name: &'static str) -> Res {
    let [bytes, _] = args.bind(name, ["string", "usedforsecurity"], 0, 0, 1)?;
    let algorithm = ALGORITHMS.iter().find(|a| name.strip_prefix("openssl_") == Some(a.name));
    let algorithm = algorithm.ok_or_else(|| Fault::not_pure("an algorithm that is not known"))?;
    Ok(Hash::value(algorithm, data(bytes)?))
}

/// `new(name, data=b'', **options)`.
fn new(args: &Args<'_>) -> Res {
    let is_option = |key: &str| key != "name" && key != "data";
    let (options, named): (Vec<_>, Vec<_>) = args.kw.iter().cloned().partition(|(key, _)| is_option(key));
    let plain = Args { pos: args.pos, kw: &named };
    let [name, bytes] = crate::native::bind_python(&plain, "__hash_new", ["name", "data"], 1)?;
    let name = name.unwrap_or(&Value::None);
    // It is looked up in a table first.
    afar_runtime::ops::hash(name)?;
    let Some(name) = text::str_of(name) else {
        return Err(Fault::type_error("name must be a string"));
    };
    if matches!(name.as_str(), "blake2b" | "blake2s") {
        let bytes: Vec<Value> = bytes.into_iter().cloned().collect();
        return blake2::make(&Args { pos: &bytes, kw: &options }, name.as_str() == "blake2s");
    }
    if let Some((key, _)) = options.iter().find(|(key, _)| key.as_str() != "usedforsecurity") {
        return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for new()")));
    }
    let bytes = data(bytes)?;
    match find(name) {
        Some(algorithm) => Ok(Hash::value(algorithm, bytes)),
        None if is_of_openssl(name) => {
            Err(Fault::not_pure(format!("the hash `{name}` is one of OpenSSL's, which not every Python has")))
        }
        None => Err(Fault::value_error(format!("unsupported hash type {name}"))),
    }
}

/// A hash object.
struct Hash {
    name: &'static str,
    class: &'static str,
    block_size: usize,
    state: State,
}

/// What it answers with.
enum State {
    /// Its digest.
    Digest(Vec<u8>),
    /// What is hashed, where the digest may have any length.
    Extendable(Vec<u8>, fn(&[u8], &mut [u8])),
}

impl Hash {
    fn value(algorithm: &Algorithm, bytes: &[u8]) -> Value {
        let (class, state) = match algorithm.digest {
            Digest::Fixed { run, .. } => ("HASH", State::Digest(run(bytes))),
            Digest::Extendable(run) => ("HASHXOF", State::Extendable(bytes.to_vec(), run)),
        };
        Host::value(Self { name: algorithm.name, class, block_size: algorithm.block_size, state })
    }
}

/// `digest()`, or `digest(length)` where the length is free.
fn digest(args: &Args<'_>, name: &str) -> Res<Vec<u8>> {
    let this: &Hash = receiver(args)?;
    match &this.state {
        State::Digest(digest) => {
            args.rest().count(&format!("{}.{name}", this.type_name()), 0, 0)?;
            Ok(digest.clone())
        }
        State::Extendable(bytes, run) => {
            let [length] = args.rest().bind(name, ["length"], 0, 1, 1)?;
            let length = number::word_arg(length.unwrap_or(&Value::None))?;
            let Ok(length) = usize::try_from(length) else {
                return Err(Fault::exception(
                    "SystemError",
                    "Negative size passed to PyBytes_FromStringAndSize",
                ));
            };
            afar_runtime::budget::check(length, 1, "digest")?;
            let mut out = vec![0; length];
            run(bytes, &mut out);
            Ok(out)
        }
    }
}

impl HostObject for Hash {
    fn type_name(&self) -> &str {
        self.class
    }

    fn module(&self) -> &str {
        if self.class.starts_with("HASH") { "_hashlib" } else { "_blake2" }
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of a hash object shows its address: use hexdigest()"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        let digest_size = match &self.state {
            State::Digest(digest) => digest.len(),
            State::Extendable(..) => 0,
        };
        Ok(match name {
            "name" => Some(Value::str(self.name)),
            "digest_size" => Some(Value::usize(digest_size)),
            "block_size" => Some(Value::usize(self.block_size)),
            _ if name.starts_with("__") => None,
            _ => match method(METHODS, this, name).or_else(|| blake2::constant(self.class, name)) {
                Some(found) => Some(found),
                None => {
                    let (module, class) = (self.module(), self.class);
                    return Err(Fault::attribute_error(format!(
                        "'{module}.{class}' object has no attribute '{name}'"
                    )));
                }
            },
        })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
