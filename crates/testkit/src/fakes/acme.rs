//! An authority that gives certificates as Let's Encrypt does (RFC 8555): nonces, signatures and states are checked,
//! and a host has to prove itself by TLS-ALPN-01 (RFC 8737) before its certificate is signed.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use model::Clock;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::https::{Authority, shown_for};

/// The authority. Dropping it closes its office.
pub struct Acme {
    office: Arc<Office>,
    address: SocketAddr,
    listening: JoinHandle<()>,
}

struct Office {
    url: String,
    authority: Authority,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    /// Where hosts are, instead of DNS.
    hosts: HashMap<String, SocketAddr>,
    /// How long certificates are good.
    good_for: Duration,
    closed: bool,
    nonces: HashSet<String>,
    count: usize,
    accounts: Vec<Value>,
    orders: Vec<Order>,
    issued: usize,
}

#[derive(Clone)]
struct Order {
    host: String,
    account: usize,
    token: String,
    /// Of the only challenge and the authorization.
    proof: Proof,
    certificate: Option<String>,
}

#[derive(Clone)]
enum Proof {
    Wanted,
    Checking,
    Valid,
    Invalid(String),
}

impl Acme {
    /// Opens the office on a free port.
    ///
    /// # Panics
    /// When the loopback has no free port.
    pub async fn open(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let authority = Authority::new();
        let now = clock.now();
        let day = Duration::from_secs(24 * 60 * 60);
        let own = authority.pair("localhost", now - day, now + day * 10_000);
        let chain = CertificateDer::pem_slice_iter(own.certificate.as_bytes()).collect::<Result<Vec<_>, _>>();
        let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("ring has all of them");
        let config = config.with_no_client_auth().with_single_cert(chain.expect("PEM"), key).expect("a pair");
        let state = State {
            hosts: HashMap::new(),
            good_for: day * 90,
            closed: false,
            nonces: HashSet::new(),
            count: 0,
            accounts: Vec::new(),
            orders: Vec::new(),
            issued: 0,
        };
        let url = format!("https://localhost:{}", address.port());
        let office = Arc::new(Office { url, authority, clock, state: Mutex::new(state) });
        let listening = tokio::spawn(listen(listener, TlsAcceptor::from(Arc::new(config)), office.clone()));
        Acme { office, address, listening }
    }

    /// The address of its directory.
    pub fn directory(&self) -> String {
        format!("{}/directory", self.office.url)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate (PEM) that its own https and what it signs are believed by.
    pub fn root(&self) -> &str {
        &self.office.authority.root
    }

    /// Says where a host is, instead of DNS.
    pub fn host_is_at(&self, host: &str, address: SocketAddr) {
        self.office.with(|state| state.hosts.insert(host.to_owned(), address));
    }

    /// How long certificates are good from now on; 90 days at first.
    pub fn certificates_are_good_for(&self, time: Duration) {
        self.office.with(|state| state.good_for = time);
    }

    /// Answers nothing but "not now", or again everything.
    pub fn close(&self, closed: bool) {
        self.office.with(|state| state.closed = closed);
    }

    /// Certificates given so far.
    pub fn issued(&self) -> usize {
        self.office.with(|state| state.issued)
    }

    /// Orders begun so far.
    pub fn orders(&self) -> usize {
        self.office.with(|state| state.orders.len())
    }

    /// Accounts there are.
    pub fn accounts(&self) -> usize {
        self.office.with(|state| state.accounts.len())
    }
}

impl Drop for Acme {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, tls: TlsAcceptor, office: Arc<Office>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, office) = (tls.clone(), office.clone());
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let service = service_fn(move |request| {
                let office = office.clone();
                async move { Ok::<_, Infallible>(office.answer(request).await) }
            });
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// What is answered: status, where it is, and JSON or PEM.
struct Reply(u16, Option<String>, Result<Value, String>);

/// A problem document (RFC 8555, section 6.7).
fn problem(status: u16, kind: &str, detail: &str) -> Reply {
    let kind = format!("urn:ietf:params:acme:error:{kind}");
    Reply(status, None, Ok(json!({ "type": kind, "detail": detail, "status": status })))
}

impl Office {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let reply = if self.with(|state| state.closed) {
            problem(503, "serverInternal", "The office is closed.")
        } else if method == Method::GET && path == "/directory" {
            let url = |name: &str| format!("{}/{name}", self.url);
            let urls = json!({ "newNonce": url("nonce"), "newAccount": url("account"), "newOrder": url("order") });
            Reply(200, None, Ok(urls))
        } else if method == Method::HEAD && path == "/nonce" {
            Reply(200, None, Err(String::new()))
        } else if method != Method::POST {
            problem(405, "malformed", "Everything else is posted.")
        } else {
            match request.into_body().collect().await {
                Ok(body) => self.clone().posted(&path, &body.to_bytes()).unwrap_or_else(|reply| reply),
                Err(_) => problem(400, "malformed", "The request ended early."),
            }
        };
        let nonce = self.with(|state| {
            state.count += 1;
            let nonce = format!("nonce-{}", state.count);
            state.nonces.insert(nonce.clone());
            nonce
        });
        let Reply(status, location, body) = reply;
        let (kind, body) = match body {
            Ok(json) => ("application/json", json.to_string()),
            Err(pem) => ("application/pem-certificate-chain", pem),
        };
        let mut response =
            Response::builder().status(status).header("replay-nonce", nonce).header("content-type", kind);
        if let Some(location) = location {
            response = response.header("location", location);
        }
        response.body(Full::from(body)).expect("a response")
    }

