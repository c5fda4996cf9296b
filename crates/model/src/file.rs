//! A file: what it may be called, what it is, and how its bytes may come.
//!
//! What a client says of a file is believed for nothing that matters: the type by which a browser would play it is
//! found in its bytes.

use serde_json::json;

use crate::{Code, Refusal, text};

/// Characters of a file's name, 1 to this.
pub const NAME_MAX: usize = 255;
/// Uploads of one person that are not complete.
pub const UNFINISHED_MAX: i64 = 20;
/// Files of one person, complete or not, that no message carries yet.
pub const UNSENT_MAX: i64 = 100;
/// Bytes at the beginning of a file that tell what it is.
pub const HEAD: usize = 64;
/// What a file is of which nothing is known.
pub const UNKNOWN: &str = "application/octet-stream";

/// A file's name as it is kept: the last part of a path, without control characters and without those that turn the
/// direction of writing, with which `exe.txt` could be made to look like `txt.exe`.
///
/// # Errors
/// [`Code::FileNameInvalid`] when nothing is left, or more than [`NAME_MAX`] characters.
pub fn name(text: &str) -> Result<String, Refusal> {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !text::invisible(*c)).collect();
    let kept = kept.trim();
    let fits = (1..=NAME_MAX).contains(&kept.chars().count()) && kept.chars().any(|c| c != '.');
    if fits { Ok(kept.to_owned()) } else { Err(Code::FileNameInvalid.into()) }
}

/// Whether a file of this size can be taken.
///
/// # Errors
/// [`Code::FileEmpty`], [`Code::FileTooLarge`].
pub fn size(bytes: i64, max: i64) -> Result<(), Refusal> {
    match bytes {
        ..=0 => Err(Code::FileEmpty.into()),
        _ if bytes > max => Err(Refusal::with(Code::FileTooLarge, json!({ "max_bytes": max }))),
        _ => Ok(()),
    }
}

/// How much is there when `length` bytes come at `offset`, of which `received` of `size` are there.
///
/// # Errors
/// [`Code::FileOffset`] with the place where the upload goes on, [`Code::FileBeyondSize`].
pub fn chunk(received: i64, size: i64, offset: i64, length: usize) -> Result<i64, Refusal> {
    if offset != received {
        return Err(Refusal::with(Code::FileOffset, json!({ "received_bytes": received })));
    }
    let end = i64::try_from(length).ok().and_then(|length| received.checked_add(length));
    end.filter(|end| *end <= size)
        .ok_or_else(|| Refusal::with(Code::FileBeyondSize, json!({ "size_bytes": size, "received_bytes": received })))
}

