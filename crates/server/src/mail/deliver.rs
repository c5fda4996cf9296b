//! The job that brings a mail to the mail server.
//!
//! The mail server's answer is kept after it was given, so a crash between both delivers a mail twice, under the same
//! Message-ID, and never not at all.

use ::store::jobs::{self, Job};
use model::MailId;
use model::mail::MailState;

use super::mailer::Delivery;
use super::store;
use crate::answer::Fault;
use crate::app::Cx;

/// The kind of the job; its payload is the mail's id.
pub const JOB: &str = "mail";

/// Delivers a mail and ends the job, or puts it off.
///
/// # Errors
/// What the database says; the job runs again then.
pub async fn deliver(cx: &Cx, job: &Job) -> Result<(), Fault> {
    let mail = match job.payload.parse::<MailId>() {
        Ok(id) => cx.db.read(async move |tx| store::mail(tx, id).await).await.map_err(Fault::from)?,
        Err(_) => None,
    };
    let Some(mail) = mail.filter(|mail| mail.state == MailState::Waiting) else {
        return end(cx, job, None, Delivery::Never("There is no such mail.".to_owned())).await;
    };
    let late = mail.deliver_until.is_some_and(|until| until <= cx.now());
    let delivery = match &cx.mailer {
        _ if late => Delivery::Never("It could not be delivered in time.".to_owned()),
        Some(mailer) => mailer.send(&mail).await,
        None => Delivery::Later("No mail server is configured any more.".to_owned()),
    };
    match &delivery {
        Delivery::Sent => tracing::info!(mail.id = %mail.id, "A mail was delivered."),
        Delivery::Later(why) => {
            tracing::warn!(mail.id = %mail.id, attempts = job.attempts, why, "A mail could not be delivered yet.");
        }
        Delivery::Never(why) => tracing::warn!(mail.id = %mail.id, why, "A mail cannot be delivered."),
    }
    end(cx, job, Some(mail.id), delivery).await
}