    /// What is asked with a signature (section 6.2).
    fn posted(self: Arc<Self>, path: &str, body: &[u8]) -> Result<Reply, Reply> {
        let malformed = |detail: &str| problem(400, "malformed", detail);
        let envelope: Value = serde_json::from_slice(body).map_err(|_| malformed("no JSON"))?;
        let part = |name: &str| envelope[name].as_str().unwrap_or_default().to_owned();
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| malformed("no base64url"));
        let header: Value = serde_json::from_slice(&decode(&part("protected"))?).map_err(|_| malformed("no header"))?;
        let nonce = header["nonce"].as_str().unwrap_or_default();
        if !self.with(|state| state.nonces.remove(nonce)) {
            return Err(problem(400, "badNonce", "This nonce is not ours, or was used."));
        }
        if header["url"] != json!(format!("{}{path}", self.url)) || header["alg"] != "ES256" {
            return Err(malformed("The header is for another request."));
        }
        let account = match header["kid"].as_str() {
            None => None,
            Some(kid) => {
                let number = kid.strip_prefix(&format!("{}/account/", self.url)).and_then(|number| number.parse().ok());
                let known = number.filter(|number: &usize| self.with(|state| *number < state.accounts.len()));
                Some(known.ok_or_else(|| problem(400, "accountDoesNotExist", "Nobody has this account."))?)
            }
        };
        let key =
            account.map_or_else(|| header["jwk"].clone(), |number| self.with(|state| state.accounts[number].clone()));
        let mut point = vec![4];
        point.extend(decode(key["x"].as_str().unwrap_or_default())?);
        point.extend(decode(key["y"].as_str().unwrap_or_default())?);
        let signed = format!("{}.{}", part("protected"), part("payload"));
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        let checked = public.verify(signed.as_bytes(), &decode(&part("signature"))?);
        checked.map_err(|_| malformed("The signature is wrong."))?;
        let payload = decode(&part("payload"))?;
        let payload: Value = serde_json::from_slice(&payload).unwrap_or(Value::Null);
        self.asked(path, account, key, &payload)
    }

    fn asked(self: Arc<Self>, path: &str, account: Option<usize>, key: Value, payload: &Value) -> Result<Reply, Reply> {
        let url = |kind: &str, number: usize| format!("{}/{kind}/{number}", self.url);
        let mut parts = path.trim_start_matches('/').split('/');
        let (kind, number) = (parts.next().unwrap_or_default(), parts.next().and_then(|number| number.parse().ok()));
        let Some(account) = account else {
            if kind != "account" || payload["termsOfServiceAgreed"] != true {
                return Err(problem(400, "malformed", "Who are you?"));
            }
            let number = self.with(|state| {
                state.accounts.push(key);
                state.accounts.len() - 1
            });
            return Ok(Reply(201, Some(url("account", number)), Ok(json!({ "status": "valid" }))));
        };
        if (kind, number) == ("order", None) {
            let host = match payload["identifiers"].as_array().map(Vec::as_slice) {
                Some([only]) if only["type"] == "dns" => only["value"].as_str().unwrap_or_default().to_owned(),
                _ => return Err(problem(400, "rejectedIdentifier", "One host at a time.")),
            };
            let number = self.with(|state| {
                let token = format!("token-{}", state.orders.len());
                state.orders.push(Order { host, account, token, proof: Proof::Wanted, certificate: None });
                state.orders.len() - 1
            });
            return Ok(Reply(201, Some(url("order", number)), Ok(self.order(number))));
        }
        let number: usize = number.ok_or_else(|| problem(404, "malformed", "There is nothing here."))?;
        let order = self.with(|state| state.orders.get(number).cloned()).filter(|order| order.account == account);
        let order = order.ok_or_else(|| problem(404, "malformed", "There is no such order."))?;
        match kind {
            "order" => Ok(Reply(200, None, Ok(self.order(number)))),
            "authorization" => Ok(Reply(200, None, Ok(self.authorization(number)))),
            "challenge" => {
                if matches!(order.proof, Proof::Wanted) {
                    self.with(|state| state.orders[number].proof = Proof::Checking);
                    let office = self.clone();
                    tokio::spawn(async move {
                        let proof = match office.check(&order, &key).await {
                            Ok(()) => Proof::Valid,
                            Err(why) => Proof::Invalid(why),
                        };
                        office.with(|state| state.orders[number].proof = proof);
                    });
                }
                Ok(Reply(200, None, Ok(self.challenge(number))))
            }
            "finalize" => {
                if !matches!(order.proof, Proof::Valid) || order.certificate.is_some() {
                    return Err(problem(403, "orderNotReady", "The order is not ready."));
                }
                let csr = BASE64URL_NOPAD.decode(payload["csr"].as_str().unwrap_or_default().as_bytes());
                let now = self.clock.now();
                let until = now + self.with(|state| state.good_for);
                let signed = self.authority.sign(&csr.unwrap_or_default(), now, until);
                let signed = signed.map_err(|error| problem(400, "badCSR", &error.to_string()))?;
                self.with(|state| {
                    state.orders[number].certificate = Some(signed);
                    state.issued += 1;
                });
                Ok(Reply(200, None, Ok(self.order(number))))
            }
            "certificate" => match order.certificate {
                Some(pem) => Ok(Reply(200, None, Err(pem))),
                None => Err(problem(404, "malformed", "There is no certificate yet.")),
            },
            _ => Err(problem(404, "malformed", "There is nothing here.")),
        }
    }

    fn order(&self, number: usize) -> Value {
        let order = self.with(|state| state.orders[number].clone());
        let status = match (&order.proof, &order.certificate) {
            (_, Some(_)) => "valid",
            (Proof::Valid, None) => "ready",
            (Proof::Invalid(_), None) => "invalid",
            _ => "pending",
        };
        let url = |kind: &str| format!("{}/{kind}/{number}", self.url);
        json!({
            "status": status,
            "identifiers": [{ "type": "dns", "value": order.host }],
            "authorizations": [url("authorization")],
            "finalize": url("finalize"),
            "certificate": order.certificate.map(|_| url("certificate")),
        })
    }

    fn authorization(&self, number: usize) -> Value {
        let order = self.with(|state| state.orders[number].clone());
        let status = match order.proof {
            Proof::Wanted | Proof::Checking => "pending",
            Proof::Valid => "valid",
            Proof::Invalid(_) => "invalid",
        };
        json!({
            "status": status,
            "identifier": { "type": "dns", "value": order.host },
            "challenges": [self.challenge(number)],
        })
    }

    fn challenge(&self, number: usize) -> Value {
        let order = self.with(|state| state.orders[number].clone());
        let (status, error) = match order.proof {
            Proof::Wanted => ("pending", None),
            Proof::Checking => ("processing", None),
            Proof::Valid => ("valid", None),
            Proof::Invalid(why) => {
                let kind = "urn:ietf:params:acme:error:unauthorized";
                ("invalid", Some(json!({ "type": kind, "detail": why, "status": 403 })))
            }
        };
        let url = format!("{}/challenge/{number}", self.url);
        json!({ "type": "tls-alpn-01", "url": url, "token": order.token, "status": status, "error": error })
    }

    /// Goes to the host and looks at the proof (RFC 8737, section 3).
    async fn check(&self, order: &Order, key: &Value) -> Result<(), String> {
        let host = &order.host;
        let address = self.with(|state| state.hosts.get(host).copied()).ok_or_else(|| format!("{host} is nowhere"))?;
        let shown = shown_for(b"acme-tls/1", address, host).await?;
        let (_, shown) = X509Certificate::from_der(&shown).map_err(|error| error.to_string())?;
        let names = shown.subject_alternative_name().ok().flatten().map(|names| names.value.general_names.clone());
        if names.as_deref() != Some(&[GeneralName::DNSName(host)]) {
            return Err(format!("The proof names {names:?} and not {host} alone."));
        }
        // id-pe-acmeIdentifier (section 6.1).
        let extension = shown.extensions().iter().find(|found| found.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
        let extension = extension.filter(|found| found.critical).ok_or("The proof has no critical acmeIdentifier.")?;
        // The thumbprint of a key is that of its members in this order (RFC 7638, section 3).
        let members =
            format!("{{\"crv\":{},\"kty\":{},\"x\":{},\"y\":{}}}", key["crv"], key["kty"], key["x"], key["y"]);
        let thumbprint = BASE64URL_NOPAD.encode(&Sha256::digest(members));
        let digest = Sha256::digest(format!("{}.{thumbprint}", order.token));
        // An octet string of 32 bytes.
        if extension.value.strip_prefix(&[4, 32]) == Some(digest.as_ref()) {
            Ok(())
        } else {
            Err("The proof is for another challenge.".to_owned())
        }
    }
}
