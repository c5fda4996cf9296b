//! Pictures: decoded under limits, turned upright, made smaller, and encoded anew without anything else that was in
//! the file. What cannot be decoded is `None`: a file like any other.

use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use tokio::sync::Semaphore;

/// Pixels of a picture; a header that claims more is believed and the picture is not decoded.
const PIXELS_MAX: u64 = 50_000_000;
/// Bytes that a decoder may ask for.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// How long one picture may take, once it is its turn.
const TIME_MAX: Duration = Duration::from_secs(10);
/// Pixels of a preview in either direction.
const PREVIEW: u32 = 2_048;
/// Pixels of a thumbnail.
const THUMBNAIL: (u32, u32) = (640, 400);
/// Pixels of a person's or a conversation's picture in either direction.
const PICTURE: u32 = 512;
/// What is lost at this quality is not seen at these sizes.
const QUALITY: u8 = 85;

/// What the server made of a picture.
#[derive(Debug)]
pub struct Seen {
    /// Pixels across, upright.
    pub width: i64,
    /// Pixels down, upright.
    pub height: i64,
    /// JPEG, or PNG when something shines through.
    pub preview: Vec<u8>,
    /// JPEG, or PNG when something shines through.
    pub thumbnail: Vec<u8>,
}

/// Looks at a file whose first bytes say that it is a picture.
pub async fn look(turns: &Arc<Semaphore>, media_type: &str, source: impl Read + Seek + Send + 'static) -> Option<Seen> {
    let format = ImageFormat::from_mime_type(media_type)?;
    in_time(turns, move |stop| {
        let whole = decode(format, source, stop)?;
        let (width, height) = (i64::from(whole.width()), i64::from(whole.height()));
        let preview = smaller(whole, PREVIEW, PREVIEW);
        let encoded = encode(&preview)?;
        let thumbnail = smaller(preview, THUMBNAIL.0, THUMBNAIL.1);
        Some(Seen { width, height, preview: encoded, thumbnail: encode(&thumbnail)? })
    })
    .await
}

/// The middle of a picture as a square JPEG.
pub async fn square(turns: &Arc<Semaphore>, bytes: bytes::Bytes) -> Option<Vec<u8>> {
    let media_type = model::file::sniff(&bytes[..bytes.len().min(model::file::HEAD)])?;
    let format = ImageFormat::from_mime_type(media_type).filter(|_| model::file::is_picture(media_type))?;
    in_time(turns, move |stop| {
        let whole = decode(format, Cursor::new(bytes), stop)?;
        let side = whole.width().min(whole.height());
        let (left, top) = ((whole.width() - side) / 2, (whole.height() - side) / 2);
        let middle = whole.crop_imm(left, top, side, side);
        // Small pictures are made larger too, so that every picture has one size.
        jpeg(&opaque(middle.resize_exact(PICTURE, PICTURE, image::imageops::FilterType::Triangle)))
    })
    .await
}

/// Runs one picture's work beside the other tasks. When the time is over its source ends, and with it the decoder;
/// until it has ended no other picture is begun.
async fn in_time<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce(Stop) -> Option<T> + Send + 'static,
) -> Option<T> {
    let turn = turns.clone().acquire_owned().await.ok()?;
    let stop = Stop::default();
    let stopped = stop.clone();
    let working = tokio::task::spawn_blocking(move || {
        let done = work(stopped);
        drop(turn);
        done
    });
    match tokio::time::timeout(TIME_MAX, working).await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => {
            tracing::warn!(error = %panic, "A decoder of pictures gave up.");
            None
        }
        Err(_) => {
            stop.0.store(true, Ordering::Relaxed);
            None
        }
    }
}

/// Tells a decoder to give up.
#[derive(Clone, Default)]
struct Stop(Arc<AtomicBool>);

impl Stop {
    fn check(&self) -> std::io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

/// A source that ends when it is told to.
struct Stoppable<S> {
    source: S,
    stop: Stop,
}

impl<S: Read> Read for Stoppable<S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stop.check()?;
        self.source.read(buffer)
    }
}

