//! What a security key adds to a signature: flags and a counter, and what they prove.
//!
//! The five bytes are read here and nowhere else. Neither git nor ssh-keygen looks at the flags: a
//! signature made without a touch is "Good" to both. Sources: OpenSSH PROTOCOL.u2f, "SSH U2F
//! signatures"; WebAuthn Level 3 §6.1, "Authenticator Data".

use sha2::{Digest as _, Sha256};

use super::invalid::Invalid;
use super::wire::{Reader, WireError};
use crate::model::Presence;

/// Somebody touched the authenticator.
const USER_PRESENT: u8 = 0x01;
/// The authenticator checked a PIN or a fingerprint.
const USER_VERIFIED: u8 = 0x04;
/// The credential may be copied to other devices.
const BACKUP_ELIGIBLE: u8 = 0x08;
/// The credential is copied to other devices.
const BACKED_UP: u8 = 0x10;
/// Extension data follows.
const EXTENSIONS: u8 = 0x80;

/// The flags and the counter behind a security key's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    flags: u8,
    counter: u32,
}

impl Trailer {
    /// Reads the five bytes.
    pub(super) fn read(fields: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { flags: fields.byte()?, counter: fields.number()? })
    }

    /// Returns how many signatures the authenticator says it made.
    pub(super) fn counter(self) -> u32 {
        self.counter
    }

    /// Returns what the flags of a plain SSH signature prove. All other bits have no meaning there
    /// and are refused: a future meaning must not be guessed.
    pub(super) fn presence(self) -> Result<Presence, Invalid> {
        if self.flags & !(USER_PRESENT | USER_VERIFIED) != 0 {
            return Err(Invalid::Flags(self.flags));
        }
        Ok(self.proven())
    }

    /// Returns what the flags of a passkey's assertion prove. The browser's authenticators may also
    /// tell about backups and extensions; a credential must not be attested here, and WebAuthn
    /// demands a present user always (§7.2, "Verify that the UP bit … is set").
    pub(super) fn assertion_presence(self, has_extensions: bool) -> Result<Presence, Invalid> {
        let known = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP | EXTENSIONS;
        if self.flags & !known != 0 {
            return Err(Invalid::Flags(self.flags));
        }
        if self.has(BACKED_UP) && !self.has(BACKUP_ELIGIBLE) {
            return Err(Invalid::Assertion("it is backed up but not eligible for backup"));
        }
        if self.has(EXTENSIONS) != has_extensions {
            return Err(Invalid::Assertion("its flags and its extensions contradict each other"));
        }
        if !self.has(USER_PRESENT) {
            return Err(Invalid::Assertion("no user was present"));
        }
        Ok(self.proven())
    }

    /// Returns the bytes that the authenticator signs: the application's hash, the flags, the
    /// counter, the extensions and the message's hash.
    pub(super) fn signed_bytes(self, application: &str, extensions: &[u8], message: &[u8]) -> Vec<u8> {
        let mut bytes = Sha256::digest(application).to_vec();
        bytes.push(self.flags);
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(extensions);
        bytes.extend_from_slice(&Sha256::digest(message));
        bytes
    }

    /// Without a touch a PIN proves nothing: malware that saw it can send it again.
    fn proven(self) -> Presence {
        match (self.has(USER_PRESENT), self.has(USER_VERIFIED)) {
            (true, true) => Presence::Verified,
            (true, false) => Presence::Touch,
            (false, _) => Presence::None,
        }
    }

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_256_flags_of_a_plain_signature_are_decided() {
        for flags in 0..=u8::MAX {
            let expected = match flags {
                0x00 | 0x04 => Ok(Presence::None),
                0x01 => Ok(Presence::Touch),
                0x05 => Ok(Presence::Verified),
                _ => Err(Invalid::Flags(flags)),
            };
            assert_eq!(Trailer { flags, counter: 0 }.presence(), expected, "{flags:#04x}");
        }
    }

    #[test]
    fn all_256_flags_of_an_assertion_are_decided() {
        for flags in 0..=u8::MAX {
            for has_extensions in [false, true] {
                let result = Trailer { flags, counter: 0 }.assertion_presence(has_extensions);
                let backup = flags & 0x18;
                let acceptable =
                    flags & 0x62 == 0 && backup != 0x10 && (flags & 0x80 != 0) == has_extensions && flags & 0x01 != 0;
                let proven = if flags & 0x04 == 0 { Presence::Touch } else { Presence::Verified };
                assert_eq!(result.ok(), acceptable.then_some(proven), "{flags:#04x} {has_extensions}");
            }
        }
    }

    #[test]
    fn exactly_five_bytes_are_read() {
        let mut fields = Reader::new(&[0x05, 0x12, 0x34, 0x56, 0x78]);
        let trailer = Trailer::read(&mut fields).unwrap();
        assert_eq!(trailer, Trailer { flags: 0x05, counter: 0x1234_5678 });
        assert_eq!(fields.finish(), Ok(()));
        assert_eq!(Trailer::read(&mut Reader::new(&[1, 0, 0, 0])), Err(WireError::Truncated));
        let signed = trailer.signed_bytes("ssh:", b"", b"message");
        assert_eq!(signed.len(), 69);
        assert_eq!(signed[32..37], [0x05, 0x12, 0x34, 0x56, 0x78]);
    }
}
