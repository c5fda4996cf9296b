//! Files that people send, and the pictures of people and conversations.
//!
//! An upload is a row that says how much of it is there, and a temporary file that holds at least that much: bytes are
//! on the disk before the row counts them. What is complete moves into the blob store, is looked at, and can go with
//! one message. Whatever a crash interrupts is taken up again by the next request for the same file.
//!
//! Nothing that a client sent is shown in its place by a browser, but for sound and film: a picture is decoded under
//! limits and encoded anew, and everything else is an attachment.

pub mod attach_file;
pub mod blobs;
pub mod change_picture;
pub mod create_file;
pub mod images;
pub mod list_files;
pub mod remove_file;
pub mod remove_old;
pub mod serve_file;
pub mod set_poster;
pub mod store;
pub mod upload;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;

use axum::extract::DefaultBodyLimit;

use crate::http::routes::{Routes, get, patch, post, put};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    let pictures = DefaultBodyLimit::max(change_picture::PICTURE_MAX);
    Routes::new()
        .route("/files", post(create_file::create_file))
        .route(
            "/files/{file}",
            patch(upload::upload_file)
                .layer(DefaultBodyLimit::max(upload::CHUNK_MAX))
                .get(upload::get_file)
                .delete(remove_file::remove_file),
        )
        .route("/files/{file}/content", get(serve_file::get_content))
        .route("/files/{file}/poster", put(set_poster::set_poster).layer(DefaultBodyLimit::max(set_poster::POSTER_MAX)))
        .route("/files/{file}/thumbnail", get(serve_file::get_thumbnail))
        .route("/conversations/{conversation}/files", get(list_files::list_files))
        .route(
            "/me/picture",
            put(change_picture::change_my_picture).layer(pictures).delete(change_picture::remove_my_picture),
        )
        .route(
            "/conversations/{conversation}/picture",
            put(change_picture::change_conversation_picture)
                .layer(pictures)
                .delete(change_picture::remove_conversation_picture),
        )
        .route("/pictures/{picture}", get(serve_file::get_picture))
}
