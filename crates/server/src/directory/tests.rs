//! Phonebooks, contacts and imports through the router, for those who may and those who may not.

use std::time::Duration;

use model::Code;
use model::event::{Audience, Event};
use serde_json::{Value, json};

use crate::test_server::{Browser, served};

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn book(browser: &Browser, name: &str, kind: &str) -> String {
    text(&browser.post("/api/phonebooks", json!({ "name": name, "kind": kind })).await["id"])
}

async fn contact(browser: &Browser, book: &str, contact: Value) -> String {
    text(&browser.post(&format!("/api/phonebooks/{book}/contacts"), contact).await["id"])
}

fn names(listed: &Value) -> Vec<&str> {
    listed["contacts"].as_array().expect("a list").iter().filter_map(|contact| contact["name"].as_str()).collect()
}

async fn count(browser: &Browser, book: &str) -> i64 {
    let listed = browser.get("/api/phonebooks").await;
    let found = listed["phonebooks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == book)
        .map(|one| one["contact_count"].clone());
    found.and_then(|count| count.as_i64()).expect("a phonebook")
}

/// Waits until an import has ended.
async fn ended(browser: &Browser, import: &Value) -> Value {
    let path = format!("/api/imports/{}", text(&import["id"]));
    for _ in 0..600 {
        let now = browser.get(&path).await;
        if now["state"] != "running" {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the import does not end");
}

fn csv(rows: usize) -> String {
    let row = |at| format!("Person {at:05},Company {},p{at}@x.example,+49 40 {:07}\n", at % 7, 1_000_000 + at);
    format!("Name,Company,Email,Phone\n{}", (0..rows).map(row).collect::<String>())
}

served! {
    async fn phonebooks_are_made_renamed_and_deleted(server: TestServer) {
        let (nora, priya, lucia) = (server.sign_in("nora.lindqvist").await, server.sign_in("priya.raman").await, server.sign_in("lucia.bianchi").await);
        let shared = book(&nora, " Customers ", "shared").await;
        let own = book(&lucia, "Mine", "personal").await;
        let seen = |listed: Value| -> Vec<(String, bool)> {
            let list = listed["phonebooks"].as_array().unwrap().clone();
            list.iter().map(|one| (text(&one["name"]), one["may_edit"].as_bool().unwrap())).collect()
        };
        assert_eq!(seen(nora.get("/api/phonebooks").await), [("Customers".to_owned(), true)]);
        assert_eq!(seen(priya.get("/api/phonebooks").await), [("Customers".to_owned(), true)]);
        assert_eq!(seen(lucia.get("/api/phonebooks").await), [("Customers".to_owned(), false), ("Mine".to_owned(), true)]);

        let path = format!("/api/phonebooks/{shared}");
        let renamed = priya.call("PATCH", &path, Some(json!({ "name": "Clients" }))).await;
        assert_eq!(renamed["name"], "Clients");
        nora.refused("DELETE", &path, Some(json!({ "name": "Customers" })), Code::NameNotRepeated).await;
        nora.refused("DELETE", &path, None, Code::BadRequest).await;
        contact(&nora, &shared, json!({ "name": "A" })).await;
        nora.call("DELETE", &path, Some(json!({ "name": "Clients" }))).await;
        for (method, body) in [("PATCH", json!({ "name": "x" })), ("DELETE", json!({ "name": "Clients" }))] {
            nora.refused(method, &path, Some(body), Code::NotFound).await;
        }
        assert_eq!(nora.get("/api/search?query=a").await["contacts"], json!([]));
        server.pass(Duration::from_secs(7_200));
        server.work().await;
        server.work().await;
        lucia.call("DELETE", &format!("/api/phonebooks/{own}"), Some(json!({ "name": "Mine" }))).await;
    }

    async fn what_a_phonebook_cannot_be(server: TestServer) {
        let (nora, lucia) = (server.sign_in("nora.lindqvist").await, server.sign_in("lucia.bianchi").await);
        lucia.refused("POST", "/api/phonebooks", Some(json!({ "name": "x", "kind": "shared" })), Code::NotAllowed).await;
        nora.refused("POST", "/api/phonebooks", Some(json!({ "name": " ", "kind": "shared" })), Code::InvalidName).await;
        nora.refused("POST", "/api/phonebooks", Some(json!({ "name": "x".repeat(81), "kind": "shared" })), Code::InvalidName).await;
        for bad in [json!({}), json!({ "name": 1, "kind": "shared" }), json!({ "name": "x", "kind": "public" }), json!({ "name": "x", "kind": "shared", "id": 1 })] {
            nora.refused("POST", "/api/phonebooks", Some(bad), Code::BadRequest).await;
        }
        for at in 0..100 {
            book(&lucia, &format!("Mine {at}"), "personal").await;
        }
        lucia.refused("POST", "/api/phonebooks", Some(json!({ "name": "x", "kind": "personal" })), Code::TooManyPhonebooks).await;
        book(&nora, "still room", "personal").await;
    }

    async fn contacts_are_made_changed_removed_and_brought_back(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let shared = book(&nora, "Customers", "shared").await;
        let wanted = json!({
            "name": "Jörg Müller", "company": "Nordfeld", "title": "Buyer", "kind": "whitelist", "extension": "42", "work": "+49 40 1234567",
            "mobile": "+49 171 1234567", "home": "1", "home_mobile": "2", "main": "3", "fax": "4", "short_numbers": ["81"],
            "email": "J@Nordfeld.example", "note": "likes calls",
        });
        let id = contact(&nora, &shared, wanted).await;
        let path = format!("/api/contacts/{id}");
        let kept = nora.get(&path).await;
        assert_eq!((&kept["email"], &kept["kind"], &kept["owner"]["name"]), (&json!("j@nordfeld.example"), &json!("whitelist"), &json!("Nora Lindqvist")));
        assert_eq!(kept["numbers"]["work"], json!({ "typed": "+49 40 1234567", "e164": "+49401234567" }));
        assert_eq!(count(&nora, &shared).await, 1);

        let tomas = server.sign_in("tomas.herrera").await;
        let owner = tomas.get("/api/me").await["account"]["id"].clone();
        let changed = nora.call("PATCH", &path, Some(json!({ "company": "", "owner_id": owner, "mobile": "+1 415 555 2671" }))).await;
        assert_eq!((&changed["company"], &changed["owner"]["name"], &changed["title"]), (&Value::Null, &json!("Tomás Herrera"), &json!("Buyer")));
        assert_eq!(changed["numbers"]["mobile"]["e164"], "+14155552671");

        for _ in 0..2 {
            nora.call("DELETE", &path, None).await;
        }
        assert_eq!(count(&nora, &shared).await, 0);
        nora.refused("GET", &path, None, Code::NotFound).await;
        nora.refused("PATCH", &path, Some(json!({ "name": "x" })), Code::NotFound).await;
        assert_eq!(nora.get("/api/search?query=muller").await["contacts"], json!([]));
        server.pass(Duration::from_secs(599));
        for _ in 0..2 {
            let back = nora.call("POST", &format!("{path}/restore"), None).await;
            assert_eq!(back["id"], id.as_str());
        }
        assert_eq!((count(&nora, &shared).await, names(&nora.get("/api/search?query=muller").await)), (1, vec!["Jörg Müller"]));
        nora.call("DELETE", &path, None).await;
        server.pass(Duration::from_secs(601));
        nora.refused("POST", &format!("{path}/restore"), None, Code::NotFound).await;
        server.pass(Duration::from_secs(3_600));
        server.work().await;
        nora.refused("POST", &format!("{path}/restore"), None, Code::NotFound).await;
    }

    async fn what_a_contact_cannot_be(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let (shared, own) = (book(&nora, "Customers", "shared").await, book(&nora, "Mine", "personal").await);
        let path = format!("/api/phonebooks/{shared}/contacts");
        let check = async |wanted: Value, code: Code| nora.refused("POST", &path, Some(wanted), code).await;
        check(json!({}), Code::ContactNameless).await;
        check(json!({ "name": "x".repeat(121) }), Code::FieldTooLong).await;
        check(json!({ "name": "A", "email": "nowhere" }), Code::InvalidEmail).await;
        check(json!({ "name": "A", "work": "call me" }), Code::InvalidNumber).await;
        check(json!({ "name": "A", "short_numbers": vec!["1"; 11] }), Code::TooManyNumbers).await;
        check(json!({ "name": "A", "kind": "friend" }), Code::BadRequest).await;
        check(json!({ "name": ["A"] }), Code::BadRequest).await;
        check(json!({ "name": "A", "phonebook_id": own }), Code::BadRequest).await;
        check(json!({ "name": "A", "note": "x".repeat(200_000) }), Code::TooLarge).await;
        check(json!({ "name": "A", "owner_id": "acct_2222222222222222222222222a" }), Code::NotFound).await;
        let wanda = server.sign_in_elsewhere().await;
        let foreign = wanda.get("/api/me").await["account"]["id"].clone();
        check(json!({ "name": "A", "owner_id": foreign }), Code::NotFound).await;
        let tomas = server.sign_in("tomas.herrera").await.get("/api/me").await["account"]["id"].clone();
        let body = json!({ "name": "A", "owner_id": tomas });
        nora.refused("POST", &format!("/api/phonebooks/{own}/contacts"), Some(body), Code::NotFound).await;
        assert_eq!((count(&nora, &shared).await, count(&nora, &own).await), (0, 0));
        // Text that looks like SQL, JSON or HTML is text.
        for name in ["'; drop table contacts; --", "{\"a\":1}", "<script>alert(1)</script>", "\u{202e}evil", "%_!"] {
            let id = contact(&nora, &shared, json!({ "name": name })).await;
            assert_eq!(nora.get(&format!("/api/contacts/{id}")).await["name"], name);
        }
    }

    async fn every_door_is_closed_to_those_who_may_not(server: TestServer) {
        let (nora, lucia, wanda) = (server.sign_in("nora.lindqvist").await, server.sign_in("lucia.bianchi").await, server.sign_in_elsewhere().await);
        let (shared, own) = (book(&nora, "Customers", "shared").await, book(&nora, "Mine", "personal").await);
        let (one, private) = (contact(&nora, &shared, json!({ "name": "A" })).await, contact(&nora, &own, json!({ "name": "B" })).await);
        let import = nora.post(&format!("/api/phonebooks/{own}/imports"), json!({ "format": "csv", "text": "Name\nX\n" })).await;
        ended(&nora, &import).await;
        let file = json!({ "format": "csv", "text": "Name\nA\n" });
        let doors = |book: &str, contact: &str| {
            vec![
                ("GET", format!("/api/phonebooks/{book}/contacts"), None),
                ("PATCH", format!("/api/phonebooks/{book}"), Some(json!({ "name": "x" }))),
                ("DELETE", format!("/api/phonebooks/{book}"), Some(json!({ "name": "Customers" }))),
                ("POST", format!("/api/phonebooks/{book}/contacts"), Some(json!({ "name": "x" }))),
                ("POST", format!("/api/phonebooks/{book}/imports/preview"), Some(file.clone())),
                ("POST", format!("/api/phonebooks/{book}/imports"), Some(file.clone())),
                ("GET", format!("/api/contacts/{contact}"), None),
                ("PATCH", format!("/api/contacts/{contact}"), Some(json!({ "name": "x" }))),
                ("DELETE", format!("/api/contacts/{contact}"), None),
                ("POST", format!("/api/contacts/{contact}/restore"), None),
            ]
        };
        // Nobody but the owner knows of a personal phonebook, not even an administrator.
        let tomas = server.sign_in("tomas.herrera").await;
        for (method, path, body) in doors(&own, &private) {
            for stranger in [&lucia, &wanda, &tomas] {
                stranger.refused(method, &path, body.clone(), Code::NotFound).await;
            }
            server.browser().refused(method, &path, body, Code::NotSignedIn).await;
        }
        for (method, path, body) in doors(&shared, &one) {
            wanda.refused(method, &path, body.clone(), Code::NotFound).await;
            if method != "GET" {
                lucia.refused(method, &path, body, Code::NotAllowed).await;
            } else {
                lucia.get(&path).await;
            }
        }
        for (method, path, body) in doors("book_2222222222222222222222222a", "cont_2222222222222222222222222a") {
            nora.refused(method, &path, body.clone(), Code::NotFound).await;
        }
        for (method, path, body) in doors("nonsense", &shared) {
            nora.refused(method, &path, body, Code::NotFound).await;
        }
        let import = format!("/api/imports/{}", text(&import["id"]));
        for method in ["GET", "DELETE"] {
            for stranger in [&lucia, &wanda, &tomas] {
                stranger.refused(method, &import, None, Code::NotFound).await;
            }
        }
        assert_eq!((count(&nora, &shared).await, count(&nora, &own).await), (1, 2));
    }

    async fn a_phonebook_is_listed_by_name_and_pages(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let shared = book(&nora, "Customers", "shared").await;
        for name in ["Zoë", "ådne", "Bea", "alf", "Ángel"] {
            contact(&nora, &shared, json!({ "name": name })).await;
        }
        for at in 0..60 {
            contact(&nora, &shared, json!({ "name": format!("Same name"), "company": format!("Company {at}") })).await;
        }
        let path = format!("/api/phonebooks/{shared}/contacts");
        let first = nora.get(&path).await;
        assert_eq!(names(&first)[..4], ["ådne", "alf", "Ángel", "Bea"]);
        let next = text(&first["next"]).replace(' ', "%20");
        let second = nora.get(&format!("{path}?after={next}")).await;
        assert_eq!((names(&first).len(), names(&second).len(), names(&second)[14]), (50, 15, "Zoë"));
        assert_eq!(second["next"], Value::Null);
        assert_eq!(names(&nora.get(&format!("{path}?query=comp%205")).await).len(), 11);
        nora.refused("GET", &format!("{path}?after=nonsense"), None, Code::BadRequest).await;
        nora.refused("GET", &format!("{path}?query={}", "x".repeat(201)), None, Code::QueryTooLong).await;
    }

    async fn changes_are_told_to_those_who_see_the_phonebook(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let me: model::AccountId = text(&nora.get("/api/me").await["account"]["id"]).parse().unwrap();
        let (shared, own) = (book(&nora, "Customers", "shared").await, book(&nora, "Mine", "personal").await);
        let organization: model::OrganizationId = text(&nora.get("/api/me").await["organization"]["id"]).parse().unwrap();
        let id = contact(&nora, &shared, json!({ "name": "A" })).await;
        contact(&nora, &own, json!({ "name": "B" })).await;
        nora.call("DELETE", &format!("/api/contacts/{id}"), None).await;
        let cx = server.cx();
        let told = cx.db.read(async move |tx| {
            let organization = crate::live::store::between(tx, model::event::Stream::Organization(organization), 1, 1_000).await?;
            let account = crate::live::store::between(tx, model::event::Stream::Account(me), 1, 1_000).await?;
            Ok::<_, store::Error>((organization, account))
        });
        let (shared_told, own_told) = told.await.unwrap();
        let kinds = |rows: &[crate::live::store::GapRow], stream| -> Vec<(String, Audience)> {
            let told = rows.iter().filter_map(|row| crate::live::store::committed(stream, row));
            told.map(|told| (text(&serde_json::to_value(told.event.as_ref()).unwrap()["type"]), told.audience)).collect()
        };
        let everybody = Audience::Organization(organization);
        let kinds_of = |names: &[&str], audience: Audience| -> Vec<(String, Audience)> { names.iter().map(|name| ((*name).to_owned(), audience)).collect() };
        assert_eq!(
            kinds(&shared_told, model::event::Stream::Organization(organization)),
            kinds_of(&["phonebook.changed", "contact.changed", "phonebook.changed", "contact.removed", "phonebook.changed"], everybody)
        );
        assert_eq!(
            kinds(&own_told, model::event::Stream::Account(me)),
            kinds_of(&["phonebook.changed", "contact.changed", "phonebook.changed"], Audience::Account(me))
        );
        let last: Event = serde_json::from_str(&shared_told.last().unwrap().body).unwrap();
        assert!(matches!(last, Event::PhonebookChanged { contact_count: 0, .. }), "{last:?}");
    }

    async fn conversations_in_common(server: TestServer) {
        let (nora, tomas, wanda) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await, server.sign_in_elsewhere().await);
        let (id, me) = (text(&tomas.get("/api/me").await["account"]["id"]), text(&nora.get("/api/me").await["account"]["id"]));
        let shared = nora.get(&format!("/api/people/{id}/conversations")).await;
        let mirrored = tomas.get(&format!("/api/people/{me}/conversations")).await;
        let ids = |listed: &Value| -> Vec<String> { listed["conversations"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect() };
        assert!(ids(&shared).len() >= 2, "{shared}");
        assert_eq!(ids(&shared), ids(&mirrored));
        assert_eq!(nora.get(&format!("/api/people/{me}/conversations")).await["conversations"], json!([]));
        wanda.refused("GET", &format!("/api/people/{id}/conversations"), None, Code::NotFound).await;
        nora.refused("GET", "/api/people/nobody/conversations", None, Code::NotFound).await;
        nora.refused("GET", &format!("/api/people/{id}/conversations?before=x"), None, Code::BadRequest).await;
    }

    async fn a_preview_keeps_nothing(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let shared = book(&nora, "Customers", "shared").await;
        let path = format!("/api/phonebooks/{shared}/imports/preview");
        let text = format!("{},,nowhere,\n", csv(30));
        let preview = nora.post(&path, json!({ "format": "csv", "text": text })).await;
        let fields: Vec<_> = preview["columns"].as_array().unwrap().iter().map(|column| column["field"].as_str()).collect();
        assert_eq!(fields, [Some("name"), Some("company"), Some("email"), Some("work")]);
        assert_eq!((&preview["total"], preview["rows"].as_array().unwrap().len(), &preview["refused_count"]), (&json!(31), 20, &json!(1)));
        assert_eq!(preview["refused"][0], json!({ "line": 32, "code": "contact_nameless", "field": null }));
        assert_eq!(count(&nora, &shared).await, 0);
        let twice = json!({ "format": "csv", "text": text, "mapping": ["name", "name", null, null] });
        nora.refused("POST", &path, Some(twice), Code::InvalidMapping).await;
        nora.refused("POST", &path, Some(json!({ "format": "csv", "text": "Name\n" })), Code::ImportEmpty).await;
        nora.refused("POST", &path, Some(json!({ "format": "xls", "text": "" })), Code::BadRequest).await;
        let big = "x".repeat(10 * 1024 * 1024 + 1);
        nora.refused("POST", &path, Some(json!({ "format": "csv", "text": big })), Code::ImportTooLarge).await;
        let huge = "x".repeat(21 * 1024 * 1024);
        nora.refused("POST", &path, Some(json!({ "format": "csv", "text": huge })), Code::TooLarge).await;
    }

    async fn an_import_adds_updates_and_refuses(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let shared = book(&nora, "Customers", "shared").await;
        contact(&nora, &shared, json!({ "name": "Old name", "title": "Buyer", "email": "P3@x.example" })).await;
        let body = format!("{}Nameless?,,nowhere,\nAgain,,,+49 40 1000005\n", csv(450));
        let path = format!("/api/phonebooks/{shared}/imports");
        let begun = nora.post(&path, json!({ "format": "csv", "text": body })).await;
        assert_eq!((&begun["state"], &begun["total"]), (&json!("running"), &json!(452)));
        let done = ended(&nora, &begun).await;
        let figures = ["state", "done", "added", "updated", "refused_count"].map(|field| done[field].clone());
        assert_eq!(figures, [json!("done"), json!(452), json!(449), json!(2), json!(1)]);
        assert_eq!(done["refused"], json!([{ "line": 452, "code": "invalid_email", "field": "email" }]));
        assert_eq!(count(&nora, &shared).await, 450);
        let found = nora.get("/api/search?query=person%2000003").await;
        assert_eq!((names(&found), &found["contacts"][0]["title"]), (vec!["Person 00003"], &json!("Buyer")));
        assert_eq!(names(&nora.get("/api/search?query=%2B49401000005").await), ["Again"]);
        let again = ended(&nora, &nora.post(&path, json!({ "format": "csv", "text": csv(450) })).await).await;
        assert_eq!((&again["added"], &again["updated"]), (&json!(0), &json!(450)));
    }

    async fn vcards_are_imported(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let own = book(&nora, "Mine", "personal").await;
        let card = |name: &str| format!("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{name}\r\nTEL;TYPE=cell:+39 333 1234567\r\nEND:VCARD\r\n");
        let text = format!("{}{}", card("Zoë"), card("Zoë Rossi"));
        let done = ended(&nora, &nora.post(&format!("/api/phonebooks/{own}/imports"), json!({ "format": "vcard", "text": text })).await).await;
        assert_eq!((&done["added"], &done["updated"]), (&json!(1), &json!(1)));
        assert_eq!(names(&nora.get(&format!("/api/phonebooks/{own}/contacts")).await), ["Zoë Rossi"]);
    }

    async fn an_import_is_cancelled_resumed_and_alone(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let shared = book(&nora, "Customers", "shared").await;
        let path = format!("/api/phonebooks/{shared}/imports");
        // One that was begun by a server that is gone.
        let cx = server.cx();
        let (id, now) = (cx.id(), cx.now());
        let wanted: model::PhonebookId = shared.parse().unwrap();
        let account: model::AccountId = text(&nora.get("/api/me").await["account"]["id"]).parse().unwrap();
        let organization: model::OrganizationId = text(&nora.get("/api/me").await["organization"]["id"]).parse().unwrap();
        let file = crate::directory::store::ImportFile { format: model::directory::ImportFormat::Csv, mapping: None, has_header: Some(true), body: csv(300) };
        let left = cx.db.write(async move |tx| {
            let new = crate::directory::store::NewImport { id, organization_id: organization, phonebook_id: wanted, account_id: account, file: &file, total: 300 };
            crate::directory::store::insert_import(tx, &new, now).await
        });
        left.await.unwrap();
        tomas.refused("POST", &path, Some(json!({ "format": "csv", "text": csv(3) })), Code::ImportRunning).await;
        server.work().await;
        let import = json!({ "id": id.to_string() });
        assert_eq!(tomas.get(&format!("/api/imports/{id}")).await["done"], 0, "not stalled for long enough");
        server.pass(Duration::from_secs(31));
        server.work().await;
        let done = ended(&nora, &import).await;
        assert_eq!((&done["state"], &done["added"], count(&nora, &shared).await), (&json!("done"), &json!(300), 300));

        let (id, now) = (cx.id(), cx.now());
        let file = crate::directory::store::ImportFile { format: model::directory::ImportFormat::Csv, mapping: None, has_header: Some(true), body: csv(9) };
        let left = cx.db.write(async move |tx| {
            let new = crate::directory::store::NewImport { id, organization_id: organization, phonebook_id: wanted, account_id: account, file: &file, total: 9 };
            crate::directory::store::insert_import(tx, &new, now).await
        });
        left.await.unwrap();
        for _ in 0..2 {
            tomas.call("DELETE", &format!("/api/imports/{id}"), None).await;
        }
        assert_eq!(nora.get(&format!("/api/imports/{id}")).await["state"], "cancelled");
        ended(&nora, &nora.post(&path, json!({ "format": "csv", "text": csv(3) })).await).await;
    }
}
