//! What is shown instead of the app to a browser that came by plain http: microphones, notifications and a sign-in
//! that nobody on the way can take need https. `localhost` is excepted, because browsers except it.
//!
//! The page says what to set, for the one who runs the server, and where to go, for everybody else.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::source::Source;
use crate::config::Config;

/// The address of the page's style.
pub const STYLE: &str = "/plain-http.css";
/// The web client's own colours, so that both look alike, and how the page uses them.
const STYLE_TEXT: &str = concat!(
    include_str!("../../../../web/packages/ui/src/tokens.css"),
    include_str!("../../../../web/packages/ui/src/base.css"),
    include_str!("plain_http.css")
);
/// Stricter than for the app: there is nothing but text and its style.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The style of the page.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], STYLE_TEXT)
        .into_response()
}

/// The page, for a browser that cannot use the app from where it is.
pub fn page(config: &Config, source: Source, headers: &HeaderMap) -> Option<Response> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| fits(host));
    let name = host.map_or("", name);
    if (config.https() && source.https) || local(name) {
        return None;
    }
    let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = Text::of(languages);
    let body = html(text, config, source, host.unwrap_or_default());
    let mut response = (StatusCode::MISDIRECTED_REQUEST, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(text.language));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    Some(response)
}

/// Whether this can be a host, with or without a port; anything else is not repeated.
fn fits(host: &str) -> bool {
    (1..=255).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_'))
}

/// The host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The names whose plain http browsers trust (W3C Secure Contexts, section 3.1).
fn local(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost")
}

/// Whether an authority gives a certificate for this: a name with a dot that is no address of numbers.
fn orderable(name: &str) -> bool {
    name.contains('.') && name.parse::<std::net::IpAddr>().is_err() && !name.ends_with('.')
}

fn html(text: &Text, config: &Config, source: Source, host: &str) -> String {
    let came = format!("http://{host}");
    let public = config.origin();
    // The host that people should type: what is configured, else the one they typed, else an example.
    let wanted = match (config.https(), orderable(name(host))) {
        (true, _) => public.clone(),
        (false, true) => format!("https://{}", name(host)),
        (false, false) => "https://talk.example.com".to_owned(),
    };
    let url = if config.https() { String::new() } else { format!("public_url = \"{wanted}\"\n") };
    let there = match config.https() {
        true => format!("<p><a class=\"button\" href=\"{wanted}/\">{}</a></p>", text.go.replace("{address}", &wanted)),
        false => String::new(),
    };
    let unnamed = match config.https() || orderable(name(host)) {
        true => String::new(),
        false => format!("<p class=\"note\">{}</p>", text.needs_name),
    };
    let peer = source.peer;
    let Text { language, title, why, runs, files, acme, proxy, port, local, more, .. } = text;
    let why = why.replace("{address}", &format!("<b>{came}</b>"));
    let code = |text: &str| format!("<pre tabindex=\"0\"><code>{text}</code></pre>");
    let files_code = code(&format!(
        "{url}listen = \"0.0.0.0:443\"\n\n[tls]\ncertificate = \"/etc/waggle/fullchain.pem\"\nkey = \"/etc/waggle/key.pem\""
    ));
    let acme_code = code(&format!("{url}listen = \"0.0.0.0:443\"\n\n[tls]\nacme_email = \"you@example.com\""));
    let proxy_code = code(&format!("{url}trusted_proxies = \"{peer}\""));
    let own = format!("http://localhost:{}", config.listen.port());
    let local = local.replace("{address}", &format!("<b>{own}</b>"));
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
        <title>{title}</title><link rel=\"stylesheet\" href=\"{STYLE}\"></head><body><main>\
        <svg viewBox=\"0 0 32 32\" width=\"40\" height=\"40\" aria-hidden=\"true\"><rect width=\"32\" height=\"32\" rx=\"8\" \
        fill=\"#1f1c18\"/><path d=\"M7.5 10.5c2.2 0 2.6 11 5 11s2-8 3.5-8 1.1 8 3.5 8 2.8-11 5-11\" fill=\"none\" \
        stroke=\"#f2b03a\" stroke-width=\"3\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>\
        <h1>{title}</h1><p>{why}</p>{there}\
        <section><h2>{runs}</h2>{unnamed}<ol>\
        <li><p>{files}</p>{files_code}</li><li><p>{acme}</p>{acme_code}<p class=\"note\">{port}</p></li>\
        <li><p>{proxy}</p>{proxy_code}</li></ol>\
        <p class=\"note\">{local}</p><p class=\"note\">{more}</p></section></main></body></html>\n"
    )
}

