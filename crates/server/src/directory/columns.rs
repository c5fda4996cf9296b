//! What a column of a CSV file means, told by its name in the five languages, or by what stands in it.
//!
//! The names are those that telephone systems, Google, Outlook and people's own spreadsheets use. They are compared
//! folded, so `Téléphone (bureau)` is `telephone bureau`.

use model::directory::ImportField::{self, *};
use model::{directory::phone, search};

/// Folded names and what they mean; the first that fits a column counts.
const NAMES: &[(ImportField, &[&str])] = &[
    (
        FirstName,
        &[
            "first name",
            "firstname",
            "given name",
            "givenname",
            "nome proprio",
            "nombre de pila",
            "vorname",
            "prenom",
            "forename",
        ],
    ),
    (
        LastName,
        &[
            "last name",
            "lastname",
            "surname",
            "family name",
            "cognome",
            "apellido",
            "apellidos",
            "nachname",
            "familienname",
            "nom de famille",
            "sn",
        ],
    ),
    (
        Name,
        &[
            "name",
            "full name",
            "fullname",
            "display name",
            "displayname",
            "contact",
            "contact name",
            "cn",
            "nome",
            "nome completo",
            "nome e cognome",
            "nominativo",
            "contatto",
            "nombre",
            "nombre completo",
            "nombre y apellidos",
            "contacto",
            "anzeigename",
            "vollstandiger name",
            "kontakt",
            "nom",
            "nom complet",
            "nom et prenom",
            "nom affiche",
        ],
    ),
    (
        Company,
        &[
            "company",
            "company name",
            "organization",
            "organisation",
            "organization name",
            "organization 1 name",
            "organisation name",
            "account name",
            "o",
            "azienda",
            "societa",
            "ditta",
            "organizzazione",
            "ragione sociale",
            "empresa",
            "compania",
            "organizacion",
            "firma",
            "unternehmen",
            "firmenname",
            "entreprise",
            "societe",
        ],
    ),
    (
        Title,
        &[
            "title",
            "job title",
            "jobtitle",
            "position",
            "role",
            "organization title",
            "organization 1 title",
            "titolo",
            "qualifica",
            "ruolo",
            "mansione",
            "titulo",
            "cargo",
            "puesto",
            "titel",
            "funktion",
            "stellung",
            "rolle",
            "titre",
            "fonction",
            "poste occupe",
        ],
    ),
    (
        Email,
        &[
            "email",
            "e mail",
            "mail",
            "email address",
            "e mail address",
            "e mail 1 value",
            "email 1",
            "email1",
            "primary email",
            "posta elettronica",
            "indirizzo email",
            "indirizzo e mail",
            "correo",
            "correo electronico",
            "direccion de correo electronico",
            "e mail adresse",
            "emailadresse",
            "mailadresse",
            "courriel",
            "adresse e mail",
            "adresse email",
            "adresse electronique",
        ],
    ),
    (
        HomeMobile,
        &[
            "home mobile",
            "homemobile",
            "private mobile",
            "personal mobile",
            "cellulare privato",
            "cellulare personale",
            "cellulare casa",
            "movil personal",
            "movil privado",
            "mobil privat",
            "handy privat",
            "mobil personnel",
            "mobile personnel",
            "portable personnel",
        ],
    ),
    (
        Mobile,
        &[
            "mobile",
            "mobile phone",
            "cell",
            "cell phone",
            "cellphone",
            "mobile number",
            "mobiltelefon",
            "phone mobile",
            "cellulare",
            "telefono cellulare",
            "telefonino",
            "movil",
            "telefono movil",
            "celular",
            "mobil",
            "handy",
            "mobilnummer",
            "handynummer",
            "portable",
            "telephone portable",
            "telephone mobile",
            "gsm",
        ],
    ),
    (
        Work,
        &[
            "work",
            "work phone",
            "business phone",
            "office phone",
            "office",
            "phone",
            "phone number",
            "telephone",
            "telephone number",
            "telephonenumber",
            "phone 1 value",
            "number",
            "phone work",
            "tel",
            "telefono",
            "telefono ufficio",
            "telefono lavoro",
            "ufficio",
            "lavoro",
            "numero",
            "numero di telefono",
            "telefono trabajo",
            "telefono del trabajo",
            "trabajo",
            "oficina",
            "numero de telefono",
            "telefon",
            "telefon geschaftlich",
            "telefon dienstlich",
            "geschaftlich",
            "dienstlich",
            "telefonnummer",
            "rufnummer",
            "buro",
            "telephone bureau",
            "bureau",
            "travail",
            "telephone professionnel",
            "numero de telephone",
        ],
    ),
    (
        Home,
        &[
            "home",
            "home phone",
            "phone home",
            "private phone",
            "casa",
            "telefono casa",
            "telefono abitazione",
            "abitazione",
            "telefono particular",
            "telefono de casa",
            "telefon privat",
            "privat",
            "telefon zuhause",
            "domicile",
            "telephone domicile",
            "telephone prive",
            "maison",
        ],
    ),
    (
        Main,
        &[
            "main",
            "main phone",
            "main number",
            "company phone",
            "company main phone",
            "switchboard",
            "centralino",
            "numero principale",
            "telefono principale",
            "centralita",
            "numero principal",
            "telefono principal",
            "zentrale",
            "hauptnummer",
            "standard",
            "telephone principal",
            "standard telephonique",
        ],
    ),
    (
        Fax,
        &[
            "fax",
            "fax number",
            "business fax",
            "work fax",
            "facsimile",
            "telefax",
            "fax ufficio",
            "fax trabajo",
            "faxnummer",
            "fax geschaftlich",
            "telecopie",
            "telecopieur",
            "fax bureau",
        ],
    ),
    (
        Extension,
        &[
            "extension",
            "ext",
            "internal number",
            "interno",
            "numero interno",
            "extension interna",
            "nebenstelle",
            "durchwahl",
            "interne nummer",
            "poste",
            "numero interne",
        ],
    ),
    (
        ShortNumbers,
        &[
            "short number",
            "short numbers",
            "speed dial",
            "shortnumber",
            "numero breve",
            "numeri brevi",
            "selezione rapida",
            "numero corto",
            "numeros cortos",
            "marcacion rapida",
            "kurzwahl",
            "kurzwahlen",
            "numero court",
            "numeros courts",
            "numerotation abregee",
        ],
    ),
    (Kind, &["type", "kind", "contact type", "tipo", "typ", "art", "genre"]),
    (
        Note,
        &[
            "note",
            "notes",
            "comment",
            "comments",
            "remarks",
            "description",
            "nota",
            "commento",
            "commenti",
            "annotazioni",
            "notas",
            "comentario",
            "comentarios",
            "notiz",
            "notizen",
            "bemerkung",
            "bemerkungen",
            "kommentar",
            "remarque",
            "remarques",
            "commentaire",
            "commentaires",
        ],
    ),
];

