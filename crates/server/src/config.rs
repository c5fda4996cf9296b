//! Configuration: one TOML file, then the environment (`WAGGLE_…`), then flags.
//!
//! [`KEYS`] is the whole list; the example file, the names in the environment and the help for a mistyped key come
//! from it. An empty configuration starts a working single node.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use model::directory::Region;
use url::Url;

use crate::front::Tls;
use crate::mail::Smtp;
use crate::openid::settings::{self as providers, Settings};

/// One setting.
pub struct Key {
    /// Dotted name; in the environment `WAGGLE_` and upper case with underscores.
    pub name: &'static str,
    /// The value when nobody sets it, as it would stand in the file.
    pub default: &'static str,
    /// What it is for, with units and range.
    pub about: &'static str,
}

/// Every setting there is.
pub const KEYS: &[Key] = &[
    Key { name: "listen", default: "127.0.0.1:8080", about: "Address and port to listen on." },
    Key {
        name: "public_url",
        default: "http://localhost:8080",
        about: "The address people type. It decides about cookies: https gets the strictest ones; plain http works on localhost only.",
    },
    Key {
        name: "tls.certificate",
        default: "",
        about: "PEM file with the certificate and those between it and its authority: listen then speaks https. It is read again when it changes.",
    },
    Key { name: "tls.key", default: "", about: "PEM file with the private key of tls.certificate." },
    Key {
        name: "tls.acme_email",
        default: "",
        about: "Your address: the certificate for the host of public_url is then ordered and renewed by itself, and listen speaks https. You agree to the terms of the authority.",
    },
    Key {
        name: "tls.acme_directory",
        default: "https://acme-v02.api.letsencrypt.org/directory",
        about: "ACME directory of the authority that certificates are ordered from.",
    },
    Key {
        name: "tls.redirect_listen",
        default: "",
        about: "Address and port, such as 0.0.0.0:80, where plain http is answered with the way to public_url. Empty: nowhere.",
    },
    Key { name: "data", default: "data", about: "Folder for the database and files." },
    Key {
        name: "database.url",
        default: "",
        about: "Empty: SQLite in the data folder. Otherwise postgres://user:password@host/database.",
    },
    Key { name: "database.connections", default: "10", about: "PostgreSQL sessions, 1 to 100." },
    Key {
        name: "files.max_mb",
        default: "100",
        about: "Largest file that people can send, in MB of 1,048,576 bytes, 1 to 10000.",
    },
    Key {
        name: "link_previews",
        default: "true",
        about: "Whether the server looks at the public pages behind links that people send, to show what stands there; true or false.",
    },
    Key {
        name: "trusted_proxies",
        default: "",
        about: "Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas.",
    },
    Key {
        name: "region",
        default: "",
        about: "Two-letter country, such as IT, that phone numbers without a country code belong to. Empty: such numbers are kept as typed.",
    },
    Key {
        name: "limits.requests_per_second",
        default: "50",
        about: "Requests per second of one session, or of one address without a session, four times as many at once; 0 to 100000, 0 is without limit.",
    },
    Key {
        name: "smtp.url",
        default: "",
        about: "Mail server: smtps://user:password@host, or smtp://user:password@host:587 (encrypted by STARTTLS; ?tls=none for a relay in your own network). Empty: mails stay in the outbox.",
    },
    Key { name: "smtp.from", default: "", about: "The sender of mails, such as Waggle <waggle@example.com>." },
    Key {
        name: "oidc.google.client_id",
        default: "",
        about: "The id of your OAuth client at Google; with it the sign-in page offers Google.",
    },
    Key { name: "oidc.google.client_secret", default: "", about: "Its secret." },
    Key {
        name: "oidc.google.issuer",
        default: "https://accounts.google.com",
        about: "Google's issuer; only tests have another.",
    },
    Key {
        name: "oidc.microsoft.client_id",
        default: "",
        about: "The id of your application at Microsoft; with it the sign-in page offers Microsoft.",
    },
    Key { name: "oidc.microsoft.client_secret", default: "", about: "Its secret." },
    Key {
        name: "oidc.microsoft.tenant",
        default: "common",
        about: "Whose accounts are offered: common, organizations, consumers, or the id of one tenant.",
    },
    Key {
        name: "oidc.microsoft.allowed_tenants",
        default: "",
        about: "Ids of the tenants that may sign in, separated by commas; their addresses are believed. Empty: every tenant may, and a code proves the address first.",
    },
    Key {
        name: "oidc.microsoft.base",
        default: "https://login.microsoftonline.com",
        about: "Microsoft's sign-in server; clouds of governments have others.",
    },
    Key {
        name: "outgoing.roots",
        default: "",
        about: "PEM file with certificates of your own authority, believed beside the public ones when configured addresses, such as a sign-in provider or an ACME directory, are asked.",
    },
    Key {
        name: "outgoing.loopback",
        default: "false",
        about: "For tests only: true lets previews of links reach this machine, on any port.",
    },
];

