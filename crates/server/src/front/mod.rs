//! The front door: what a connection is before it is a request.
//!
//! 1. [`serve`] accepts connections, speaks TLS when there is a certificate, and hands requests to the router.
//! 2. [`certificates`] is what the handshake shows: the certificate in use and, while one is ordered, the proof that
//!    the host is ours.
//! 3. A certificate comes from [`files`] that somebody else renews, or is ordered by [`acme`].
//!
//! Nothing here knows what is said inside.

pub mod acme;
pub mod certificates;
pub mod files;
pub mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use model::Clock;
use url::{Host, Url};

use self::certificates::Certificates;
use crate::config::Config;
use crate::outgoing::Outgoing;

/// How `listen` speaks https.
#[derive(Debug, Clone)]
pub enum Tls {
    /// With files that somebody else makes and renews.
    Files {
        /// The certificate, and those between it and its authority.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// With a certificate that is ordered and renewed by itself.
    Acme(Acme),
}

/// Where certificates are ordered.
#[derive(Debug, Clone)]
pub struct Acme {
    /// Whom the authority writes to.
    pub email: String,
    /// The authority's directory (RFC 8555, section 7.1.1).
    pub directory: Url,
    /// The host that the certificate is for.
    pub host: String,
}

impl Tls {
    /// Reads the settings `tls.…`, given by name; none of them set is plain http.
    ///
    /// # Errors
    /// The setting that does not fit, and why.
    pub fn read(
        public_url: &Url,
        text: impl Fn(&'static str) -> String,
    ) -> Result<Option<Self>, (&'static str, String)> {
        let wrong = |name: &'static str, why: &str| Err((name, why.to_owned()));
        let (certificate, key, email) = (text("tls.certificate"), text("tls.key"), text("tls.acme_email"));
        let https = public_url.scheme() == "https";
        let needs_https = "needs a public_url that begins with https://, because that is how people come then";
        match (certificate.as_str(), key.as_str(), email.as_str()) {
            ("", "", "") => Ok(None),
            ("", _, "") => wrong("tls.certificate", "must be set too, because tls.key is"),
            (_, "", "") => wrong("tls.key", "must be set too, because tls.certificate is"),
            (_, _, "") if !https => wrong("tls.certificate", needs_https),
            (_, _, "") => Ok(Some(Tls::Files { certificate: certificate.into(), key: key.into() })),
            ("", "", _) if !https => wrong("tls.acme_email", needs_https),
            ("", "", _) => Acme::read(email, public_url, text).map(|acme| Some(Tls::Acme(acme))),
            _ => wrong(
                "tls.acme_email",
                "and tls.certificate exclude each other: a certificate is ordered, or it is yours",
            ),
        }
    }
}

impl Acme {
    fn read(
        email: String,
        public_url: &Url,
        text: impl Fn(&'static str) -> String,
    ) -> Result<Self, (&'static str, String)> {
        let plain = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !plain || email.contains([' ', ',', '?', ':']) {
            return Err(("tls.acme_email", "is not an address such as you@example.com".to_owned()));
        }
        let host = match public_url.host() {
            Some(Host::Domain(host)) if host != "localhost" && !host.ends_with(".localhost") => host.to_owned(),
            other => {
                let found = other.map(|host| host.to_string()).unwrap_or_default();
                let why = format!(
                    "cannot get a certificate for {found}: authorities give them to host names, such as talk.example.com, that are yours in the public DNS"
                );
                return Err(("tls.acme_email", why));
            }
        };
        let directory = Url::parse(&text("tls.acme_directory")).ok().filter(|url| url.scheme() == "https");
        let directory = directory.ok_or_else(|| {
            (
                "tls.acme_directory",
                "is not an address such as https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            )
        })?;
        Ok(Acme { email, directory, host })
    }
}

/// What `listen` shows, and the tasks that keep it fresh.
pub struct Door {
    /// Shown in every handshake; none is plain http.
    pub certificates: Option<Arc<Certificates>>,
    keeper: Option<Keeper>,
}

enum Keeper {
    Files(files::Files),
    Acme(Box<acme::Orders>),
}

impl Door {
    /// Reads what there is on disk.
    ///
    /// # Errors
    /// A sentence for the operator about files that are missing or do not fit.
    pub fn open(config: &Config, clock: &Clock, outgoing: &Arc<Outgoing>) -> Result<Self, String> {
        let host = config.public_url.host_str().unwrap_or_default().to_owned();
        let Some(tls) = &config.tls else { return Ok(Door { certificates: None, keeper: None }) };
        let certificates = Arc::new(Certificates::default());
        let keeper = match tls {
            Tls::Files { certificate, key } => {
                let mut files = files::Files::new(certificate.clone(), key.clone(), host);
                files.open(&certificates, clock.now())?;
                Keeper::Files(files)
            }
            Tls::Acme(acme) => {
                let (folder, https) = (config.data.join("acme"), acme::Https(outgoing.clone()));
                let orders = acme::Orders::open(acme.clone(), folder, https, clock.clone(), certificates.clone());
                Keeper::Acme(Box::new(orders?))
            }
        };
        Ok(Door { certificates: Some(certificates), keeper: Some(keeper) })
    }

    /// Keeps the certificate fresh for as long as the server runs.
    pub async fn keep(self, clock: Clock) {
        match (self.keeper, self.certificates) {
            (Some(Keeper::Files(files)), Some(certificates)) => files.keep(&certificates, clock).await,
            (Some(Keeper::Acme(orders)), _) => orders.keep().await,
            _ => {}
        }
    }
}

/// Says what is wrong with the settings' files, without making any.
///
/// # Errors
/// The sentence.
pub fn check(config: &Config, clock: &Clock) -> Result<(), String> {
    let outgoing = Outgoing::new(config.outgoing_roots.as_deref(), false);
    let outgoing = outgoing.map_err(|why| format!("`outgoing.roots` {why}."))?;
    match &config.tls {
        Some(Tls::Files { .. }) => Door::open(config, clock, &Arc::new(outgoing)).map(drop),
        Some(Tls::Acme(_)) | None => Ok(()),
    }
}

/// Listens, with a sentence when that cannot be done.
///
/// # Errors
/// The sentence.
pub async fn listen(address: SocketAddr) -> Result<tokio::net::TcpListener, String> {
    let listening = tokio::net::TcpListener::bind(address).await;
    listening.map_err(|error| format!("{address} cannot be listened on: {error}."))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod settings {
    use super::*;

    fn read(public_url: &str, settings: &[(&str, &str)]) -> String {
        let text = |name: &'static str| {
            let default = if name == "tls.acme_directory" { "https://ca.example/directory" } else { "" };
            settings.iter().find(|(key, _)| *key == name).map_or(default, |(_, value)| value).to_owned()
        };
        match Tls::read(&Url::parse(public_url).unwrap(), text) {
            Ok(None) => "plain".to_owned(),
            Ok(Some(Tls::Files { .. })) => "files".to_owned(),
            Ok(Some(Tls::Acme(acme))) => format!("{} from {}", acme.host, acme.directory),
            Err((name, why)) => format!("{name} {why}"),
        }
    }

    #[test]
    fn files_or_orders_or_neither() {
        let https = "https://talk.example.com";
        assert_eq!(read(https, &[]), "plain");
        assert_eq!(read(https, &[("tls.certificate", "c"), ("tls.key", "k")]), "files");
        let ordered = read("https://talk.example.com:8443/", &[("tls.acme_email", "me@example.com")]);
        assert_eq!(ordered, "talk.example.com from https://ca.example/directory");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let https = "https://talk.example.com";
        for (public_url, settings, begins) in [
            (https, &[("tls.certificate", "c")][..], "tls.key must be set too"),
            (https, &[("tls.key", "k")], "tls.certificate must be set too"),
            (
                "http://talk.example.com",
                &[("tls.certificate", "c"), ("tls.key", "k")],
                "tls.certificate needs a public_url",
            ),
            ("http://talk.example.com", &[("tls.acme_email", "me@example.com")], "tls.acme_email needs a public_url"),
            (https, &[("tls.certificate", "c"), ("tls.acme_email", "me@example.com")], "tls.acme_email and tls.cert"),
            (https, &[("tls.acme_email", "me")], "tls.acme_email is not an address"),
            (
                "https://192.0.2.7",
                &[("tls.acme_email", "me@example.com")],
                "tls.acme_email cannot get a certificate for 192.0.2.7",
            ),
            (
                "https://[2001:db8::1]",
                &[("tls.acme_email", "me@example.com")],
                "tls.acme_email cannot get a certificate for [2001",
            ),
            (
                "https://localhost",
                &[("tls.acme_email", "me@example.com")],
                "tls.acme_email cannot get a certificate for localhost",
            ),
            (
                https,
                &[("tls.acme_email", "me@example.com"), ("tls.acme_directory", "http://x")],
                "tls.acme_directory is not",
            ),
        ] {
            let said = read(public_url, settings);
            assert!(said.starts_with(begins), "{said}");
        }
    }
}
