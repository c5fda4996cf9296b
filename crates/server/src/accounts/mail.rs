//! The mails of this slice, in five languages: the text and the same as plain HTML.

/// A mail before it has a recipient.
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The mail with a sign-in code.
pub fn code(code: &str, language: &str) -> Mail {
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
    Mail {
        subject: format!("{code} {subject}"),
        text: format!("{lead}\n\n    {code}\n\n{lasts}\n{ignore}\n"),
        html: format!(
            "<p>{lead}</p><p><strong style=\"font-size:28px;letter-spacing:4px\">{code}</strong></p><p>{lasts}<br>{ignore}</p>"
        ),
    }
}
