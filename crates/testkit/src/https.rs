//! Certificates of an authority that only tests believe, and a client that looks at what a server shows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Time};
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An authority that only tests believe.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, in PEM.
    pub root: String,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate and the authority's.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "An authority of tests");
        let root = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A certificate for a host, good from one moment to another.
    ///
    /// # Panics
    /// When `host` cannot stand in a certificate.
    pub fn pair(&self, host: &str, from: Time, to: Time) -> Pair {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host name");
        (params.not_before, params.not_after) = (moment(from), moment(to));
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Pair { certificate: format!("{certificate}{}", self.root), key: key.serialize_pem() }
    }

    /// What a signed request asks for, good from one moment to another, with the authority's own, in PEM.
    ///
    /// # Errors
    /// When the request is none, or its signature is wrong.
    pub fn sign(&self, request: &[u8], from: Time, to: Time) -> Result<String, rcgen::Error> {
        let request = CertificateSigningRequestDer::from(request.to_vec());
        let mut asked = CertificateSigningRequestParams::from_der(&request)?;
        (asked.params.not_before, asked.params.not_after) = (moment(from), moment(to));
        Ok(format!("{}{}", asked.signed_by(&self.issuer)?.pem(), self.root))
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn moment(time: Time) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.millis().div_euclid(1_000)).expect("a year that a calendar has")
}

/// What a server answered, and with which certificate.
#[derive(Debug)]
pub struct Answer {
    /// Status line and headers.
    pub head: String,
    /// What follows.
    pub body: String,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
}

/// Believes one authority, and has the time of a clock.
#[derive(Clone)]
pub struct Browser {
    config: Arc<ClientConfig>,
}

#[derive(Debug)]
struct Told(Clock);

impl TimeProvider for Told {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.now().millis()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}

impl Browser {
    /// Believes the authority with this certificate (PEM) only.
    ///
    /// # Panics
    /// When `root` is not a certificate.
    pub fn new(root: &str, clock: Clock) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).expect("PEM")).expect("a certificate");
        let builder = ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(Told(clock)));
        let builder = builder.with_safe_default_protocol_versions().expect("ring has all of them");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Each connection shall see the certificate anew.
        config.resumption = rustls::client::Resumption::disabled();
        Self { config: Arc::new(config) }
    }

    /// Asks for a page of `host`, which is at `address`.
    ///
    /// # Errors
    /// Why there is no connection that can be believed.
    pub async fn get(&self, address: SocketAddr, host: &str, path: &str) -> Result<Answer, String> {
        let mut stream = connect(self.config.clone(), address, host).await?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).cloned();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let certificate = certificate.map(|certificate| certificate.to_vec()).unwrap_or_default();
        Ok(Answer { head: head.to_owned(), body: body.to_owned(), certificate })
    }
}

async fn connect(config: Arc<ClientConfig>, address: SocketAddr, host: &str) -> Result<TlsStream<TcpStream>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
    let host = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    TlsConnector::from(config).connect(host, stream).await.map_err(|error| format!("no handshake: {error}"))
}

/// The certificate that `host`, at `address`, shows to whoever asks for nothing but this protocol, in DER; it is not
/// looked at.
///
/// # Errors
/// Why there is none, also when the server does not take up the protocol.
pub async fn shown_for(protocol: &[u8], address: SocketAddr, host: &str) -> Result<Vec<u8>, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything)).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = connect(Arc::new(config), address, host).await?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(protocol) {
        return Err(format!("{host} does not speak {}", String::from_utf8_lossy(protocol)));
    }
    let shown = session.peer_certificates().and_then(|chain| chain.first());
    Ok(shown.ok_or_else(|| format!("{host} shows no certificate"))?.to_vec())
}

/// Takes whatever is shown. Not even the signature of the handshake is looked at, because what reads it refuses the
/// critical extension that a proof for an authority has.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
