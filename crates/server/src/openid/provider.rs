//! A provider as it shows itself: its documents, its answer to a code, and what its claims are worth.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use bytes::Bytes;
use data_encoding::BASE64;
use model::{Code, Time, text};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::id_token::{self, Claims, Expected, Keys, Wrong, is_true};
use super::settings::{Kind, PERSONAL_TENANT, Settings};
use crate::answer::Answer;
use crate::app::Cx;
use crate::outgoing::Bounds;

/// Documents are read anew after this time.
const DOCUMENTS_LAST: Duration = Duration::from_secs(60 * 60);
/// A provider that cannot be reached is left alone for this time, so that nobody waits behind others for nothing.
const LEFT_ALONE: Duration = Duration::from_secs(5);
/// Larger and slower answers than any provider gives.
const BOUNDS: Bounds = Bounds { bytes: 512 * 1024, cut: false, time: Duration::from_secs(10) };

/// A configured provider.
pub struct Provider {
    /// What the operator said of it.
    pub settings: Settings,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    documents: Option<(Arc<Documents>, Time)>,
    failed_at: Option<Time>,
}

/// What a provider publishes.
pub struct Documents {
    /// Where it is asked.
    pub metadata: Metadata,
    keys: Keys,
}

/// The discovery document (OpenID Connect Discovery 1.0, section 3), as far as it matters here.
#[derive(Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Who signed in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// With `subject`, who it is, for ever.
    pub issuer: String,
    /// The person within the issuer.
    pub subject: String,
    /// The address, when there is one.
    pub email: Option<String>,
    /// Whether the address is the person's beyond doubt.
    pub proven: bool,
}

impl Provider {
    /// A provider that was not asked yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, known: Mutex::default() }
    }

    /// What it publishes, read at most an hour ago, or anew when what is known is `stale`.
    ///
    /// # Errors
    /// [`Code::ProviderUnavailable`].
    pub async fn documents(&self, cx: &Cx, stale: Option<&Arc<Documents>>) -> Answer<Arc<Documents>> {
        let mut known = self.known.lock().await;
        let now = cx.now();
        if let Some((documents, at)) = &known.documents
            && now.since(*at) < DOCUMENTS_LAST
            && stale.is_none_or(|stale| !Arc::ptr_eq(stale, documents))
        {
            return Ok(documents.clone());
        }
        if known.failed_at.is_some_and(|at| now.since(at) < LEFT_ALONE) {
            return Err(Code::ProviderUnavailable.into());
        }
        match self.read(cx).await {
            Ok(documents) => {
                let documents = Arc::new(documents);
                *known = Known { documents: Some((documents.clone(), now)), failed_at: None };
                Ok(documents)
            }
            Err(why) => {
                known.failed_at = Some(now);
                tracing::warn!(provider = self.settings.id, "The sign-in provider's documents cannot be read: {why}.");
                Err(Code::ProviderUnavailable.into())
            }
        }
    }

    async fn read(&self, cx: &Cx) -> Result<Documents, String> {
        let address = format!("{}/.well-known/openid-configuration", self.settings.issuer);
        let metadata: Metadata = document(cx, &address).await?;
        let expected = match &self.settings.kind {
            // The document of `common` names no issuer but a template; that of a tenant's name names its id.
            Kind::Microsoft { base, .. } => metadata.issuer.starts_with(&format!("{base}/")),
            _ => metadata.issuer.trim_end_matches('/') == self.settings.issuer,
        };
        if !expected {
            return Err("the discovery document is another issuer's".to_owned());
        }
        let secure = self.settings.issuer.starts_with("https:");
        for address in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
            let fits = address.scheme() == "https" || (!secure && address.scheme() == "http");
            if !fits {
                return Err("the discovery document names an address without https".to_owned());
            }
        }
        let keys = document(cx, metadata.jwks_uri.as_str()).await?;
        Ok(Documents { metadata, keys })
    }

    /// Gives a code back and learns whose it is.
    ///
    /// # Errors
    /// [`Code::ProviderUnavailable`], [`Code::ProviderRefused`], [`Code::ProviderUntrusted`],
    /// [`Code::TenantNotAllowed`].
    pub async fn redeem(&self, cx: &Cx, code: &str, redirect_uri: &str, verifier: &str, nonce: &str) -> Answer<Person> {
        let mut documents = self.documents(cx, None).await?;
        let token = self.token(cx, &documents.metadata, code, redirect_uri, verifier).await?;
        let now_secs = cx.now().millis() / 1000;
        let expected = Expected { client_id: &self.settings.client_id, nonce, now_secs };
        let mut read = id_token::read(&token, &documents.keys, &expected);
        if read.as_ref().is_err_and(|wrong| *wrong == Wrong::UnknownKey) {
            // The provider may have changed its keys since.
            documents = self.documents(cx, Some(&documents)).await?;
            read = id_token::read(&token, &documents.keys, &expected);
        }
        let person = read.and_then(|(claims, of_key)| {
            whose_word(&self.settings, &documents.metadata.issuer, &claims, of_key.as_deref())
                .map_err(Wrong::Because)?;
            Ok(claims)
        });
        match person {
            Ok(claims) => who(&self.settings, &claims).map_err(Into::into),
            Err(wrong) => {
                tracing::warn!(provider = self.settings.id, "An id token is not believed: {wrong:?}.");
                Err(Code::ProviderUntrusted.into())
            }
        }
    }

    async fn token(
        &self,
        cx: &Cx,
        metadata: &Metadata,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Answer<String> {
        let request = self.ask_for_token(metadata, code, redirect_uri, verifier)?;
        let response = cx.outgoing.configured(request, BOUNDS).await.map_err(|failure| {
            tracing::warn!(provider = self.settings.id, "The sign-in provider takes no code: {failure}.");
            Code::ProviderUnavailable
        })?;
        let answer: Token = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_server_error() {
            tracing::warn!(provider = self.settings.id, "The sign-in provider takes no code: {}.", response.status());
            return Err(Code::ProviderUnavailable.into());
        }
        if response.status() != StatusCode::OK {
            let why = text::excerpt(&answer.error.unwrap_or_default(), 100);
            tracing::warn!(provider = self.settings.id, "The sign-in provider refuses a code: {why:?}.");
            return Err(Code::ProviderRefused.into());
        }
        Ok(answer.id_token.ok_or(Code::ProviderUntrusted)?)
    }

    /// The request that exchanges a code (RFC 6749, sections 2.3.1 and 4.1.3; RFC 7636, section 4.5).
    fn ask_for_token(
        &self,
        metadata: &Metadata,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Request<Bytes>, Code> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)]);
        form.append_pair("code_verifier", verifier);
        let mut request = Request::post(metadata.token_endpoint.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        // Without a word about it, the header is what every provider takes (Discovery 1.0, section 3).
        let by_form = metadata
            .token_endpoint_auth_methods_supported
            .as_ref()
            .is_some_and(|ways| ways.iter().any(|way| way == "client_secret_post"));
        let client_id = &self.settings.client_id;
        match &self.settings.client_secret {
            Some(secret) if !by_form => {
                let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let pair = BASE64.encode(format!("{}:{}", part(client_id), part(&secret.0)).as_bytes());
                request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
            }
            secret => {
                form.append_pair("client_id", client_id);
                if let Some(secret) = secret {
                    form.append_pair("client_secret", &secret.0);
                }
            }
        }
        request.body(Bytes::from(form.finish())).map_err(|_| Code::ProviderUnavailable)
    }
}

