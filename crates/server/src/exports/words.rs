//! What the pages of an export say besides what people said, in five languages.

use model::chat::SystemNote;

/// The words of one language; `{}` stands for a name.
pub struct Words {
    /// Beside a message that was changed.
    pub edited: &'static str,
    /// In place of a message that was taken back.
    pub deleted: &'static str,
    /// Above a message that somebody else said first.
    pub forwarded: &'static str,
    /// Before a text that was replaced.
    pub before: &'static str,
    /// Before the moment of the export.
    pub exported: &'static str,
    /// Before the names of those who take part.
    pub people: &'static str,
    /// Before the distance from UTC.
    pub times: &'static str,
    /// To the page before.
    pub previous: &'static str,
    /// To the page after.
    pub next: &'static str,
    notes: [&'static str; 6],
}

/// The words of a language; English when there is none.
pub fn words(language: &str) -> &'static Words {
    match language {
        "it" => &ITALIAN,
        "es" => &SPANISH,
        "de" => &GERMAN,
        "fr" => &FRENCH,
        _ => &ENGLISH,
    }
}

impl Words {
    /// What a system message tells.
    pub fn note(&self, author: &str, note: &SystemNote) -> String {
        let [created, added, left, returned, renamed, picture] = self.notes;
        let (pattern, what) = match note {
            SystemNote::Created => (created, String::new()),
            SystemNote::Added { people } => {
                (added, people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(", "))
            }
            SystemNote::Left => (left, String::new()),
            SystemNote::Returned => (returned, String::new()),
            SystemNote::Renamed { title } => (renamed, title.clone()),
            SystemNote::PictureChanged => (picture, String::new()),
        };
        // A name is put in last, so that nothing in it is a pattern.
        let (head, tail) = pattern.split_once("{what}").unwrap_or((pattern, ""));
        format!("{}{what}{tail}", head.replacen("{}", author, 1))
    }
}

const ENGLISH: Words = Words {
    edited: "edited",
    deleted: "Message deleted",
    forwarded: "Forwarded from {}",
    before: "before",
    exported: "Exported on",
    people: "People",
    times: "Times are in",
    previous: "Earlier messages",
    next: "Later messages",
    notes: [
        "{} created the group",
        "{} added {what}",
        "{} left",
        "{} came back",
        "{} changed the title to “{what}”",
        "{} changed the picture",
    ],
};

const ITALIAN: Words = Words {
    edited: "modificato",
    deleted: "Messaggio eliminato",
    forwarded: "Inoltrato da {}",
    before: "prima",
    exported: "Esportato il",
    people: "Persone",
    times: "Orari in",
    previous: "Messaggi precedenti",
    next: "Messaggi successivi",
    notes: [
        "{} ha creato il gruppo",
        "{} ha aggiunto {what}",
        "{} ha abbandonato il gruppo",
        "{} è di nuovo nel gruppo",
        "{} ha cambiato il titolo in “{what}”",
        "{} ha cambiato l’immagine",
    ],
};

const SPANISH: Words = Words {
    edited: "editado",
    deleted: "Mensaje eliminado",
    forwarded: "Reenviado de {}",
    before: "antes",
    exported: "Exportado el",
    people: "Personas",
    times: "Las horas son de",
    previous: "Mensajes anteriores",
    next: "Mensajes posteriores",
    notes: [
        "{} ha creado el grupo",
        "{} ha añadido a {what}",
        "{} ha salido del grupo",
        "{} ha vuelto",
        "{} ha cambiado el título a «{what}»",
        "{} ha cambiado la imagen",
    ],
};

const GERMAN: Words = Words {
    edited: "bearbeitet",
    deleted: "Nachricht gelöscht",
    forwarded: "Weitergeleitet von {}",
    before: "vorher",
    exported: "Exportiert am",
    people: "Personen",
    times: "Zeiten in",
    previous: "Frühere Nachrichten",
    next: "Spätere Nachrichten",
    notes: [
        "{} hat die Gruppe erstellt",
        "{} hat {what} hinzugefügt",
        "{} hat die Gruppe verlassen",
        "{} ist zurück",
        "{} hat den Titel in „{what}“ geändert",
        "{} hat das Bild geändert",
    ],
};

const FRENCH: Words = Words {
    edited: "modifié",
    deleted: "Message supprimé",
    forwarded: "Transféré de {}",
    before: "avant",
    exported: "Exporté le",
    people: "Personnes",
    times: "Heures en",
    previous: "Messages précédents",
    next: "Messages suivants",
    notes: [
        "{} a créé le groupe",
        "{} a ajouté {what}",
        "{} a quitté le groupe",
        "{} est de retour",
        "{} a changé le titre en « {what} »",
        "{} a changé l’image",
    ],
};
