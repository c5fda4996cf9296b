//! The front door from outside: real connections on loopback, an authority in this process, a clock that tests move.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use model::{Clock, Time};
use tempfile::TempDir;
use testkit::fakes;
use testkit::https::{Authority, Browser, shown_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::acme::{Https, Orders};
use super::certificates::{Certificates, complaint};
use super::files::Files;
use super::serve::{Entrance, HANDSHAKE_WITHIN};
use super::{Acme, listen};
use crate::app::system_clock;
use crate::outgoing::Outgoing;

const HOST: &str = "talk.example.com";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A clock that begins now, because the directory's own certificate is checked with the machine's.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Hands(Arc::new(AtomicI64::new(system_clock().now().millis())))
    }

    fn clock(&self) -> Clock {
        let millis = self.0.clone();
        Clock::new(move || Time::from_millis(millis.load(Ordering::Relaxed)))
    }

    fn now(&self) -> Time {
        self.clock().now()
    }

    fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// A server that says hello, with whatever certificates it is given.
struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Served {
    async fn with(certificates: Option<&Arc<Certificates>>, router: Router, handshake_within: Duration) -> Self {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let plain = Router::new().fallback(|| async { "this way\n" });
        let tls = certificates.map(|certificates| (certificates.config().unwrap(), plain));
        let (stop, stopped) = oneshot::channel();
        let task =
            tokio::spawn(Entrance { listener, router, tls, handshake_within }.serve(async { drop(stopped.await) }));
        Served { address, stop: Some(stop), task }
    }

    async fn hello(certificates: &Arc<Certificates>) -> Self {
        let router = Router::new().route("/", get(|| async { "hello\n" }));
        Self::with(Some(certificates), router, HANDSHAKE_WITHIN).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the log of this thread says meanwhile.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// Everything since the last time.
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

/// A server that orders its certificate.
struct Ordered {
    hands: Hands,
    authority: fakes::acme::Acme,
    folder: TempDir,
    certificates: Arc<Certificates>,
    served: Served,
    browser: Browser,
}

impl Ordered {
    async fn new() -> Self {
        let hands = Hands::new();
        let authority = fakes::acme::Acme::open(hands.clock()).await;
        let certificates = Arc::new(Certificates::default());
        let served = Served::hello(&certificates).await;
        authority.host_is_at(HOST, served.address);
        let browser = Browser::new(authority.root(), hands.clock());
        Ordered { hands, authority, folder: tempfile::tempdir().unwrap(), certificates, served, browser }
    }

    /// As after a start of the server.
    fn orders(&self) -> Orders {
        let roots = self.folder.path().join("roots.pem");
        std::fs::write(&roots, self.authority.root()).unwrap();
        let acme = Acme {
            email: "ops@example.com".to_owned(),
            directory: self.authority.directory().parse().unwrap(),
            host: HOST.to_owned(),
        };
        let https = Https(Arc::new(Outgoing::new(Some(&roots), false).unwrap()));
        let folder = self.folder.path().join("acme");
        Orders::open(acme, folder, https, self.hands.clock(), self.certificates.clone()).unwrap()
    }

    /// The certificate a browser sees, when it believes it.
    async fn seen(&self) -> Result<Vec<u8>, String> {
        let answer = self.browser.get(self.served.address, HOST, "/").await?;
        assert!(answer.head.starts_with("HTTP/1.1 200") && answer.body == "hello\n", "{answer:?}");
        Ok(answer.certificate)
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_certificate_is_ordered_kept_and_renewed_when_a_third_is_left() {
    let server = Ordered::new().await;
    let mut orders = server.orders();
    server.seen().await.expect_err("there is no certificate yet");
    orders.look().await;
    let first = server.seen().await.expect("the certificate that was ordered");
    shown_for(b"acme-tls/1", server.served.address, HOST).await.expect_err("the proof is not shown any more");

    let folder = server.folder.path().join("acme");
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "account and certificate: {files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");

    // A restart takes up what is there.
    let mut orders = server.orders();
    orders.look().await;
    assert_eq!((server.authority.orders(), server.seen().await.unwrap() == first), (1, true));

    server.hands.pass(DAY * 59);
    orders.look().await;
    assert_eq!(server.authority.orders(), 1);
    server.hands.pass(DAY * 2);
    orders.look().await;
    assert_eq!((server.authority.issued(), server.authority.accounts()), (2, 1));
    assert_ne!(server.seen().await.expect("the renewed certificate"), first);
    server.hands.pass(DAY * 59);
    server.seen().await.expect("the renewed certificate is good when the first one is not");
}

#[tokio::test]
async fn another_start_with_an_empty_certificate_store_shows_what_was_kept() {
    let server = Ordered::new().await;
    server.orders().look().await;
    let kept = server.seen().await.unwrap();
    let again = Ordered { certificates: Arc::new(Certificates::default()), ..server };
    let served = Served::hello(&again.certificates).await;
    drop(again.orders());
    let answer = again.browser.get(served.address, HOST, "/").await.expect("https before any order");
    assert_eq!((answer.certificate, again.authority.orders()), (kept, 1));
}

#[tokio::test]
async fn an_authority_that_is_away_costs_nothing_but_patience() {
    let (server, log) = (Ordered::new().await, Log::default());
    let mut orders = server.orders();
    orders.look().await;
    let first = server.seen().await.unwrap();
    let _listening = log.listen();

    server.hands.pass(DAY * 61);
    server.authority.close(true);
    orders.look().await;
    let said = log.take();
    assert!(
        said.contains("ERROR") && said.contains("503 Service Unavailable") && said.contains("good until"),
        "{said}"
    );
    assert!(said.contains("It is tried again in 2 minutes."), "{said}");
    assert_eq!(server.seen().await.expect("the one from before"), first);

    // Nothing is tried before the pause is over, and the next pause is longer.
    server.hands.pass(Duration::from_secs(119));
    orders.look().await;
    assert_eq!(log.take(), "");
    server.hands.pass(Duration::from_secs(1));
    orders.look().await;
    assert!(log.take().contains("It is tried again in 4 minutes."));

    server.authority.close(false);
    server.hands.pass(Duration::from_secs(240));
    orders.look().await;
    assert_ne!(server.seen().await.unwrap(), first);
    assert_eq!(server.authority.issued(), 2);
}

#[tokio::test]
async fn a_host_that_leads_elsewhere_gets_no_certificate_and_the_reason_is_told() {
    let (server, log) = (Ordered::new().await, Log::default());
    let other = Served::hello(&Arc::new(Certificates::default())).await;
    server.authority.host_is_at(HOST, other.address);
    let _listening = log.listen();
    server.orders().look().await;
    let said = log.take();
    assert!(said.contains("no handshake") && said.contains("There is none to use meanwhile"), "{said}");
    assert_eq!((server.authority.orders(), server.authority.issued()), (1, 0));
}

#[tokio::test]
async fn an_account_that_the_authority_forgot_is_made_anew() {
    let server = Ordered::new().await;
    server.orders().look().await;
    let folder = server.folder.path().join("acme");
    let account = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let account = account.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
    let text = std::fs::read_to_string(&account).unwrap();
    std::fs::write(&account, text.replace("/account/0", "/account/7")).unwrap();
    let mut orders = server.orders();
    server.hands.pass(DAY * 61);
    orders.look().await;
    assert_eq!((server.authority.issued(), account.exists()), (1, false));
    server.hands.pass(Duration::from_secs(120));
    orders.look().await;
    assert_eq!((server.authority.issued(), server.authority.accounts()), (2, 2));
}

/// Two files and what is shown of them.
struct OnDisk {
    hands: Hands,
    authority: Authority,
    folder: TempDir,
    certificates: Arc<Certificates>,
}

impl OnDisk {
    fn new() -> Self {
        let (hands, authority, folder) = (Hands::new(), Authority::new(), tempfile::tempdir().unwrap());
        let disk = OnDisk { hands, authority, folder, certificates: Arc::default() };
        disk.exchange(HOST, DAY * 90);
        disk
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn exchange(&self, host: &str, good_for: Duration) {
        let now = self.hands.now();
        let pair = self.authority.pair(host, now - DAY, now + good_for);
        self.put("cert.pem", &pair.certificate);
        self.put("key.pem", &pair.key);
    }

    fn files(&self) -> Files {
        let path = |name: &str| self.folder.path().join(name);
        Files::new(path("cert.pem"), path("key.pem"), HOST.to_owned())
    }

    /// What is said at a start.
    fn refused(&self) -> String {
        let why = self.files().open(&Arc::default(), self.hands.now()).unwrap_err();
        why.replace(self.folder.path().to_str().unwrap(), "…")
    }
}

#[tokio::test]
async fn renewed_files_are_taken_up_and_broken_ones_leave_the_old_certificate() {
    let (disk, log) = (OnDisk::new(), Log::default());
    let mut files = disk.files();
    files.open(&disk.certificates, disk.hands.now()).unwrap();
    let served = Served::hello(&disk.certificates).await;
    let browser = Browser::new(&disk.authority.root, disk.hands.clock());
    let seen = async || browser.get(served.address, HOST, "/").await.unwrap().certificate;
    let first = seen().await;
    let _listening = log.listen();

    disk.put("cert.pem", "half of a certif");
    files.look(&disk.certificates, disk.hands.now());
    files.look(&disk.certificates, disk.hands.now());
    let said = log.take();
    assert_eq!(said.matches("holds no PEM block").count(), 1, "said once: {said}");
    assert!(said.contains("The certificate from before stays in use."), "{said}");
    assert_eq!(seen().await, first);
    disk.hands.pass(DAY);
    files.look(&disk.certificates, disk.hands.now());
    assert!(log.take().contains("holds no PEM block"), "and once a day");

    disk.exchange(HOST, DAY * 90);
    files.look(&disk.certificates, disk.hands.now());
    assert!(log.take().contains("The certificate was exchanged."));
    assert_ne!(seen().await, first);
}

#[test]
fn files_that_do_not_fit_are_refused_with_the_reason() {
    let disk = OnDisk::new();
    let key = std::fs::read_to_string(disk.folder.path().join("key.pem")).unwrap();
    disk.exchange(HOST, DAY * 90);
    disk.put("key.pem", &key);
    assert_eq!(disk.refused(), "The key …/key.pem belongs to another certificate.");
    disk.put("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    assert!(disk.refused().starts_with("The key …/key.pem is locked by a passphrase"), "{}", disk.refused());
    disk.put("key.pem", "nothing");
    assert_eq!(disk.refused(), "The key …/key.pem holds no PEM block `BEGIN PRIVATE KEY`.");
    disk.put("key.pem", "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n");
    assert!(disk.refused().starts_with("The key …/key.pem cannot be used: "), "{}", disk.refused());
    std::fs::remove_file(disk.folder.path().join("key.pem")).unwrap();
    assert!(disk.refused().starts_with("The key …/key.pem cannot be read: No such file"), "{}", disk.refused());
    disk.put("key.pem", &key);
    disk.put("cert.pem", &key);
    assert_eq!(disk.refused(), "The certificate …/cert.pem holds no PEM block `BEGIN CERTIFICATE`.");
    disk.put("cert.pem", "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n");
    assert!(disk.refused().starts_with("The certificate …/cert.pem is no X.509"), "{}", disk.refused());
}

#[test]
fn what_browsers_will_not_like_is_said() {
    let complaint_of = |host: &str, good_for: Duration, later: Duration| {
        let disk = OnDisk::new();
        disk.exchange(host, good_for);
        disk.files().open(&disk.certificates, disk.hands.now()).unwrap();
        disk.hands.pass(later);
        complaint(&disk.certificates.serving().unwrap(), HOST, disk.hands.now()).unwrap_or_default()
    };
    assert_eq!(complaint_of(HOST, DAY * 90, DAY), "");
    assert_eq!(complaint_of("*.example.com", DAY * 90, DAY), "");
    assert!(complaint_of("example.com", DAY * 90, DAY).contains("is not for talk.example.com"));
    assert!(complaint_of(HOST, DAY * 90, DAY * 91).contains("ended at"));
    assert!(complaint_of(HOST, DAY * 90, DAY * 80).contains("should have been renewed"));
    // A certificate of six days is not late all its life.
    assert_eq!(complaint_of(HOST, DAY * 5, DAY), "");
}

#[tokio::test]
async fn plain_http_to_an_https_port_is_shown_the_way() {
    let served = Served::hello(&Arc::default()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("this way\n"), "{answer}");
}

#[tokio::test]
async fn who_never_ends_a_handshake_is_hung_up_on() {
    let within = Duration::from_millis(200);
    let served = Served::with(Some(&Arc::default()), Router::new(), within).await;
    let begun = Instant::now();
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    slow.write_all(&[22, 3, 1, 2, 0]).await.unwrap();
    assert_eq!(slow.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(begun.elapsed() >= within * 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn one_source_cannot_take_every_handshake() {
    let disk = OnDisk::new();
    disk.files().open(&disk.certificates, disk.hands.now()).unwrap();
    let served = Served::hello(&disk.certificates).await;
    let browser = Browser::new(&disk.authority.root, disk.hands.clock());
    let mut silent = Vec::new();
    for _ in 0..256 {
        silent.push(TcpStream::connect(served.address).await.unwrap());
    }
    browser.get(served.address, HOST, "/").await.expect_err("there are too many from here");
    drop(silent);
    testkit::eventually(async || browser.get(served.address, HOST, "/").await).await;
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_server_stops() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, awaited) = (arrived.clone(), go_on.clone());
    let slow = get(move || async move {
        told.notify_one();
        awaited.notified().await;
        "done\n"
    });
    let mut served = Served::with(None, Router::new().route("/", slow), HANDSHAKE_WITHIN).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    arrived.notified().await;
    served.stop.take().unwrap().send(()).unwrap();
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0, "who asks for nothing is let go");
    TcpStream::connect(served.address).await.expect_err("nobody is let in any more");
    go_on.notify_one();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done\n"), "{answer}");
    (&mut served.task).await.unwrap();
}