/// What the page says in a language.
struct Text {
    language: &'static str,
    title: &'static str,
    /// `{address}` is where the browser came to.
    why: &'static str,
    /// `{address}` is where to go instead.
    go: &'static str,
    runs: &'static str,
    needs_name: &'static str,
    files: &'static str,
    acme: &'static str,
    port: &'static str,
    proxy: &'static str,
    /// `{address}` is where it works without.
    local: &'static str,
    more: &'static str,
}

impl Text {
    /// The first language of the header that there is; browsers write the one they like best first (RFC 9110, section
    /// 12.5.4).
    fn of(accepted: &str) -> &'static Text {
        let wanted = accepted.split(',').map(|range| range.split([';', '-']).next().unwrap_or_default().trim());
        let known = |wanted: &str| TEXTS.iter().find(|text| text.language.eq_ignore_ascii_case(wanted));
        wanted.filter_map(known).next().unwrap_or(&TEXTS[0])
    }
}

static TEXTS: [Text; 5] = [
    Text {
        language: "en",
        title: "Waggle needs https here",
        why: "You came to {address}. Browsers give the microphone, notifications and a sign-in that nobody on the way can take to https addresses only.",
        go: "Go to {address}",
        runs: "If you run this server, choose one of three ways",
        needs_name: "Certificates are given to host names. Choose one that leads to this server, such as talk.example.com, in place of an address of numbers.",
        files: "You have a certificate. Waggle reads it again whenever it is renewed.",
        acme: "Waggle orders the certificate from Let’s Encrypt and renews it.",
        port: "For this, port 443 of the host must be reachable from the internet.",
        proxy: "A proxy in front, such as nginx or Caddy, has the certificate. Name its address, so that Waggle believes what it says about the browser.",
        local: "On the server itself, {address} works without a certificate.",
        more: "Everything else is in docs/OPERATING.md, under “Https”.",
    },
    Text {
        language: "it",
        title: "Qui Waggle ha bisogno di https",
        why: "Sei arrivato a {address}. I browser concedono il microfono, le notifiche e un accesso che nessuno può intercettare solo agli indirizzi https.",
        go: "Vai a {address}",
        runs: "Se gestisci questo server, scegli uno di tre modi",
        needs_name: "I certificati si rilasciano a nomi di host. Al posto di un indirizzo numerico scegline uno che porti a questo server, ad esempio talk.example.com.",
        files: "Hai già un certificato. Waggle lo rilegge ogni volta che viene rinnovato.",
        acme: "Waggle ordina il certificato a Let’s Encrypt e lo rinnova.",
        port: "Per questo la porta 443 dell’host deve essere raggiungibile da internet.",
        proxy: "Un proxy davanti, come nginx o Caddy, ha il certificato. Indica il suo indirizzo, così Waggle crede a ciò che dice del browser.",
        local: "Sul server stesso {address} funziona senza certificato.",
        more: "Tutto il resto è in docs/OPERATING.md, alla voce «Https».",
    },
    Text {
        language: "es",
        title: "Aquí Waggle necesita https",
        why: "Has llegado a {address}. Los navegadores solo conceden el micrófono, las notificaciones y un inicio de sesión que nadie pueda interceptar a las direcciones https.",
        go: "Ir a {address}",
        runs: "Si administras este servidor, elige una de tres maneras",
        needs_name: "Los certificados se emiten para nombres de host. En lugar de una dirección numérica, elige uno que lleve a este servidor, por ejemplo talk.example.com.",
        files: "Tienes un certificado. Waggle lo vuelve a leer cada vez que se renueva.",
        acme: "Waggle pide el certificado a Let’s Encrypt y lo renueva.",
        port: "Para ello, el puerto 443 del host debe ser accesible desde internet.",
        proxy: "Un proxy delante, como nginx o Caddy, tiene el certificado. Indica su dirección para que Waggle crea lo que dice del navegador.",
        local: "En el propio servidor, {address} funciona sin certificado.",
        more: "Todo lo demás está en docs/OPERATING.md, en «Https».",
    },
    Text {
        language: "de",
        title: "Hier braucht Waggle https",
        why: "Sie sind zu {address} gekommen. Browser geben das Mikrofon, Benachrichtigungen und eine Anmeldung, die unterwegs niemand abfangen kann, nur https-Adressen.",
        go: "Zu {address}",
        runs: "Wenn Sie diesen Server betreiben, wählen Sie einen von drei Wegen",
        needs_name: "Zertifikate gibt es für Hostnamen. Wählen Sie statt einer Zahlenadresse einen, der zu diesem Server führt, etwa talk.example.com.",
        files: "Sie haben ein Zertifikat. Waggle liest es neu, sobald es erneuert wurde.",
        acme: "Waggle bestellt das Zertifikat bei Let’s Encrypt und erneuert es.",
        port: "Dafür muss Port 443 des Hosts aus dem Internet erreichbar sein.",
        proxy: "Ein Proxy davor, etwa nginx oder Caddy, hat das Zertifikat. Nennen Sie seine Adresse, damit Waggle glaubt, was er über den Browser sagt.",
        local: "Auf dem Server selbst geht {address} ohne Zertifikat.",
        more: "Alles Weitere steht in docs/OPERATING.md unter „Https“.",
    },
    Text {
        language: "fr",
        title: "Ici, Waggle a besoin de https",
        why: "Vous êtes arrivé sur {address}. Les navigateurs n’accordent le microphone, les notifications et une connexion que personne ne peut intercepter qu’aux adresses https.",
        go: "Aller à {address}",
        runs: "Si vous gérez ce serveur, choisissez une des trois manières",
        needs_name: "Les certificats sont délivrés à des noms d’hôte. Au lieu d’une adresse en chiffres, choisissez-en un qui mène à ce serveur, par exemple talk.example.com.",
        files: "Vous avez un certificat. Waggle le relit chaque fois qu’il est renouvelé.",
        acme: "Waggle commande le certificat à Let’s Encrypt et le renouvelle.",
        port: "Pour cela, le port 443 de l’hôte doit être accessible depuis internet.",
        proxy: "Un proxy placé devant, comme nginx ou Caddy, a le certificat. Indiquez son adresse pour que Waggle croie ce qu’il dit du navigateur.",
        local: "Sur le serveur lui-même, {address} fonctionne sans certificat.",
        more: "Tout le reste est dans docs/OPERATING.md, sous « Https ».",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(settings: &[(&str, &str)], https: bool, host: &str, languages: &str) -> Option<String> {
        let settings: Vec<_> = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let config = Config::load(None, std::iter::empty(), &settings).unwrap();
        let peer = "192.0.2.7".parse().unwrap();
        let source = Source { address: peer, peer, local: false, https };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(languages).unwrap());
        page(&config, source, &headers).map(|_| html(Text::of(languages), &config, source, host))
    }

    const PUBLIC: &[(&str, &str)] = &[("public_url", "https://talk.acme.example")];

    #[test]
    fn https_and_this_machine_get_the_app() {
        assert!(shown(PUBLIC, true, "talk.acme.example", "").is_none());
        for host in ["localhost:8080", "LOCALHOST", "127.0.0.1:8080", "[::1]:8080", "waggle.localhost:8080"] {
            assert!(shown(&[], false, host, "").is_none(), "{host}");
            assert!(shown(PUBLIC, false, host, "").is_none(), "{host}");
        }
    }

    #[test]
    fn everybody_else_is_told() {
        for host in ["talk.acme.example", "192.0.2.7:8080", "[2001:db8::1]:8080", "nas:8080", "localhost.evil.example"]
        {
            assert!(shown(PUBLIC, false, host, "").is_some(), "{host}");
            assert!(shown(&[], false, host, "").is_some(), "{host}");
            // https that the configuration does not know of would give cookies without protection.
            assert!(shown(&[("public_url", &format!("http://{host}"))], true, host, "").is_some(), "{host}");
        }
    }

    #[test]
    fn what_to_set_fits_where_the_browser_came_to() {
        let page = shown(&[], false, "talk.acme.example:8080", "").unwrap();
        assert!(page.contains("public_url = \"https://talk.acme.example\"") && !page.contains("class=\"button\""));
        assert!(page.contains("trusted_proxies = \"192.0.2.7\""), "{page}");
        let page = shown(&[], false, "192.168.1.5:8080", "").unwrap();
        assert!(page.contains("public_url = \"https://talk.example.com\"") && page.contains("Certificates are given"));
        let page = shown(PUBLIC, false, "192.168.1.5:8080", "").unwrap();
        assert!(page.contains("href=\"https://talk.acme.example/\"") && !page.contains("public_url ="), "{page}");
    }

    #[test]
    fn a_made_up_host_is_not_repeated() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("\"><script>alert(1)</script>"));
        let config = Config::load(None, std::iter::empty(), &[]).unwrap();
        let peer = "192.0.2.7".parse().unwrap();
        let response = page(&config, Source { address: peer, peer, local: false, https: false }, &headers).unwrap();
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        assert!(!fits("\"><script>") && !fits("") && fits("talk.acme.example:8080") && fits("[::1]"));
    }

    #[test]
    fn the_first_language_that_there_is_is_spoken() {
        for (accepted, language) in
            [("", "en"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("pt-BR, fr;q=0.8, en", "fr"), ("ja", "en"), ("IT", "it")]
        {
            assert_eq!(Text::of(accepted).language, language, "{accepted}");
            let page = shown(&[], false, "nas", accepted).unwrap();
            assert!(page.contains(&format!("<html lang=\"{language}\">")) && !page.contains("{address}"), "{page}");
        }
    }
}
