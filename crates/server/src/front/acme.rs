//! Certificates that are ordered and renewed by themselves (ACME, RFC 8555; proof by TLS-ALPN-01, RFC 8737).
//!
//! 1. Every [`LOOK_EVERY`] it is asked whether an order is due: there is no certificate, or a third of its life is left.
//! 2. An order names the host, shows the authority the proof it asks for, and takes the certificate.
//! 3. Account and certificate are kept in a folder that only this user can read; a restart orders nothing.
//! 4. What fails is said in the log and tried again after a growing pause; the certificate from before stays in use.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use bytes::Bytes;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, HttpClient,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use model::{Clock, Time};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use tokio::time::MissedTickBehavior;

use super::Acme;
use super::certificates::{Certificate, Certificates, Unfit};
use crate::outgoing::{Bounds, Failure, Outgoing};

/// How often it is asked whether an order is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// An order that takes longer has failed.
const ORDER_WITHIN: Duration = Duration::from_secs(300);
/// The pause after the first failure; it doubles. Let's Encrypt allows five failures of a host in an hour.
const PAUSE: Duration = Duration::from_secs(120);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(6 * 60 * 60);

/// What an authority may answer: a certificate with its chain has about 5,000 bytes.
const BOUNDS: Bounds = Bounds { bytes: 256 * 1024, cut: false, time: Duration::from_secs(30) };

/// How authorities are spoken to.
#[derive(Clone)]
pub struct Https(pub Arc<Outgoing>);

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let outgoing = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(Body::new(body), usize::MAX).await.map_err(|error| Error::Other(error.into()))?;
            let (method, asked) = (parts.method.clone(), parts.uri.clone());
            let answered = outgoing.configured(Request::from_parts(parts, body), BOUNDS).await;
            let response = answered.map_err(|failure: Failure| Error::Other(format!("{asked}: {failure}").into()))?;
            // The directory itself answers without a problem document.
            if method == Method::GET && !response.status().is_success() {
                return Err(Error::Other(format!("{asked} answers {}", response.status()).into()));
            }
            let (parts, body) = response.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}

/// Orders certificates for one host.
pub struct Orders {
    acme: Acme,
    https: Https,
    account: PathBuf,
    certificate: PathBuf,
    clock: Clock,
    certificates: Arc<Certificates>,
    failures: u32,
    /// Until when nothing is tried, after a failure.
    paused_until: Time,
}

