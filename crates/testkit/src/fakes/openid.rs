//! A provider of OpenID Connect, in the style of Google (one issuer) or of Microsoft (an issuer per tenant, and a
//! discovery document whose issuer is a template).
//!
//! Whoever comes to its page is signed in at once as [`Behaviour::claims`] say. It is strict about what a client must
//! do (PKCE with S256, the same redirect address, each code once, the client's secret), and as bad as a test asks it to
//! be in everything a client must check.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair};
use ring::{digest, hmac};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The one client that the fake knows, and its secret.
pub const CLIENT: (&str, &str) = ("waggle", "a secret of the client");

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// RSA with PKCS #1, as everybody does.
    Rs256,
    /// RSA with PSS.
    Ps256,
    /// The curve P-256.
    Es256,
    /// Not at all: `"alg": "none"`.
    None,
    /// With the public key as if it were a shared secret.
    HmacWithPublicKey,
    /// With a key that is not published, under the name of one that is.
    StrangeKey,
}

/// What the fake does; tests change it at any time.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Laid over the claims of the next tokens; `null` takes a claim away.
    pub claims: Value,
    /// How the next tokens are signed.
    pub signing: Signing,
    /// The error that the page of the provider comes back with, such as `access_denied`.
    pub error: Option<&'static str>,
    /// Whether the second of the two keys is the published one, and signs.
    pub rotated: bool,
    /// Whether every document is larger than anybody should read.
    pub huge: bool,
    /// Whether the token endpoint answers 500.
    pub broken: bool,
    /// Seconds since 1970, for `iat` and `exp`.
    pub now_secs: i64,
    /// How many discovery documents and key sets were given out.
    pub documents: usize,
}

/// A running provider.
#[derive(Clone)]
pub struct OpenId {
    base: String,
    inner: Arc<Inner>,
}

struct Inner {
    base: String,
    /// Whether issuers are per tenant.
    tenants: bool,
    rsa: [RsaKeyPair; 2],
    ec: EcdsaKeyPair,
    behaviour: Mutex<Behaviour>,
    codes: Mutex<HashMap<String, Code>>,
}

/// What a code was given for.
#[derive(Clone)]
struct Code {
    redirect_uri: String,
    challenge: String,
    nonce: String,
}

impl OpenId {
    /// With one issuer.
    ///
    /// # Panics
    /// When there is no port, as everything here.
    pub async fn google_like(now_secs: i64) -> Self {
        Self::start(false, now_secs, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// With an issuer for each tenant.
    pub async fn microsoft_like(now_secs: i64) -> Self {
        Self::start(true, now_secs, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// On an address of the caller's choice, for a browser.
    pub async fn start(tenants: bool, now_secs: i64, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let rsa = [&include_bytes!("keys/rsa-one.pk8")[..], &include_bytes!("keys/rsa-two.pk8")[..]]
            .map(|bytes| RsaKeyPair::from_pkcs8(bytes).expect("a key"));
        let (algorithm, random) = (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let ec = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let ec = EcdsaKeyPair::from_pkcs8(algorithm, ec.as_ref(), &random).expect("a key");
        let behaviour = Behaviour {
            claims: json!({}),
            signing: Signing::Rs256,
            error: None,
            rotated: false,
            huge: false,
            broken: false,
            now_secs,
            documents: 0,
        };
        let inner =
            Inner { base: base.clone(), tenants, rsa, ec, behaviour: Mutex::new(behaviour), codes: Mutex::default() };
        let inner = Arc::new(inner);
        let router = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .fallback(get(discovery))
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, inner }
    }

    /// The address it is at, without a path.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Changes what it does.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.inner.behaviour());
    }

    /// What it does now.
    pub fn behaviour(&self) -> Behaviour {
        self.inner.behaviour().clone()
    }

    /// What the provider's page answers to a browser that was sent to it: the address it is sent back to.
    pub async fn visit(&self, address: &str) -> String {
        let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let uri: Uri = format!("/authorize?{query}").parse().expect("an address");
        let query = Query::try_from_uri(&uri).expect("a query");
        let response = authorize(State(self.inner.clone()), query).await;
        let location = response.headers().get(header::LOCATION).unwrap_or_else(|| panic!("{}", response.status()));
        location.to_str().expect("ASCII").to_owned()
    }
}

impl Inner {
    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The published key and its name.
    fn key(&self) -> (&RsaKeyPair, &'static str) {
        if self.behaviour().rotated { (&self.rsa[1], "two") } else { (&self.rsa[0], "one") }
    }

    fn document(&self, value: Value) -> Response {
        self.behaviour().documents += 1;
        if self.behaviour().huge {
            let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 65_536]));
            return Body::from_stream(futures_util::stream::repeat_with(chunk)).into_response();
        }
        Json(value).into_response()
    }
}

/// Any `…/.well-known/openid-configuration`; of a tenant, when issuers are per tenant.
async fn discovery(State(inner): State<Arc<Inner>>, uri: Uri) -> Response {
    let Some(path) = uri.path().strip_suffix("/.well-known/openid-configuration") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let base = &inner.base;
    let issuer = match path {
        "" if !inner.tenants => base.clone(),
        "/common/v2.0" | "/organizations/v2.0" if inner.tenants => format!("{base}/{{tenantid}}/v2.0"),
        path if inner.tenants => format!("{base}{path}"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    inner.document(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": if inner.tenants { vec!["client_secret_post"] } else { vec!["client_secret_basic"] },
    }))
}

