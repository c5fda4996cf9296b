//! What a handler says of its operation by the types it takes and gives.

use axum::Json;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use model::Id;
use model::id::Kind;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::access::Caller;
use crate::answer::Problem;
use crate::app::Cx;
use crate::http::extract::{Body, Path, Query, Raw};
use crate::http::source::Source;

/// Something a client can ask for.
#[derive(Clone, Copy)]
pub struct Operation {
    /// As in HTTP, lower-case.
    pub method: &'static str,
    /// Below `/api`, with names of its parts in braces.
    pub path: &'static str,
    /// The handler with its modules.
    pub handler: &'static str,
    describe: fn(&mut Description),
}

impl Operation {
    /// What a handler answers.
    pub fn of<H: Described<T>, T>(method: &'static str) -> Self {
        Self { method, path: "", handler: std::any::type_name::<H>(), describe: H::describe }
    }

    /// The same at an address.
    pub fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The use case, as the client's function is called.
    pub fn id(&self) -> String {
        let name = self.handler.rsplit("::").next().unwrap_or_default();
        let mut id = String::new();
        for (at, word) in name.split('_').enumerate() {
            let (first, rest) = word.split_at(word.len().min(1));
            id.push_str(&if at == 0 { first.to_owned() } else { first.to_uppercase() });
            id.push_str(rest);
        }
        id
    }

    /// The slice it belongs to.
    pub fn slice(&self) -> &'static str {
        self.handler.split("::").nth(1).unwrap_or_default()
    }

    /// The names in braces, in order.
    pub fn parts(&self) -> Vec<&'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// Everything the handler's types say.
    pub fn describe(&self) -> Description {
        let mut description = Description::default();
        (self.describe)(&mut description);
        assert_eq!(description.path.len(), self.parts().len(), "{}: parts of the path", self.handler);
        description
    }
}

/// What is known of an operation.
pub struct Description {
    /// Whether it needs a session.
    pub session: bool,
    /// The schemas of the parts of its path.
    pub path: Vec<Schema>,
    /// The object that its query is.
    pub query: Option<Schema>,
    /// What it is sent.
    pub body: Option<Content>,
    /// How it answers when it is done.
    pub status: &'static str,
    /// What it answers then.
    pub answer: Option<Content>,
    /// Makes the schemas of what is sent.
    pub sent: SchemaGenerator,
    /// Makes the schemas of what is answered.
    pub given: SchemaGenerator,
}

impl Default for Description {
    fn default() -> Self {
        let settings = || SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
        Self {
            session: false,
            path: Vec::new(),
            query: None,
            body: None,
            status: "200",
            answer: None,
            sent: settings().for_deserialize().into_generator(),
            given: settings().for_serialize().into_generator(),
        }
    }
}

/// What goes over the wire beside heads.
pub enum Content {
    /// JSON of this form.
    Json(Schema),
    /// Bytes.
    Bytes,
    /// The live socket.
    Socket,
}

/// A handler of this signature.
pub trait Described<T> {
    fn describe(description: &mut Description);
}

/// Something a handler takes.
pub trait Taken {
    fn describe(_: &mut Description) {}
}

/// Something a handler gives.
pub trait Given {
    fn describe(description: &mut Description);
}

/// What stands in a path.
pub trait Parts {
    fn schemas() -> Vec<Schema>;
}

macro_rules! handlers {
    ($($($taken:ident)+;)+) => { $(
        impl<F, Fut, Res, M, $($taken,)+> Described<(M, $($taken,)+)> for F
        where
            F: FnOnce($($taken,)+) -> Fut,
            Fut: Future<Output = Res>,
            Res: Given,
            $($taken: Taken,)+
        {
            fn describe(description: &mut Description) {
                $($taken::describe(description);)+
                Res::describe(description);
            }
        }
    )+ };
}

handlers! {
    T1;
    T1 T2;
    T1 T2 T3;
    T1 T2 T3 T4;
    T1 T2 T3 T4 T5;
    T1 T2 T3 T4 T5 T6;
    T1 T2 T3 T4 T5 T6 T7;
}

impl Taken for State<Cx> {}
impl Taken for Source {}
impl Taken for HeaderMap {}

impl Taken for Caller {
    fn describe(description: &mut Description) {
        description.session = true;
    }
}

impl<T: Parts> Taken for Path<T> {
    fn describe(description: &mut Description) {
        description.path = T::schemas();
    }
}

impl<T: JsonSchema> Taken for Query<T> {
    fn describe(description: &mut Description) {
        description.query = Some(T::json_schema(&mut description.sent));
    }
}

impl<T: JsonSchema> Taken for Body<T> {
    fn describe(description: &mut Description) {
        description.body = Some(Content::Json(description.sent.subschema_for::<T>()));
    }
}

impl Taken for Raw {
    fn describe(description: &mut Description) {
        description.body = Some(Content::Bytes);
    }
}

impl Taken for WebSocketUpgrade {
    fn describe(description: &mut Description) {
        (description.status, description.answer) = ("101", Some(Content::Socket));
    }
}

impl Given for StatusCode {
    fn describe(description: &mut Description) {
        description.status = "204";
    }
}

impl<T: JsonSchema> Given for Json<T> {
    fn describe(description: &mut Description) {
        description.answer = Some(Content::Json(description.given.subschema_for::<T>()));
    }
}

impl<T: Given> Given for (StatusCode, T) {
    fn describe(description: &mut Description) {
        T::describe(description);
        description.status = "202";
    }
}

impl<T: Given, const N: usize> Given for ([(HeaderName, HeaderValue); N], T) {
    fn describe(description: &mut Description) {
        T::describe(description);
    }
}

impl<const N: usize> Given for (StatusCode, [(HeaderName, HeaderValue); N]) {
    fn describe(description: &mut Description) {
        StatusCode::describe(description);
    }
}

impl Given for Response {
    fn describe(description: &mut Description) {
        description.answer.get_or_insert(Content::Bytes);
    }
}

impl<T: Given> Given for Result<T, Problem> {
    fn describe(description: &mut Description) {
        T::describe(description);
    }
}

fn text() -> Schema {
    json_schema!({ "type": "string" })
}

impl Parts for String {
    fn schemas() -> Vec<Schema> {
        vec![text()]
    }
}

impl<K: Kind> Parts for Id<K> {
    fn schemas() -> Vec<Schema> {
        vec![SchemaGenerator::default().subschema_for::<Self>()]
    }
}

impl<A: Parts, B: Parts> Parts for (A, B) {
    fn schemas() -> Vec<Schema> {
        A::schemas().into_iter().chain(B::schemas()).collect()
    }
}

/// The description in the source above a handler, as one paragraph.
pub fn words(handler: &str) -> String {
    let parts: Vec<&str> = handler.split("::").collect();
    let (name, modules) = (parts[parts.len() - 1], &parts[1..parts.len() - 1]);
    let stem = format!("{}/src/{}", env!("CARGO_MANIFEST_DIR"), modules.join("/"));
    let source = std::fs::read_to_string(format!("{stem}.rs")).or_else(|_| std::fs::read_to_string(stem + "/mod.rs"));
    let source = source.expect("the handler's file");
    let before = source.split(&format!("pub async fn {name}(")).next().expect("the handler");
    let mut lines: Vec<&str> = before.lines().rev().map_while(|line| line.strip_prefix("///")).map(str::trim).collect();
    lines.reverse();
    lines.join(" ")
}

/// Takes what a generator collected under names.
pub fn named(generator: &mut SchemaGenerator) -> Vec<(String, Value)> {
    generator.take_definitions(true).into_iter().collect()
}