/// What the server was told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people type.
    pub public_url: Url,
    /// How `listen` speaks https; none is plain http.
    pub tls: Option<Tls>,
    /// Where plain http is answered with the way to https.
    pub redirect_listen: Option<SocketAddr>,
    /// Folder for the database and files.
    pub data: PathBuf,
    /// PostgreSQL, or none for SQLite in the data folder.
    pub postgres_url: Option<String>,
    /// PostgreSQL sessions.
    pub connections: usize,
    /// Whether the server looks at the pages behind links.
    pub link_previews: bool,
    /// Largest file that people can send.
    pub file_max_bytes: i64,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Where phone numbers without a country code belong.
    pub region: Option<Region>,
    /// Requests per second of one session or address; none is without limit.
    pub requests_per_second: Option<std::num::NonZeroU32>,
    /// Where mails leave; none keeps them.
    pub smtp: Option<Smtp>,
    /// Others who can prove who somebody is.
    pub providers: Vec<Settings>,
    /// Certificates of authorities that are believed beside the public ones.
    pub outgoing_roots: Option<PathBuf>,
    /// Whether strangers may make the server ask this machine.
    pub outgoing_loopback: bool,
}

/// What was set, by key.
type Values = BTreeMap<String, String>;

/// A setting that cannot be used; the sentence says which and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Reads the file (when there is one), the environment and `flags`, the later winning.
    ///
    /// # Errors
    /// An unreadable file, an unknown key (with the nearest known one), or a value that does not fit.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Config, ConfigError> {
        let mut values = Values::new();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|error| {
                ConfigError(format!("The configuration {} cannot be read: {error}.", file.display()))
            })?;
            let table: toml::Table = text
                .parse()
                .map_err(|error| ConfigError(format!("The configuration {} is not TOML: {error}", file.display())))?;
            flatten(&table, "", &mut values)?;
        }
        for (name, value) in environment {
            if let Some(key) = KEYS.iter().find(|key| environment_name(key.name) == name) {
                values.insert(key.name.to_owned(), value);
            } else if name.starts_with("WAGGLE_") && !name.starts_with("WAGGLE_TEST_") && name != "WAGGLE_LOG" {
                return Err(unknown(&name, KEYS.iter().map(|key| environment_name(key.name))));
            }
        }
        for (name, value) in flags {
            values.insert(known(name)?, value.clone());
        }
        Config::from_values(&values)
    }

    fn from_values(values: &Values) -> Result<Config, ConfigError> {
        let text = |name: &'static str| {
            let default =
                || KEYS.iter().find(|key| key.name == name).map_or_else(String::new, |key| key.default.to_owned());
            values.get(name).cloned().unwrap_or_else(default)
        };
        let wrong = |name: &str, why: &str| ConfigError(format!("`{name}` {why}."));
        let public_url = Url::parse(&text("public_url"))
            .map_err(|_| wrong("public_url", "is not an address such as https://talk.example.com"))?;
        if !matches!(public_url.scheme(), "http" | "https") || public_url.host_str().is_none() {
            return Err(wrong("public_url", "must begin with http:// or https:// and name a host"));
        }
        let connections = text("database.connections").parse().ok().filter(|count| (1..=100).contains(count));
        let requests: Option<u32> = text("limits.requests_per_second").parse().ok().filter(|count| *count <= 100_000);
        let requests =
            requests.ok_or_else(|| wrong("limits.requests_per_second", "must be a number from 0 to 100000"))?;
        let file_max_mb = text("files.max_mb").parse().ok().filter(|mb: &i64| (1..=10_000).contains(mb));
        let region = text("region");
        let region = if region.is_empty() { None } else { Some(Region::of(&region)) };
        let region =
            region.map(|known| known.ok_or_else(|| wrong("region", "is not a country whose numbers are known")));
        let proxies = text("trusted_proxies");
        let proxies =
            proxies.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>();
        let mut custom: BTreeMap<String, Values> = BTreeMap::new();
        for (key, value) in values {
            if let Some((id, field)) = providers::custom_key(key) {
                custom.entry(id.to_owned()).or_default().insert(field.to_owned(), value.clone());
            }
        }
        let providers = providers::read(text, &custom)?;
        let smtp = match text("smtp.url").as_str() {
            "" => None,
            url => Some(Smtp::read(url, &text("smtp.from")).map_err(|(name, why)| wrong(name, &why))?),
        };
        let tls = Tls::read(&public_url, text).map_err(|(name, why)| wrong(name, &why))?;
        let redirect_listen = match text("tls.redirect_listen").as_str() {
            "" => None,
            _ if public_url.scheme() != "https" => {
                return Err(wrong("tls.redirect_listen", "needs a public_url that begins with https://"));
            }
            address => Some(
                address
                    .parse()
                    .map_err(|_| wrong("tls.redirect_listen", "is not an address and port such as 0.0.0.0:80"))?,
            ),
        };
        Ok(Config {
            tls,
            redirect_listen,
            listen: text("listen")
                .parse()
                .map_err(|_| wrong("listen", "is not an address and port such as 127.0.0.1:8080"))?,
            public_url,
            data: PathBuf::from(text("data")),
            postgres_url: Some(text("database.url")).filter(|url| !url.is_empty()),
            connections: connections.ok_or_else(|| wrong("database.connections", "must be a number from 1 to 100"))?,
            link_previews: text("link_previews")
                .parse()
                .map_err(|_| wrong("link_previews", "must be true or false"))?,
            region: region.transpose()?,
            requests_per_second: std::num::NonZeroU32::new(requests),
            file_max_bytes: file_max_mb.ok_or_else(|| wrong("files.max_mb", "must be a number from 1 to 10000"))? << 20,
            trusted_proxies: proxies.map_err(|_| wrong("trusted_proxies", "must be addresses separated by commas"))?,
            smtp,
            providers,
            outgoing_roots: Some(PathBuf::from(text("outgoing.roots"))).filter(|path| !path.as_os_str().is_empty()),
            outgoing_loopback: text("outgoing.loopback")
                .parse()
                .map_err(|_| wrong("outgoing.loopback", "must be true or false"))?,
        })
    }

    /// What [`store::Options`] takes.
    pub fn database_url(&self) -> String {
        let sqlite = || format!("sqlite:{}", self.data.join("waggle.db").display());
        self.postgres_url.clone().unwrap_or_else(sqlite)
    }

    /// Scheme, host and port of `public_url`, as browsers send it in `Origin`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether cookies can be `Secure`.
    pub fn https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// The text of `config.example.toml`: every key with its sentence and default, commented out.