async fn keys(State(inner): State<Arc<Inner>>) -> Response {
    let (rsa, name) = inner.key();
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(rsa.public());
    let point = inner.ec.public_key().as_ref();
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    inner.document(json!({ "keys": [
        { "kty": "RSA", "use": "sig", "kid": name, "n": text(&public.n), "e": text(&public.e) },
        { "kty": "EC", "crv": "P-256", "kid": "curve", "x": text(&point[1..33]), "y": text(&point[33..]) },
        { "kty": "oct", "kid": "of a kind that is not understood", "k": "AAAA" },
    ]}))
}

async fn authorize(State(inner): State<Arc<Inner>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let fine = value("client_id") == CLIENT.0
        && value("response_type") == "code"
        && value("scope").split(' ').any(|scope| scope == "openid")
        && value("code_challenge_method") == "S256"
        && value("code_challenge").len() == 43
        && !value("nonce").is_empty();
    if !fine {
        return (StatusCode::BAD_REQUEST, format!("The fake does not take this request: {query:?}")).into_response();
    }
    let error = inner.behaviour().error;
    let mut codes = inner.codes.lock().unwrap_or_else(PoisonError::into_inner);
    let code = format!("code-{}", codes.len());
    let back = value("redirect_uri");
    let answer = match error {
        Some(error) => format!("error={error}&error_description=So%20it%20is."),
        None => format!("code={code}"),
    };
    let kept = Code { redirect_uri: back.clone(), challenge: value("code_challenge"), nonce: value("nonce") };
    codes.insert(code, kept);
    Redirect::to(&format!("{back}?{answer}&state={}", value("state"))).into_response()
}

async fn token(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let value = |name: &str| form.get(name).cloned().unwrap_or_default();
    if inner.behaviour().broken {
        return (StatusCode::INTERNAL_SERVER_ERROR, "<h1>broken</h1>").into_response();
    }
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let client = match basic.and_then(|text| String::from_utf8(BASE64.decode(text.as_bytes()).ok()?).ok()) {
        Some(pair) => pair.replace('+', " ").replace("%20", " "),
        None => format!("{}:{}", value("client_id"), value("client_secret")),
    };
    if client != format!("{}:{}", CLIENT.0, CLIENT.1) {
        return refused("invalid_client");
    }
    let code = inner.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&value("code"));
    let challenge = digest::digest(&digest::SHA256, value("code_verifier").as_bytes());
    let fits = code.filter(|code| {
        value("grant_type") == "authorization_code"
            && code.redirect_uri == value("redirect_uri")
            && code.challenge == BASE64URL_NOPAD.encode(challenge.as_ref())
    });
    let Some(code) = fits else { return refused("invalid_grant") };
    let token = id_token(&inner, &code.nonce);
    Json(json!({ "access_token": "opaque", "token_type": "Bearer", "expires_in": 3600, "id_token": token }))
        .into_response()
}

fn id_token(inner: &Inner, nonce: &str) -> String {
    let behaviour = inner.behaviour().clone();
    let now = behaviour.now_secs;
    let mut claims = json!({
        "iss": inner.base, "sub": "a-subject", "aud": CLIENT.0, "nonce": nonce, "iat": now, "exp": now + 3600,
    });
    if inner.tenants {
        // The subject of such a provider is another one for every client.
        let tenant = behaviour.claims["tid"].as_str().unwrap_or("11111111-1111-1111-1111-111111111111");
        claims["tid"] = json!(tenant);
        claims["iss"] = json!(format!("{}/{tenant}/v2.0", inner.base));
        claims["oid"] = json!("an-object");
    }
    for (name, value) in behaviour.claims.as_object().into_iter().flatten() {
        match (value, claims.as_object_mut()) {
            (Value::Null, Some(claims)) => drop(claims.remove(name)),
            _ => claims[name] = value.clone(),
        }
    }
    let (rsa, name) = inner.key();
    let (algorithm, name) = match behaviour.signing {
        Signing::Rs256 | Signing::StrangeKey => ("RS256", name),
        Signing::Ps256 => ("PS256", name),
        Signing::Es256 => ("ES256", "curve"),
        Signing::None => ("none", name),
        Signing::HmacWithPublicKey => ("HS256", name),
    };
    let header = json!({ "alg": algorithm, "kid": name, "typ": "JWT" });
    let text = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", text(header), text(claims));
    let random = SystemRandom::new();
    let with_rsa = |key: &RsaKeyPair, padding: &'static dyn signature::RsaEncoding| {
        let mut bytes = vec![0; key.public().modulus_len()];
        key.sign(padding, &random, signed.as_bytes(), &mut bytes).expect("a signature");
        bytes
    };
    let signature = match behaviour.signing {
        Signing::Rs256 => with_rsa(rsa, &signature::RSA_PKCS1_SHA256),
        Signing::Ps256 => with_rsa(rsa, &signature::RSA_PSS_SHA256),
        Signing::StrangeKey => with_rsa(&inner.rsa[usize::from(!behaviour.rotated)], &signature::RSA_PKCS1_SHA256),
        Signing::Es256 => inner.ec.sign(&random, signed.as_bytes()).expect("a signature").as_ref().to_vec(),
        Signing::None => Vec::new(),
        Signing::HmacWithPublicKey => {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, rsa.public().as_ref()), signed.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}
