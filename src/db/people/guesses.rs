//! Wrong passwords and codes, which slow further tries down.

use super::super::{Database, DbError};

impl Database {
    /// Counts a try as wrong until it proves right. Returns the number of tries. `None` if it is too early for one.
    pub async fn admit_guess(&self, target: &[u8]) -> Result<Option<i32>, DbError> {
        let row = self.row("admitting a try", include_str!("../queries/guesses/admit.sql"), &[&target]).await?;
        Ok(row.map(|row| row.get("tries")))
    }

    /// Returns the seconds until a try is admitted.
    pub async fn guess_wait(&self, target: &[u8]) -> Result<f64, DbError> {
        let row = self.row("reading tries", include_str!("../queries/guesses/wait.sql"), &[&target]).await?;
        Ok(row.map_or(1.0, |row| row.get("seconds")))
    }

    /// Forgets wrong tries: the last one was right.
    pub async fn forget_guesses(&self, targets: &[Vec<u8>]) -> Result<(), DbError> {
        self.rows("forgetting tries", include_str!("../queries/guesses/right.sql"), &[&targets]).await.map(drop)
    }

    /// Tells the owner of an account, given by its address, that somebody tries passwords.
    pub async fn tell_of_guesses(&self, address: &str) -> Result<(), DbError> {
        self.rows("telling of tries", include_str!("../queries/guesses/notice.sql"), &[&address]).await.map(drop)
    }
}
