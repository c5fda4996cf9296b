//! What is tried, and what must hold whatever comes.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use model::chat::message::{self, Draft};
use model::directory::import::ImportFormat;
use model::directory::{Contact, phone};
use model::live::{ClientFrame, ServerFrame};
use model::search::{Query, fold};
use model::{AccountId, ConversationId, MessageId, OrganizationId, Refusal, chat, text};
use server::config::Config;
use server::directory::import_contacts::{self, Parsed};
use server::http::cookies;
use server::http::range::{self, Wanted};
use server::live::cursor::{Cursor, CursorKey, Nonces};
use server::random::Random;
use uuid::Uuid;

/// Something that reads what comes from outside.
pub struct Target {
    /// Its name on the command line and in the corpus.
    pub name: &'static str,
    /// What mutations begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What mutations put in.
    pub words: &'static [&'static str],
    /// Panics when something does not hold; answers with a sketch of what happened.
    pub run: fn(&[u8]) -> u64,
}

/// Takes what was typed, or refuses it.
type Rule = fn(&str) -> Result<String, Refusal>;

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "csv",
        seeds: || {
            texts(&[
                "Name,Company,Email,Phone\nAda Byron,Analytical,ada@engine.example,+44 20 7946 0000\n",
                "sep=;\nVorname;Nachname;Firma\n\"Müller; \"\"x\"\"\";Eva;\"A\nB\"\n",
                "a\tb\tc\r\n1\t2\t3\r\n",
            ])
        },
        words: &[
            "\"", "\"\"", "\n", "\r\n", ",", ";", "\t", "|", "sep=", "Name", "E-mail", "Telefon", "+49 40 1",
            "\u{feff}",
        ],
        run: |input| {
            let (options, text) = input.split_first().map_or((0, input), |(first, rest)| (*first, rest));
            let has_header = [None, Some(true), Some(false)][usize::from(options) % 3];
            let text = String::from_utf8_lossy(text);
            imported(import_contacts::parse(ImportFormat::Csv, &text, None, has_header), &text)
        },
    },
    Target {
        name: "vcard",
        seeds: || {
            texts(&[
                "BEGIN:VCARD\nVERSION:4.0\nFN:Ada Byron\nORG:Analytical;Engines\nTEL;TYPE=work:+44 20 7946 0000\nEND:VCARD\n",
                "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;Eva=\n;;\nEND:VCARD",
                "BEGIN:VCARD\r\nVERSION:3.0\r\nitem1.EMAIL;type=INTERNET:a@b.example\r\n folded\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n",
            ])
        },
        words: &[
            "BEGIN:VCARD\n",
            "END:VCARD\n",
            "TEL;",
            "TYPE=",
            "N:",
            "FN:",
            ";",
            ":",
            "=\n",
            "=C3=A4",
            "\r\n ",
            "CHARSET=",
            "ENCODING=",
            "\\n",
            "\\,",
            "item1.",
        ],
        run: |input| {
            let text = String::from_utf8_lossy(input);
            imported(import_contacts::parse(ImportFormat::Vcard, &text, None, None), &text)
        },
    },
    Target {
        name: "message",
        seeds: || {
            texts(&[
                "Hello <@acct_aaaaaaaaaaaaaaaaaaaaaaaaaa>, see https://example.com/a?b=c_(d) and `code`",
                "**bold** <@acct_2222222222222222222222222b> > quote\n\n- list",
            ])
        },
        words: &["<@", ">", "acct_", "<@acct_aaaaaaaaaaaaaaaaaaaaaaaaaa>", "https://", "\n", "`", "**", "\u{200d}"],
        run: |input| {
            let body = String::from_utf8_lossy(input).into_owned();
            let people = message::mentions(&body);
            for (at, person) in people.iter().enumerate() {
                assert!(body.contains(&format!("<@{person}>")), "who is not there is not mentioned");
                assert!(!people[..at].contains(person), "each once");
            }
            let said = message::compose(&Draft { body: body.clone(), files: 0 });
            if let Ok(said) = &said {
                assert!(!said.trim().is_empty() && said.chars().count() <= message::BODY_MAX);
                let again = message::compose(&Draft { body: said.clone(), files: 0 });
                assert_eq!(again.as_ref(), Ok(said), "what was composed is composed");
            }
            let _ = message::client_id(&body);
            let emoji = chat::reaction::emoji(&body).is_ok();
            let short = text::excerpt(&body, 160);
            assert!(short.chars().count() <= 161, "an excerpt is short");
            sketch(&[people.len() as u64, u64::from(said.is_ok()), u64::from(emoji), log(short.len())])
        },
    },
    Target {
        name: "id",
        seeds: || {
            texts(&[
                "acct_aaaaaaaaaaaaaaaaaaaaaaaaaa",
                "msg_22222222222222222222222222",
                "conv_bbbbbbbbbbbbbbbbbbbbbbbbbb",
            ])
        },
        words: &["acct_", "msg_", "conv_", "org_", "_", "a", "7", "z"],
        run: |input| {
            let text = String::from_utf8_lossy(input);
            let mut found = 0;
            if let Ok(id) = text.parse::<AccountId>() {
                assert_eq!(id.to_string(), text, "an id has one text");
                found |= 1;
            }
            if let Ok(id) = text.parse::<MessageId>() {
                assert_eq!(id.to_string(), text, "an id has one text");
                found |= 2;
            }
            if let Ok(id) = text.parse::<ConversationId>() {
                assert_eq!(id.to_string(), text, "an id has one text");
                found |= 4;
            }
            if let Ok(id) = text.parse::<OrganizationId>() {
                assert_eq!(id.to_string(), text, "an id has one text");
                found |= 8;
            }
            assert!([0, 1, 2, 4, 8].contains(&found), "an id is of one kind");
            sketch(&[found, log(text.len())])
        },
    },
    Target {
        name: "cursor",
        seeds: || vec![SEALED.1.clone().into_bytes()],
        words: &["AQ", "-", "_", "A"],
        run: |input| {
            let token = String::from_utf8_lossy(input);
            let person = AccountId::from_uuid(Uuid::from_u128(1));
            let opened = SEALED.0.open(&token, person);
            assert!(opened.is_none_or(|cursor| cursor == POSITIONS), "nobody makes a cursor but the server");
            assert!(
                SEALED.0.open(&token, AccountId::from_uuid(Uuid::from_u128(2))).is_none(),
                "a cursor is one person's"
            );
            sketch(&[u64::from(opened.is_some()), input.len() as u64])
        },
    },
    Target {
        name: "frame",
        seeds: || {
            texts(&[
                r#"{"type":"hello","protocol":1,"cursor":null}"#,
                r#"{"type":"typing","conversation_id":"conv_aaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
                r#"{"type":"watch","people":["acct_aaaaaaaaaaaaaaaaaaaaaaaaaa"]}"#,
                r#"{"type":"ping"}"#,
                r#"{"type":"event","position":1,"prev":0,"cursor":"a","event":{"type":"conversation.left","conversation_id":"conv_aaaaaaaaaaaaaaaaaaaaaaaaaa"}}"#,
            ])
        },
        words: &[
            "{",
            "}",
            "[",
            "]",
            "\"type\"",
            "\"hello\"",
            "\"watch\"",
            "\"people\":",
            "null",
            "1e999",
            "-0",
            "\\ud800",
            ":",
            ",",
        ],
        run: |input| {
            let heard: Result<ClientFrame, _> = serde_json::from_slice(input);
            if let Ok(frame) = &heard {
                let text = serde_json::to_string(frame).expect("a frame is JSON");
                assert_eq!(serde_json::from_str::<ClientFrame>(&text).ok().as_ref(), Some(frame), "there and back");
            }
            let said: Result<ServerFrame, _> = serde_json::from_slice(input);
            if let Ok(frame) = &said {
                let text = serde_json::to_string(frame).expect("a frame is JSON");
                assert_eq!(serde_json::from_str::<ServerFrame>(&text).ok().as_ref(), Some(frame), "there and back");
            }
            let column =
                |error: &serde_json::Error| hash(error.to_string().split(" at line").next().unwrap_or_default());
            sketch(&[heard.as_ref().err().map_or(0, column), said.as_ref().err().map_or(0, column)])
        },
    },
    Target {
        name: "search",
        seeds: || texts(&["Müller +49 40 123", "čeština \"two words\"", "a* -b OR c", "İstanbul straße ﬁn"]),
        words: &[" ", "\"", "*", "-", "ß", "İ", "ﬁ", "\u{301}", "+49", "(", ")", "'", "OR", "AND", "NEAR"],
        run: |input| {
            let typed = String::from_utf8_lossy(input);
            let folded = fold(&typed);
            assert_eq!(fold(&folded), folded, "what is folded stays so");
            let Ok(query) = Query::parse(&typed) else { return sketch(&[9]) };
            for word in query.words() {
                assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric), "words only: {word:?}");
            }
            assert!(query.is_empty() || query.words().is_empty() || query.finds(&folded), "a text finds itself");
            let excerpt = query.excerpt(&typed, 160);
            assert!(excerpt.chars().count() <= 162, "an excerpt is short");
            sketch(&[query.words().len() as u64, u64::from(query.number().is_some()), log(excerpt.len())])
        },
    },
    Target {
        name: "text",
        seeds: || texts(&["nora.lindqvist@acme.example", "münchen.example", "Nora Lindqvist", "en-GB", "two\nlines"]),
        words: &["@", ".", "example", "xn--", "\u{200b}", "\u{a0}", "\t", "\n", "-", "\u{0}"],
        run: |input| {
            let typed = String::from_utf8_lossy(input);
            let rules: [Rule; 6] = [text::email, text::domain, text::name, text::title, text::feedback, text::language];
            let mut fine = Vec::new();
            for rule in rules {
                let kept = rule(&typed);
                if let Ok(kept) = &kept {
                    assert_eq!(rule(kept).as_ref(), Ok(kept), "what was accepted is accepted as it is");
                    assert!(!kept.contains('\0'), "no engine keeps a zero");
                }
                fine.push(u64::from(kept.is_ok()));
            }
            if let Ok(email) = text::email(&typed) {
                let _ = text::name_of_email(&email);
            }
            if let Ok(Some(kept)) = text::description(&typed) {
                assert_eq!(text::description(&kept), Ok(Some(kept)), "what was accepted is accepted as it is");
            }
            for (min, max) in [(0, 100), (1, 80)] {
                if let Some(line) = text::line(&typed, min, max) {
                    assert!(
                        (min..=max).contains(&line.chars().count()) && !line.contains('\n'),
                        "{line:?} is one line"
                    );
                }
            }
            fine.push(log(typed.len()));
            sketch(&fine)
        },
    },
    Target {
        name: "headers",
        seeds: || {
            texts(&[
                "bytes=0-99",
                "bytes=-5",
                "bytes=5-",
                "waggle=abc; other=d",
                "__Host-waggle=abc",
                "\"tag\", W/\"b\", *",
            ])
        },
        words: &[
            "bytes=",
            "-",
            "0",
            "18446744073709551615",
            ",",
            "waggle=",
            "__Host-waggle=",
            ";",
            "=",
            "\"",
            "W/",
            "*",
            " ",
        ],
        run: |input| {
            let Ok(value) = HeaderValue::from_bytes(input) else { return 0 };
            let mut headers = HeaderMap::new();
            for name in [header::RANGE, header::COOKIE, header::IF_NONE_MATCH] {
                headers.insert(name, value.clone());
            }
            let mut seen = vec![u64::from(range::is_known(&headers, "\"tag\""))];
            for size in [0, 1, 100, u64::MAX] {
                seen.push(match range::wanted(&headers, size, "\"tag\"") {
                    Wanted::Whole => 0,
                    Wanted::Nothing => 1,
                    Wanted::Part(part) => {
                        assert!(part.start < part.end && part.end <= size, "{part:?} is a part of {size} bytes");
                        2
                    }
                });
            }
            let session = cookies::session(&headers, &CONFIG);
            assert!(session.as_ref().is_none_or(|secret| !secret.contains(';')), "one cookie is one cookie");
            seen.push(session.map_or(0, |secret| 1 + log(secret.len())));
            sketch(&seen)
        },
    },
    Target {
        name: "phone",
        seeds: || texts(&["+49 (0)40 123-456", "0044 20 7946 0000", "(555) 010-0199 ext. 7", "tel:+1-555-0100"]),
        words: &["+", "00", "(0)", "49", " ", "-", "/", ".", "ext", "٣", "tel:"],
        run: |input| {
            let typed = String::from_utf8_lossy(input);
            let mut seen = Vec::new();
            for iso in ["DE", "US", "IT", "GB", "RU"] {
                let number = phone::e164(&typed, phone::Region::of(iso));
                if let Some(number) = &number {
                    let digits = number.strip_prefix('+').expect("international");
                    assert!(
                        digits.bytes().all(|byte| byte.is_ascii_digit()) && (2..=15).contains(&digits.len()),
                        "{number}"
                    );
                    assert_eq!(phone::e164(number, None).as_ref(), Some(number), "what is international stays so");
                }
                seen.push(number.map_or(0, |number| number.len() as u64));
            }
            seen.push(phone::digits(&typed).len() as u64);
            sketch(&seen)
        },
    },
];

