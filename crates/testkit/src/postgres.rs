//! A PostgreSQL schema of its own for one server, removed afterwards.

use tokio_postgres::NoTls;

/// A fresh schema in the database that `WAGGLE_TEST_POSTGRES` names.
pub struct PostgresDatabase {
    url: String,
    name: String,
}

impl PostgresDatabase {
    /// Makes one; none when the variable is not set.
    ///
    /// # Panics
    /// When the variable is set and the database cannot be reached.
    pub async fn make() -> Option<Self> {
        let url = std::env::var("WAGGLE_TEST_POSTGRES").ok()?;
        Some(Self::make_in(&url).await)
    }

    /// A fresh schema in this database.
    ///
    /// # Panics
    /// When the database cannot be reached.
    pub async fn make_in(url: &str) -> Self {
        let nanos =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let database = Self { url: url.to_owned(), name: format!("outside_{}_{nanos}", std::process::id()) };
        database.script(&format!("create schema {}", database.name)).await;
        database
    }

    /// What `database.url` is set to.
    pub fn url(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}options=-csearch_path%3D{}&application_name={}", self.url, self.name, self.name)
    }

    /// Removes it, with whatever still uses it.
    ///
    /// # Panics
    /// When it cannot be removed.
    pub async fn remove(self) {
        let sessions = "select pg_terminate_backend(pid) from pg_stat_activity where application_name =";
        self.script(&format!("{sessions} '{}'", self.name)).await;
        self.script(&format!("drop schema {} cascade", self.name)).await;
    }

    async fn script(&self, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.expect("PostgreSQL is there");
        let connection = tokio::spawn(connection);
        client.batch_execute("set client_min_messages = warning").await.expect("a setting");
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        drop(client);
        let _ = connection.await;
    }
}
