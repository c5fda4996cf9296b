//! The demo's phonebooks: customers and suppliers that everybody shares, and a few people the first person keeps.
//!
//! Names, companies and numbers are put together from lists by a seeded generator, so that every demo has the same
//! contacts. Numbers are those that regulators reserve for fiction, addresses end in `.example`.

use std::collections::HashSet;

use ::store::Tx;
use model::directory::{Contact, ContactDraft, ContactKind, PhonebookKind};
use model::{AccountId, Id, OrganizationId, Time, search};

use crate::accounts::store as people;
use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::directory::keep;
use crate::directory::store::{self as directory, PhonebookRow};
use crate::random::Random;

/// First names and family names of a country, with how its numbers begin.
struct Country {
    given: [&'static str; 12],
    family: [&'static str; 12],
    /// Of a landline and of a mobile; three or four digits follow.
    numbers: [&'static str; 2],
    companies: [(&'static str, &'static str); 5],
}

const COUNTRIES: [Country; 5] = [
    Country {
        given: ["Anna", "Björn", "Elin", "Gustav", "Ingrid", "Lars", "Maja", "Nils", "Saga", "Sven", "Åsa", "Östen"],
        family: [
            "Andersson",
            "Bergström",
            "Ekdahl",
            "Forsberg",
            "Hallström",
            "Johansson",
            "Karlsson",
            "Lundqvist",
            "Nyström",
            "Sandberg",
            "Söderlund",
            "Åkesson",
        ],
        numbers: ["+46 8 465 00", "+46 70 174 06"],
        companies: [
            ("Nordfeld Logistik", "nordfeld"),
            ("Skärgård Packaging", "skargard"),
            ("Vänern Kraft", "vanern"),
            ("Lapplands Trä", "lappland"),
            ("Mälar Foods", "malarfoods"),
        ],
    },
    Country {
        given: [
            "Alessandro",
            "Beatrice",
            "Chiara",
            "Davide",
            "Elena",
            "Federico",
            "Giulia",
            "Lorenzo",
            "Martina",
            "Niccolò",
            "Sara",
            "Tommaso",
        ],
        family: [
            "Bianco", "Conti", "De Luca", "Esposito", "Ferrari", "Gallo", "Marino", "Ricci", "Romano", "Russo",
            "Vitale", "Zanetti",
        ],
        numbers: ["+39 02 5550 1", "+39 333 555 01"],
        companies: [
            ("Cantine Dolomiti", "cantinedolomiti"),
            ("Torri Meccanica", "torrimeccanica"),
            ("Adriatica Trasporti", "adriatica"),
            ("Pastificio Aurora", "pastificioaurora"),
            ("Ceramiche Faenza", "ceramichefaenza"),
        ],
    },
    Country {
        given: [
            "Andreas",
            "Birgit",
            "Claudia",
            "Dieter",
            "Franziska",
            "Jörg",
            "Katrin",
            "Matthias",
            "Sabine",
            "Thorsten",
            "Ulrike",
            "Wolfgang",
        ],
        family: [
            "Bauer",
            "Fischer",
            "Groß",
            "Hoffmann",
            "Jäger",
            "Keller",
            "Krüger",
            "Müller",
            "Schäfer",
            "Schröder",
            "Vogel",
            "Weiß",
        ],
        numbers: ["+49 30 23125 ", "+49 171 39200 "],
        companies: [
            ("Alpenblick Brauerei", "alpenblick"),
            ("Schwarzwald Pumpen", "schwarzwaldpumpen"),
            ("Hansa Kühlhaus", "hansakuehlhaus"),
            ("Elbtal Chemie", "elbtal"),
            ("Rheinland Druck", "rheinlanddruck"),
        ],
    },
    Country {
        given: [
            "Aurélie",
            "Benoît",
            "Camille",
            "Didier",
            "Élodie",
            "François",
            "Hélène",
            "Julien",
            "Laurent",
            "Mathilde",
            "Noël",
            "Sylvie",
        ],
        family: [
            "Bernard",
            "Chevalier",
            "Dubois",
            "Fournier",
            "Girard",
            "Lefèvre",
            "Marchand",
            "Moreau",
            "Perrin",
            "Renaud",
            "Rousseau",
            "Vidal",
        ],
        numbers: ["+33 1 99 00 ", "+33 6 39 98 "],
        companies: [
            ("Atelier Garonne", "ateliergaronne"),
            ("Verrerie du Lac", "verreriedulac"),
            ("Transports Mistral", "mistral"),
            ("Laiterie des Monts", "laiteriedesmonts"),
            ("Océane Conserves", "oceane"),
        ],
    },
    Country {
        given: [
            "Alice",
            "Ben",
            "Charlotte",
            "Daniel",
            "Emily",
            "George",
            "Harriet",
            "Jack",
            "Lucy",
            "Oliver",
            "Sophie",
            "Thomas",
        ],
        family: [
            "Baker", "Carter", "Davies", "Edwards", "Foster", "Hughes", "Mitchell", "Parker", "Roberts", "Shaw",
            "Turner", "Walker",
        ],
        numbers: ["+44 20 7946 0", "+44 7700 900"],
        companies: [
            ("Harbour Cold Storage", "harbourcold"),
            ("Pennine Textiles", "pennine"),
            ("Severn Bottling", "severnbottling"),
            ("Highland Grain", "highlandgrain"),
            ("Thames Fulfilment", "thamesfulfilment"),
        ],
    },
];

const TITLES: [&str; 10] = [
    "Buyer",
    "Plant manager",
    "Head of logistics",
    "Maintenance lead",
    "Managing director",
    "Production planner",
    "Quality engineer",
    "Safety officer",
    "Warehouse supervisor",
    "Finance",
];
const NOTES: [&str; 6] = [
    "Prefers a call before nine.",
    "Decides together with the plant manager.",
    "Met at the Hannover fair.",
    "Wants offers as PDF, in the local language.",
    "On parental leave until spring; ask the switchboard.",
    "Has two PC-300 palletizers in use.",
];

/// Makes the demo's phonebooks.
///
/// # Errors
/// What the database says.
pub async fn fill(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let made = cx.db.write(async move |tx| {
        let domain = people::organization_by_domain(tx, "acmerobotics.example").await?;
        let nora = people::member_by_email(tx, "nora.lindqvist@acmerobotics.example").await?;
        let (Some(organization), Some(nora)) = (domain, nora) else { return Ok(()) };
        let owners = directory::everybody(tx, organization).await?.into_iter().map(|row| row.id).collect();
        let mut maker = Maker { random: Random::seeded(20_261_123), now, organization, owners, names: HashSet::new() };
        maker.owners.sort_unstable();
        maker.book(tx, "Customers", None, 240).await?;
        maker.book(tx, "Suppliers and partners", None, 90).await?;
        maker.book(tx, "Nora's own", Some(nora.account_id), 24).await
    });
    made.await.map_err(|problem| match problem {
        Problem::Fault(fault) => fault,
        Problem::Refusal(refusal) => Fault::Other(format!("The demo's contacts: {refusal}")),
    })
}

struct Maker {
    random: Random,
    now: Time,
    organization: OrganizationId,
    owners: Vec<AccountId>,
    names: HashSet<String>,
}

impl Maker {
    fn id<K>(&self) -> Id<K> {
        Id::new(self.now, self.random.bytes())
    }

    /// A number below this.
    fn below(&self, limit: usize) -> usize {
        usize::from(u16::from_be_bytes(self.random.bytes())) % limit
    }

    fn one<'a, T>(&self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    async fn book(
        &mut self,
        tx: &mut Tx<'_>,
        name: &str,
        owner: Option<AccountId>,
        contacts: usize,
    ) -> Result<(), Problem> {
        let mut book = PhonebookRow {
            id: self.id(),
            organization_id: self.organization,
            owner_id: owner,
            kind: if owner.is_some() { PhonebookKind::Personal } else { PhonebookKind::Shared },
            name: name.to_owned(),
            contact_count: 0,
        };
        directory::insert_phonebook(tx, &book, self.now).await?;
        while (book.contact_count as usize) < contacts {
            let draft = self.somebody(owner.is_some());
            if !self.names.insert(draft.name.clone().unwrap_or_default()) {
                continue;
            }
            let contact = Contact::EMPTY.change(&draft, None)?;
            let after = owner.unwrap_or_else(|| *self.one(&self.owners));
            keep::add(tx, &mut book, self.id(), Some(after), &contact, self.now).await?;
        }
        Ok(())
    }

    fn somebody(&self, privately: bool) -> ContactDraft {
        let country = self.one(&COUNTRIES);
        let (given, family) = (*self.one(&country.given), *self.one(&country.family));
        let (company, domain) = *self.one(&country.companies);
        let number = |which: usize| Some(format!("{}{:03}", country.numbers[which], self.below(1_000)));
        let local = format!("{} {}", search::fold(given), search::fold(family)).replace(' ', ".");
        let mut draft = ContactDraft { name: Some(format!("{given} {family}")), ..ContactDraft::default() };
        if privately {
            draft.home_mobile = number(1);
            draft.email = Some(format!("{local}@mail.example"));
            return draft;
        }
        draft.company = Some(company.to_owned());
        draft.title = Some((*self.one(&TITLES)).to_owned());
        draft.email = Some(format!("{local}@{domain}.example"));
        draft.work = number(0);
        draft.mobile = (self.below(3) > 0).then(|| number(1)).flatten();
        draft.note = (self.below(6) == 0).then(|| (*self.one(&NOTES)).to_owned());
        draft.kind = (self.below(60) == 0).then_some(ContactKind::Blacklist);
        draft.short_numbers = (self.below(25) == 0).then(|| vec![format!("*{}", 100 + self.below(900))]);
        draft
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::test_server::served;

    served! {
        async fn the_demo_has_some_hundred_contacts(server: TestServer) {
            crate::demo::contacts::fill(server.cx()).await.expect("contacts");
            let (nora, priya) = (server.sign_in("nora.lindqvist").await, server.sign_in("priya.raman").await);
            let counts = |listed: Value| -> Vec<i64> {
                listed["phonebooks"].as_array().unwrap().iter().filter_map(|book| book["contact_count"].as_i64()).collect()
            };
            assert_eq!(counts(nora.get("/api/phonebooks").await), [240, 90, 24]);
            assert_eq!(counts(priya.get("/api/phonebooks").await), [240, 90]);
            let found = priya.get("/api/search?query=nordf&limit=20").await;
            let contacts = found["contacts"].as_array().unwrap();
            assert!(contacts.len() > 3, "{found}");
            assert!(contacts.iter().all(|contact| contact["numbers"]["work"]["e164"].as_str().unwrap().starts_with("+468")));
        }
    }
}
