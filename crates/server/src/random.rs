//! Where randomness comes from: an argument, so that tests and demo data can repeat it.

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// A source of random bytes.
#[derive(Clone)]
pub struct Random(Fill);

type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

impl Random {
    /// The operating system's.
    ///
    /// # Panics
    /// When the operating system has no randomness; nothing safe can be done then.
    pub fn system() -> Self {
        Self(Arc::new(|bytes| getrandom::fill(bytes).expect("the operating system gives random bytes")))
    }

    /// Repeatable bytes for demo data and tests: SHA-256 of the seed and a counter. Never for secrets.
    pub fn seeded(seed: u64) -> Self {
        let counter = Mutex::new(0_u64);
        Self(Arc::new(move |bytes| {
            let mut counter = counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for chunk in bytes.chunks_mut(32) {
                *counter += 1;
                let block =
                    Sha256::new().chain_update(seed.to_be_bytes()).chain_update(counter.to_be_bytes()).finalize();
                chunk.copy_from_slice(&block[..chunk.len()]);
            }
        }))
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Six decimal digits, each code equally likely to within one part in ten trillion.
    pub fn six_digits(&self) -> String {
        format!("{:06}", u64::from_be_bytes(self.bytes()) % 1_000_000)
    }

    /// A secret of 160 bits in 32 lower-case letters and digits.
    pub fn secret(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.bytes::<20>()).to_lowercase()
    }
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
