//! The files that the demo's people shared: drawn, computed and written here, so that the program carries none.
//!
//! They take the way of every upload, so that what the server makes of a picture is there too.

use std::io::Cursor;

use ::store::Tx;
use image::{ImageFormat, Rgb, RgbImage};
use model::{AccountId, ConversationId, FileId, Id, MessageId, OrganizationId, Time};

use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::files::store::{self as files, NewFile};
use crate::files::upload;
use crate::random::Random;

/// A file that a line of the script carries.
#[derive(Debug, Clone)]
pub struct Shared {
    pub(super) name: &'static str,
    pub(super) organization: OrganizationId,
    pub(super) author: AccountId,
    pub(super) conversation: ConversationId,
    pub(super) message: MessageId,
    pub(super) position: i64,
    pub(super) place: i64,
    pub(super) at: Time,
}

/// Gives the demo's messages their files.
///
/// # Errors
/// What the database or the disk says.
pub async fn fill(cx: &Cx, shared: Vec<Shared>) -> Result<(), Fault> {
    let random = Random::seeded(20_261_123);
    for one in shared {
        let done = share(cx, Id::new(one.at, random.bytes()), one).await;
        done.map_err(|problem| match problem {
            Problem::Fault(fault) => fault,
            Problem::Refusal(refusal) => Fault::Other(format!("A file of the demo was refused: {refusal}")),
        })?;
    }
    Ok(())
}

async fn share(cx: &Cx, id: FileId, one: Shared) -> Answer<()> {
    let missing = || Fault::Other(format!("The demo has no file {}.", one.name));
    let (media_type, bytes) = content(one.name).ok_or_else(missing)?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    {
        let turn = cx.blobs.turn(id).await;
        cx.blobs.write_upload(&turn, id, 0, bytes.into()).await?;
    }
    let (name, organization_id, owner_id, conversation_id) = (one.name, one.organization, one.author, one.conversation);
    let announced = cx.db.write(async move |tx: &mut Tx<'_>| {
        let client_id = id.to_string();
        let new = NewFile {
            id,
            organization_id,
            owner_id,
            conversation_id,
            client_id: &client_id,
            name,
            media_type,
            size_bytes: size,
        };
        files::insert_file(tx, &new, one.at).await?;
        files::received(tx, id, 0, size).await?;
        Ok::<_, Problem>(files::file(tx, id).await?)
    });
    let row = announced.await?.ok_or_else(missing)?;
    upload::finish(cx, row).await?;
    let attached = cx.db.write(async move |tx: &mut Tx<'_>| {
        let given = files::attach(tx, id, owner_id, conversation_id, one.message, one.position, one.place).await?;
        Ok::<_, Problem>(given)
    });
    if attached.await? == 1 { Ok(()) } else { Err(missing().into()) }
}

/// What is in a file of the script, and what it is.
pub(super) fn content(name: &str) -> Option<(&'static str, Vec<u8>)> {
    Some(match name {
        "gripper-front.jpg" => ("image/jpeg", encoded(gripper(0), ImageFormat::Jpeg)?),
        "gripper-side.jpg" => ("image/jpeg", encoded(gripper(260), ImageFormat::Jpeg)?),
        "two-lanes.png" => ("image/png", encoded(layout(), ImageFormat::Png)?),
        "hall-17-stand-c41.png" => ("image/png", encoded(hall(), ImageFormat::Png)?),
        "pc-400-release-notes.pdf" => ("application/pdf", pdf(RELEASE_NOTES)),
        "cycle-times-site-b.csv" => ("text/csv", CYCLE_TIMES.as_bytes().to_vec()),
        "shifts-december.csv" => ("text/csv", SHIFTS.as_bytes().to_vec()),
        "gripper-4411-noise.wav" => ("audio/wav", rattle()),
        _ => return None,
    })
}

const RELEASE_NOTES: &[&str] = &[
    "PC-400 palletizer, release notes",
    "",
    "1. 18 kg per pick, with the vacuum gripper VG-2.",
    "2. Mixed pallets straight from order data; no teaching of patterns.",
    "3. No fence below 250 mm/s, with the safety scanner mounted.",
    "4. Arms: 2.4 m, 2.9 m, and 3.4 m as an option.",
    "",
    "Firmware 2.4.1 or newer is needed.",
];

