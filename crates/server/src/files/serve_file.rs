//! `GET /api/files/{file}/content`, `…/thumbnail` and `GET /api/pictures/{picture}`: content, to those who may see it.
//!
//! Whatever was uploaded is an attachment without a type. `?inline=1` gives what a browser may show in its place: the
//! picture as the server encoded it, or the original of a sound or a film; of any other file it changes nothing.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Code, FileId, Refusal, file};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::blobs::Part;
use super::store;
use crate::access::{self, Caller};
use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query};
use crate::http::range::{self, Wanted};

/// How it is wanted.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// 1 to show it in its place.
    inline: Option<u8>,
}

/// Something to answer with.
struct Content<'a> {
    blob: FileId,
    part: Part,
    media_type: &'a str,
    disposition: String,
    cache: &'static str,
}

/// Asked for each time, because a message can be taken back; the answer is usually that nothing changed.
const ASK_AGAIN: &str = "private, no-cache";
/// An id names one picture for ever.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Gives the content of a file to those who may see it.
pub async fn get_content(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<FileId>,
    Query(request): Query<Request>,
    headers: HeaderMap,
) -> Answer<Response> {
    let row = cx.db.read(async move |tx| access::file(tx, &caller, id).await).await?;
    if !row.complete {
        return Err(Code::FileIncomplete.into());
    }
    let inline = request.inline == Some(1);
    // A film may have a small picture too.
    let (part, found, kind) = if inline && file::plays(&row.media_type) {
        (Part::Content, row.media_type.as_str(), "inline")
    } else if inline && row.thumbnail {
        (Part::Preview, found_type(&cx, row.blob_id, Part::Preview).await?, "inline")
    } else {
        (Part::Content, file::UNKNOWN, "attachment")
    };
    let disposition = disposition(kind, &row.name);
    send(&cx, &headers, Content { blob: row.blob_id, part, media_type: found, disposition, cache: ASK_AGAIN }).await
}

/// Gives the small picture of a file to those who may see it.
pub async fn get_thumbnail(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let row = cx.db.read(async move |tx| access::file(tx, &caller, id).await).await?;
    if !row.thumbnail {
        return Err(Code::NotFound.into());
    }
    thumbnail(&cx, &headers, row.blob_id).await
}

/// Gives something that the server made, under a name, to somebody who may have it.
///
/// # Errors
/// What the store for files says.
pub async fn attachment(cx: &Cx, asked: &HeaderMap, blob: FileId, name: &str) -> Answer<Response> {
    let (part, media_type) = (Part::Content, file::UNKNOWN);
    let disposition = disposition("attachment", name);
    send(cx, asked, Content { blob, part, media_type, disposition, cache: ASK_AGAIN }).await
}

/// Gives a small picture that the server made, to somebody who may see it.
///
/// # Errors
/// What the store for files says.
pub async fn thumbnail(cx: &Cx, asked: &HeaderMap, blob: FileId) -> Answer<Response> {
    let part = Part::Thumbnail;
    let media_type = found_type(cx, blob, part).await?;
    send(cx, asked, Content { blob, part, media_type, disposition: "inline".to_owned(), cache: ASK_AGAIN }).await
}

/// Gives the picture of a person or a conversation to the people of its organization.
pub async fn get_picture(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let organization = caller.organization_id;
    let known = cx.db.read(async move |tx| Ok::<_, Problem>(store::has_picture(tx, id, organization).await?)).await?;
    if !known {
        return Err(Code::NotFound.into());
    }
    let disposition = "inline".to_owned();
    let picture = Content { blob: id, part: Part::Content, media_type: "image/jpeg", disposition, cache: FOR_EVER };
    send(&cx, &headers, picture).await
}

/// What the server encoded a picture as.
async fn found_type(cx: &Cx, blob: FileId, part: Part) -> Result<&'static str, Fault> {
    Ok(file::sniff(&cx.blobs.head(blob, part).await?).unwrap_or(file::UNKNOWN))
}

async fn send(cx: &Cx, asked: &HeaderMap, content: Content<'_>) -> Answer<Response> {
    let Content { blob, part, .. } = content;
    let tag = format!("\"{blob}.{}\"", part.word());
    if range::is_known(asked, &tag) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED.into_response(), &content, &tag));
    }
    let size = cx.blobs.size(blob, part).await?;
    let (status, range) = match range::wanted(asked, size, &tag) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => return Ok(unsatisfiable(size)),
    };
    let body = cx.blobs.body(blob, part, range.clone()).await?;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(header::CONTENT_RANGE, text(&format!("bytes {}-{}/{size}", range.start, range.end - 1)));
    }
    Ok(with_headers(response, &content, &tag))
}

fn with_headers(mut response: Response, content: &Content<'_>, tag: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, text(content.media_type));
    headers.insert(header::CONTENT_DISPOSITION, text(&content.disposition));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(content.cache));
    headers.insert(header::ETAG, text(tag));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Should a browser open it as a page all the same, the page is of no origin and may do nothing.
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn unsatisfiable(size: u64) -> Response {
    let refusal = Refusal::with(Code::RangeUnsatisfiable, json!({ "size_bytes": size }));
    let mut response = Problem::from(refusal).into_response();
    response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{size}")));
    response
}

/// What stands unescaped in `filename*` (RFC 8187, section 3.2.1).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name twice: in ASCII for old clients, and as it is (RFC 6266, section 4.3).
fn disposition(kind: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || " -._()".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

/// A header of printable ASCII; all that is put into one here is.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_header() {
        assert_eq!(
            disposition("attachment", "Zoë \"x\"; a=b.pdf"),
            "attachment; filename=\"Zo_ _x__ a_b.pdf\"; filename*=UTF-8''Zo%C3%AB%20%22x%22%3B%20a%3Db.pdf"
        );
    }
}
