//! Which providers the operator configured.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use crate::config::ConfigError;

/// Personal accounts of Microsoft belong to this tenant.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The keys of a provider of one's own, below `oidc.custom.<id>.`, each with what it is for.
pub const CUSTOM: &[(&str, &str)] = &[
    ("name", "What stands on the button."),
    ("issuer", "The issuer's address, below which /.well-known/openid-configuration is."),
    ("client_id", "The client's id there."),
    ("client_secret", "Its secret; none for a public client."),
    ("scope", "What is asked for; openid email profile unless set."),
];

/// A secret that does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// One provider.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What it is called in addresses and rows.
    pub id: String,
    /// What it is called on the button.
    pub name: String,
    /// Below it is the discovery document; no slash at its end.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there; none for a public client.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scope: String,
    /// Whose rules hold.
    pub kind: Kind,
}

/// Whose rules hold for a provider's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Google's: an address is proven only when it is Google's own or its Workspace's.
    Google,
    /// Microsoft's: a person is a tenant and an object in it, and addresses are whatever an administrator typed.
    Microsoft {
        /// Without a path.
        base: String,
        /// `common`, `organizations`, `consumers`, or one tenant.
        tenant: String,
        /// Tenants that may come in, and whose addresses are believed; empty lets every tenant in and believes none.
        allowed: Vec<String>,
    },
    /// The specification's.
    Standard,
}

/// Reads the providers from the settings. `text` gives a setting, `custom` what stands below `oidc.custom.`, by id.
///
/// # Errors
/// A sentence with the setting that does not fit.
pub fn read(
    text: impl Fn(&'static str) -> String,
    custom: &BTreeMap<String, BTreeMap<String, String>>,
) -> Result<Vec<Settings>, ConfigError> {
    let scope = || "openid email profile".to_owned();
    let secret = |text: String| Some(text).filter(|text| !text.is_empty()).map(Secret);
    let mut all = Vec::new();
    if !text("oidc.google.client_id").is_empty() {
        all.push(Settings {
            id: "google".to_owned(),
            name: "Google".to_owned(),
            issuer: address("oidc.google.issuer", &text("oidc.google.issuer"))?,
            client_id: text("oidc.google.client_id"),
            client_secret: secret(text("oidc.google.client_secret")),
            scope: scope(),
            kind: Kind::Google,
        });
    }
    if !text("oidc.microsoft.client_id").is_empty() {
        let base = address("oidc.microsoft.base", &text("oidc.microsoft.base"))?;
        let tenant = text("oidc.microsoft.tenant").to_lowercase();
        let fits = |tenant: &str| {
            !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        };
        if !fits(&tenant) {
            return Err(wrong("oidc.microsoft.tenant", "must be common, organizations, consumers or a tenant"));
        }
        let allowed = text("oidc.microsoft.allowed_tenants").to_lowercase();
        let allowed: Vec<String> =
            allowed.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
        // Names of tenants do not stand in tokens.
        if allowed.iter().any(|one| uuid::Uuid::try_parse(one).is_err()) {
            return Err(wrong("oidc.microsoft.allowed_tenants", "must be ids of tenants, separated by commas"));
        }
        all.push(Settings {
            id: "microsoft".to_owned(),
            name: "Microsoft".to_owned(),
            issuer: format!("{base}/{tenant}/v2.0"),
            client_id: text("oidc.microsoft.client_id"),
            client_secret: secret(text("oidc.microsoft.client_secret")),
            scope: scope(),
            kind: Kind::Microsoft { base, tenant, allowed },
        });
    }
    for (id, values) in custom {
        let key = |name: &str| format!("oidc.custom.{id}.{name}");
        let value = |name: &str| values.get(name).cloned().unwrap_or_default();
        if let Some(missing) = ["name", "issuer", "client_id"].into_iter().find(|name| value(name).is_empty()) {
            return Err(wrong(&key(missing), "is missing"));
        }
        let asked = Some(value("scope")).filter(|text| !text.is_empty()).unwrap_or_else(scope);
        if !asked.split(' ').any(|one| one == "openid") {
            return Err(wrong(&key("scope"), "must contain openid"));
        }
        all.push(Settings {
            id: id.clone(),
            name: value("name"),
            issuer: address(&key("issuer"), &value("issuer"))?,
            client_id: value("client_id"),
            client_secret: secret(value("client_secret")),
            scope: asked,
            kind: Kind::Standard,
        });
    }
    Ok(all)
}

/// Whether `name` is a setting of a provider of one's own: `oidc.custom.<id>.<field>`.
pub fn custom_key(name: &str) -> Option<(&str, &str)> {
    let (id, field) = name.strip_prefix("oidc.custom.")?.split_once('.')?;
    let id_fits = (1..=20).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !matches!(id, "google" | "microsoft");
    (id_fits && CUSTOM.iter().any(|(known, _)| *known == field)).then_some((id, field))
}

fn address(key: &str, text: &str) -> Result<String, ConfigError> {
    let text = text.trim_end_matches('/');
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() => Ok(text.to_owned()),
        _ => Err(wrong(key, "is not an address such as https://accounts.example.com")),
    }
}

fn wrong(key: &str, why: &str) -> ConfigError {
    ConfigError(format!("`{key}` {why}."))
}