const CYCLE_TIMES: &str = "box,width_cm,length_cm,seconds\nsmall,40,30,7.8\nlarge,60,40,8.4\nmixed,,,9.1\n";

const SHIFTS: &str = "day,early,late\n2026-12-21,Priya,Inês\n2026-12-22,Inês,Amara\n2026-12-23,Amara,Priya\n\
    2026-12-24,Inês,\n2026-12-28,Priya,Amara\n2026-12-31,Amara,\n";

fn encoded(picture: RgbImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).ok()?;
    Some(bytes)
}

const STEEL: [u8; 3] = [112, 122, 134];
const DARK: [u8; 3] = [46, 52, 60];
const YELLOW: [u8; 3] = [242, 180, 36];
const CARTON: [u8; 3] = [196, 152, 104];
const PAPER: [u8; 3] = [250, 250, 247];
const BLUE: [u8; 3] = [64, 118, 190];

/// Fills a rectangle from one corner to before the other.
fn rectangle(picture: &mut RgbImage, [left, top, right, bottom]: [u32; 4], color: [u8; 3]) {
    for y in top..bottom.min(picture.height()) {
        for x in left..right.min(picture.width()) {
            picture.put_pixel(x, y, Rgb(color));
        }
    }
}

/// Draws the outline of a rectangle, four pixels thick.
fn frame(picture: &mut RgbImage, [left, top, right, bottom]: [u32; 4], color: [u8; 3]) {
    rectangle(picture, [left, top, right, top + 4], color);
    rectangle(picture, [left, bottom - 4, right, bottom], color);
    rectangle(picture, [left, top, left + 4, bottom], color);
    rectangle(picture, [right - 4, top, right, bottom], color);
}

fn disc(picture: &mut RgbImage, [x, y]: [u32; 2], radius: u32, color: [u8; 3]) {
    for down in y.saturating_sub(radius)..(y + radius).min(picture.height()) {
        let half = (radius.pow(2) - down.abs_diff(y).pow(2)).isqrt();
        rectangle(picture, [x.saturating_sub(half), down, x + half, down + 1], color);
    }
}

/// A vacuum gripper over a carton, moved to the right by so many pixels.
fn gripper(moved: u32) -> RgbImage {
    let shade = |_, y: u32| Rgb([226 - (y / 14) as u8, 230 - (y / 15) as u8, 236 - (y / 16) as u8]);
    let mut picture = RgbImage::from_fn(1_200, 800, shade);
    rectangle(&mut picture, [0, 690, 1_200, 800], [158, 154, 148]);
    rectangle(&mut picture, [430, 0, 530 + moved / 2, 190], YELLOW);
    disc(&mut picture, [480 + moved / 4, 200], 84, STEEL);
    disc(&mut picture, [480 + moved / 4, 200], 40, DARK);
    rectangle(&mut picture, [250 + moved, 270, 730 + moved, 330], DARK);
    rectangle(&mut picture, [440 + moved / 3, 250, 540 + moved / 2, 280], STEEL);
    for cup in 0..4 {
        let left = 275 + moved + cup * 115;
        rectangle(&mut picture, [left + 26, 330, left + 46, 392], STEEL);
        rectangle(&mut picture, [left, 392, left + 72, 424], [214, 72, 52]);
    }
    rectangle(&mut picture, [270 + moved, 424, 710 + moved, 690], CARTON);
    rectangle(&mut picture, [470 + moved, 424, 510 + moved, 690], [224, 196, 152]);
    picture
}

/// Two lanes, one robot and two pallets, seen from above.
fn layout() -> RgbImage {
    let mut picture = RgbImage::from_pixel(1_000, 800, Rgb(PAPER));
    frame(&mut picture, [60, 60, 940, 740], DARK);
    for lane in [200, 480] {
        rectangle(&mut picture, [60, lane, 520, lane + 110], [214, 220, 228]);
        for roller in 0..15 {
            rectangle(&mut picture, [70 + roller * 30, lane, 74 + roller * 30, lane + 110], STEEL);
        }
        rectangle(&mut picture, [300, lane + 20, 380, lane + 90], CARTON);
    }
    disc(&mut picture, [640, 395], 74, YELLOW);
    disc(&mut picture, [640, 395], 26, DARK);
    rectangle(&mut picture, [450, 380, 640, 410], YELLOW);
    for pallet in [120, 540] {
        frame(&mut picture, [740, pallet, 900, pallet + 140], BLUE);
        for place in 0..4 {
            let (left, top) = (752 + (place % 2) * 70, pallet + 12 + (place / 2) * 60);
            rectangle(&mut picture, [left, top, left + 62, top + 52], CARTON);
        }
    }
    picture
}

