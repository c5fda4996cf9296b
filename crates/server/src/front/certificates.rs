//! What the handshake shows: the certificate in use, and the proof for an authority that asks for one.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use model::Time;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a client that checks the proof asks for (RFC 8737, section 4).
pub const ACME_TLS: &[u8] = b"acme-tls/1";

/// A certificate with its key, and when it counts.
#[derive(Debug, Clone)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    /// The first moment at which it counts.
    pub not_before: Time,
    /// The last one.
    pub not_after: Time,
}

impl Certificate {
    /// Reads a certificate (first) with those that follow it, and its key, both in PEM.
    ///
    /// # Errors
    /// What is the matter, as the end of a sentence about "the certificate" or "the key".
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, Unfit> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| Unfit::Certificate(format!("is damaged: {error}")))?;
        let Some(leaf) = chain.first() else {
            return Err(Unfit::Certificate("holds no PEM block `BEGIN CERTIFICATE`".to_owned()));
        };
        let (not_before, not_after) = validity(leaf).map_err(Unfit::Certificate)?;
        let locked = String::from_utf8_lossy(key).contains("BEGIN ENCRYPTED PRIVATE KEY");
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            _ if locked => Unfit::Key(
                "is locked by a passphrase; `openssl pkey -in LOCKED -out OPEN` writes it without".to_owned(),
            ),
            pem::Error::NoItemsFound => Unfit::Key("holds no PEM block `BEGIN PRIVATE KEY`".to_owned()),
            error => Unfit::Key(format!("is damaged: {error}")),
        })?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => Unfit::Key("belongs to another certificate".to_owned()),
            rustls::Error::InvalidCertificate(why) => Unfit::Certificate(format!("cannot be used: {why:?}")),
            error => Unfit::Key(format!("cannot be used: {error}")),
        })?;
        Ok(Certificate { key: Arc::new(key), not_before, not_after })
    }

    /// Whether a browser that goes to `host` takes this certificate as one for it.
    pub fn is_for(&self, host: &str) -> bool {
        let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']'));
        let leaf = self.key.cert.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
        let (Ok(name), Some(leaf)) = (name, leaf) else { return false };
        rustls::client::verify_server_name(&leaf, &name).is_ok()
    }

    /// The moment at which a third of its life is left.
    pub fn renew_at(&self) -> Time {
        self.not_after - self.not_after.since(self.not_before) / 3
    }
}

/// Which of the two files does not fit, and why: the end of a sentence.
#[derive(Debug)]
pub enum Unfit {
    /// The certificate.
    Certificate(String),
    /// The key.
    Key(String),
}

fn validity(leaf: &CertificateDer<'_>) -> Result<(Time, Time), String> {
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(|error| format!("is no X.509 certificate: {error}"))?;
    let time = |secs: i64| Time::from_millis(secs.saturating_mul(1_000));
    Ok((time(leaf.validity().not_before.timestamp()), time(leaf.validity().not_after.timestamp())))
}

/// What handshakes show; it can be exchanged at any time.
#[derive(Debug, Default)]
pub struct Certificates {
    serving: RwLock<Option<Certificate>>,
    proof: RwLock<Option<(String, Arc<CertifiedKey>)>>,
}

impl Certificates {
    /// Shows this one from now on.
    pub fn serve(&self, certificate: Certificate) {
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = Some(certificate);
    }

    /// The one that is shown.
    pub fn serving(&self) -> Option<Certificate> {
        self.serving.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a proof for `host` to whoever asks for it, or no proof any more.
    pub fn prove(&self, proof: Option<(String, Arc<CertifiedKey>)>) {
        *self.proof.write().unwrap_or_else(PoisonError::into_inner) = proof;
    }

    /// What a handshake is done with.
    ///
    /// # Errors
    /// Never with the versions of TLS that this build has; rustls checks it when it runs.
    pub fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec(), ACME_TLS.to_vec()];
        // Whoever comes back after a restart of the network is let in without a second key exchange.
        config.ticketer = ring::Ticketer::new()?;
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let proof_wanted =
            hello.alpn().is_some_and(|mut names| names.next() == Some(ACME_TLS) && names.next().is_none());
        if proof_wanted {
            let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
            let proof = proof.as_ref().filter(|(host, _)| hello.server_name() == Some(host));
            return proof.map(|(_, key)| key.clone());
        }
        self.serving.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|serving| serving.key.clone())
    }
}

/// Before its end this early somebody is told, once a day.
const WARN_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What browsers will say against a certificate, for the log.
pub fn complaint(certificate: &Certificate, host: &str, now: Time) -> Option<String> {
    let Certificate { not_before, not_after, .. } = certificate;
    if now > *not_after {
        Some(format!("The certificate ended at {not_after}: browsers refuse it."))
    } else if now < *not_before {
        Some(format!("The certificate counts from {not_before} only: browsers refuse it until then."))
    } else if !certificate.is_for(host) {
        Some(format!("The certificate is not for {host}, the host of public_url: browsers refuse it."))
    } else if now > *not_after - WARN_BEFORE.min(not_after.since(*not_before) / 6) {
        Some(format!("The certificate ends at {not_after}: it should have been renewed."))
    } else {
        None
    }
}