/// What a file is: found in its first [`HEAD`] bytes, else what the client calls it. A picture, a sound or a film is
/// never believed without being found.
pub fn media_type(head: &[u8], declared: &str) -> String {
    if let Some(found) = sniff(head) {
        return found.to_owned();
    }
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token = |text: &str| {
        (1..=127).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match declared.split_once('/') {
        Some(("image" | "audio" | "video", _)) => UNKNOWN.to_owned(),
        Some((kind, part)) if token(kind) && token(part) => declared,
        _ => UNKNOWN.to_owned(),
    }
}

/// The types that are found by their first bytes. Text is not among them: whatever begins like one of these is not
/// read as a page by a browser that is told the type and `nosniff`.
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, what: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(what));
    let within = |what: &[u8]| head.windows(what.len()).any(|window| window == what);
    Some(match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WEBP") => "image/webp",
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WAVE") => "audio/wav",
        // Matroska and WebM are one container; only the latter is what browsers play.
        [0x1a, 0x45, 0xdf, 0xa3, ..] if within(b"webm") => "video/webm",
        [b'O', b'g', b'g', b'S', ..] if within(b"OpusHead") || within(b"\x01vorbis") => "audio/ogg",
        [b'O', b'g', b'g', b'S', ..] => "video/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => "audio/mpeg",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4)? {
            b"M4A " | b"M4B " => "audio/mp4",
            b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"dash" | b"M4V "
            | b"MSNV" | b"3gp4" | b"3gp5" => "video/mp4",
            b"qt  " => "video/quicktime",
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether a browser may show the original in its place: sound and film. Pictures are shown as the server encoded
/// them anew; everything else is an attachment.
pub fn plays(media_type: &str) -> bool {
    matches!(
        media_type,
        "audio/wav"
            | "audio/ogg"
            | "audio/flac"
            | "audio/mpeg"
            | "audio/mp4"
            | "video/webm"
            | "video/ogg"
            | "video/mp4"
            | "video/quicktime"
    )
}

/// Whether it is one of the pictures that the server can decode.
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (text, kept) in [
            ("offer.pdf", "offer.pdf"),
            (" C:\\fakepath\\Angebot für Zoë.pdf ", "Angebot für Zoë.pdf"),
            ("../../etc/passwd", "passwd"),
            ("in\r\nvoice\0.pdf", "invoice.pdf"),
            ("exe.\u{202e}fdp\u{2066}.txt", "exe.fdp.txt"),
            (".env", ".env"),
        ] {
            assert_eq!(name(text).unwrap(), kept);
        }
        for bad in ["", "  ", ".", "..", "a/", "\u{202e}", &"ü".repeat(256)] {
            assert_eq!(name(bad).unwrap_err().code, Code::FileNameInvalid, "{bad:?}");
        }
        assert!(name(&"ü".repeat(255)).is_ok());
    }

    #[test]
    fn sizes() {
        assert_eq!(size(0, 10).unwrap_err().code, Code::FileEmpty);
        assert_eq!(size(-1, 10).unwrap_err().code, Code::FileEmpty);
        assert_eq!(size(11, 10).unwrap_err().code, Code::FileTooLarge);
        assert!(size(1, 10).is_ok() && size(10, 10).is_ok());
    }

    #[test]
    fn chunks_come_in_order_and_end_with_the_file() {
        assert_eq!(chunk(0, 10, 0, 4).unwrap(), 4);
        assert_eq!(chunk(4, 10, 4, 6).unwrap(), 10);
        assert_eq!(chunk(10, 10, 10, 0).unwrap(), 10);
        assert_eq!(chunk(4, 10, 0, 4).unwrap_err().details, Some(json!({ "received_bytes": 4 })));
        assert_eq!(chunk(4, 10, -1, 4).unwrap_err().code, Code::FileOffset);
        assert_eq!(chunk(4, 10, 4, 7).unwrap_err().code, Code::FileBeyondSize);
        assert_eq!(chunk(i64::MAX, i64::MAX, i64::MAX, 1).unwrap_err().code, Code::FileBeyondSize);
    }

    #[test]
    fn what_it_is_stands_in_its_bytes() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n....", "text/html"), "image/png");
        assert_eq!(media_type(b"<script>", "image/png"), UNKNOWN);
        assert_eq!(media_type(b"<svg onload='x'>", "image/svg+xml"), UNKNOWN);
        assert_eq!(media_type(b"<!doctype html>", "Text/HTML; charset=utf-8"), "text/html");
        assert_eq!(media_type(b"", "nonsense\r\nx: y/z"), UNKNOWN);
        assert_eq!(media_type(b"\0\0\0\x20ftypisom....", ""), "video/mp4");
        assert_eq!(media_type(b"\0\0\0\x20ftypheic....", "image/heic"), UNKNOWN);
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 ", ""), "image/webp");
        assert_eq!(media_type(b"\x1a\x45\xdf\xa3....B\x82\x84webm", ""), "video/webm");
    }

    #[test]
    fn pages_and_documents_never_play() {
        for shown in ["text/html", "image/svg+xml", "application/pdf", "image/png", UNKNOWN] {
            assert!(!plays(shown), "{shown}");
        }
    }
}
