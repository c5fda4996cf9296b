//! The mail server that takes our mails: how it is reached, and what its answers mean.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::response::{Category, Detail, Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::{Host, Url};

use super::store::MailRow;

/// How long a mail server may take for one mail.
const SEND_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Characters that are kept of an answer.
const REASON_MAX: usize = 300;

/// Where mails leave, as configured.
#[derive(Clone)]
pub struct Smtp {
    url: String,
    from: Mailbox,
}

impl std::fmt::Debug for Smtp {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Reads `smtp.url` and `smtp.from`. The error names the setting and says why.
    ///
    /// Passwords and mails leave this machine encrypted, unless the address says `?tls=none`.
    ///
    /// # Errors
    /// An address that is none, or a sender that is none.
    pub fn read(url: &str, from: &str) -> Result<Self, (&'static str, String)> {
        let wrong = |why: &str| ("smtp.url", why.to_owned());
        let mut address = Url::parse(url).map_err(|_| wrong("is not an address such as smtps://user:password@host"))?;
        if !matches!(address.scheme(), "smtp" | "smtps") || address.host_str().is_none_or(str::is_empty) {
            return Err(wrong("must begin with smtp:// or smtps:// and name a host"));
        }
        let asked = address.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        let near = match address.host() {
            Some(Host::Ipv4(host)) => host.is_loopback(),
            Some(Host::Ipv6(host)) => host.is_loopback(),
            Some(Host::Domain(host)) => {
                host == "localhost" || host.parse().is_ok_and(|host: std::net::IpAddr| host.is_loopback())
            }
            None => false,
        };
        let query = match (address.scheme(), asked.as_deref()) {
            ("smtps", None | Some("required")) | ("smtp", Some("none")) => None,
            ("smtp", None) if near => None,
            ("smtp", None | Some("required")) => Some("tls=required"),
            ("smtp", Some("opportunistic")) => Some("tls=opportunistic"),
            _ => return Err(wrong("takes ?tls=required, ?tls=opportunistic or ?tls=none after smtp://")),
        };
        address.set_query(query);
        let from = match from {
            "" => return Err(("smtp.from", "must be set, such as Waggle <waggle@example.com>".to_owned())),
            from => {
                from.parse().map_err(|_| ("smtp.from", "is not an address such as waggle@example.com".to_owned()))?
            }
        };
        let smtp = Smtp { url: address.into(), from };
        // What lettre does not take is told now, not at the first mail.
        smtp.transport().map_err(|why| ("smtp.url", format!("cannot be used: {why}")))?;
        Ok(smtp)
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url)?;
        Ok(builder.timeout(Some(ANSWER_WITHIN)).build())
    }
}

/// Brings mails to the mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// How a delivery ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The mail server took it.
    Sent,
    /// It may work later.
    Later(String),
    /// It will never work.
    Never(String),
}

impl Mailer {
    /// As configured.
    ///
    /// # Errors
    /// What [`Smtp::read`] would have said.
    pub fn new(smtp: &Smtp) -> Result<Self, String> {
        let transport = smtp.transport().map_err(|error| error.to_string())?;
        Ok(Self { transport, from: smtp.from.clone() })
    }

    /// Delivers a mail. Neither what it says nor to whom is logged.
    pub async fn send(&self, mail: &MailRow) -> Delivery {
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(why) => return Delivery::Never(why),
        };
        match tokio::time::timeout(SEND_WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Delivery::Sent,
            Ok(Err(error)) if error.is_permanent() && !about_us(&error) => Delivery::Never(reason(&error)),
            Ok(Err(error)) => Delivery::Later(reason(&error)),
            Err(_) => Delivery::Later("The mail server took too long.".to_owned()),
        }
    }

    fn message(&self, mail: &MailRow) -> Result<Message, String> {
        let recipient: Address = mail.recipient.parse().map_err(|_| "Mail cannot name this address.".to_owned())?;
        let millis = u64::try_from(mail.created_at.millis()).unwrap_or(0);
        // A mail that is delivered twice has the same Message-ID, so that it can be recognized.
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(mail.subject.clone())
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(id))
            .multipart(MultiPart::alternative_plain_html(mail.body_text.clone(), mail.body_html.clone()))
            .map_err(|error| error.to_string())?;
        let headers = message.headers_mut();
        for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")] {
            headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
        }
        Ok(message)
    }
}

/// Whether a refusal is about our access to the mail server, not about the mail: 530, 534, 535 and 538 (RFC 4954,
/// section 6) end when an administrator corrects the settings.
fn about_us(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|status| {
        status.severity == Severity::PermanentNegativeCompletion
            && status.category == Category::Unspecified3
            && matches!(status.detail, Detail::Zero | Detail::Four | Detail::Five | Detail::Eight)
    })
}

fn reason(error: &lettre::transport::smtp::Error) -> String {
    model::mail::without_codes(&model::text::excerpt(&error.to_string(), REASON_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<String, &'static str> {
        Smtp::read(url, "Waggle <waggle@acme.example>").map(|smtp| smtp.url).map_err(|(key, _)| key)
    }

    #[test]
    fn mail_leaves_this_machine_encrypted() {
        assert_eq!(read("smtp://mail.example").unwrap(), "smtp://mail.example?tls=required");
        assert_eq!(read("smtps://u:p@mail.example").unwrap(), "smtps://u:p@mail.example");
        assert_eq!(read("smtp://127.0.0.1:2525").unwrap(), "smtp://127.0.0.1:2525");
        assert_eq!(read("smtp://mail.example:25?tls=none").unwrap(), "smtp://mail.example:25");
        for wrong in
            ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example?tls=maybe", "smtps://x?tls=none"]
        {
            assert_eq!(read(wrong).unwrap_err(), "smtp.url", "{wrong}");
        }
        assert_eq!(Smtp::read("smtps://mail.example", "").unwrap_err().0, "smtp.from");
        assert_eq!(Smtp::read("smtps://mail.example", "nobody").unwrap_err().0, "smtp.from");
    }

    #[test]
    fn passwords_are_not_shown() {
        let smtp = Smtp::read("smtps://user:hunter2@mail.example", "waggle@acme.example").unwrap();
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }
}