/// The stands of a hall, ours filled in.
fn hall() -> RgbImage {
    let mut picture = RgbImage::from_pixel(1_100, 700, Rgb(PAPER));
    frame(&mut picture, [40, 40, 1_060, 660], DARK);
    for (row, top) in [90, 250, 410, 550].into_iter().enumerate() {
        for stand in 0..7_u32 {
            let left = 80 + stand * 138;
            let place = [left, top, left + 112, top + 84];
            if row == 2 && stand == 4 {
                rectangle(&mut picture, place, YELLOW);
            }
            frame(&mut picture, place, STEEL);
        }
    }
    rectangle(&mut picture, [500, 652, 600, 668], [80, 160, 90]);
    picture
}

/// A page of text as the least PDF there is (ISO 32000-1, 7.5).
fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut text = String::from("BT /F1 12 Tf 72 770 Td 18 TL\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        text.push_str(&format!("({escaped}) Tj T*\n"));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
            /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1));
    for place in &places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    let size = places.len() + 1;
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    file.into_bytes()
}

/// Two seconds of a rattling gripper: 16-bit mono PCM at 16 kHz in a RIFF file.
fn rattle() -> Vec<u8> {
    const RATE: u32 = 16_000;
    let mut samples = Vec::new();
    for at in 0..RATE * 2 {
        let second = f64::from(at) / f64::from(RATE);
        let strokes = (1.0 - (second * 11.0).fract()).powi(6);
        let hum = (second * 97.0 * std::f64::consts::TAU).sin() + 0.5 * (second * 431.0 * std::f64::consts::TAU).sin();
        // At most 1.5 × 0.75 × 14,000: it fits.
        samples.extend(((hum * (0.15 + 0.6 * strokes) * 14_000.0) as i16).to_le_bytes());
    }
    let length = samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    file.extend([RATE, RATE * 2].map(u32::to_le_bytes).concat());
    file.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
}

#[cfg(test)]
mod tests {
    use super::super::script::CONVERSATIONS;
    use super::*;
    use ::store::testing::TestDb;

    use crate::test_server::TestServer;

    #[test]
    fn every_file_of_the_script_is_what_its_name_says() {
        for name in CONVERSATIONS.iter().flat_map(|script| script.lines).flat_map(|line| line.files) {
            let (media_type, bytes) = content(name).unwrap_or_else(|| panic!("there is no {name}"));
            assert_eq!(model::file::media_type(&bytes, media_type), media_type, "{name}");
            assert!(bytes.len() < 200_000, "{name} has {} bytes", bytes.len());
            assert_eq!(content(name), Some((media_type, bytes)), "{name} is the same every time");
        }
    }

    #[test]
    fn the_noise_is_no_silence() {
        let loudest = rattle()[44..].chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs()).max();
        assert!(loudest > Some(8_000), "{loudest:?}");
    }

    ::store::both! {
        async fn the_demo_has_files_with_thumbnails(db: TestDb) {
            let server = TestServer::empty(&db, &[]).await;
            let shared = crate::demo::fill(server.cx()).await.expect("the demo").expect("it was not there");
            fill(server.cx(), shared).await.expect("files");
            assert!(crate::demo::fill(server.cx()).await.expect("the demo").is_none(), "now it is");
            let kenji = server.sign_in("kenji.mori").await;
            let list = kenji.get("/api/conversations").await;
            let launch = list["conversations"].as_array().unwrap().iter().find(|one| one["title"] == "PC-400 launch").unwrap();
            let files = kenji.get(&format!("/api/conversations/{}/files", launch["id"].as_str().unwrap())).await;
            let files = files["files"].as_array().unwrap();
            assert_eq!(files.len(), 4, "{files:?}");
            let picture = files.iter().find(|one| one["file"]["name"] == "gripper-front.jpg").unwrap();
            assert_eq!(picture["file"]["width"], 1_200);
            assert!(picture["file"]["thumbnail"].is_string());
        }
    }
}
