//! What mails say, in five languages: plain text, and the same as plain HTML.

use crate::html::escaped;

/// A mail before it has a recipient.
pub struct Text {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The mail with a sign-in code.
pub fn sign_in_code(code: &str, language: &str) -> Text {
    let (subject, lead, lasts, ignore) = match language {
        "it" => (
            "è il suo codice di accesso",
            "Il suo codice di accesso:",
            "Vale per 10 minuti.",
            "Se non l'ha richiesto, può ignorare questo messaggio.",
        ),
        "es" => (
            "es tu código de acceso",
            "Tu código de acceso:",
            "Es válido durante 10 minutos.",
            "Si no lo has pedido, puedes ignorar este mensaje.",
        ),
        "de" => (
            "ist Ihr Anmeldecode",
            "Ihr Anmeldecode:",
            "Er gilt 10 Minuten.",
            "Wenn Sie ihn nicht angefordert haben, können Sie diese Nachricht ignorieren.",
        ),
        "fr" => (
            "est votre code de connexion",
            "Votre code de connexion :",
            "Il est valable 10 minutes.",
            "Si vous ne l'avez pas demandé, vous pouvez ignorer ce message.",
        ),
        _ => (
            "is your sign-in code",
            "Your sign-in code:",
            "It is valid for 10 minutes.",
            "If you did not ask for it, you can ignore this message.",
        ),
    };
    Text {
        subject: format!("{code} {subject}"),
        text: format!("{lead}\n\n    {code}\n\n{lasts}\n{ignore}\n"),
        html: format!(
            "<p>{}</p><p><strong style=\"font-size:28px;letter-spacing:4px\">{}</strong></p><p>{}<br>{}</p>",
            escaped(lead),
            escaped(code),
            escaped(lasts),
            escaped(ignore)
        ),
    }
}

/// What an invitation names.
pub struct Invitation<'a> {
    /// Who asks.
    pub invited_by: &'a str,
    /// Where to.
    pub organization: &'a str,
    /// The address that must sign in.
    pub email: &'a str,
    /// The link.
    pub link: &'a str,
}

/// The mail that asks somebody to join.
pub fn invitation(invitation: &Invitation<'_>, language: &str) -> Text {
    let Invitation { invited_by: by, organization, email, link } = invitation;
    let (subject, lead, how, open, lasts, ignore) = match language {
        "it" => (
            format!("{by} la invita in {organization}"),
            format!("{by} la invita a lavorare con {organization} su Waggle."),
            format!("Apra questo link e acceda con l'indirizzo {email}:"),
            "Accetta l'invito",
            "Il link vale 7 giorni.",
            "Se non conosce il mittente, può ignorare questo messaggio.",
        ),
        "es" => (
            format!("{by} te invita a {organization}"),
            format!("{by} te invita a trabajar con {organization} en Waggle."),
            format!("Abre este enlace e inicia sesión con la dirección {email}:"),
            "Aceptar la invitación",
            "El enlace es válido durante 7 días.",
            "Si no conoces al remitente, puedes ignorar este mensaje.",
        ),
        "de" => (
            format!("{by} lädt Sie zu {organization} ein"),
            format!("{by} lädt Sie ein, mit {organization} auf Waggle zu arbeiten."),
            format!("Öffnen Sie diesen Link und melden Sie sich mit der Adresse {email} an:"),
            "Einladung annehmen",
            "Der Link gilt 7 Tage.",
            "Wenn Sie den Absender nicht kennen, können Sie diese Nachricht ignorieren.",
        ),
        "fr" => (
            format!("{by} vous invite à rejoindre {organization}"),
            format!("{by} vous invite à travailler avec {organization} sur Waggle."),
            format!("Ouvrez ce lien et connectez-vous avec l'adresse {email} :"),
            "Accepter l'invitation",
            "Le lien est valable 7 jours.",
            "Si vous ne connaissez pas l'expéditeur, vous pouvez ignorer ce message.",
        ),
        _ => (
            format!("{by} invites you to {organization}"),
            format!("{by} invites you to work with {organization} on Waggle."),
            format!("Open this link and sign in with the address {email}:"),
            "Accept the invitation",
            "The link is valid for 7 days.",
            "If you do not know the sender, you can ignore this message.",
        ),
    };
    Text {
        subject,
        text: format!("{lead}\n\n{how}\n\n    {link}\n\n{lasts}\n{ignore}\n"),
        html: format!(
            "<p>{}</p><p>{}</p><p><a href=\"{}\">{}</a></p><p>{}<br>{}</p>",
            escaped(&lead),
            escaped(&how),
            escaped(link),
            escaped(open),
            escaped(lasts),
            escaped(ignore)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup_in_any_language() {
        let hostile = Invitation {
            invited_by: "<script>alert(1)</script>",
            organization: "A & \"B\"",
            email: "x'@acme.example",
            link: "https://talk.example/join/abc",
        };
        for language in model::text::LANGUAGES {
            let mail = invitation(&hostile, language);
            assert!(!mail.html.contains("<script>") && mail.html.contains("A &amp; &quot;B&quot;"), "{}", mail.html);
            assert!(mail.html.contains("x&#39;@acme.example"), "{}", mail.html);
            assert!(mail.text.contains("\n    https://talk.example/join/abc\n"), "{}", mail.text);
            assert!(mail.subject.contains("A & \"B\""), "{}", mail.subject);
        }
    }

    #[test]
    fn every_language_is_its_own() {
        let subjects = model::text::LANGUAGES.map(|language| sign_in_code("482913", language).subject);
        let mut distinct = subjects.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), subjects.len());
        assert!(subjects.iter().all(|subject| subject.starts_with("482913 ")));
    }
}
