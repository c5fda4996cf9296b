//! Where content is kept: the blob store, the uploads on their way there, and one upload's turn after the other.
//!
//! A local folder is the only store so far, `<data>/files` by way of `object_store`; an S3-compatible one by URL comes
//! behind the same calls. Uploads on their way are local files in either case, so an upload stays with its node.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use bytes::Bytes;
use model::FileId;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use crate::answer::Fault;

/// Which of the things that are kept for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was uploaded.
    Content,
    /// The picture in a size for looking at it, encoded by the server.
    Preview,
    /// The picture in a size for a message, encoded by the server.
    Thumbnail,
}

impl Part {
    /// One word for it, as it ends the name of what is kept.
    pub fn word(self) -> &'static str {
        match self {
            Part::Content => "content",
            Part::Preview => "preview",
            Part::Thumbnail => "thumbnail",
        }
    }
}

/// The contents of files.
pub struct Blobs {
    store: LocalFileSystem,
    turns: Mutex<HashMap<FileId, Arc<tokio::sync::Mutex<()>>>>,
    /// One picture is decoded at a time: it may need some hundred megabytes.
    pub(crate) decoding: Arc<Semaphore>,
}

/// The right to write one upload.
pub struct Turn {
    _guard: OwnedMutexGuard<()>,
}

impl Blobs {
    /// Opens, or makes, the folder.
    ///
    /// # Errors
    /// A sentence for the operator when that cannot be done.
    pub fn open(folder: &FilePath) -> Result<Self, Fault> {
        let failed = |error: &dyn std::fmt::Display| {
            Fault::Other(format!("The folder for files {} cannot be used: {error}.", folder.display()))
        };
        std::fs::create_dir_all(folder.join(UPLOADS)).map_err(|error| failed(&error))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(&error))?;
        // What is answered for is on the disk: the store's files and the folders that name them.
        let store = store.with_fsync(true);
        Ok(Self { store, turns: Mutex::default(), decoding: Arc::new(Semaphore::new(1)) })
    }

    /// Waits until nobody else writes this upload.
    pub async fn turn(&self, id: FileId) -> Turn {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            turns.entry(id).or_default().clone()
        };
        Turn { _guard: turn.lock_owned().await }
    }

    /// Writes what came of an upload at its place, cutting off what no row counted, and returns when it is durable.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn write_upload(&self, _turn: &Turn, id: FileId, offset: u64, bytes: Bytes) -> Result<(), Fault> {
        let path = self.path(&upload_key(id))?;
        blocking(move || {
            let new = offset == 0;
            let mut file = OpenOptions::new().write(true).create(new).truncate(false).open(&path)?;
            if file.metadata()?.len() < offset {
                return Err(std::io::Error::new(ErrorKind::UnexpectedEof, "bytes that were there are gone"));
            }
            file.set_len(offset)?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(&bytes)?;
            file.sync_data()?;
            if new && let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        })
        .await
    }

    /// How many bytes of an upload there are, wherever they are by now.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn there(&self, _turn: &Turn, id: FileId) -> Result<u64, Fault> {
        for key in [upload_key(id), key(id, Part::Content)] {
            match self.store.head(&key).await {
                Ok(meta) => return Ok(meta.size),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(0)
    }

    /// Moves a whole upload to where content is kept; nothing happens when that was done before.
    ///
    /// # Errors
    /// What the disk says, also when there is neither an upload nor content.
    pub async fn adopt(&self, _turn: &Turn, id: FileId) -> Result<(), Fault> {
        let key = key(id, Part::Content);
        match self.store.rename(&upload_key(id), &key).await {
            Err(object_store::Error::NotFound { .. }) => self.store.head(&key).await.map(drop).map_err(broken),
            moved => moved.map_err(broken),
        }
    }

    /// Keeps something that the server made; durable when this returns.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn put(&self, id: FileId, part: Part, bytes: Vec<u8>) -> Result<(), Fault> {
        self.store.put(&key(id, part), bytes.into()).await.map(drop).map_err(broken)
    }

    /// The first bytes of the content, and the file to read all of it from.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) async fn content(&self, id: FileId) -> Result<(Vec<u8>, File), Fault> {
        let path = self.path(&key(id, Part::Content))?;
        blocking(move || {
            let mut file = File::open(&path)?;
            let mut head = Vec::new();
            Read::by_ref(&mut file).take(model::file::HEAD as u64).read_to_end(&mut head)?;
            file.rewind()?;
            Ok((head, file))
        })
        .await
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// What the disk says, also when there is nothing.
    pub async fn size(&self, id: FileId, part: Part) -> Result<u64, Fault> {
        self.store.head(&key(id, part)).await.map(|meta| meta.size).map_err(broken)
    }

    /// The first bytes, by which a part tells what it is.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn head(&self, id: FileId, part: Part) -> Result<Bytes, Fault> {
        self.store.get_range(&key(id, part), 0..model::file::HEAD as u64).await.map_err(broken)
    }

    /// A range of bytes as the body of an answer, read while it is sent.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn body(&self, id: FileId, part: Part, range: Range<u64>) -> Result<Body, Fault> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self.store.get_opts(&key(id, part), options).await.map_err(broken)?;
        Ok(Body::from_stream(found.into_stream()))
    }

    /// Where an upload is written, for what the server itself makes; [`Blobs::adopt`] takes it from there.
    ///
    /// # Errors
    /// When the store has no such place.
    pub(crate) fn upload_path(&self, id: FileId) -> Result<PathBuf, Fault> {
        self.path(&upload_key(id))
    }

    /// Removes everything of a file; nothing happens when there is nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn remove(&self, _turn: &Turn, id: FileId) -> Result<(), Fault> {
        let parts = [Part::Content, Part::Preview, Part::Thumbnail].map(|part| key(id, part));
        for key in parts.into_iter().chain([upload_key(id)]) {
            match self.store.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(())
    }

    fn path(&self, key: &Path) -> Result<PathBuf, Fault> {
        self.store.path_to_filesystem(key).map_err(broken)
    }
}

const UPLOADS: &str = "uploads";

fn upload_key(id: FileId) -> Path {
    Path::from(format!("{UPLOADS}/{id}"))
}

/// The end of an id is random, so it spreads the files over 1,024 folders.
fn key(id: FileId, part: Part) -> Path {
    let name = id.to_string();
    let folder = &name[name.len() - 2..];
    Path::from(format!("{folder}/{name}.{}", part.word()))
}

fn broken(error: object_store::Error) -> Fault {
    Fault::Other(format!("The store for files failed: {error}."))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Fault::Other(error.to_string()))?;
    done.map_err(|error| Fault::Other(format!("A file cannot be read or written: {error}.")))
}