pub fn example() -> String {
    let mut text = String::from("# Every setting with its default. Generated by `waggle config-example`.\n");
    for key in KEYS {
        text.push_str(&format!(
            "\n# {}\n# Environment: {}\n# {} = \"{}\"\n",
            key.about,
            environment_name(key.name),
            key.name,
            key.default
        ));
    }
    text.push_str("\n# Other providers of OpenID Connect, one table for each; the id stands in addresses: a to z, 0 to 9 and -.\n");
    text.push_str("# [oidc.custom.keycloak]\n");
    for (name, about) in providers::CUSTOM {
        text.push_str(&format!("# {name} = \"\"  # {about}\n"));
    }
    text
}

fn environment_name(key: &str) -> String {
    format!("WAGGLE_{}", key.to_uppercase().replace('.', "_"))
}

fn flatten(table: &toml::Table, prefix: &str, values: &mut Values) -> Result<(), ConfigError> {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(inner, &name, values)?,
            toml::Value::String(text) => drop(values.insert(known(&name)?, text.clone())),
            other => drop(values.insert(known(&name)?, other.to_string())),
        }
    }
    Ok(())
}

fn known(name: &str) -> Result<String, ConfigError> {
    let found = KEYS.iter().any(|key| key.name == name) || providers::custom_key(name).is_some();
    found.then(|| name.to_owned()).ok_or_else(|| unknown(name, KEYS.iter().map(|key| key.name.to_owned())))
}

fn unknown(name: &str, known: impl Iterator<Item = String>) -> ConfigError {
    let nearest = known.max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    ConfigError(format!("There is no setting `{name}`. Did you mean `{}`?", nearest.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let owned =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
        Config::load(None, owned(environment).into_iter(), &owned(flags))
    }

    #[test]
    fn empty_starts_a_single_node_and_flags_win_over_the_environment() {
        let config = load(&[], &[]).unwrap();
        assert_eq!(config.database_url(), "sqlite:data/waggle.db");
        assert_eq!(config.origin(), "http://localhost:8080");
        let config = load(&[("WAGGLE_DATABASE_URL", "postgres://one")], &[("database.url", "postgres://two")]).unwrap();
        assert_eq!(config.database_url(), "postgres://two");
    }

    #[test]
    fn a_mistyped_key_is_told_its_neighbour() {
        let error = load(&[], &[("databse.url", "x")]).unwrap_err().to_string();
        assert!(error.contains("`database.url`"), "{error}");
        let error = load(&[("WAGGLE_LISTN", "x")], &[]).unwrap_err().to_string();
        assert!(error.contains("`WAGGLE_LISTEN`"), "{error}");
    }

    #[test]
    fn values_that_do_not_fit_are_named() {
        for (key, value) in [
            ("listen", "here"),
            ("public_url", "ftp://x"),
            ("database.connections", "0"),
            ("files.max_mb", "0"),
            ("trusted_proxies", "me"),
            ("smtp.url", "mail.example"),
            ("region", "Italy"),
            ("outgoing.loopback", "yes"),
            ("tls.redirect_listen", "0.0.0.0:80"),
        ] {
            let error = load(&[], &[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
