//! The real binary, started on a free loopback port with a data folder of its own, and stopped by its process id.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Where the server keeps its rows.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In its data folder.
    Sqlite,
    /// In this PostgreSQL database.
    Postgres(String),
}

/// A running server. Dropping it kills the process.
pub struct Server {
    binary: PathBuf,
    command: &'static str,
    folder: TempDir,
    port: u16,
    storage: Storage,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// Starts `waggle demo` and waits until it is ready. The binary is `WAGGLE_BINARY`, or the debug build beside the
    /// running test.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn demo(storage: Storage) -> Self {
        Self::start("demo", storage, &[]).await
    }

    /// Starts the binary with a command and further settings (`key=value`).
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start(command: &'static str, storage: Storage, settings: &[&str]) -> Self {
        Self::start_at(command, storage, |_| settings.iter().map(|text| (*text).to_owned()).collect()).await
    }

    /// The same with settings that depend on where it will listen.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub async fn start_at(
        command: &'static str,
        storage: Storage,
        settings: impl FnOnce(SocketAddr) -> Vec<String>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let settings = settings(SocketAddr::from(([127, 0, 0, 1], port)));
        let mut server = Server { binary: binary(), command, folder, port, storage, settings, child: None };
        server.run().await;
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// `http://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// The folder with its rows and files.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `kill -9`, at once.
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("the server is ours to kill");
        }
    }

    /// Starts the killed server again, on the same port and data.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn restart(&mut self) {
        self.kill().await;
        self.run().await;
    }

    async fn run(&mut self) {
        let mut command = Command::new(&self.binary);
        command
            .arg(self.command)
            .args(["--set", &format!("listen=127.0.0.1:{}", self.port)])
            .args(["--set", &format!("public_url={}", self.url())])
            .args(["--set", &format!("data={}", self.data().display())]);
        if let Storage::Postgres(url) = &self.storage {
            command.args(["--set", &format!("database.url={url}")]);
        }
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command.env("WAGGLE_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        self.child = Some(command.spawn().expect("the server's binary starts; build waggle-server first"));
        if self.settings.iter().any(|setting| setting.starts_with("tls.")) {
            // Whether https is there is the test's own question; here somebody listens.
            let connected = async || TcpStream::connect(self.address()).await.map_err(|error| error.to_string());
            drop(crate::eventually(connected).await);
            return;
        }
        let ready = format!("{}/readyz", self.url());
        let http = crate::client::http_client();
        crate::eventually(async || {
            let response =
                http.get(&ready).send().await.map_err(|error| format!("the server is not there: {error}"))?;
            if response.status().is_success() { Ok(()) } else { Err(format!("the server says {}", response.status())) }
        })
        .await;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// `WAGGLE_BINARY`, or `waggle` in the folder above the one of the running test.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("WAGGLE_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a running program has a path");
    let binary = test.ancestors().nth(2).expect("tests run in target/PROFILE/deps").join("waggle");
    if let Some(why) = outdated(&binary) {
        panic!("{why}. Build it: cargo build -p waggle-server");
    }
    binary
}

/// Why the binary is not that of these sources; `cargo test` builds its own package's programs only, and would leave an
/// old one where it is. Cargo writes beside a program what it was made of.
fn outdated(binary: &Path) -> Option<String> {
    let built = std::fs::metadata(binary).and_then(|found| found.modified());
    let (Ok(built), Ok(made_of)) = (built, std::fs::read_to_string(binary.with_extension("d"))) else {
        return Some("The server is not built".to_owned());
    };
    let sources = made_of.split_once(": ").map_or("", |(_, sources)| sources);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.to_str()?;
    if !sources.contains(workspace) {
        return Some("The server is built from another folder".to_owned());
    }
    // A space in a path is escaped, so that a path ends at a space that no backslash precedes.
    let sources = sources.trim().replace("\\ ", "\n");
    sources.split(' ').map(|source| source.replace('\n', " ")).find_map(|source| {
        let changed = std::fs::metadata(&source).and_then(|found| found.modified());
        let newer = changed.map_or(true, |changed| changed > built);
        newer.then(|| format!("The server is older than {source}"))
    })
}
