//! What is measured: the server or the floor, started with a world, and how the generator speaks to either.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memmem;
use model::live::{ClientFrame, PROTOCOL};
use serde_json::json;
use tempfile::TempDir;
use testkit::PostgresDatabase;

use crate::machine::Cores;
use crate::process::{Process, free_port};
use crate::wire::Wire;
use crate::world::World;
use crate::{Result, floor, load};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// The least program that does the work.
    Floor,
    /// The server.
    Waggle,
}

/// How targets are started; the same for all of a run.
pub struct Bed {
    /// The server's program.
    pub binary: PathBuf,
    /// Which core does what.
    pub cores: Option<Cores>,
    /// The database in which each target gets a schema; none for SQLite in its folder.
    pub postgres: Option<String>,
}

/// A running target with its own folder. Dropping it ends it and removes the folder.
pub struct Target {
    /// Its process.
    pub process: Process,
    /// How to speak to it.
    pub site: Site,
    command: Command,
    postgres: Option<PostgresDatabase>,
    _folder: TempDir,
}

impl Bed {
    /// Gives a world to a target and starts it.
    pub async fn start(&self, system: System, world: World) -> Result<Target> {
        let (world, folder, port) = (Arc::new(world), tempfile::tempdir()?, free_port()?);
        let mut postgres = None;
        let mut command = match system {
            System::Floor => floor_command(folder.path(), port, &world)?,
            System::Waggle => {
                let data = folder.path().join("data");
                let mut command = self.server_command(&data, port);
                let mut url = format!("sqlite:{}", data.join("waggle.db").display());
                if let Some(server) = &self.postgres {
                    let database = PostgresDatabase::make_in(server).await;
                    url = database.url();
                    command.args(["--set", &format!("database.url={url}")]);
                    postgres = Some(database);
                }
                // An empty folder is a workload of its own.
                if !world.people.is_empty() {
                    std::fs::create_dir(&data)?;
                    world.write(&url).await?;
                }
                command
            }
        };
        let process = Process::start(self.cores, port, &mut command).await?;
        let site = Site { system, address: process.address, world };
        Ok(Target { process, site, command, postgres, _folder: folder })
    }

    fn server_command(&self, data: &Path, port: u16) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("serve")
            .args(["--set", &format!("listen=127.0.0.1:{port}")])
            .args(["--set", &format!("public_url=http://localhost:{port}")])
            .args(["--set", &format!("data={}", data.display())])
            // One person fetches and posts as fast as it goes.
            .args(["--set", "limits.requests_per_second=0"]);
        command
    }
}

fn floor_command(folder: &Path, port: u16, world: &World) -> Result<Command> {
    let file = folder.join("floor.db");
    let rooms: Vec<i64> = world.rooms.iter().map(|room| room.messages).collect();
    floor::fill(&file, &rooms, load::EARLIER)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["floor", "--port", &port.to_string(), "--file"]).arg(file);
    Ok(command)
}

impl Target {
    /// Kills it and starts it again on the same data.
    pub async fn restart(self, bed: &Bed) -> Result<Self> {
        let Target { process, site, mut command, postgres, _folder } = self;
        let port = process.address.port();
        drop(process);
        let process = Process::start(bed.cores, port, &mut command).await?;
        Ok(Target { process, site, command, postgres, _folder })
    }

    /// Ends it, and removes what it kept.
    pub async fn end(self) {
        drop(self.process);
        if let Some(database) = self.postgres {
            database.remove().await;
        }
    }
}

/// How to speak to a target.
#[derive(Clone)]
pub struct Site {
    /// Which kind.
    pub system: System,
    /// Where it listens.
    pub address: SocketAddr,
    /// Who is there.
    pub world: Arc<World>,
}

impl Site {
    /// A live connection of somebody, after its first frame; resumed when there is a cursor. Returns that frame too.
    pub async fn listen(&self, person: usize, cursor: Option<String>) -> Result<(Wire, String)> {
        let mut wire = Wire::open(self.address).await?;
        let who = &self.world.people[person];
        match self.system {
            System::Floor => {
                wire.upgrade("/live", "").await?;
                wire.say(&json!({ "type": "hello", "rooms": who.rooms }).to_string()).await?;
            }
            System::Waggle => {
                wire.upgrade("/api/live", &who.cookie()).await?;
                let hello = ClientFrame::Hello { protocol: PROTOCOL, cursor };
                wire.say(&serde_json::to_string(&hello)?).await?;
            }
        }
        loop {
            let frame = wire.hear().await?.ok_or("The live connection was ended before it began.")?;
            // The pieces of a snapshot come first; of its last one only the cursor matters.
            if !frame.starts_with(br#"{"type":"part""#) {
                let first = String::from_utf8_lossy(&frame[..frame.len().min(400)]).into_owned();
                return Ok((wire, first));
            }
        }
    }

    /// A connection that posts and fetches for anybody.
    pub async fn speaker(&self) -> Result<Speaker> {
        let mut wire = Wire::open(self.address).await?;
        if self.system == System::Floor {
            wire.upgrade("/live", "").await?;
        }
        Ok(Speaker { site: self.clone(), wire })
    }

    /// A connection that fetches.
    pub async fn reader(&self) -> Result<Speaker> {
        Ok(Speaker { site: self.clone(), wire: Wire::open(self.address).await? })
    }
}

/// A connection that posts or fetches, one thing at a time, for anybody.
pub struct Speaker {
    site: Site,
    wire: Wire,
}

/// Makes every message's client id its own.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Speaker {
    /// Says something; `Ok` means that it is on disk.
    pub async fn post(&mut self, room: usize, author: usize, body: &str) -> Result<()> {
        let id = format!("bench-{:020}", NEXT.fetch_add(1, Ordering::Relaxed));
        let world = &self.site.world;
        if self.site.system == System::Floor {
            let post = format!(r#"{{"type":"post","id":"{id}","room":{room},"author":{author},"body":"{body}"}}"#);
            self.wire.say(&post).await?;
            let heard = self.wire.hear().await?.ok_or("The floor ended a connection.")?;
            return if memmem::find(heard, id.as_bytes()).is_some() {
                Ok(())
            } else {
                Err("The floor acknowledged something else.".into())
            };
        }
        let path = format!("/api/conversations/{}/messages", world.rooms[room].name);
        let post = format!(r#"{{"client_id":"{id}","body":"{body}","quote_id":null,"file_ids":[]}}"#);
        let answer = self.wire.request("POST", &path, &world.people[author].cookie(), post.as_bytes()).await?;
        match answer.status {
            200 => Ok(()),
            status => {
                Err(format!("A message was answered with {status}: {}", String::from_utf8_lossy(answer.body)).into())
            }
        }
    }

    /// Fetches the newest 50, and checks that these are 50.
    pub async fn newest(&mut self, room: usize) -> Result<()> {
        let world = &self.site.world;
        let answer = match self.site.system {
            System::Floor => self.wire.request("GET", &format!("/history/{room}"), "", b"").await?,
            System::Waggle => {
                let path = format!("/api/conversations/{}/messages", world.rooms[room].name);
                let reader = world.rooms[room].members[0];
                self.wire.request("GET", &path, &world.people[reader].cookie(), b"").await?
            }
        };
        match (answer.status, memmem::find_iter(answer.body, load::EARLIER.as_bytes()).count()) {
            (200, 50) => Ok(()),
            (status, count) => Err(format!("The history answered {status} with {count} messages.").into()),
        }
    }
}