impl<S: Seek> Seek for Stoppable<S> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.stop.check()?;
        self.source.seek(to)
    }
}

fn decode(format: ImageFormat, source: impl Read + Seek, stop: Stop) -> Option<DynamicImage> {
    let whole = decode_upright(format, BufReader::new(Stoppable { source, stop: stop.clone() })).ok()?;
    stop.check().ok()?;
    Some(whole)
}

fn decode_upright(format: ImageFormat, source: impl BufRead + Seek) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::with_format(source, format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > MEMORY_MAX {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(image::ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut whole = DynamicImage::from_decoder(decoder)?;
    whole.apply_orientation(orientation);
    Ok(whole)
}

/// The picture within these bounds, never larger than it was.
fn smaller(whole: DynamicImage, width: u32, height: u32) -> DynamicImage {
    if whole.width() <= width && whole.height() <= height { whole } else { whole.thumbnail(width, height) }
}

/// JPEG, or PNG when something shines through.
fn encode(picture: &DynamicImage) -> Option<Vec<u8>> {
    if picture.color().has_alpha() {
        let pixels = picture.to_rgba8();
        if pixels.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
            let mut bytes = Vec::new();
            pixels.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).ok()?;
            return Some(bytes);
        }
    }
    jpeg(&picture.to_rgb8())
}

fn jpeg(picture: &RgbImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture).ok()?;
    Some(bytes)
}

/// The picture on white.
fn opaque(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let pixels = picture.into_rgba8();
    let mut flat = RgbImage::new(pixels.width(), pixels.height());
    for (to, from) in flat.pixels_mut().zip(pixels.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        // At most 255, as both parts of the mix are.
        let mix = |part: u32| ((part * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(1))
    }

    fn png(width: u32, height: u32, alpha: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::RgbaImage::from_pixel(width, height, image::Rgba([200, 100, 50, alpha]));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    async fn seen(bytes: Vec<u8>) -> Option<Seen> {
        look(&turns(), "image/png", Cursor::new(bytes)).await
    }

    #[tokio::test]
    async fn thumbnails_fit_and_are_png_only_when_something_shines_through() {
        let found = seen(png(1_300, 300, 255)).await.unwrap();
        assert_eq!((found.width, found.height), (1_300, 300));
        assert!(found.thumbnail.starts_with(&[0xff, 0xd8]));
        let small = image::load_from_memory(&found.thumbnail).unwrap();
        assert_eq!((small.width(), small.height()), (640, 148));
        assert!(seen(png(10, 10, 128)).await.unwrap().thumbnail.starts_with(b"\x89PNG"));
    }

    #[tokio::test]
    async fn a_header_that_claims_too_much_is_not_decoded() {
        assert!(seen(crate::files::tests::bomb()).await.is_none());
    }

    #[tokio::test]
    async fn half_a_picture_is_none() {
        let whole = png(64, 64, 255);
        assert!(seen(whole[..whole.len() / 2].to_vec()).await.is_none());
        assert!(seen(b"\x89PNG\r\n\x1a\n".to_vec()).await.is_none());
        assert!(square(&turns(), bytes::Bytes::from_static(b"<svg/>")).await.is_none());
        assert!(square(&turns(), bytes::Bytes::new()).await.is_none());
    }

    #[tokio::test]
    async fn a_decoder_that_is_told_to_stop_stops() {
        let stop = Stop::default();
        stop.0.store(true, Ordering::Relaxed);
        assert!(decode(ImageFormat::Png, Cursor::new(png(8, 8, 255)), stop).is_none());
    }

    #[tokio::test]
    async fn squares_are_cut_from_the_middle_and_have_one_size() {
        let made = square(&turns(), png(40, 20, 0).into()).await.unwrap();
        let picture = image::load_from_memory(&made).unwrap().into_rgb8();
        assert_eq!((picture.width(), picture.height()), (512, 512));
        assert!(picture.get_pixel(256, 256).0.iter().all(|part| *part > 250), "what shines through is white");
    }
}
