//! The generator's side of a connection: just enough HTTP/1.1 and WebSocket, because it shares the machine with what
//! it measures. Every call reuses one buffer, and answers are parts of it.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::ops::Range;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes for one read.
const READ: usize = 4 * 1024;
/// A larger buffer is given back when it is empty: thousands of connections were sent a large first frame.
const KEEP: usize = 64 * 1024;

/// A connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where what was not taken yet begins.
    start: usize,
    output: Vec<u8>,
}

/// An answer to a request.
pub struct Answer<'a> {
    /// HTTP's.
    pub status: u16,
    /// Its bytes.
    pub body: &'a [u8],
}

impl Wire {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), start: 0, output: Vec::new() })
    }

    /// One request and its answer; the connection stays.
    pub async fn request(&mut self, method: &str, path: &str, cookie: &str, body: &[u8]) -> Result<Answer<'_>> {
        self.ask(method, path, cookie, "", body).await?;
        let (status, length) = self.head().await?;
        let body = self.take(length).await?;
        Ok(Answer { status, body: &self.buffer[body] })
    }

    /// Makes the connection a WebSocket.
    pub async fn upgrade(&mut self, path: &str, cookie: &str) -> Result<()> {
        // The key is RFC 6455's example: nothing here depends on it.
        let headers = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        self.ask("GET", path, cookie, headers, b"").await?;
        match self.head().await? {
            (101, _) => Ok(()),
            (status, _) => Err(Error::other(format!("the socket was refused with {status}"))),
        }
    }

    /// Sends a text frame. It is masked, as a client's must be, with zeros, which cost nothing.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.output.clear();
        self.output.push(0x81);
        match u16::try_from(text.len()) {
            Ok(length @ 0..126) => self.output.push(0x80 | length as u8),
            Ok(length) => {
                self.output.push(0x80 | 126);
                self.output.extend(length.to_be_bytes());
            }
            Err(_) => return Err(Error::other("the generator says nothing this long")),
        }
        self.output.extend([0; 4]);
        self.output.extend(text.as_bytes());
        self.stream.write_all(&self.output).await
    }

    /// The next text frame; none when the other side ended it.
    pub async fn hear(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let head = match self.buffer.get(self.start..) {
                Some([first, length @ 0..126, ..]) => Some((*first, 2, usize::from(*length))),
                Some([first, 126, a, b, ..]) => Some((*first, 4, usize::from(u16::from_be_bytes([*a, *b])))),
                Some([first, 127, 0, 0, 0, 0, a, b, c, d, ..]) => {
                    Some((*first, 10, u32::from_be_bytes([*a, *b, *c, *d]) as usize))
                }
                _ => None,
            };
            let Some((first, skip, length)) = head else { if self.read().await? { continue } else { return Ok(None) } };
            let frame = self.take(skip + length).await?;
            match first {
                0x81 => return Ok(Some(&self.buffer[frame.start + skip..frame.end])),
                0x88 => return Ok(None),
                // Neither side pings on this level.
                _ => return Err(Error::new(ErrorKind::InvalidData, format!("frame type {first:#x}"))),
            }
        }
    }

    async fn ask(&mut self, method: &str, path: &str, cookie: &str, headers: &str, body: &[u8]) -> Result<()> {
        use std::io::Write;
        self.output.clear();
        write!(self.output, "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}")?;
        if !cookie.is_empty() {
            write!(self.output, "cookie: {cookie}\r\n")?;
        }
        if !body.is_empty() {
            write!(self.output, "content-type: application/json\r\ncontent-length: {}\r\n", body.len())?;
        }
        self.output.extend(b"\r\n");
        self.output.extend(body);
        self.stream.write_all(&self.output).await
    }

    /// Reads an answer's head: status and the length of the body.
    async fn head(&mut self) -> Result<(u16, usize)> {
        let end = loop {
            if let Some(at) = memmem::find(&self.buffer[self.start..], b"\r\n\r\n") {
                break self.start + at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[self.start..end]);
        let status = head.get(9..12).and_then(|text| text.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|text| text.parse().ok()).unwrap_or(0);
        let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, head.to_string()))?;
        self.start = end;
        Ok((status, length))
    }

    /// The next so many bytes, as their place in the buffer, which holds until the next call.
    async fn take(&mut self, length: usize) -> Result<Range<usize>> {
        while self.buffer.len() - self.start < length {
            self.more().await?;
        }
        let taken = self.start..self.start + length;
        self.start = taken.end;
        Ok(taken)
    }

    async fn more(&mut self) -> Result<()> {
        if self.read().await? { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// Reads what there is; false at the end.
    async fn read(&mut self) -> Result<bool> {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            if self.buffer.capacity() > KEEP {
                self.buffer = Vec::new();
            }
        } else if self.start > 0 {
            self.buffer.drain(..self.start);
        }
        self.start = 0;
        self.buffer.reserve(READ);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }
}
