//! Hashes of passwords: computed on threads of their own with the lowest priority, a bounded number at a time, because each
//! takes much memory and time. While too many wait, further ones are refused.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::oneshot;

use super::super::Refusal;
use crate::metrics::{PASSWORD_HASHES, PASSWORD_MEMORY, PASSWORD_SECONDS};

/// Settings of hashing.
#[derive(Debug, Clone, Copy)]
pub struct HashSettings {
    /// Hashes at a time, each of which takes 19 MiB.
    pub at_once: usize,
    /// Hashes that wait; more are refused.
    pub waiting: usize,
}

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    queue: mpsc::SyncSender<Task>,
    /// Verified in place of an account's hash if there is no account, so that both take the same time.
    nobody: Arc<str>,
}

type Task = Box<dyn FnOnce() + Send>;

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    Wrong,
    Right {
        /// A hash with the present parameters, if the stored one has earlier ones.
        rehashed: Option<String>,
    },
}

impl Passwords {
    /// Starts the threads.
    pub fn start(settings: HashSettings) -> std::io::Result<Self> {
        let (queue, tasks) = mpsc::sync_channel::<Task>(settings.waiting);
        let tasks = Arc::new(Mutex::new(tasks));
        for _ in 0..settings.at_once {
            let tasks = tasks.clone();
            thread::Builder::new().name("passwords".into()).spawn(move || work(&tasks))?;
        }
        let nobody = hash("the password of nobody").map_err(std::io::Error::other)?;
        Ok(Self { queue, nobody: nobody.into() })
    }

    /// Returns the hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String, Refusal> {
        let hashed = self.run(move || hash(&password)).await?;
        hashed.map_err(|error| {
            tracing::error!(error, "a password was not hashed");
            Refusal::Internal
        })
    }

    /// Compares a password with the hash of an account. Without an account, it takes as long and is wrong.
    pub async fn verify(&self, password: String, hash: Option<&str>) -> Result<Verified, Refusal> {
        let is_anybody = hash.is_some();
        let stored = hash.map_or_else(|| self.nobody.to_string(), str::to_owned);
        let verified = self.run(move || verify(&password, &stored)).await?;
        Ok(if is_anybody { verified } else { Verified::Wrong })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let (sender, result) = oneshot::channel();
        let task = Box::new(move || {
            // Nobody waits for it any more.
            if sender.is_closed() {
                return;
            }
            drop(sender.send(work()));
        });
        self.queue.try_send(task).map_err(|_| Refusal::Overloaded)?;
        result.await.map_err(|_| Refusal::Internal)
    }
}

fn work(tasks: &Mutex<mpsc::Receiver<Task>>) {
    // The thread alone, not the process. If the system refuses, hashing works all the same.
    let _ = rustix::process::setpriority_process(None, LOWEST_PRIORITY);
    let running = metrics::gauge!(PASSWORD_HASHES);
    let memory = metrics::gauge!(PASSWORD_MEMORY);
    let seconds = metrics::histogram!(PASSWORD_SECONDS);
    let bytes = f64::from(argon2().params().m_cost()) * 1024.0;
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        running.increment(1.0);
        memory.increment(bytes);
        let start = std::time::Instant::now();
        task();
        seconds.record(start.elapsed());
        memory.decrement(bytes);
        running.decrement(1.0);
    }
}

const LOWEST_PRIORITY: i32 = 19;

/// Argon2id with 19 MiB, two passes and one lane.
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

fn hash(password: &str) -> Result<String, String> {
    let salt = *uuid::Uuid::new_v4().as_bytes();
    let hashed = argon2().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

fn verify(password: &str, stored: &str) -> Verified {
    let Ok(parsed) = PasswordHash::new(stored) else {
        tracing::error!("the hash of a password cannot be read");
        return Verified::Wrong;
    };
    if argon2().verify_password(password.as_bytes(), &parsed).is_err() {
        return Verified::Wrong;
    }
    let is_present = argon2::Params::try_from(&parsed).is_ok_and(|used| is_as_strong(&used));
    Verified::Right { rehashed: if is_present { None } else { hash(password).ok() } }
}

fn is_as_strong(used: &argon2::Params) -> bool {
    let argon2 = argon2();
    let present = argon2.params();
    used.m_cost() >= present.m_cost() && used.t_cost() >= present.t_cost()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_wrong_or_hashed_again() {
        let passwords = Passwords::start(HashSettings { at_once: 1, waiting: 8 }).unwrap();
        let stored = passwords.hash("Blue-Heron7".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = async |password: &str, hash| passwords.verify(password.to_owned(), hash).await.unwrap();
        assert_eq!(verify("Blue-Heron7", Some(stored.as_str())).await, Verified::Right { rehashed: None });
        assert_eq!(verify("Blue-Heron8", Some(&stored)).await, Verified::Wrong);
        assert_eq!(verify("the password of nobody", None).await, Verified::Wrong);
        let weak = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            argon2::Params::new(8, 1, 1, None).unwrap(),
        );
        let weak = weak.hash_password_with_salt(b"Blue-Heron7", &[1; 16]).unwrap().to_string();
        let Verified::Right { rehashed: Some(again) } = verify("Blue-Heron7", Some(&weak)).await else { panic!() };
        assert_eq!(verify("Blue-Heron7", Some(&again)).await, Verified::Right { rehashed: None });
    }

    #[tokio::test]
    async fn beyond_the_limit_hashes_are_refused_at_once() {
        let passwords = Passwords::start(HashSettings { at_once: 1, waiting: 2 }).unwrap();
        let (go, gate) = mpsc::channel::<()>();
        let blocked = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.run(move || gate.recv().is_ok()).await }
        });
        let mut waiting = Vec::new();
        let refused = loop {
            let mut next = Box::pin(passwords.hash("Blue-Heron7".into()));
            match futures_util::poll!(&mut next) {
                std::task::Poll::Ready(refused) => break refused,
                std::task::Poll::Pending => waiting.push(next),
            }
            tokio::task::yield_now().await;
        };
        assert!(matches!(refused, Err(Refusal::Overloaded)) && waiting.len() <= 3, "{}", waiting.len());
        go.send(()).unwrap();
        assert!(blocked.await.unwrap().unwrap());
        for next in waiting {
            next.await.unwrap();
        }
    }
}
