//! Reading an id token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7; JWS, RFC 7515): who signed it, for whom, when,
//! and for which request.
//!
//! The algorithms are those of public keys and nothing else: a token that names another, `none` and the shared-secret
//! ones above all, has no key here.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// Clocks of others may differ by so many seconds.
const SKEW_SECS: f64 = 60.0;

/// A provider's published key (RFC 7517). Kinds that are not understood are kept and never used.
#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// For whose tokens it is, in Microsoft's key sets; may be a template.
    pub issuer: Option<String>,
}

/// The published keys.
#[derive(Debug, Clone, Deserialize)]
pub struct Keys {
    /// Each by itself; one that cannot be read hurts no other.
    pub keys: Vec<Value>,
}

/// What a token says of a person.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// Whose word it is.
    pub iss: String,
    /// Who it is, there.
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// Whether the provider proved it; some write it as text.
    pub email_verified: Option<Value>,
    /// Google: the Workspace's domain.
    pub hd: Option<String>,
    /// Microsoft: the tenant.
    pub tid: Option<String>,
    /// Microsoft: the person in the tenant.
    pub oid: Option<String>,
    /// Microsoft: what the person signs in with, often an address.
    pub preferred_username: Option<String>,
    /// Microsoft: whether the tenant owns the domain of the address.
    pub xms_edov: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// For whom a token must be.
pub struct Expected<'a> {
    /// Our id at the provider.
    pub client_id: &'a str,
    /// What this one request was given.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now_secs: i64,
}

/// Why a token is not believed; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No published key fits: the keys may have changed since they were read.
    UnknownKey,
    /// Anything else.
    Because(&'static str),
}

/// Whether a claim says yes, in any of the ways that are met.
pub fn is_true(claim: Option<&Value>) -> bool {
    claim.is_some_and(|value| match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        _ => false,
    })
}

/// Reads a token, and gives its claims with the issuer that the key is for, where it names one. Whose word the claims
/// are is for the caller to check.
///
/// # Errors
/// [`Wrong`].
pub fn read(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<(Claims, Option<String>), Wrong> {
    let mut parts = token.split('.');
    let (Some(header), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Wrong::Because("it has not three parts"));
    };
    let bytes = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Wrong::Because("it is not base64url"));
    let head: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| Wrong::Because("its header is not read"))?;
    if head.crit.is_some() {
        return Err(Wrong::Because("it asks for what is not understood"));
    }
    let algorithm = Algorithm::named(&head.alg).ok_or(Wrong::Because("its algorithm is none of a public key"))?;
    let keys: Vec<Key> = keys.keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect();
    let mut fitting = keys.iter().filter(|key| algorithm.takes(key, &head));
    let key = fitting.next().ok_or(Wrong::UnknownKey)?;
    if head.kid.is_none() && fitting.next().is_some() {
        return Err(Wrong::Because("it does not say which key signed it"));
    }
    let signed = &token.as_bytes()[..header.len() + 1 + body.len()];
    algorithm.verify(key, signed, &bytes(signature)?).ok_or(Wrong::Because("its signature does not hold"))?;
    let claims: Claims =
        serde_json::from_slice(&bytes(body)?).map_err(|_| Wrong::Because("its claims are not complete"))?;
    check(&claims, expected).map_err(Wrong::Because)?;
    Ok((claims, key.issuer.clone()))
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let ours = |id: &String| id == expected.client_id;
    let (for_us, alone) = match &claims.aud {
        Audience::One(id) => (ours(id), true),
        Audience::Many(ids) => (ids.iter().any(ours), ids.len() == 1),
    };
    if !for_us {
        return Err("it is for another client");
    }
    if claims.azp.as_ref().map_or(!alone, |party| !ours(party)) {
        return Err("it was asked for by another client");
    }
    let now = expected.now_secs as f64;
    if claims.exp.is_nan() || claims.exp + SKEW_SECS <= now {
        return Err("it has expired");
    }
    if claims.iat - SKEW_SECS > now || claims.nbf.is_some_and(|from| from - SKEW_SECS > now) {
        return Err("it is from the future");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("it belongs to another request");
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 || claims.sub.contains('\0') {
        return Err("its subject is not one");
    }
    Ok(())
}

/// The ways of signing that are understood (RFC 7518, section 3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    /// Whether a key is for this, and the one that the header names.
    fn takes(self, key: &Key, head: &Header) -> bool {
        let kind = match self {
            Self::Rs256 | Self::Ps256 => key.kty == "RSA",
            Self::Es256 => key.kty == "EC" && key.crv.as_deref() == Some("P-256"),
        };
        kind && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && key.alg.as_ref().is_none_or(|alg| *alg == head.alg)
            && head.kid.as_ref().is_none_or(|kid| key.kid.as_ref() == Some(kid))
    }

    fn verify(self, key: &Key, signed: &[u8], signature: &[u8]) -> Option<()> {
        let part = |part: &Option<String>| BASE64URL_NOPAD.decode(part.as_ref()?.as_bytes()).ok();
        match self {
            Self::Rs256 | Self::Ps256 => {
                let padding = match self {
                    Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n: part(&key.n)?, e: part(&key.e)? }.verify(padding, signed, signature).ok()
            }
            Self::Es256 => {
                let (x, y) = (part(&key.x)?, part(&key.y)?);
                let point = if x.len() == 32 && y.len() == 32 { [&[4][..], &x, &y].concat() } else { return None };
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).ok()
            }
        }
    }
}