#[derive(Deserialize, Default)]
struct Token {
    id_token: Option<String>,
    error: Option<String>,
}

async fn document<T: DeserializeOwned>(cx: &Cx, address: &str) -> Result<T, String> {
    let request = Request::get(address).header(header::ACCEPT, "application/json").body(Bytes::new());
    let request = request.map_err(|error| error.to_string())?;
    let response = cx.outgoing.configured(request, BOUNDS).await.map_err(|failure| failure.to_string())?;
    if response.status() != StatusCode::OK {
        return Err(format!("{} instead of a document", response.status()));
    }
    serde_json::from_slice(response.body()).map_err(|error| format!("a document that is not one: {error}"))
}

/// Checks whose word claims are, after their signature.
fn whose_word(settings: &Settings, issuer: &str, claims: &Claims, of_key: Option<&str>) -> Result<(), &'static str> {
    let right = match &settings.kind {
        // Old tokens of Google leave the scheme out.
        Kind::Google => claims.iss == issuer || Some(claims.iss.as_str()) == issuer.strip_prefix("https://"),
        Kind::Standard => claims.iss == issuer,
        Kind::Microsoft { base, .. } => {
            let tenant = claims.tid.as_deref().filter(|tenant| uuid::Uuid::try_parse(tenant).is_ok());
            let tenant = tenant.ok_or("it names no tenant")?;
            let of_tenant = |template: &str| template.replace("{tenantid}", tenant) == claims.iss;
            // The signature alone would let every tenant speak for every other: one key signs for all.
            claims.iss == format!("{base}/{tenant}/v2.0") && of_tenant(issuer) && of_key.is_none_or(of_tenant)
        }
    };
    if right { Ok(()) } else { Err("it is another issuer's word") }
}

/// Who the claims are about, and what their address is worth.
fn who(settings: &Settings, claims: &Claims) -> Result<Person, Code> {
    let email = claims.email.as_deref().and_then(|email| text::email(email).ok());
    let verified = is_true(claims.email_verified.as_ref());
    let person = |issuer: &str, subject: &str, proven: bool| Person {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        proven: proven && email.is_some(),
        email: email.clone(),
    };
    match &settings.kind {
        Kind::Standard => Ok(person(&claims.iss, &claims.sub, verified)),
        Kind::Google => {
            // Google once checked an address of another domain, but whoever owns that domain may be another by now.
            let own = email.as_ref().is_some_and(|email| email.ends_with("@gmail.com")) || claims.hd.is_some();
            Ok(person(&settings.issuer, &claims.sub, verified && own))
        }
        Kind::Microsoft { tenant, allowed, .. } => {
            let tid = claims.tid.as_deref().unwrap_or_default().to_lowercase();
            let personal = tid == PERSONAL_TENANT;
            let one = uuid::Uuid::try_parse(tenant).is_ok();
            let let_in = match tenant.as_str() {
                "organizations" => !personal,
                "consumers" => personal,
                tenant => !one || tid == tenant,
            };
            let listed = allowed.contains(&tid);
            if !let_in || !(allowed.is_empty() || listed) {
                return Err(Code::TenantNotAllowed);
            }
            // `sub` is another one for every client; the object stays the same.
            let subject = claims.oid.as_deref().filter(|oid| (1..=255).contains(&oid.len()) && !oid.contains('\0'));
            let subject = subject.ok_or(Code::ProviderUntrusted)?;
            // An administrator of any tenant can type any address, so it counts only where somebody vouches for it.
            let proven = personal || listed || is_true(claims.xms_edov.as_ref());
            let mut person = person(&claims.iss, subject, proven);
            if person.email.is_none() {
                person.email = claims.preferred_username.as_deref().and_then(|name| text::email(name).ok());
            }
            Ok(person)
        }
    }
}