async fn end(cx: &Cx, job: &Job, mail: Option<MailId>, delivery: Delivery) -> Result<(), Fault> {
    let (job, now) = (job.clone(), cx.now());
    let jitter = f64::from(u32::from_be_bytes(cx.random.bytes())) / f64::from(u32::MAX);
    let ended = cx.db.write(async move |tx| {
        let (state, why) = match &delivery {
            Delivery::Sent => {
                jobs::done(tx, &job).await?;
                (MailState::Sent, None)
            }
            Delivery::Later(why) => {
                jobs::fail(tx, &job, why, jitter).await?;
                (MailState::Waiting, Some(why.as_str()))
            }
            Delivery::Never(why) => {
                jobs::give_up(tx, &job, why).await?;
                (MailState::Failed, Some(why.as_str()))
            }
        };
        if let Some(mail) = mail {
            store::set_state(tx, mail, state, why, Some(now).filter(|_| state == MailState::Sent)).await?;
        }
        Ok(())
    });
    ended.await.map_err(|error: ::store::Error| error.into())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use ::store::both;
    use ::store::testing::TestDb;
    use serde_json::json;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::jobs::run_due;
    use crate::test_server::{Browser, TestServer};

    /// A mail server that keeps what it is given, and refuses recipients while it was told to.
    #[derive(Clone, Default)]
    struct Catcher(Arc<Mutex<Caught>>);

    #[derive(Default)]
    struct Caught {
        mails: Vec<String>,
        refusals: Vec<&'static str>,
    }

    impl Catcher {
        async fn start() -> (Self, String) {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
            let url = format!("smtp://{}", listener.local_addr().expect("an address"));
            let catcher = Catcher::default();
            let caught = catcher.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let caught = caught.clone();
                    tokio::spawn(async move { drop(caught.talk(stream).await) });
                }
            });
            (catcher, url)
        }

        /// The next recipients are answered with these.
        fn refuse(&self, answers: &[&'static str]) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).refusals = answers.to_vec();
        }

        fn mails(&self) -> Vec<String> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).mails.clone()
        }

        async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 catcher\r\n").await?;
            while let Some(line) = lines.next_line().await? {
                let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
                let answer = match verb.as_str() {
                    "RCPT" => {
                        let refusals = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).refusals;
                        if refusals.is_empty() { "250 fine" } else { refusals.remove(0) }
                    }
                    "DATA" => {
                        write.write_all(b"354 go on\r\n").await?;
                        let mut mail = String::new();
                        while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                            mail.push_str(&line);
                            mail.push('\n');
                        }
                        self.0.lock().unwrap_or_else(PoisonError::into_inner).mails.push(mail);
                        "250 taken"
                    }
                    "QUIT" => return write.write_all(b"221 bye\r\n").await,
                    _ => "250 fine",
                };
                write.write_all(format!("{answer}\r\n").as_bytes()).await?;
            }
            Ok(())
        }
    }

    async fn server(db: &TestDb, url: &str) -> (TestServer, Browser) {
        let server =
            TestServer::configured(db, &[("smtp.url", url), ("smtp.from", "Wäggle <waggle@acme.example>")]).await;
        let nora = server.sign_in("nora.lindqvist").await;
        run_due(&server.cx).await;
        (server, nora)
    }

    async fn invite(nora: &Browser, email: &str) {
        let body = json!({ "emails": [email], "role": "member", "plan": "essential", "language": "de" });
        assert_eq!(nora.post("/api/invitations", body).await["invited"], json!([email]));
    }

    /// State and error of the newest mail.
    async fn newest(nora: &Browser) -> (String, Option<String>) {
        let mail = nora.get("/api/mails").await["mails"][0].clone();
        (mail["state"].as_str().unwrap_or_default().to_owned(), mail["error"].as_str().map(str::to_owned))
    }

    both! {
        async fn a_mail_is_delivered_once(db: TestDb) {
            let (catcher, url) = Catcher::start().await;
            let (server, nora) = server(&db, &url).await;
            let before = catcher.mails().len();
            invite(&nora, "zoe@customer.example").await;
            assert_eq!(newest(&nora).await.0, "waiting");
            assert_eq!(run_due(&server.cx).await, 1);
            server.pass(Duration::from_secs(7_200));
            assert_eq!(run_due(&server.cx).await, 0);
            let mails = catcher.mails();
            assert_eq!((mails.len() - before, newest(&nora).await.0.as_str()), (1, "sent"));
            let mail = &mails[before];
            for part in ["To: zoe@customer.example", "Auto-Submitted: auto-generated", "Message-ID: <mail_", "text/html", "/join/"] {
                assert!(mail.contains(part), "{part} is not in {mail}");
            }
        }

        async fn a_temporary_refusal_is_tried_again_later(db: TestDb) {
            let (catcher, url) = Catcher::start().await;
            let (server, nora) = server(&db, &url).await;
            let before = catcher.mails().len();
            invite(&nora, "zoe@customer.example").await;
            catcher.refuse(&["451 4.7.1 come back later", "535 5.7.8 who are you", "450 busy"]);
            for waiting in [5, 10, 20] {
                assert_eq!(run_due(&server.cx).await, 1);
                let (state, error) = newest(&nora).await;
                assert_eq!((state.as_str(), error.is_some()), ("waiting", true));
                assert_eq!(run_due(&server.cx).await, 0);
                server.pass(Duration::from_secs(waiting));
            }
            assert_eq!(run_due(&server.cx).await, 1);
            assert_eq!((catcher.mails().len() - before, newest(&nora).await), (1, ("sent".to_owned(), None)));
        }

        async fn a_refusal_for_good_is_kept(db: TestDb) {
            let (catcher, url) = Catcher::start().await;
            let (server, nora) = server(&db, &url).await;
            let before = catcher.mails().len();
            invite(&nora, "nobody@customer.example").await;
            catcher.refuse(&["550 5.1.1 no such person"]);
            run_due(&server.cx).await;
            let (state, error) = newest(&nora).await;
            assert_eq!(state, "failed");
            assert!(error.is_some_and(|error| error.contains("no such person")));
            server.pass(Duration::from_secs(86_400));
            assert_eq!((run_due(&server.cx).await, catcher.mails().len() - before), (0, 0));
        }

        async fn a_server_that_is_away_loses_nothing(db: TestDb) {
            let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = gone.local_addr().expect("an address").port();
            drop(gone);
            let (server, nora) = server(&db, &format!("smtp://127.0.0.1:{port}")).await;
            invite(&nora, "zoe@customer.example").await;
            run_due(&server.cx).await;
            assert_eq!(newest(&nora).await.0, "waiting");
            server.pass(Duration::from_secs(8 * 86_400));
            run_due(&server.cx).await;
            assert_eq!(newest(&nora).await.0, "failed");
        }

        async fn a_kill_between_sending_and_noting_delivers_at_most_twice(db: TestDb) {
            let (catcher, url) = Catcher::start().await;
            let (server, nora) = server(&db, &url).await;
            let before = catcher.mails().len();
            invite(&nora, "zoe@customer.example").await;
            // What a process does before it is killed: it holds the job, the mail server has the mail, nothing is noted.
            let cx = &server.cx;
            let now = cx.now();
            let lease = Duration::from_secs(180);
            let held = cx.db.write(async move |tx| jobs::claim(tx, &[JOB], now, lease, 1).await).await.expect("jobs");
            let id: MailId = held[0].payload.parse().expect("an id");
            let mail = cx.db.read(async move |tx| store::mail(tx, id).await).await.expect("mails").expect("the mail");
            assert_eq!(cx.mailer.as_ref().expect("a mailer").send(&mail).await, Delivery::Sent);
            assert_eq!(run_due(cx).await, 0);
            server.pass(lease);
            assert_eq!(run_due(cx).await, 1);
            let mails = catcher.mails().split_off(before);
            let ids: Vec<_> = mails.iter().filter_map(|mail| mail.lines().find(|line| line.starts_with("Message-ID"))).collect();
            assert_eq!(ids.len(), 2);
            assert_eq!(ids[0], ids[1]);
            server.pass(lease);
            assert_eq!((run_due(cx).await, newest(&nora).await.0.as_str()), (0, "sent"));
        }
    }
}
