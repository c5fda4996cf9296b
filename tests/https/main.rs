//! The real binary behind its own https: with a certificate that it orders, and with one in files.

use std::net::SocketAddr;
use std::time::SystemTime;

use model::{Clock, Time};
use testkit::fakes::acme::Acme;
use testkit::https::{Authority, Browser};
use testkit::{Server, Storage, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HOST: &str = "talk.example.com";

fn clock() -> Clock {
    Clock::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
        Time::from_millis(i64::try_from(since.as_millis()).expect("a clock before the year 292 million"))
    })
}

/// What plain http is answered with.
async fn plain(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("somebody reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("somebody answers");
    answer.to_ascii_lowercase()
}

#[tokio::test]
async fn a_certificate_is_ordered_and_a_restart_after_a_kill_orders_none() {
    let authority = Acme::open(clock()).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, authority.root()).expect("a file");
    let mut server = Server::start_at("serve", Storage::Sqlite, |address| {
        authority.host_is_at(HOST, address);
        vec![
            format!("public_url=https://{HOST}"),
            "tls.acme_email=ops@example.com".to_owned(),
            format!("tls.acme_directory={}", authority.directory()),
            format!("outgoing.roots={}", roots.display()),
        ]
    })
    .await;
    let browser = Browser::new(authority.root(), clock());
    let first = eventually(async || browser.get(server.address(), HOST, "/healthz").await).await;
    assert!(first.head.starts_with("HTTP/1.1 200") && first.body == "ok\n", "{first:?}");
    assert!(first.head.to_ascii_lowercase().contains("strict-transport-security: max-age=31536000"), "{first:?}");
    let shown = plain(server.address(), "/setup/x?y=1").await;
    assert!(shown.starts_with("http/1.1 308"), "{shown}");
    assert!(shown.contains("\r\nlocation: https://talk.example.com/setup/x?y=1\r\n"), "{shown}");

    server.restart().await;
    let again = eventually(async || browser.get(server.address(), HOST, "/healthz").await).await;
    assert_eq!(again.certificate, first.certificate);
    assert_eq!((authority.orders(), authority.issued()), (1, 1));
}

#[tokio::test]
async fn a_certificate_in_files_is_taken_up_when_it_is_renewed() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (certificate, key) = (folder.path().join("fullchain.pem"), folder.path().join("key.pem"));
    let renew = || {
        let now = clock().now();
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        let pair = authority.pair(HOST, now - day, now + day * 90);
        std::fs::write(&certificate, &pair.certificate).expect("a file");
        std::fs::write(&key, &pair.key).expect("a file");
    };
    renew();
    let server = Server::start_at("serve", Storage::Sqlite, |_| {
        vec![
            format!("public_url=https://{HOST}"),
            format!("tls.certificate={}", certificate.display()),
            format!("tls.key={}", key.display()),
        ]
    })
    .await;
    let browser = Browser::new(&authority.root, clock());
    let first = browser.get(server.address(), HOST, "/").await.expect("https from the first moment");
    renew();
    eventually(async || match browser.get(server.address(), HOST, "/").await {
        Ok(answer) if answer.certificate != first.certificate => Ok(()),
        Ok(_) => Err("the certificate from before is still shown".to_owned()),
        Err(error) => Err(error),
    })
    .await;
}
