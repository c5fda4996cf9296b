//! Accepting: a connection is encrypted when there is a certificate, and then carries requests.
//!
//! What a stranger can hold is bounded: a handshake and the head of a request take limited time, and so many
//! handshakes run at once, of one source fewer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::server::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::certificates::ACME_TLS;
use crate::http::source;

/// How long a handshake may take.
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Handshakes at once; more wait to be accepted.
const HANDSHAKES: usize = 1_024;
/// Handshakes of one source at once; more are hung up on.
const HANDSHAKES_OF_ONE: usize = 256;
/// How long a connection may be without a request, and how long the head of one may take. Longer than proxies keep an
/// idle connection (Caddy 120 s, nginx 60 s), so that they and not we end it, and no request meets a closed door.
const HEAD_WITHIN: Duration = Duration::from_secs(130);
/// How long requests under way may take to end when the server stops.
const END_WITHIN: Duration = Duration::from_secs(15);

/// Says that a connection is encrypted by ourselves; an extension of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Encrypted;

/// What is listened with.
pub struct Entrance {
    /// Where connections arrive.
    pub listener: TcpListener,
    /// What answers.
    pub router: Router,
    /// How it is encrypted, and what answers those who speak plain http all the same.
    pub tls: Option<(Arc<ServerConfig>, Router)>,
    /// How long a handshake may take; [`HANDSHAKE_WITHIN`] where nobody is in a hurry.
    pub handshake_within: Duration,
}

impl Entrance {
    /// Serves until `stop`, and then until requests under way have ended.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let stopping = watch::Sender::new(());
        let tls = self.tls.map(|(config, plain)| Arc::new(Handshakes::new(config, plain)));
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = async {
                // Whoever has to wait for a place does so before it is accepted.
                let place = match &tls {
                    Some(tls) => tls.places.clone().acquire_owned().await.ok(),
                    None => None,
                };
                (place, self.listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    wait_out(&error).await;
                    continue;
                }
            };
            // A frame of the live socket is small and must not wait for the next one.
            drop(stream.set_nodelay(true));
            let (router, stopped) = (self.router.clone(), stopping.subscribe());
            let Some(tls) = &tls else {
                tokio::spawn(carry(stream, peer, router, false, stopped));
                continue;
            };
            let Some(turn) = tls.clone().turn(peer.ip()) else { continue };
            let tls = tls.clone();
            tokio::spawn(async move {
                let opened = tokio::time::timeout(self.handshake_within, tls.open(stream)).await;
                drop((place, turn));
                match opened {
                    Ok(Ok(Opened::Encrypted(stream))) => carry(*stream, peer, router, true, stopped).await,
                    Ok(Ok(Opened::Plain(stream))) => carry(stream, peer, tls.plain.clone(), false, stopped).await,
                    Ok(Ok(Opened::Proof)) => tracing::info!("An authority has looked at the proof."),
                    Ok(Err(error)) => tracing::debug!(%peer, %error, "A handshake failed."),
                    Err(_) => tracing::debug!(%peer, "A handshake took too long."),
                }
            });
        }
        drop(self.listener);
        stopping.send_replace(());
        if tokio::time::timeout(END_WITHIN, stopping.closed()).await.is_err() {
            tracing::warn!("Some requests did not end within {} s; they are cut off.", END_WITHIN.as_secs());
        }
    }
}

/// A connection that was lost before it was accepted is nothing; without free file handles there is a pause.
async fn wait_out(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "A connection could not be accepted.");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Hands the requests of a connection to the router until it ends.
async fn carry<S>(stream: S, peer: SocketAddr, router: Router, encrypted: bool, mut stopped: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        if encrypted {
            request.extensions_mut().insert(Encrypted);
        }
        let router = router.clone();
        async move { Ok::<Response<Body>, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            // A client that hangs up in the middle is no news.
            _ = connection.as_mut() => break,
            // The request under way is the last one.
            Ok(()) = stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
    }
}

/// Those that are under way.
struct Handshakes {
    acceptor: TlsAcceptor,
    plain: Router,
    places: Arc<Semaphore>,
    of_one: Mutex<HashMap<String, usize>>,
}

enum Opened {
    Encrypted(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    /// Somebody typed http:// and our port.
    Plain(TcpStream),
    /// An authority saw what it came for (RFC 8737, section 3): there is nothing to say.
    Proof,
}

impl Handshakes {
    fn new(config: Arc<ServerConfig>, plain: Router) -> Self {
        let places = Arc::new(Semaphore::new(HANDSHAKES));
        Handshakes { acceptor: TlsAcceptor::from(config), plain, places, of_one: Mutex::default() }
    }

    /// Counts a handshake of this source, until what is returned is dropped; none when there are too many.
    fn turn(self: Arc<Self>, source: IpAddr) -> Option<Turn> {
        let bucket = source::bucket(source);
        {
            let mut counts = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(bucket.clone()).or_insert(0);
            if *count >= HANDSHAKES_OF_ONE {
                return None;
            }
            *count += 1;
        }
        Some(Turn { handshakes: self, bucket })
    }

    async fn open(&self, stream: TcpStream) -> io::Result<Opened> {
        // TLS begins with 22 (RFC 8446, section 5.1), and a method of HTTP with a capital letter.
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first[0].is_ascii_uppercase() {
            return Ok(Opened::Plain(stream));
        }
        let mut stream = self.acceptor.accept(stream).await?;
        if stream.get_ref().1.alpn_protocol() == Some(ACME_TLS) {
            stream.shutdown().await?;
            return Ok(Opened::Proof);
        }
        Ok(Opened::Encrypted(Box::new(stream)))
    }
}

/// A handshake that counts.
struct Turn {
    handshakes: Arc<Handshakes>,
    bucket: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut counts = self.handshakes.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.bucket) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.bucket);
            }
        }
    }
}
