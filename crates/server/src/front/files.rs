//! A certificate in two files that somebody else makes and renews; a change is noticed within [`LOOK_EVERY`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::{Clock, Time};
use tokio::time::MissedTickBehavior;

use super::certificates::{Certificate, Certificates, Unfit, complaint};

/// How often the files are looked at: they are small, and looking at their content needs no trust in file times.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A complaint that stays is repeated so often.
const SAY_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The two files.
pub struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// Who the certificate should be for.
    host: String,
    /// What was read last, whether it could be used or not.
    read: Option<(Vec<u8>, Vec<u8>)>,
    /// Why that cannot be used.
    unfit: Option<String>,
    /// What was said last, and when.
    said: Option<(String, Time)>,
}

impl Files {
    /// Files that nobody has looked at.
    pub fn new(certificate: PathBuf, key: PathBuf, host: String) -> Self {
        Files { certificate, key, host, read: None, unfit: None, said: None }
    }

    /// Reads them at the start, when somebody is there to hear what is wrong.
    ///
    /// # Errors
    /// The sentence that says which file is wrong and why.
    pub fn open(&mut self, certificates: &Certificates, now: Time) -> Result<(), String> {
        if let Some(certificate) = self.changed()? {
            certificates.serve(certificate);
        }
        self.complain(certificates, now);
        Ok(())
    }

    /// Takes up what changes, for as long as the server runs.
    pub async fn keep(mut self, certificates: &Certificates, clock: Clock) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            self.look(certificates, clock.now());
        }
    }

    /// Looks once. A certificate that cannot be used leaves the one before in use.
    pub fn look(&mut self, certificates: &Certificates, now: Time) {
        match self.changed() {
            Ok(None) => self.complain(certificates, now),
            Ok(Some(certificate)) => {
                tracing::info!(until = %certificate.not_after, "The certificate was exchanged.");
                certificates.serve(certificate);
                self.said = None;
                self.complain(certificates, now);
            }
            Err(why) => self.say(format!("{why} The certificate from before stays in use."), now),
        }
    }

    /// What the files hold, when it is not what they held before.
    fn changed(&mut self) -> Result<Option<Certificate>, String> {
        let now = (read(&self.certificate, "certificate")?, read(&self.key, "key")?);
        if self.read.as_ref() != Some(&now) {
            let read = Certificate::from_pem(&now.0, &now.1).map_err(|unfit| match unfit {
                Unfit::Certificate(why) => format!("The certificate {} {why}.", self.certificate.display()),
                Unfit::Key(why) => format!("The key {} {why}.", self.key.display()),
            });
            self.read = Some(now);
            self.unfit = read.as_ref().err().cloned();
            return read.map(Some);
        }
        self.unfit.clone().map_or(Ok(None), Err)
    }

    fn complain(&mut self, certificates: &Certificates, now: Time) {
        let serving = certificates.serving();
        if let Some(complaint) = serving.and_then(|serving| complaint(&serving, &self.host, now)) {
            self.say(complaint, now);
        }
    }

    /// Says something once a day, and at once when it is new.
    fn say(&mut self, sentence: String, now: Time) {
        let again = |(said, at): &(String, Time)| *said != sentence || now.since(*at) >= SAY_EVERY;
        if self.said.as_ref().is_none_or(again) {
            tracing::warn!("{sentence}");
            self.said = Some((sentence, now));
        }
    }
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("The {what} {} cannot be read: {error}.", path.display()))
}