static CONFIG: LazyLock<Config> =
    LazyLock::new(|| Config::load(None, std::iter::empty(), &[]).expect("the settings as they are"));

const POSITIONS: Cursor = Cursor { account: 3, organization: 5 };

static SEALED: LazyLock<(CursorKey, String)> = LazyLock::new(|| {
    let Ok(key) = CursorKey::new(&[7; 32]) else { panic!("32 bytes are a key") };
    let token = key.seal(POSITIONS, AccountId::from_uuid(Uuid::from_u128(1)), &mut Nonces::new(&Random::seeded(1)));
    (key, token)
});

/// What holds of an imported file.
fn imported(parsed: Result<Parsed, Refusal>, text: &str) -> u64 {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return sketch(&[hash(refusal.code.word())]),
    };
    let lines = text.lines().count().max(text.split('\r').count()) + 1;
    let mut seen = vec![log(parsed.columns.len()), u64::from(parsed.has_header), log(parsed.rows.len())];
    let mut last = 0;
    for row in &parsed.rows {
        assert!((last.max(1)..=lines).contains(&row.line), "line {} after {last} of {lines}", row.line);
        last = row.line;
        let contact = Contact::EMPTY.change(&row.draft, phone::Region::of("DE"));
        if let Ok(contact) = &contact {
            let _ = (contact.name_key(), contact.keys(), contact.indexed());
        }
        seen.push(contact.map_or_else(|refusal| hash(refusal.code.word()), |_| 1));
    }
    seen.truncate(12);
    sketch(&seen)
}

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The order of magnitude, by which lengths are told apart.
fn log(length: usize) -> u64 {
    u64::from(length.checked_ilog2().map_or(0, |log| log + 1))
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn sketch(parts: &[u64]) -> u64 {
    parts.iter().fold(17, |sum, part| sum.wrapping_mul(31).wrapping_add(*part).rotate_left(7))
}
