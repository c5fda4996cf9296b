//! Walks over every operation: as a stranger, as somebody of another organization, as a member without more rights, and
//! with garbage. The operations are the router's own, so that a new one cannot be forgotten.

use std::collections::BTreeMap;
use std::io::Cursor;

use axum::http::StatusCode;
use image::{ImageFormat, RgbImage};
use model::Code;
use model::access::{Plan, Role};
use serde_json::{Map, Value, json};
use store::testing::TestDb;

use super::describe::{Content, Description, Operation, named};
use super::fits::{id_prefix, resolved, types};
use super::openapi::operations;
use crate::accounts::prepare;
use crate::openid::store::NewIdentity;
use crate::test_server::{Browser, TestServer, read};

/// What can be asked for without a session.
const FOR_STRANGERS: &[&str] = &[
    "checkInvitation",
    "checkSetup",
    "demoOutbox",
    "getWaitingIdentity",
    "requestToJoin",
    "sendCode",
    "setUp",
    "signIn",
    "signInOptions",
];

/// What every member may ask for, of what is theirs or everybody's. Whatever is not here needs a right, or a seat.
const FOR_MEMBERS: &[&str] = &[
    "changeMe",
    "changeMyPicture",
    "conversationsInCommon",
    "createConversation",
    "endAllSessions",
    "getMe",
    "getPicture",
    "listConversations",
    "listExports",
    "listIdentities",
    "listPeople",
    "listPhonebooks",
    "listSessions",
    "live",
    "openDirect",
    "removeMyPicture",
    "searchEverything",
    "sendFeedback",
    "setStatus",
    "signOut",
];

/// What ends the walk of whoever asks for it.
const LAST: &[&str] = &["endAllSessions", "signOut"];

/// An organization in which one of everything belongs to its owner and to Yara; Viktor works there too.
struct House {
    server: TestServer,
    wanda: Browser,
    viktor: Browser,
    olga: Browser,
    /// One of everything, by the name of its part of a path or by the prefix of its id.
    one: BTreeMap<&'static str, String>,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

impl House {
    async fn open(db: &TestDb) -> Self {
        let server = TestServer::empty(db, &[("limits.requests_per_second", "0")]).await;
        let (domain, owner) = ("hives.example", "wanda@hives.example");
        let made = prepare::create_organization(&server.cx, "Hives", domain, "Wanda Weber", owner);
        made.await.expect("an organization");
        for (name, email) in [("Viktor Vogel", "viktor@hives.example"), ("Yara Yilmaz", "yara@hives.example")] {
            let made = prepare::create_user(&server.cx, domain, name, email, Role::Member, Plan::Premium);
            made.await.expect("a member");
        }
        let first = server.sign_in_as(owner).await;
        let wanda = server.sign_in_as(owner).await;
        let (viktor, yara) =
            (server.sign_in_as("viktor@hives.example").await, server.sign_in_as("yara@hives.example").await);
        let olga = server.other_owner().await;
        let mut one = BTreeMap::from([("emoji", "%F0%9F%91%8D".to_owned())]);
        for unknown in ["secret", "invitation"] {
            one.insert(unknown, "a".repeat(32));
        }
        let yara_id = text(&yara.get("/api/me").await["account"]["id"]);
        let body = json!({ "client_id": "g", "title": "Fair", "description": null, "people": [yara_id] });
        let conversation = text(&wanda.post("/api/conversations", body).await["id"]);
        let body = json!({ "client_id": "m", "body": "hello", "quote_id": null, "file_ids": [] });
        let message = wanda.post(&format!("/api/conversations/{conversation}/messages"), body).await;
        let (book, contact) = (json!({ "name": "Mine", "kind": "personal" }), json!({ "name": "Cleo" }));
        let book = text(&wanda.post("/api/phonebooks", book).await["id"]);
        let contact = wanda.post(&format!("/api/phonebooks/{book}/contacts"), contact).await;
        let import = json!({ "format": "csv", "text": "Name\nOne\n", "mapping": ["name"], "has_header": true });
        let import = wanda.post(&format!("/api/phonebooks/{book}/imports"), import).await;
        let export = json!({ "format": "json", "language": "en", "offset_minutes": 0 });
        let export = wanda.post(&format!("/api/conversations/{conversation}/exports"), export).await;
        let made = serde_json::from_value(export["id"].clone()).expect("an id");
        crate::exports::run_export::run(&server.cx, made).await.expect("an export");
        let file = json!({ "client_id": "f", "conversation_id": conversation, "name": "a.txt", "size_bytes": 3, "media_type": "text/plain" });
        let file = text(&wanda.post("/api/files", file).await["file"]["id"]);
        let sent = wanda.request_with_bytes("PATCH", &format!("/api/files/{file}?offset=0"), b"abc".to_vec()).await;
        assert_eq!(sent.status(), StatusCode::OK);
        let mut pixels = Vec::new();
        RgbImage::new(8, 8).write_to(&mut Cursor::new(&mut pixels), ImageFormat::Png).expect("a picture");
        let me = read(wanda.request_with_bytes("PUT", "/api/me/picture", pixels).await).await;
        let picture = text(&me["account"]["picture"]);
        let request = json!({ "email": "ask@hives.example", "name": "Ask", "domain": domain, "language": null });
        server.browser().post("/api/join-requests", request).await;
        let requests = wanda.get("/api/join-requests").await;
        let session = text(&first.get("/api/me/sessions").await["sessions"].as_array().map_or(Value::Null, |list| {
            list.iter().find(|one| one["current"] == true).map_or(Value::Null, |one| one["id"].clone())
        }));
        let (identity, account, now) =
            (server.cx.id(), text(&wanda.get("/api/me").await["account"]["id"]), server.cx.now());
        let account = account.parse().expect("an id");
        let linked = server.cx.db.write(async move |tx| {
            let (provider, issuer, subject, email) = ("keycloak", "https://id.example", "w", "wanda@hives.example");
            let new = NewIdentity { id: identity, account_id: account, provider, issuer, subject, email };
            crate::openid::store::insert_identity(tx, &new, now).await
        });
        linked.await.map_err(|error: store::Error| error).expect("an identity");
        let token = json!({ "name": "Bridge", "scopes": ["conversations:read"] });
        let token = text(&wanda.post("/api/me/tokens", token).await["token"]["id"]);
        one.extend([
            ("tok", token),
            ("ident", identity.to_string()),
            ("acct", yara_id),
            ("conv", conversation),
            ("msg", text(&message["id"])),
            ("book", book),
            ("cont", text(&contact["id"])),
            ("exp", text(&export["id"])),
            ("imp", text(&import["id"])),
            ("file", file),
            ("picture", picture.rsplit('/').next().unwrap_or_default().to_owned()),
            ("join", text(&requests["requests"][0]["id"])),
            ("sess", session),
        ]);
        Self { server, wanda, viktor, olga, one }
    }

