//! The fake provider on a port of this machine, for looking at sign-in in a browser:
//! `cargo run -p waggle-testkit --example openid -- 9400 google '{"email":"nora.lindqvist@acmerobotics.example","email_verified":true,"hd":"acmerobotics.example"}'`.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use waggle_testkit::fakes::openid::OpenId;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, style, claims] = &arguments[..] else {
        eprintln!("Say a port, `google` or `microsoft`, and the claims as JSON.");
        return;
    };
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let fake = OpenId::start(style == "microsoft", i64::try_from(now).unwrap_or(i64::MAX), address).await;
    fake.behave(|behaviour| behaviour.claims = serde_json::from_str(claims).expect("JSON"));
    println!("{} answers; Ctrl+C ends it.", fake.base());
    std::future::pending::<()>().await;
}