/// What columns of these names mean; each field once, the first column with it.
pub fn by_name(names: &[&str]) -> Vec<Option<ImportField>> {
    let mut taken: Vec<ImportField> = Vec::new();
    let meaning = |name: &&str| {
        let folded = search::fold(name);
        let fits =
            |(field, known): &&(ImportField, &[&str])| known.contains(&folded.as_str()) && !taken.contains(field);
        let field = NAMES.iter().find(fits).map(|(field, _)| *field);
        taken.extend(field);
        field
    };
    names.iter().map(meaning).collect()
}

/// What columns without names mean, told by a row: an address, a number, and the first text is the name.
pub fn by_content(row: &[&str]) -> Vec<Option<ImportField>> {
    let mut taken: Vec<ImportField> = Vec::new();
    let meaning = |cell: &&str| {
        let digits = phone::digits(cell).len();
        let candidates: &[ImportField] = if cell.contains('@') {
            &[Email]
        } else if digits >= phone::NATIONAL_MIN && digits * 2 >= cell.chars().count() {
            &[Work, Mobile, Main]
        } else if cell.chars().any(char::is_alphabetic) {
            &[Name, Company, Title]
        } else {
            &[]
        };
        let field = candidates.iter().find(|field| !taken.contains(field)).copied();
        taken.extend(field);
        field
    };
    row.iter().map(meaning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_languages_name_the_same_columns() {
        let check =
            |names: &[&str], expected: &[Option<ImportField>]| assert_eq!(by_name(names), expected, "{names:?}");
        check(&["Name", "Company", "E-mail", "Phone"], &[Some(Name), Some(Company), Some(Email), Some(Work)]);
        check(&["Cognome", "Nome", "Società", "Cellulare"], &[Some(LastName), Some(Name), Some(Company), Some(Mobile)]);
        check(&["Vorname", "Nachname", "Durchwahl"], &[Some(FirstName), Some(LastName), Some(Extension)]);
        check(&["Prénom", "Nom", "Téléphone (bureau)"], &[Some(FirstName), Some(Name), Some(Work)]);
        check(&["Nombre", "Correo electrónico", "Móvil"], &[Some(Name), Some(Email), Some(Mobile)]);
        check(&["E-mail 1 - Value", "E-mail", "Shoe size"], &[Some(Email), None, None]);
    }

    #[test]
    fn names_are_folded_and_mean_one_thing() {
        let mut seen: Vec<&str> = Vec::new();
        for name in NAMES.iter().flat_map(|(_, names)| names.iter()) {
            assert_eq!(search::fold(name), **name);
            assert!(!seen.contains(name), "{name} is listed twice");
            seen.push(name);
        }
    }

    #[test]
    fn content_tells_something() {
        assert_eq!(
            by_content(&["Nordfeld", "Jörg Müller", "j@nordfeld.example", "+49 40 1234567", "7"]),
            [Some(Name), Some(Company), Some(Email), Some(Work), None]
        );
    }
}