    /// The one of this name or kind.
    fn sample(&self, name: &str, schema: &Value) -> String {
        let found = self.one.get(name).or_else(|| self.one.get(id_prefix(schema)?));
        found.unwrap_or_else(|| panic!("the walk needs one {name} ({schema}); make it in House::open")).clone()
    }

    /// The address with everything in its place, and whether an id is part of it.
    fn path(&self, operation: &Operation, description: &Description) -> (String, bool) {
        let (mut path, mut names_a_row) = (format!("/api{}", operation.path), false);
        for (part, schema) in operation.parts().into_iter().zip(&description.path) {
            path = path.replace(&format!("{{{part}}}"), &self.sample(part, schema.as_value()));
            names_a_row |= id_prefix(schema.as_value()).is_some();
        }
        let needed = description.query.iter().flat_map(|query| query.get("required").and_then(Value::as_array));
        for (at, name) in needed.flatten().filter_map(Value::as_str).enumerate() {
            path.push_str(&format!("{}{name}=1", if at == 0 { '?' } else { '&' }));
        }
        (path, names_a_row)
    }

    /// JSON of this form; with what may be absent, or without.
    fn example(&self, name: &str, schema: &Value, definitions: &Map<String, Value>, whole: bool) -> Value {
        let schema = resolved(schema, definitions);
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(word) = schema["enum"].as_array().and_then(|words| words.first()) {
            return word.clone();
        }
        let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
        if let Some(choice) = choices.and_then(|choices| choices.first()) {
            return self.example(name, choice, definitions, whole);
        }
        match types(schema).and_then(|types| types.first().copied()) {
            Some("boolean") => json!(true),
            Some("integer" | "number") => json!(1),
            Some("array") => json!([self.example(name, &schema["items"], definitions, whole)]),
            Some("object") => {
                let required = schema["required"].as_array();
                let needed = |name: &String| whole || required.is_some_and(|list| list.iter().any(|one| one == name));
                let properties = schema["properties"].as_object().into_iter().flatten();
                let entries = properties.filter(|(name, _)| needed(name));
                entries.map(|(name, one)| (name.clone(), self.example(name, one, definitions, whole))).collect()
            }
            _ if id_prefix(schema).is_some() => json!(self.sample(name, schema)),
            _ if schema["format"] == "date-time" => json!("2099-01-01T00:00:00Z"),
            _ if name.starts_with("email") => json!("somebody@nowhere.example"),
            _ => json!("text"),
        }
    }

