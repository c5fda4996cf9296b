//! Tells the embedding where the built web client is, or a page that says how to build it.
//!
//! It never runs npm: a clone without Node still compiles.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let built = manifest.join("../../web/apps/app/dist");
    println!("cargo:rerun-if-changed={}", built.join("index.html").display());
    let folder = if built.join("index.html").is_file() { built } else { stub() };
    println!("cargo:rustc-env=WAGGLE_WEB_DIST={}", folder.display());
}

fn stub() -> PathBuf {
    let folder = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("web-stub");
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Waggle</title>\
        <p>The web client is not built. Run <code>npm ci && npm run build</code> in <code>web</code>, then build again.";
    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("index.html"), page)).expect("OUT_DIR is writable");
    folder
}