impl Orders {
    /// Takes up what an earlier run has left in `folder`.
    ///
    /// # Errors
    /// A sentence when the folder cannot be made or read.
    pub fn open(
        acme: Acme,
        folder: PathBuf,
        https: Https,
        clock: Clock,
        certificates: Arc<Certificates>,
    ) -> Result<Self, String> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| format!("The folder {} cannot be made: {error}.", folder.display()))?;
        // Another authority is another account, and its certificate does not count as one of this authority.
        let digest = Sha256::digest(acme.directory.as_str());
        let directory = data_encoding::HEXLOWER.encode(digest.get(..4).unwrap_or_default());
        let orders = Orders {
            https,
            account: folder.join(format!("account-{directory}.json")),
            certificate: folder.join(format!("{}-{directory}.pem", acme.host)),
            acme,
            clock,
            certificates,
            failures: 0,
            paused_until: Time::from_millis(0),
        };
        match fs::read(&orders.certificate) {
            Ok(pem) => match orders.read(&pem) {
                Ok(certificate) => orders.certificates.serve(certificate),
                Err(why) => tracing::warn!("{why} A new one is ordered."),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be read: {error}.", orders.certificate.display())),
        }
        Ok(orders)
    }

    /// Orders what is due, for as long as the server runs.
    pub async fn keep(mut self) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            self.look().await;
        }
    }

    /// Orders a certificate when one is due.
    pub async fn look(&mut self) {
        let now = self.clock.now();
        let serving = self.certificates.serving();
        let due = serving.as_ref().is_none_or(|serving| now >= serving.renew_at());
        if !due || now < self.paused_until {
            return;
        }
        tracing::info!(host = %self.acme.host, directory = %self.acme.directory, "A certificate is ordered.");
        let ordered = tokio::time::timeout(ORDER_WITHIN, self.order()).await;
        self.certificates.prove(None);
        match ordered.unwrap_or_else(|_| Err(format!("it took longer than {} s", ORDER_WITHIN.as_secs()))) {
            Ok(certificate) => {
                tracing::info!(until = %certificate.not_after, "The certificate is there.");
                self.certificates.serve(certificate);
                self.failures = 0;
            }
            Err(why) => {
                let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MAX);
                self.failures += 1;
                self.paused_until = self.clock.now() + pause;
                let until = serving.map_or_else(
                    || "There is none to use meanwhile: browsers cannot connect.".to_owned(),
                    |serving| format!("The one from before is good until {}.", serving.not_after),
                );
                let (host, minutes) = (&self.acme.host, pause.as_secs() / 60);
                tracing::error!("No certificate for {host}: {why}. {until} It is tried again in {minutes} minutes.");
            }
        }
    }

    async fn order(&self) -> Result<Certificate, String> {
        let pem = match self.ordered().await {
            Ok(pem) => pem,
            Err(error) => {
                if is(&error, "accountDoesNotExist") {
                    // The authority has forgotten us; the next try introduces itself again.
                    drop(fs::remove_file(&self.account));
                }
                return Err(error.to_string());
            }
        };
        let certificate = self.read(pem.as_bytes())?;
        if !certificate.is_for(&self.acme.host) {
            return Err(format!("the authority sent one that is not for {}", self.acme.host));
        }
        write(&self.certificate, pem.as_bytes())?;
        Ok(certificate)
    }

    /// The certificate with its chain and key, in PEM (RFC 8555, section 7.4).
    async fn ordered(&self) -> Result<String, Error> {
        let account = self.account().await?;
        let mut order = account.new_order(&NewOrder::new(&[Identifier::Dns(self.acme.host.clone())])).await?;
        self.authorize(&mut order).await?;
        match order.poll_ready(&RetryPolicy::default()).await {
            Ok(OrderStatus::Ready) => {}
            Ok(_) | Err(Error::Api(_)) => return Err(refused(&mut order).await),
            Err(error) => return Err(error),
        }
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&RetryPolicy::default()).await?;
        Ok(format!("{key}\n{chain}"))
    }

    async fn account(&self) -> Result<Account, Error> {
        let builder = || Account::builder_with_http(Box::new(self.https.clone()));
        let kept = fs::read(&self.account).ok();
        if let Some(kept) = kept.and_then(|bytes| serde_json::from_slice::<AccountCredentials>(&bytes).ok()) {
            return builder().from_credentials(kept).await;
        }
        let contact = format!("mailto:{}", self.acme.email);
        let us = NewAccount { contact: &[&contact], terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder().create(&us, self.acme.directory.to_string(), None).await?;
        write(&self.account, &serde_json::to_vec(&credentials)?).map_err(|why| Error::Other(why.into()))?;
        Ok(account)
    }

    /// Shows the authority that the host is ours.
    async fn authorize(&self, order: &mut Order) -> Result<(), Error> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            // One from an earlier order may still count.
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let missing = || Error::Str("the authority offers no proof by tls-alpn-01");
            let mut challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or_else(missing)?;
            let proof = proof(&self.acme.host, challenge.key_authorization().digest().as_ref());
            let proof = proof.map_err(|error| Error::Other(error.into()))?;
            self.certificates.prove(Some((self.acme.host.clone(), Arc::new(proof))));
            challenge.set_ready().await?;
        }
        Ok(())
    }

    fn read(&self, pem: &[u8]) -> Result<Certificate, String> {
        Certificate::from_pem(pem, pem).map_err(|unfit| {
            let (Unfit::Certificate(why) | Unfit::Key(why)) = unfit;
            format!("The certificate {} {why}.", self.certificate.display())
        })
    }
}

fn is(error: &Error, kind: &str) -> bool {
    matches!(error, Error::Api(problem) if problem.r#type.as_ref().is_some_and(|found| found.ends_with(kind)))
}

/// What the authority did not like about the proof.
async fn refused(order: &mut Order) -> Error {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else { continue };
        if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.clone()) {
            return Error::Api(problem);
        }
    }
    Error::Str("the authority refused the order without a reason")
}

/// The certificate that only a check of the authority sees (RFC 8737, section 3).
fn proof(host: &str, digest: &[u8]) -> Result<CertifiedKey, String> {
    let signed = || {
        let mut params = CertificateParams::new([host.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions.push(CustomExtension::new_acme_identifier(digest));
        let key = KeyPair::generate()?;
        Ok((params.self_signed(&key)?, key))
    };
    let (certificate, key) = signed().map_err(|error: rcgen::Error| error.to_string())?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // rustls refuses to read a certificate with a critical extension that it does not know, and here it need not.
    let key = ring::default_provider().key_provider.load_private_key(key).map_err(|error| error.to_string())?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}

/// Writes a file that only this user can read, whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = || {
        let new = path.with_extension("new");
        // What a kill has left had perhaps other permissions.
        drop(fs::remove_file(&new));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|error: io::Error| format!("{} cannot be written: {error}", path.display()))
}