    /// A body that can be read, and whether an id is part of what it needs.
    fn body(&self, description: &mut Description, whole: bool) -> (Option<Value>, bool) {
        let definitions: Map<String, Value> = named(&mut description.sent).into_iter().collect();
        let Some(Content::Json(schema)) = &description.body else { return (None, false) };
        let body = self.example("", schema.as_value(), &definitions, whole);
        let line = body.to_string();
        let names_a_row = self.one.iter().any(|(kind, id)| *kind != "emoji" && line.contains(id.as_str()));
        (Some(body), names_a_row)
    }

    /// Asks with everything in its place.
    async fn ask(&self, browser: &Browser, operation: &Operation) -> Asked {
        let mut description = operation.describe();
        let (path, in_path) = self.path(operation, &description);
        let method = operation.method.to_uppercase();
        let (body, in_body) = self.body(&mut description, false);
        let response = match (&description.body, body) {
            (Some(Content::Json(_)), Some(body)) => browser.request(&method, &path, Some(body)).await,
            (Some(_), _) => browser.request_with_bytes(&method, &path, vec![1, 2, 3]).await,
            _ => browser.request(&method, &path, None).await,
        };
        let status = response.status();
        Asked { status, answer: read(response).await, names_a_row: in_path || in_body }
    }

    /// What the owner sees wherever something can be looked at.
    async fn looks(&self) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        for operation in operations().into_iter().filter(|operation| operation.method == "get") {
            seen.insert(operation.id(), self.ask(&self.wanda, &operation).await.answer);
        }
        // What the walkers do at home is written there too.
        seen.remove("demoOutbox");
        seen
    }
}

struct Asked {
    status: StatusCode,
    answer: Value,
    names_a_row: bool,
}

impl Asked {
    fn line(&self, operation: &Operation) -> String {
        let mut answer = self.answer.to_string();
        answer.truncate(answer.floor_char_boundary(200));
        format!("{}: {} {answer}", operation.id(), self.status)
    }

    fn refused(&self, codes: &[Code]) -> bool {
        codes.iter().any(|code| self.answer["error"]["code"] == code.word() && self.status == code.status())
    }
}

/// Every operation, what ends a session last.
fn all() -> Vec<Operation> {
    let mut all = operations();
    all.sort_by_key(|operation| LAST.contains(&operation.id().as_str()));
    all
}

const HIDDEN: &[Code] = &[Code::NotFound, Code::NotAllowed, Code::NotInPlan];

