//! Who called, as the service knows it.

use serde::{Serialize, Serializer};

use crate::convert::{Decode, Json, messages};
use crate::pb;

messages! {
    /// A caller on a Unix socket, as the kernel attests it.
    UnixIdentity = UnixIdentity {
        /// User id. None where the service could not map it.
        uid: Option<u32>,
        /// Group id. None where the service could not map it.
        gid: Option<u32>,
        /// Only a hint: ids are reused. 0 where the service cannot see the process.
        pid: u32,
    }

    /// A caller with a verified TLS client certificate.
    TlsIdentity = TlsIdentity {
        /// Distinguished name of the certificate's subject, as RFC 4514 writes it.
        subject: String,
        /// Each with its type, e.g. `DNS:backup.example`.
        subject_alt_names: Vec<String>,
        /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
        fingerprint_sha256: String,
    }
}

/// Who owns a hold: the caller that opened it.
///
/// Serializes as the contract's JSON (proto3 mapping).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Owner {
    /// None: by nothing but its address, or in a way that only a newer service knows.
    #[serde(flatten)]
    pub identity: Option<Identity>,
    /// Where it called from: `unix:`, or `tcp:HOST:PORT`. For people only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// How a caller was identified.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Identity {
    /// By a Unix socket.
    #[serde(rename = "unixPeer")]
    Unix(UnixIdentity),
    /// By a TLS client certificate.
    #[serde(rename = "tlsPeer")]
    Tls(TlsIdentity),
}

impl Decode<pb::Owner> for Owner {
    fn decode(pb::Owner { identity, address }: pb::Owner) -> Self {
        use pb::owner::Identity as Pb;
        Self {
            identity: identity.map(|identity| match identity {
                Pb::UnixPeer(unix) => Identity::Unix(Decode::decode(unix)),
                Pb::TlsPeer(tls) => Identity::Tls(Decode::decode(tls)),
            }),
            address,
        }
    }
}

impl Decode<Option<pb::Owner>> for Owner {
    fn decode(owner: Option<pb::Owner>) -> Self {
        owner.map(Decode::decode).unwrap_or_default()
    }
}

impl Json for Owner {
    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}
