//! The archive that an export writes: entries one after the other, each byte on its way to the disk.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::answer::Fault;

/// An archive that is being written.
pub struct Archive {
    zip: Option<ZipWriter<BufWriter<File>>>,
}

/// Larger entries need the fields of ZIP64, which must be known before.
const LARGE: u64 = u32::MAX as u64 - 1_048_576;

impl Archive {
    /// Begins a file anew.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn create(path: PathBuf) -> Result<Self, Fault> {
        let file = blocking(move || Ok(File::create(path)?)).await?;
        Ok(Self { zip: Some(ZipWriter::new(BufWriter::new(file))) })
    }

    /// Begins an entry of text.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn entry(&mut self, name: String) -> Result<(), Fault> {
        self.with(move |zip| zip.start_file(name, options(CompressionMethod::Deflated).large_file(true))).await
    }

    /// Goes on with the entry that was begun.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn write(&mut self, text: String) -> Result<(), Fault> {
        self.with(move |zip| Ok(zip.write_all(text.as_bytes())?)).await
    }

    /// Adds a file as it is; what is compressed already is not compressed again.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn file(&mut self, name: String, media_type: &str, size: u64, mut content: File) -> Result<(), Fault> {
        let packs = media_type.starts_with("text/") || media_type == "application/json";
        let method = if packs { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        self.with(move |zip| {
            zip.start_file(name, options(method).large_file(size >= LARGE))?;
            // A file cannot have grown; should it have, the archive is not harmed by it.
            std::io::copy(&mut Read::by_ref(&mut content).take(size), zip)?;
            Ok(())
        })
        .await
    }

    /// Ends the archive, and says how large it is; durable when this returns.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn finish(mut self) -> Result<i64, Fault> {
        let zip = self.zip.take().ok_or_else(broken)?;
        blocking(move || {
            let file = zip.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            Ok(i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX))
        })
        .await
    }

    async fn with(
        &mut self,
        work: impl FnOnce(&mut ZipWriter<BufWriter<File>>) -> Result<(), zip::result::ZipError> + Send + 'static,
    ) -> Result<(), Fault> {
        let mut zip = self.zip.take().ok_or_else(broken)?;
        let zip = blocking(move || {
            work(&mut zip)?;
            Ok(zip)
        });
        self.zip = Some(zip.await?);
        Ok(())
    }
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

fn broken() -> Fault {
    Fault::Other("The archive failed before.".to_owned())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, zip::result::ZipError> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Fault::Other(error.to_string()))?;
    done.map_err(|error| Fault::Other(format!("An export cannot be written: {error}.")))
}
