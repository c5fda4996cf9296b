//! What people do with files, from the first announcement to the picture in a message, on both engines.

use std::io::Cursor;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use image::{ImageFormat, RgbImage};
use model::Code;
use serde_json::{Value, json};

use crate::test_server::{Browser, TestServer, read, served};

const MB: usize = 1024 * 1024;

/// The header of a PNG of 60,000 × 60,000 pixels with nothing behind it.
pub(crate) fn bomb() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend(60_000_u32.to_be_bytes());
    // 8 bits of RGBA; the checksum is that of the type and the fields.
    bytes.extend([8, 6, 0, 0, 0]);
    let sum = crc(&bytes[12..]);
    bytes.extend(sum.to_be_bytes());
    bytes.extend(b"\0\0\0\x01IDAT\0\0\0\0\0");
    bytes
}

/// The checksum of PNG (RFC 2083, section 15), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    pixels.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Nora, Tomás, and their direct conversation.
async fn two(server: &TestServer) -> (Browser, Browser, String) {
    let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
    let id = tomas.get("/api/me").await["account"]["id"].clone();
    let conversation = nora.post("/api/conversations/direct", json!({ "person_id": id })).await;
    (nora, tomas, text(&conversation["id"]))
}

/// A group of the two.
async fn group(nora: &Browser, tomas: &Browser) -> String {
    let id = tomas.get("/api/me").await["account"]["id"].clone();
    let body = json!({ "client_id": "group", "title": "Robots", "description": null, "people": [id] });
    text(&nora.post("/api/conversations", body).await["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

fn announced(conversation: &str, client_id: &str, name: &str, size: usize) -> Value {
    let (size, kind) = (size as i64, "image/png");
    json!({ "conversation_id": conversation, "client_id": client_id, "name": name, "size_bytes": size, "media_type": kind })
}

async fn send(browser: &Browser, id: &str, offset: usize, bytes: &[u8]) -> Response<Body> {
    browser.request_with_bytes("PATCH", &format!("/api/files/{id}?offset={offset}"), bytes.to_vec()).await
}

async fn refused(response: Response<Body>, code: Code) -> Value {
    let status = response.status().as_u16();
    let value = read(response).await;
    assert_eq!((value["error"]["code"].as_str(), status), (Some(code.word()), code.status()), "{value}");
    value
}

async fn bytes(response: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole answer").to_vec()
}

fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

/// Uploads all of a file and returns it as it is then.
async fn uploaded(browser: &Browser, conversation: &str, name: &str, content: &[u8]) -> Value {
    let client_id: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let made = browser.post("/api/files", announced(conversation, &client_id, name, content.len())).await;
    let (id, mut at) = (text(&made["file"]["id"]), 0);
    for part in content.chunks(MB) {
        let answer = send(browser, &id, at, part).await;
        assert_eq!(answer.status(), StatusCode::OK);
        at += part.len();
        assert_eq!(read(answer).await["received_bytes"], at as i64);
    }
    browser.get(&format!("/api/files/{id}")).await["file"].clone()
}

/// Says something with these files.
async fn said(browser: &Browser, conversation: &str, client_id: &str, files: &[&Value]) -> Value {
    let ids: Vec<_> = files.iter().map(|file| &file["id"]).collect();
    let body = json!({ "client_id": client_id, "body": "", "quote_id": null, "file_ids": ids });
    browser.post(&format!("/api/conversations/{conversation}/messages"), body).await
}

served! {
    async fn a_film_has_the_poster_that_its_uploader_drew(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let film = b"\x1a\x45\xdf\xa3....webm....and so on".to_vec();
        let file = uploaded(&nora, &conversation, "film.webm", &film).await;
        assert_eq!((&file["media_type"], &file["thumbnail"]), (&json!("video/webm"), &Value::Null));
        let path = format!("/api/files/{}/poster", text(&file["id"]));
        let poster = picture(320, 180, ImageFormat::Jpeg);
        refused(tomas.request_with_bytes("PUT", &path, poster.clone()).await, Code::NotFound).await;
        refused(nora.request_with_bytes("PUT", &path, b"<svg/>".to_vec()).await, Code::PictureUnreadable).await;
        refused(nora.request_with_bytes("PUT", &path, bomb()).await, Code::PictureUnreadable).await;
        let seen = read(nora.request_with_bytes("PUT", &path, poster.clone()).await).await["file"].clone();
        assert_eq!((&seen["width"], &seen["height"]), (&json!(320), &json!(180)));
        let message = said(&nora, &conversation, "m", &[&file]).await;
        assert_eq!(message["files"][0]["thumbnail"], seen["thumbnail"]);
        let small = tomas.request("GET", &text(&seen["thumbnail"]), None).await;
        assert_eq!(header(&small, "content-type"), "image/jpeg");
        // In its place the film is played, not its poster.
        let played = tomas.request("GET", &format!("{}?inline=1", text(&file["url"])), None).await;
        assert_eq!(header(&played, "content-type"), "video/webm");
        assert_eq!(bytes(played).await, film);
        refused(nora.request_with_bytes("PUT", &path, poster.clone()).await, Code::NotFound).await;
        let note = uploaded(&nora, &conversation, "note.txt", b"words").await;
        let path = format!("/api/files/{}/poster", text(&note["id"]));
        refused(nora.request_with_bytes("PUT", &path, poster).await, Code::PictureUnreadable).await;
    }

    async fn empty_and_large_and_nameless_files_are_refused(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let refusal = async |name: &str, size: usize, code: Code| {
            nora.refused("POST", "/api/files", Some(announced(&conversation, "a", name, size)), code).await
        };
        refusal("a", 0, Code::FileEmpty).await;
        let large = refusal("a", 100 * MB + 1, Code::FileTooLarge).await;
        assert_eq!(large["error"]["details"]["max_bytes"], 100 * MB as i64);
        refusal("..", 1, Code::FileNameInvalid).await;
        let mut request = announced(&conversation, "a b", "a", 1);
        nora.refused("POST", "/api/files", Some(request.clone()), Code::BadRequest).await;
        request["size_bytes"] = json!("1");
        nora.refused("POST", "/api/files", Some(request), Code::BadRequest).await;
        nora.post("/api/files", announced(&conversation, "largest", "a", 100 * MB)).await;
    }

    async fn one_byte_is_a_file(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let file = uploaded(&nora, &conversation, "../a\u{202e}b.txt", b"x").await;
        assert_eq!((&file["name"], &file["size_bytes"]), (&json!("ab.txt"), &json!(1)));
        // It was called a picture and is none.
        assert_eq!((&file["media_type"], &file["thumbnail"]), (&json!("application/octet-stream"), &Value::Null));
        let url = text(&file["url"]);
        tomas.refused("GET", &url, None, Code::NotFound).await;
        let message = said(&nora, &conversation, "m", &[&file]).await;
        assert_eq!(message["files"], json!([file]));
        let history = tomas.get(&format!("/api/conversations/{conversation}/messages")).await;
        assert_eq!(history["messages"].as_array().and_then(|list| list.last()), Some(&message));
        assert_eq!(bytes(tomas.request("GET", &url, None).await).await, b"x");
    }

    async fn a_large_file_comes_in_chunks_and_goes_in_ranges(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let content: Vec<u8> = (0..25 * MB as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let file = uploaded(&nora, &conversation, "large.bin", &content).await;
        said(&nora, &conversation, "m", &[&file]).await;
        let url = text(&file["url"]);
        let whole = tomas.request("GET", &url, None).await;
        assert_eq!(header(&whole, "content-length"), content.len().to_string());
        let tag = header(&whole, "etag");
        assert!(bytes(whole).await == content, "all of it, and nothing else");
        let known = tomas.clone().with("if-none-match", &tag).request("GET", &url, None).await;
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        let part = tomas.clone().with("range", "bytes=1048570-1048585").request("GET", &url, None).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&part, "content-range"), format!("bytes 1048570-1048585/{}", content.len()));
        assert_eq!(bytes(part).await, content[1_048_570..1_048_586]);
        let end = tomas.clone().with("range", "bytes=-3").request("GET", &url, None).await;
        assert_eq!(bytes(end).await, content[content.len() - 3..]);
        let beyond = tomas.clone().with("range", "bytes=26214400-").request("GET", &url, None).await;
        assert_eq!(header(&beyond, "content-range"), "bytes */26214400");
        refused(beyond, Code::RangeUnsatisfiable).await;
    }

    async fn bytes_come_in_order_and_no_more_than_announced(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let made = nora.post("/api/files", announced(&conversation, "a", "a.txt", 6)).await;
        let id = text(&made["file"]["id"]);
        assert_eq!(read(send(&nora, &id, 0, b"abc").await).await["received_bytes"], 3);
        let elsewhere = refused(send(&nora, &id, 0, b"abc").await, Code::FileOffset).await;
        assert_eq!(elsewhere["error"]["details"]["received_bytes"], 3);
        refused(send(&nora, &id, 4, b"e").await, Code::FileOffset).await;
        refused(send(&nora, &id, 3, b"defg").await, Code::FileBeyondSize).await;
        refused(send(&nora, &id, 3, &vec![0; 2 * MB + 1]).await, Code::TooLarge).await;
        nora.refused("PATCH", &format!("/api/files/{id}"), None, Code::BadRequest).await;
        let asked = nora.post("/api/files", announced(&conversation, "a", "a.txt", 6)).await;
        assert_eq!(asked, json!({ "file": made["file"], "received_bytes": 3 }));
        nora.refused("POST", "/api/files", Some(announced(&conversation, "a", "a.txt", 7)), Code::BadRequest).await;
        nora.refused("GET", &format!("/api/files/{id}/content"), None, Code::FileIncomplete).await;
        assert_eq!(read(send(&nora, &id, 3, b"def").await).await["received_bytes"], 6);
        assert_eq!(bytes(nora.request("GET", &format!("/api/files/{id}/content"), None).await).await, b"abcdef");
        refused(send(&nora, &id, 3, b"def").await, Code::FileOffset).await;
    }

    async fn an_upload_goes_on_after_the_server_was_killed(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let made = nora.post("/api/files", announced(&conversation, "a", "a.txt", 6)).await;
        let id: model::FileId = text(&made["file"]["id"]).parse().unwrap();
        send(&nora, &id.to_string(), 0, b"abc").await;
        // Killed between the bytes and the row that counts them: they come once more.
        let turn = server.cx.blobs.turn(id).await;
        server.cx.blobs.write_upload(&turn, id, 3, bytes::Bytes::from_static(b"de?")).await.unwrap();
        let server = server.started_again().await;
        let nora = server.reached_by(&nora);
        assert_eq!(nora.get(&format!("/api/files/{id}")).await["received_bytes"], 3);
        send(&nora, &id.to_string(), 3, b"de").await;
        // Killed between the row that counts the last bytes and the file's completion, and after its move.
        let turn = server.cx.blobs.turn(id).await;
        server.cx.blobs.write_upload(&turn, id, 5, bytes::Bytes::from_static(b"f")).await.unwrap();
        server.cx.db.write(async move |tx| crate::files::store::received(tx, id, 5, 6).await).await.unwrap();
        server.cx.blobs.adopt(&turn, id).await.unwrap();
        let server = server.started_again().await;
        let nora = server.reached_by(&nora);
        let path = format!("/api/conversations/{conversation}/messages");
        let message = json!({ "client_id": "m", "body": "", "quote_id": null, "file_ids": [id] });
        nora.refused("POST", &path, Some(message.clone()), Code::FileIncomplete).await;
        nora.post("/api/files", announced(&conversation, "a", "a.txt", 6)).await;
        nora.post(&path, message).await;
        assert_eq!(bytes(nora.request("GET", &format!("/api/files/{id}/content"), None).await).await, b"abcdef");
    }

    async fn an_upload_whose_bytes_are_gone_begins_anew(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let request = announced(&conversation, "a", "a.txt", 3);
        let id = text(&nora.post("/api/files", request.clone()).await["file"]["id"]);
        send(&nora, &id, 0, b"ab").await;
        let upload = server.cx.config.data.join("files/uploads").join(&id);
        std::fs::remove_file(&upload).unwrap();
        let place = refused(send(&nora, &id, 2, b"c").await, Code::FileOffset).await;
        assert_eq!(place["error"]["details"]["received_bytes"], 0);
        send(&nora, &id, 0, b"ab").await;
        // The same when nothing but the completion is missing.
        let file: model::FileId = id.parse().unwrap();
        server.cx.db.write(async move |tx| crate::files::store::received(tx, file, 2, 3).await).await.unwrap();
        std::fs::remove_file(&upload).unwrap();
        assert_eq!(nora.post("/api/files", request).await["received_bytes"], 0);
        assert_eq!(read(send(&nora, &id, 0, b"abc").await).await["received_bytes"], 3);
    }

    async fn pages_are_attachments_whatever_they_claim(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        for (name, content) in [
            ("page.html", &b"<!doctype html><script>alert(1)</script>"[..]),
            ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
            ("disguised.png", b"<html><script>alert(1)</script>"),
            ("offer.pdf", b"%PDF-1.7 <script>"),
            ("polyglot.gif", b"GIF89a/*<script>alert(1)</script>*/"),
        ] {
            let file = uploaded(&nora, &conversation, name, content).await;
            assert_eq!(file["thumbnail"], Value::Null, "{name}");
            for query in ["", "?inline=1", "?inline=0"] {
                let answer = nora.request("GET", &format!("{}{query}", text(&file["url"])), None).await;
                assert_eq!(header(&answer, "content-type"), "application/octet-stream", "{name}");
                assert!(header(&answer, "content-disposition").starts_with("attachment; filename"), "{name}");
                assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
                assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
                assert_eq!(bytes(answer).await, content);
            }
            nora.refused("GET", &format!("/api/files/{}/thumbnail", text(&file["id"])), None, Code::NotFound).await;
        }
    }

    async fn pictures_are_shown_as_the_server_encoded_them(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let mut original = picture(900, 300, ImageFormat::Png);
        original.extend(b"<script>what comes after the picture</script>");
        let file = uploaded(&nora, &conversation, "photo.exe", &original).await;
        assert_eq!((&file["media_type"], &file["width"], &file["height"]), (&json!("image/png"), &json!(900), &json!(300)));
        let thumbnail = nora.request("GET", &text(&file["thumbnail"]), None).await;
        assert_eq!(header(&thumbnail, "content-type"), "image/jpeg");
        let thumbnail = image::load_from_memory(&bytes(thumbnail).await).unwrap();
        assert_eq!((thumbnail.width(), thumbnail.height()), (640, 213));
        let url = text(&file["url"]);
        let shown = nora.request("GET", &format!("{url}?inline=1"), None).await;
        assert_eq!(header(&shown, "content-type"), "image/jpeg");
        assert!(header(&shown, "content-disposition").starts_with("inline"));
        assert_eq!(image::load_from_memory(&bytes(shown).await).unwrap().width(), 900);
        let kept = nora.request("GET", &url, None).await;
        assert!(header(&kept, "content-disposition").starts_with("attachment"));
        assert_eq!(bytes(kept).await, original);
    }

    async fn sound_plays_in_its_place(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let file = uploaded(&nora, &conversation, "note.wav", b"RIFF\x04\0\0\0WAVE").await;
        let played = nora.request("GET", &format!("{}?inline=1", text(&file["url"])), None).await;
        assert_eq!(header(&played, "content-type"), "audio/wav");
        assert!(header(&played, "content-disposition").starts_with("inline"));
    }

    async fn what_cannot_be_decoded_is_just_a_file(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let whole = picture(64, 64, ImageFormat::Png);
        for (name, content) in [("bomb.png", bomb()), ("half.png", whole[..whole.len() / 2].to_vec())] {
            let file = uploaded(&nora, &conversation, name, &content).await;
            assert_eq!((&file["thumbnail"], &file["width"]), (&Value::Null, &Value::Null), "{name}");
            said(&nora, &conversation, &name[..4], &[&file]).await;
        }
    }

    async fn only_people_of_the_conversation_get_a_file(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let sofia = server.sign_in("sofia.lindgren").await;
        let file = uploaded(&nora, &conversation, "photo.png", &picture(20, 20, ImageFormat::Png)).await;
        let id = text(&file["id"]);
        let paths = ["", "/content", "/thumbnail"].map(|part| format!("/api/files/{id}{part}"));
        for path in &paths {
            sofia.refused("GET", path, None, Code::NotFound).await;
            tomas.refused("GET", path, None, Code::NotFound).await;
            server.browser().refused("GET", path, None, Code::NotSignedIn).await;
        }
        tomas.refused("DELETE", &paths[0], None, Code::NotFound).await;
        refused(send(&tomas, &id, 0, b"x").await, Code::NotFound).await;
        sofia.refused("POST", "/api/files", Some(announced(&conversation, "a", "a", 1)), Code::NotFound).await;
        // Nobody says it for Nora, and she says it nowhere else.
        let body = json!({ "client_id": "m", "body": "x", "quote_id": null, "file_ids": [id] });
        let path = format!("/api/conversations/{conversation}/messages");
        tomas.refused("POST", &path, Some(body.clone()), Code::NotFound).await;
        let other = group(&nora, &tomas).await;
        let elsewhere = format!("/api/conversations/{other}/messages");
        nora.refused("POST", &elsewhere, Some(body.clone()), Code::NotFound).await;
        let first = nora.post(&path, body.clone()).await;
        assert_eq!(nora.post(&path, body).await, first, "a repeated send is the same message");
        let again = json!({ "client_id": "m2", "body": "x", "quote_id": null, "file_ids": [id] });
        nora.refused("POST", &path, Some(again), Code::NotFound).await;
        for path in &paths {
            assert!(tomas.request("GET", path, None).await.status().is_success());
            sofia.refused("GET", path, None, Code::NotFound).await;
        }
        nora.refused("DELETE", &paths[0], None, Code::NotFound).await;
        sofia.refused("GET", &format!("/api/conversations/{conversation}/files"), None, Code::NotFound).await;
    }

    async fn files_go_and_come_back_with_their_message(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let file = uploaded(&nora, &conversation, "a.txt", b"abc").await;
        let message = said(&nora, &conversation, "m", &[&file]).await;
        let (path, url) = (format!("/api/messages/{}", text(&message["id"])), text(&file["url"]));
        // A message that has files may lose its words.
        nora.call("PATCH", &path, Some(json!({ "body": "look" }))).await;
        let edited = nora.call("PATCH", &path, Some(json!({ "body": "" }))).await;
        assert_eq!(edited["files"], json!([file]));
        nora.call("DELETE", &path, None).await;
        for browser in [&nora, &tomas] {
            browser.refused("GET", &url, None, Code::NotFound).await;
        }
        let history = tomas.get(&format!("/api/conversations/{conversation}/messages")).await;
        assert_eq!(history["messages"].as_array().and_then(|list| list.last()).map(|last| &last["files"]), Some(&json!([])));
        assert_eq!(tomas.get(&format!("/api/conversations/{conversation}/files")).await["files"], json!([]));
        let restored = nora.post(&format!("{path}/restore"), json!({})).await;
        assert_eq!(restored["files"], json!([file]));
        assert_eq!(bytes(tomas.request("GET", &url, None).await).await, b"abc");
    }

    async fn a_forwarded_message_takes_its_files_along(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let there = group(&nora, &tomas).await;
        let one = uploaded(&nora, &conversation, "one.txt", b"1").await;
        let two = uploaded(&nora, &conversation, "two.png", &picture(20, 10, ImageFormat::Png)).await;
        let message = said(&nora, &conversation, "m", &[&two, &one]).await;
        let path = format!("/api/messages/{}", text(&message["id"]));
        let body = json!({ "client_id": "f", "conversation_ids": [there] });
        let copies = tomas.post(&format!("{path}/forward"), body.clone()).await;
        assert_eq!(tomas.post(&format!("{path}/forward"), body).await, copies);
        let files = &copies["messages"][0]["files"];
        assert_eq!((&files[0]["name"], &files[1]["name"], &files[0]["width"]), (&json!("two.png"), &json!("one.txt"), &json!(20)));
        assert_ne!(files[1]["id"], one["id"]);
        nora.call("DELETE", &path, None).await;
        assert_eq!(bytes(nora.request("GET", &text(&files[1]["url"]), None).await).await, b"1");
        assert!(nora.request("GET", &text(&files[0]["thumbnail"]), None).await.status().is_success());
    }

    async fn a_conversations_files_are_listed_by_page(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        let file = uploaded(&nora, &conversation, "a.txt", b"a").await;
        let mut last = said(&nora, &conversation, "m", &[&file]).await;
        for at in 0..26 {
            // Each one once more, with twice as many files until there are more than a page.
            let id = text(&last["id"]);
            let forwarded = json!({ "client_id": format!("f{at}"), "conversation_ids": [conversation] });
            last = tomas.post(&format!("/api/messages/{id}/forward"), forwarded).await["messages"][0].clone();
            let more = uploaded(&nora, &conversation, &format!("more{at}.txt"), b"b").await;
            said(&nora, &conversation, &format!("m{at}"), &[&more]).await;
        }
        let path = format!("/api/conversations/{conversation}/files");
        let first = nora.get(&path).await;
        assert_eq!(first["files"].as_array().map(Vec::len), Some(50));
        assert_eq!(first["files"][0]["file"]["name"], "more25.txt");
        let rest = nora.get(&format!("{path}?before={}", text(&first["next"]))).await;
        assert_eq!((rest["files"].as_array().map(Vec::len), &rest["next"]), (Some(3), &Value::Null));
        assert_eq!((&rest["files"][2]["file"], &rest["files"][2]["author"]["name"]), (&file, &json!("Nora Lindqvist")));
        nora.refused("GET", &format!("{path}?before=x"), None, Code::BadRequest).await;
    }

    async fn uploads_are_counted_and_end_with_the_day(server: TestServer) {
        let (nora, _, conversation) = two(&server).await;
        let mut ids = Vec::new();
        for at in 0..20 {
            let made = nora.post("/api/files", announced(&conversation, &format!("a{at}"), "a", 2)).await;
            ids.push(text(&made["file"]["id"]));
        }
        let more = announced(&conversation, "more", "a", 2);
        nora.refused("POST", "/api/files", Some(more.clone()), Code::TooManyUploads).await;
        nora.post("/api/files", announced(&conversation, "a0", "a", 2)).await;
        assert!(send(&nora, &ids[1], 0, b"x").await.status().is_success());
        nora.call("DELETE", &format!("/api/files/{}", ids[0]), None).await;
        nora.refused("DELETE", &format!("/api/files/{}", ids[0]), None, Code::NotFound).await;
        nora.post("/api/files", more).await;
        nora.call("DELETE", &format!("/api/files/{}", ids[2]), None).await;
        let unsent = uploaded(&nora, &conversation, "unsent.txt", b"x").await;
        server.pass(Duration::from_secs(23 * 60 * 60));
        server.work().await;
        assert_eq!(nora.get(&format!("/api/files/{}", ids[1])).await["received_bytes"], 1);
        server.pass(Duration::from_secs(2 * 60 * 60));
        for _ in 0..2 {
            server.work().await;
        }
        nora.refused("GET", &format!("/api/files/{}", ids[1]), None, Code::NotFound).await;
        nora.refused("GET", &text(&unsent["url"]), None, Code::NotFound).await;
        assert_eq!(kept(&server), 0, "nothing is left behind");
    }

    async fn people_have_pictures(server: TestServer) {
        let (nora, tomas, conversation) = two(&server).await;
        for bad in [b"<svg/>".to_vec(), Vec::new(), bomb()] {
            refused(nora.request_with_bytes("PUT", "/api/me/picture", bad).await, Code::PictureUnreadable).await;
        }
        let large = vec![0; 10 * MB + 1];
        refused(nora.request_with_bytes("PUT", "/api/me/picture", large).await, Code::TooLarge).await;
        let bytes_of = picture(40, 20, ImageFormat::WebP);
        let me = read(nora.request_with_bytes("PUT", "/api/me/picture", bytes_of).await).await;
        let url = text(&me["account"]["picture"]);
        let shown = tomas.request("GET", &url, None).await;
        assert_eq!(header(&shown, "content-type"), "image/jpeg");
        assert_eq!(header(&shown, "cache-control"), "private, max-age=31536000, immutable");
        let shown = image::load_from_memory(&bytes(shown).await).unwrap();
        assert_eq!((shown.width(), shown.height()), (512, 512));
        server.browser().refused("GET", &url, None, Code::NotSignedIn).await;
        let file = uploaded(&nora, &conversation, "a.txt", b"a").await;
        let not_a_picture = format!("/api/pictures/{}", text(&file["id"]));
        nora.refused("GET", &not_a_picture, None, Code::NotFound).await;
        let me = nora.call("DELETE", "/api/me/picture", None).await;
        assert_eq!(me["account"]["picture"], Value::Null);
        assert!(tomas.request("GET", &url, None).await.status().is_success(), "those who do not know yet still see it");
        nora.call("DELETE", &format!("/api/files/{}", text(&file["id"])), None).await;
        server.pass(Duration::from_secs(24 * 60 * 60));
        server.work().await;
        tomas.refused("GET", &url, None, Code::NotFound).await;
        assert_eq!(kept(&server), 0, "nothing is left behind");
    }

    async fn groups_have_pictures(server: TestServer) {
        let (nora, tomas, direct) = two(&server).await;
        let conversation = group(&nora, &tomas).await;
        let path = format!("/api/conversations/{conversation}/picture");
        let content = picture(30, 60, ImageFormat::Jpeg);
        let sofia = server.sign_in("sofia.lindgren").await;
        refused(sofia.request_with_bytes("PUT", &path, content.clone()).await, Code::NotFound).await;
        let of_two = format!("/api/conversations/{direct}/picture");
        refused(nora.request_with_bytes("PUT", &of_two, content.clone()).await, Code::DirectIsForTwo).await;
        let view = read(tomas.request_with_bytes("PUT", &path, content).await).await;
        assert_eq!(view["last_message"]["system"], json!({ "type": "picture_changed" }));
        let seen = nora.get(&format!("/api/conversations/{conversation}")).await;
        assert_eq!(seen["picture"], view["picture"]);
        assert!(nora.request("GET", &text(&view["picture"]), None).await.status().is_success());
        let view = nora.call("DELETE", &path, None).await;
        assert_eq!(view["picture"], Value::Null);
        let again = nora.call("DELETE", &path, None).await;
        assert_eq!(again["position"], view["position"], "what is gone already is not told again");
    }
}

/// How many files there are in the server's folder.
fn kept(server: &TestServer) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries.map(|entry| if entry.file_type().unwrap().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&server.cx.config.data.join("files"))
}
