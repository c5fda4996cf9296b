//! Where a client stopped: its positions, encrypted, so that nobody learns how busy an organization is.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use data_encoding::BASE64URL_NOPAD;
use model::AccountId;

use crate::answer::Fault;
use crate::random::Random;

/// The last positions a client has seen, of its account's stream and of its organization's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// In the account's stream.
    pub account: i64,
    /// In the organization's stream.
    pub organization: i64,
}

/// What makes every token of one connection differ: 96 random bits, counted up.
///
/// Asking the operating system for each token costs more than sealing it. Two connections share a value only when their
/// random beginnings are closer than the tokens they were given: with 10^8 connections of 10^6 tokens about 1 in 10^7.
pub struct Nonces(u128);

impl Nonces {
    /// Those of a new connection.
    pub fn new(random: &Random) -> Self {
        Self(u128::from_be_bytes(random.bytes()))
    }

    fn next(&mut self) -> [u8; 12] {
        self.0 = self.0.wrapping_add(1);
        let [_, _, _, _, low @ ..] = self.0.to_be_bytes();
        low
    }
}

/// Seals cursors; one key for an installation.
pub struct CursorKey(ChaCha20Poly1305);

const VERSION: u8 = 1;

impl CursorKey {
    /// From the 32 bytes that the installation keeps.
    ///
    /// # Errors
    /// When there are more or fewer.
    pub fn new(key: &[u8]) -> Result<Self, Fault> {
        let key =
            Key::try_from(key).map_err(|_| Fault::Other("The installation's cursor key is damaged.".to_owned()))?;
        Ok(Self(ChaCha20Poly1305::new(&key)))
    }

    /// The token a client gets; only the same person can use it.
    pub fn seal(&self, cursor: Cursor, account: AccountId, nonces: &mut Nonces) -> String {
        let nonce = nonces.next();
        let mut plain = [0_u8; 16];
        plain[..8].copy_from_slice(&cursor.account.to_be_bytes());
        plain[8..].copy_from_slice(&cursor.organization.to_be_bytes());
        let owner = account.uuid().into_bytes();
        let payload = Payload { msg: &plain, aad: &owner };
        // Encrypting 16 bytes fails for no input; an empty token means "start anew" to whoever gets it.
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).unwrap_or_default();
        BASE64URL_NOPAD.encode(&[&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    /// The positions in a token, or none when it is not ours, another person's, or damaged.
    pub fn open(&self, token: &str, account: AccountId) -> Option<Cursor> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok().filter(|bytes| bytes.len() == 1 + 12 + 16 + 16)?;
        let (version, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(12)?;
        let nonce = Nonce::try_from(nonce).ok().filter(|_| *version == VERSION)?;
        let owner = account.uuid().into_bytes();
        let payload = Payload { msg: sealed, aad: &owner };
        let plain: [u8; 16] = self.0.decrypt(&nonce, payload).ok()?.try_into().ok()?;
        let (first, second) = plain.split_at(8);
        Some(Cursor {
            account: i64::from_be_bytes(first.try_into().ok()?),
            organization: i64::from_be_bytes(second.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_token_opens_for_its_person_only_and_says_nothing() {
        let (key, random) = (CursorKey::new(&[7; 32]).unwrap(), Random::seeded(1));
        let (nora, tomas) = (AccountId::from_uuid(Uuid::from_u128(1)), AccountId::from_uuid(Uuid::from_u128(2)));
        let cursor = Cursor { account: 3, organization: i64::MAX };
        let mut nonces = Nonces::new(&random);
        let token = key.seal(cursor, nora, &mut nonces);
        assert_eq!(key.open(&token, nora), Some(cursor));
        assert_eq!(key.open(&token, tomas), None);
        assert_ne!(token, key.seal(cursor, nora, &mut nonces));
        assert_eq!(CursorKey::new(&[8; 32]).unwrap().open(&token, nora), None);
    }

    #[test]
    fn damaged_tokens_open_nothing() {
        let (key, random) = (CursorKey::new(&[7; 32]).unwrap(), Random::seeded(1));
        let nora = AccountId::from_uuid(Uuid::from_u128(1));
        let token = key.seal(Cursor::default(), nora, &mut Nonces::new(&random));
        for at in 0..token.len() {
            let mut damaged = token.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert_eq!(key.open(&damaged, nora).filter(|_| damaged != token), None, "{at}");
            assert_eq!(key.open(&token[..at], nora), None);
        }
        assert!(CursorKey::new(b"short").is_err());
    }
}
