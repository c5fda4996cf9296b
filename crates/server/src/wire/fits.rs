//! Whether an answer has the form that the description says; every answer to a test's browser is looked at.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::describe::{Content, Operation, named};

/// The operation that answers a request.
pub(crate) fn operation(method: &str, path: &str) -> Option<Operation> {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    let path = path.strip_prefix("/api")?.split('?').next().unwrap_or_default();
    let fits = |operation: &&Operation| {
        let (known, asked) = (operation.path.split('/'), path.split('/'));
        operation.method.eq_ignore_ascii_case(method)
            && known.clone().count() == asked.clone().count()
            && known.zip(asked).all(|(known, asked)| known.starts_with('{') || known == asked)
    };
    let operations = OPERATIONS.get_or_init(super::openapi::operations);
    // What is written out goes before what is a part.
    operations.iter().filter(fits).min_by_key(|operation| operation.parts().len()).copied()
}

/// Says what is wrong with the answer of an operation.
pub(crate) fn misfit(operation: &Operation, answer: &Value) -> Option<String> {
    let mut description = operation.describe();
    let definitions: Map<String, Value> = named(&mut description.given).into_iter().collect();
    let Some(Content::Json(schema)) = description.answer else { return None };
    check(answer, schema.as_value(), &definitions).err().map(|why| format!("{}: {why}", operation.id()))
}

/// Follows a reference.
pub(super) fn resolved<'s>(schema: &'s Value, definitions: &'s Map<String, Value>) -> &'s Value {
    match schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        Some(name) => resolved(&definitions[name], definitions),
        None => schema,
    }
}

fn check(value: &Value, schema: &Value, definitions: &Map<String, Value>) -> Result<(), String> {
    let schema = resolved(schema, definitions);
    for choice in ["oneOf", "anyOf"] {
        let Some(choices) = schema[choice].as_array() else { continue };
        let tried: Vec<_> = choices.iter().map(|one| check(value, one, definitions)).collect();
        if tried.iter().all(Result::is_err) {
            let why: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
            return Err(format!("none of: {}", why.join("; ")));
        }
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    if let Some(types) = types(schema)
        && !types.iter().any(|kind| is(value, kind))
    {
        return Err(format!("{value} is no {}", types.join(" or ")));
    }
    if let (Some(text), Some(prefix)) = (value.as_str(), id_prefix(schema))
        && (text.len() != prefix.len() + 27 || !text.starts_with(prefix))
    {
        return Err(format!("{text} is no id {prefix}_…"));
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for (at, item) in items.iter().enumerate() {
            check(item, schema, definitions).map_err(|why| format!("[{at}] {why}"))?;
        }
    }
    if let (Some(entries), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !entries.contains_key(needed) {
                return Err(format!("{needed} is not there"));
            }
        }
        for (name, entry) in entries {
            let schema = properties.get(name).ok_or_else(|| format!("{name} is not described"))?;
            check(entry, schema, definitions).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(())
}

/// What a value may be.
pub(super) fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(some) => Some(some.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// The kind of id that a text must be.
pub(super) fn id_prefix(schema: &Value) -> Option<&str> {
    schema["pattern"].as_str()?.strip_prefix('^')?.split('_').next()
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let me = operation("GET", "/api/me").expect("an operation");
    assert_eq!(misfit(&me, &serde_json::json!({ "account": 1 })).as_deref(), Some("getMe: organization is not there"));
    assert!(operation("GET", "/api/messages/search").is_none());
    assert_eq!(operation("GET", "/api/invitations/x?y").map(|found| found.id()).as_deref(), Some("checkInvitation"));
}
