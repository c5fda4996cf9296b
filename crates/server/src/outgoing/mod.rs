//! The one way in which the server fetches anything over HTTP.
//!
//! There are two doors. [`Outgoing::public`] is for addresses that strangers can influence, such as a link in a
//! message: only http and https on their usual ports, only to addresses of the public internet, every redirect checked
//! anew. The check is made on the addresses that the connection is opened to, so that a name that answers differently
//! the second time gains nothing (DNS rebinding). [`Outgoing::configured`] is for addresses that the operator wrote
//! into the configuration: they may be in a private network, and a redirect is an answer like any other.
//!
//! Both have an end in time and size, send no cookies or credentials of their own, and ignore the proxies that the
//! environment names. Certificates are checked against the roots that come with the program, the same on every machine,
//! as mail does; `outgoing.roots` adds those of an authority of one's own, for the second door only.

pub mod addresses;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use url::{Host, Url};

/// Redirects that the public door follows.
const HOPS_MAX: usize = 5;
/// A connection that is not there by then is given up.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How much of an answer is taken, and how long it may take, redirects and all.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the body.
    pub bytes: usize,
    /// Whether a longer body is cut there; otherwise it is [`Failure::TooLarge`].
    pub cut: bool,
    /// From the beginning to the last byte.
    pub time: Duration,
}

/// What came back from the public door, whatever its status.
#[derive(Debug)]
pub struct Page {
    /// Where it was found, after redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers; to be believed as little as its body.
    pub headers: HeaderMap,
    /// Its body, at most [`Bounds::bytes`].
    pub body: Bytes,
    /// Whether there was more of it.
    pub was_cut: bool,
}

impl Page {
    /// The media type in lower case without its parameters, such as `text/html`; empty when none is named.
    pub fn media_type(&self) -> String {
        let named = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Why there is no answer. The sentences name no address, since one can hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address is not one that may be asked.
    #[error("the address is not allowed: {0}")]
    NotAllowed(&'static str),
    /// No connection, a broken one, a certificate that does not hold.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// More than [`Bounds::bytes`].
    #[error("the answer is larger than allowed")]
    TooLarge,
    /// Longer than [`Bounds::time`].
    #[error("there was no whole answer in time")]
    TooSlow,
    /// More redirects than are followed, or one to nowhere.
    #[error("it redirects too often")]
    TooManyRedirects,
}

/// Who asks a name for its addresses; tests bring their own answers.
pub type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;
/// Addresses on their way.
pub type Looking = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Fetches what the server needs from elsewhere.
pub struct Outgoing {
    public: reqwest::Client,
    configured: reqwest::Client,
    /// Whether this machine itself, and any port, counts as public.
    loopback: bool,
}

impl Outgoing {
    /// `roots` is a PEM file with certificates of authorities that the configured door believes too; `loopback` lets the
    /// public door reach this machine, on any port, which only tests want.
    ///
    /// # Errors
    /// A sentence when the file cannot be used.
    pub fn new(roots: Option<&Path>, loopback: bool) -> Result<Self, String> {
        let lookup: Lookup = Arc::new(|name| Box::pin(look_up(name)));
        Self::over(lookup, roots, loopback)
    }

    /// The same with another way from names to addresses, for the public door.
    ///
    /// # Errors
    /// As [`Outgoing::new`].
    pub fn over(lookup: Lookup, roots: Option<&Path>, loopback: bool) -> Result<Self, String> {
        let known = || rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut own = known();
        if let Some(path) = roots {
            let wrong = |error: &dyn std::fmt::Display| format!("cannot be used: {}: {error}", path.display());
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))?;
            for certificate in certificates {
                own.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
            }
            if own.len() == known().len() {
                return Err(wrong(&"it holds no certificate"));
            }
        }
        // Nothing is kept open between requests of the public door: each looks its name up anew.
        let public = client(known())?.pool_max_idle_per_host(0).dns_resolver(Arc::new(PublicOnly { lookup, loopback }));
        Ok(Self {
            public: public.build().map_err(|error| error.to_string())?,
            configured: client(own)?.build().map_err(|error| error.to_string())?,
            loopback,
        })
    }

