//! `events.json`: every event with its audience, and every frame of the live socket.

use model::event::Event;
use model::live::{ClientFrame, PROTOCOL, ServerFrame};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// Stream, audience and words of an event, as docs/EVENTS.md has them.
fn told(page: &str, kind: &str) -> (String, String, String) {
    let section = page.split(&format!("\n### `{kind}`\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("docs/EVENTS.md has no section `{kind}`"));
    let section = section.split("\n#").next().unwrap_or_default();
    let line = |name: &str| {
        let line = section.lines().find_map(|line| line.strip_prefix(name));
        let line = line.unwrap_or_else(|| panic!("docs/EVENTS.md: `{kind}` has no line `{name}`"));
        line.trim().trim_end_matches('.').to_owned()
    };
    let words = section
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("Stream:") && !line.starts_with("Audience:"));
    (line("Stream:"), line("Audience:"), words.collect::<Vec<_>>().join(" "))
}

fn document() -> Value {
    let page = include_str!("../../../../docs/EVENTS.md");
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let (server, client) = (generator.subschema_for::<ServerFrame>(), generator.subschema_for::<ClientFrame>());
    generator.subschema_for::<Event>();
    let definitions = generator.take_definitions(true);
    let mut events = serde_json::Map::new();
    for (at, variant) in definitions["Event"]["oneOf"].as_array().expect("every event").iter().enumerate() {
        let kind = variant["properties"]["type"]["const"].as_str().expect("the type of an event");
        let (stream, audience, words) = told(page, kind);
        let schema = json!({ "$ref": format!("#/$defs/Event/oneOf/{at}") });
        events.insert(
            kind.to_owned(),
            json!({ "stream": stream, "audience": audience, "description": words, "schema": schema }),
        );
    }
    let sections = page.lines().filter(|line| line.starts_with("### `")).count();
    assert_eq!(sections, events.len(), "docs/EVENTS.md has a section of an event that does not exist");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What goes over Waggle's live socket, `GET /api/live`",
        "description": "Text frames of JSON. `frames.server` and `frames.client` are what each side says, `events` is \
            what may stand in a frame of the type `event`. Taken from the types of the server and from docs/EVENTS.md.",
        "protocol": PROTOCOL,
        "frames": { "server": server, "client": client },
        "events": events,
        "$defs": definitions,
    })
}

#[test]
fn the_document_is_current() {
    super::keep("events.json", &document());
}
