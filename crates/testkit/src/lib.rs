//! What tests and benchmarks share.
//!
//! [`Server`] is the real binary on a free loopback port; [`Client`] is a signed-in person who speaks HTTP and the live
//! socket to it; [`https`] are certificates and a browser that looks at them; [`fakes`] stand in for outside services;
//! [`eventually`] waits for a condition that can say why it does not hold yet.

mod client;
pub mod fakes;
pub mod https;
mod postgres;
mod server;

use std::future::Future;
use std::time::{Duration, Instant};

pub use client::{Client, Failed, Live, Replica};
pub use postgres::PostgresDatabase;
pub use server::{Server, Storage};

/// Waits until `condition` is `Ok`, and fails with its last reason after 30 s.
///
/// # Panics
/// When the condition does not come true in time.
pub async fn eventually<T, F>(mut condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match condition().await {
            Ok(value) => return value,
            Err(reason) if Instant::now() > until => panic!("{reason}"),
            // Polling is the condition's own pace: it is asked again, nothing is assumed to have happened.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