    /// Gets what stands at an address that a stranger may have chosen. `accept` is the header that says what is wanted,
    /// such as `text/html`. A status that is no success is a page too.
    ///
    /// # Errors
    /// [`Failure`]; the whole thing ends within [`Bounds::time`].
    pub async fn public(&self, url: &Url, accept: &str, bounds: Bounds) -> Result<Page, Failure> {
        let following = self.follow(url.clone(), accept, bounds);
        tokio::time::timeout(bounds.time, following).await.map_err(|_| Failure::TooSlow)?
    }

    async fn follow(&self, mut url: Url, accept: &str, bounds: Bounds) -> Result<Page, Failure> {
        for _ in 0..=HOPS_MAX {
            addresses::may_ask(&url, self.loopback).map_err(Failure::NotAllowed)?;
            let answer =
                self.public.get(url.clone()).header(header::ACCEPT, accept).send().await.map_err(unreachable)?;
            if !answer.status().is_redirection() || answer.status() == StatusCode::NOT_MODIFIED {
                let (status, headers) = (answer.status(), answer.headers().clone());
                let (body, was_cut) = take(answer, bounds).await?;
                return Ok(Page { url, status, headers, body, was_cut });
            }
            let next = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            url = next.and_then(|next| url.join(next).ok()).ok_or(Failure::TooManyRedirects)?;
        }
        Err(Failure::TooManyRedirects)
    }

    /// Asks an address that the operator configured, exactly once; a redirect is not followed.
    ///
    /// # Errors
    /// [`Failure`]; the whole thing ends within [`Bounds::time`].
    pub async fn configured(&self, request: Request<Bytes>, bounds: Bounds) -> Result<Response<Bytes>, Failure> {
        let request = reqwest::Request::try_from(request).map_err(|_| Failure::NotAllowed("it is no address"))?;
        let asking = async {
            let answer = self.configured.execute(request).await.map_err(unreachable)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(take(answer, bounds).await?.0);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        };
        tokio::time::timeout(bounds.time, asking).await.map_err(|_| Failure::TooSlow)?
    }
}

/// What both doors have in common.
fn client(roots: rustls::RootCertStore) -> Result<reqwest::ClientBuilder, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("Waggle/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy())
}

async fn take(mut answer: reqwest::Response, bounds: Bounds) -> Result<(Bytes, bool), Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        let room = bounds.bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return if bounds.cut { Ok((body.freeze(), true)) } else { Err(Failure::TooLarge) };
        }
    }
    Ok((body.freeze(), false))
}

/// The innermost reason, which is the one that helps; an address that was refused by the resolver is told as such.
fn unreachable(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut reason: &dyn std::error::Error = &error;
    loop {
        if let Some(NotPublic(why)) = reason.downcast_ref::<NotPublic>() {
            return Failure::NotAllowed(why);
        }
        match reason.source() {
            Some(source) => reason = source,
            None => return Failure::Unreachable(reason.to_string()),
        }
    }
}

/// Finds the addresses of a name, and passes on none unless all are public: nobody honest publishes a mixture, and a
/// mixture is what an attacker would try.
struct PublicOnly {
    lookup: Lookup,
    loopback: bool,
}

/// The name leads to where strangers may not send the server.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotPublic(&'static str);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, loopback) = ((self.lookup)(name.as_str().to_owned()), self.loopback);
        Box::pin(async move {
            let found = looking.await?;
            if let Some(why) = found.iter().find_map(|address| addresses::refused(*address, loopback)) {
                return Err(NotPublic(why).into());
            }
            // Port 0 stands for the one that the address names.
            let found: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}

async fn look_up(name: String) -> std::io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
}

/// The host of an address, when it is an IP address.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests;