store::both! {
    async fn strangers_and_other_organizations_find_nothing(db: TestDb) {
        let house = House::open(&db).await;
        let before = house.looks().await;
        let mut wrong = Vec::new();
        for operation in all() {
            let asked = house.ask(&house.server.browser(), &operation).await;
            let open = FOR_STRANGERS.contains(&operation.id().as_str());
            if asked.status.is_server_error() || open == asked.refused(&[Code::NotSignedIn]) {
                wrong.push(format!("a stranger, {}", asked.line(&operation)));
            }
            let asked = house.ask(&house.olga, &operation).await;
            let kept_away = !asked.names_a_row || open || asked.refused(HIDDEN);
            let told = operation.id() != "demoOutbox" && asked.answer.to_string().contains("hives.example");
            if asked.status.is_server_error() || !kept_away || told {
                wrong.push(format!("another organization, {}", asked.line(&operation)));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(house.looks().await, before, "somebody from elsewhere changed something");
    }

    async fn members_need_a_right_or_a_seat(db: TestDb) {
        let house = House::open(&db).await;
        let mut wrong = Vec::new();
        for operation in all() {
            let id = operation.id();
            if FOR_STRANGERS.contains(&id.as_str()) {
                continue;
            }
            let asked = house.ask(&house.viktor, &operation).await;
            if asked.status.is_server_error() || FOR_MEMBERS.contains(&id.as_str()) == asked.refused(HIDDEN) {
                wrong.push(asked.line(&operation));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn the_owner_sees_one_of_everything(db: TestDb) {
        let house = House::open(&db).await;
        let mut wrong = Vec::new();
        for operation in operations().into_iter().filter(|operation| operation.method == "get") {
            let asked = house.ask(&house.wanda, &operation).await;
            // These need a secret, an image, a socket, or to come back from a provider.
            let needs_more = ["checkInvitation", "checkSetup", "getPreviewImage", "getThumbnail", "getWaitingIdentity", "live"].contains(&operation.id().as_str());
            if !asked.status.is_success() && !needs_more {
                wrong.push(asked.line(&operation));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn garbage_is_refused_with_a_code(db: TestDb) {
        let house = House::open(&db).await;
        let mut wrong = Vec::new();
        for operation in all() {
            let mut description = operation.describe();
            let method = operation.method.to_uppercase();
            let (path, _) = house.path(&operation, &description);
            let (body, _) = house.body(&mut description, true);
            for (must, path, body) in garbage(&operation, &description, &path, body) {
                let response = house.wanda.request(&method, &path, body.clone()).await;
                let status = response.status();
                let answer = read(response).await;
                let code = answer["error"]["code"].as_str();
                let known = Code::ALL.iter().any(|known| Some(known.word()) == code && known.status() == status.as_u16());
                let fine = if status.is_success() { !must } else { status.is_client_error() && known };
                if !fine {
                    let mut line = format!("{}: {status} {answer} for {path} {}", operation.id(), body.unwrap_or_default());
                    line.truncate(line.floor_char_boundary(400));
                    wrong.push(line);
                }
            }
        }
        assert!(wrong.is_empty(), "{} of them, {wrong:#?}", wrong.len());
    }
}

/// Addresses and bodies that nobody means, and whether they must be refused.
fn garbage(
    operation: &Operation,
    description: &Description,
    path: &str,
    body: Option<Value>,
) -> Vec<(bool, String, Option<Value>)> {
    let mut all = Vec::new();
    for (part, schema) in operation.parts().into_iter().zip(&description.path) {
        let is_id = id_prefix(schema.as_value()).is_some();
        let long = "a".repeat(5_000);
        for other in ["x", "%00", "%FF%FE", "-1", "..%2F..%2Fetc", "acct_", "%F0%9F%91%8D%F0%9F%91%8D", &long] {
            let other = format!("/api{}", operation.path).replace(&format!("{{{part}}}"), other);
            // Only one part is garbage, the others name nothing.
            let other = other.replace(['{', '}'], "");
            all.push((is_id, other, body.clone()));
        }
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    if let Some(query) = &description.query {
        all.push((true, format!("{path}{joint}nobody_knows=1"), body.clone()));
        for (name, schema) in query.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let number = types(schema).is_some_and(|types| types.contains(&"integer"));
            let bare = path.split('?').next().unwrap_or_default();
            for value in
                ["", "x", "%00", "%FF", "-1", "0", "9223372036854775807", "99999999999999999999999", "%25_%27%22%5C"]
            {
                let must = number && value.parse::<i64>().is_err();
                all.push((must, format!("{bare}?{name}={value}"), body.clone()));
            }
            all.push((false, format!("{bare}?{name}={}", "%C3%A4".repeat(3_000)), body.clone()));
            all.push((true, format!("{bare}?{name}=1&{name}=2&{name}=3"), body.clone()));
        }
    }
    let Some(body) = body else { return all };
    // An empty list is read as an object without anything.
    all.extend([json!({}), json!([])].map(|nothing| (false, path.to_owned(), Some(nothing))));
    for other in [json!(null), json!("text"), json!(7), json!({ "nobody_knows": 1 }), json!([[[[[[[[]]]]]]]])] {
        all.push((true, path.to_owned(), Some(other)));
    }
    for (name, value) in body.as_object().into_iter().flatten() {
        let mut others = vec![
            (true, json!({ "a": { "b": [1] } })),
            (false, json!(null)),
            (false, json!("")),
            (false, json!("\0")),
            (false, json!("\u{202e}\u{feff} \u{1f468}\u{200d}\u{1f469}")),
            (false, json!("x".repeat(60_000))),
            (false, json!(-1)),
            (false, json!(i64::MAX)),
            (true, json!(1e300)),
            (false, json!([])),
            (false, json!(vec!["x"; 3_000])),
        ];
        if value.is_string() {
            others.extend([(true, json!(5)), (true, json!(true)), (true, json!(["x"]))]);
        }
        if value.is_boolean() || value.is_number() {
            others.extend([(true, json!("1")), (true, json!([value]))]);
        }
        for (must, other) in others {
            let mut body = body.clone();
            body[name] = other;
            all.push((must, path.to_owned(), Some(body)));
        }
    }
    all
}
