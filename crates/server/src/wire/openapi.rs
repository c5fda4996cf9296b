//! `openapi.json`: every operation of the router.

use std::collections::{BTreeMap, BTreeSet};

use model::Code;
use serde_json::{Map, Value, json};

use super::describe::{Content, Description, Operation, named, words};
use crate::http;

/// Every operation below `/api`.
pub(crate) fn operations() -> Vec<Operation> {
    http::api().into_operations()
}

/// The whole document.
pub(super) fn document() -> Value {
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for operation in operations() {
        let mut description = operation.describe();
        let text = operation_object(&operation, &description);
        tags.insert(operation.slice());
        paths.entry(format!("/api{}", operation.path)).or_default().insert(operation.method.to_owned(), text);
        let kept = named(&mut description.given).into_iter().chain(named(&mut description.sent));
        for (name, schema) in kept {
            let known = schemas.entry(name.clone()).or_insert_with(|| schema.clone());
            if *known != schema {
                // What may be absent when it is sent is always there when it is answered.
                known.as_object_mut().and_then(|known| known.remove("required"));
                let mut schema = schema;
                schema.as_object_mut().and_then(|schema| schema.remove("required"));
                assert_eq!(*known, schema, "{name} is sent and answered in different forms; rename one of them");
            }
        }
    }
    schemas.insert("Refusal".to_owned(), refusal());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Waggle",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the server answers below `/api`, taken from its handlers. \
                Live events come over `GET /api/live` and are described in `events.json`.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "tags": tags.into_iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-waggle",
                    "description": "Given by signing in. Without https, and then on the same machine only, it is called `waggle`.",
                },
            },
            "responses": responses(),
        },
    })
}

/// Every no by its status, and any.
fn responses() -> BTreeMap<String, Value> {
    let mut codes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for code in Code::ALL {
        codes.entry(code.status().to_string()).or_default().push(code.word());
    }
    // Whatever else may come: what nobody expected.
    codes.insert("Refused".to_owned(), vec!["fault", "unavailable"]);
    let schema = json!({ "$ref": "#/components/schemas/Refusal" });
    let response = |words: Vec<&str>| {
        let text = format!("Refused; its code is `{}`.", words.join("`, `"));
        json!({ "description": text, "content": { "application/json": { "schema": schema } } })
    };
    codes.into_iter().map(|(status, words)| (status, response(words))).collect()
}

/// What a no looks like.
fn refusal() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.word()).chain(["fault", "unavailable"]).collect();
    json!({
        "description": "Why a request was not done.",
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": { "type": "string", "enum": codes, "description": "Stable; clients translate by it." },
                    "message": { "type": "string", "description": "A sentence for a person, in English." },
                    "details": { "description": "Facts for the client's sentence." },
                    "reference": { "type": "string", "description": "Of a fault, to be told to the operator." },
                },
            },
        },
    })
}

/// The statuses with which an operation may refuse whatever it decides by itself.
fn refusals(operation: &Operation, description: &Description) -> Vec<Code> {
    let mut codes = vec![Code::TooManyRequests];
    if description.session {
        codes.extend([Code::NotSignedIn, Code::NotAllowed]);
    }
    if !description.path.is_empty() {
        codes.push(Code::NotFound);
    }
    if description.query.is_some() || description.body.is_some() {
        codes.push(Code::BadRequest);
    }
    if description.body.is_some() {
        codes.push(Code::TooLarge);
    }
    if operation.method != "get" {
        codes.push(Code::WrongOrigin);
    }
    codes
}

fn operation_object(operation: &Operation, description: &Description) -> Value {
    let mut parameters = Vec::new();
    for (name, schema) in operation.parts().into_iter().zip(&description.path) {
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    if let Some(query) = &description.query {
        let required = query.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (name, schema) in query.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let needed = required.iter().any(|one| one == name);
            let mut schema = schema.clone();
            let text = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({ "name": name, "in": "query", "required": needed, "schema": schema });
            if let Some(text) = text {
                parameter["description"] = text;
            }
            parameters.push(parameter);
        }
    }
    let mut answer = json!({ "description": "Done." });
    match &description.answer {
        Some(Content::Json(schema)) => answer["content"] = json!({ "application/json": { "schema": schema } }),
        Some(Content::Bytes) => answer["content"] = json!({ "*/*": {} }),
        Some(Content::Socket) => answer["description"] = json!("The socket; frames are described in `events.json`."),
        None => {}
    }
    let mut responses = BTreeMap::from([(description.status.to_owned(), answer)]);
    for code in refusals(operation, description) {
        responses
            .insert(code.status().to_string(), json!({ "$ref": format!("#/components/responses/{}", code.status()) }));
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Refused" }));
    let mut object = json!({
        "operationId": operation.id(),
        "tags": [operation.slice()],
        "summary": words(operation.handler),
        "responses": responses,
    });
    if !parameters.is_empty() {
        object["parameters"] = json!(parameters);
    }
    match &description.body {
        Some(Content::Json(schema)) => {
            let content = json!({ "application/json": { "schema": schema } });
            object["requestBody"] = json!({ "required": true, "content": content });
        }
        Some(Content::Bytes | Content::Socket) => {
            object["requestBody"] = json!({ "required": true, "content": { "application/octet-stream": {} } });
        }
        None => {}
    }
    object["security"] = if description.session { json!([{ "session": [] }]) } else { json!([]) };
    object
}

#[test]
fn the_document_is_current() {
    super::keep("openapi.json", &document());
}

#[test]
fn operations_have_names_of_their_own_and_say_what_they_do() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        assert!(ids.insert(operation.id()), "{} is there twice", operation.id());
        assert!(words(operation.handler).ends_with('.'), "{} has no description", operation.handler);
    }
}
