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
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::super::Refusal;
use crate::{
    domain::random_key,
    metrics::{PASSWORD_HASHES, PASSWORD_MEMORY, PASSWORD_SECONDS},
};

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
    /// Bounded by the slots.
    queue: mpsc::Sender<Task>,
    slots: Arc<Semaphore>,
    /// Verified in place of an account's hash if there is no account, so that both take the same time.
    nobody: Arc<str>,
}

/// A place for one password. It is taken before anything else is done: while there is none, nothing is done.
#[derive(Debug)]
pub struct Slot {
    _permit: OwnedSemaphorePermit,
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
        let (queue, tasks) = mpsc::channel::<Task>();
        let slots = Arc::new(Semaphore::new(settings.at_once + settings.waiting));
        let tasks = Arc::new(Mutex::new(tasks));
        for _ in 0..settings.at_once {
            let tasks = tasks.clone();
            thread::Builder::new().name("passwords".into()).spawn(move || work(&tasks))?;
        }
        let nobody = hash("the password of nobody").map_err(std::io::Error::other)?;
        Ok(Self { queue, slots, nobody: nobody.into() })
    }

    /// Takes a place for one password, or refuses at once.
    pub fn slot(&self) -> Result<Slot, Refusal> {
        self.slots.clone().try_acquire_owned().map(|permit| Slot { _permit: permit }).map_err(|_| Refusal::Overloaded)
    }

    /// Returns the hash of a new password.
    pub async fn hash(&self, slot: Slot, password: String) -> Result<String, Refusal> {
        let hashed = self.run(slot, move || hash(&password)).await?;
        hashed.map_err(|error| {
            tracing::error!(error, "a password was not hashed");
            Refusal::Internal
        })
    }

    /// Compares a password with the hash of an account. Without an account, it takes as long and is wrong.
    pub async fn verify(&self, slot: Slot, password: String, hash: Option<&str>) -> Result<Verified, Refusal> {
        let is_anybody = hash.is_some();
        let stored = hash.map_or_else(|| self.nobody.to_string(), str::to_owned);
        let verified = self.run(slot, move || verify(&password, &stored)).await?;
        Ok(if is_anybody { verified } else { Verified::Wrong })
    }

    async fn run<T: Send + 'static>(
        &self,
        slot: Slot,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (sender, result) = oneshot::channel();
        let task = Box::new(move || {
            // If nobody waits for it any more, it is not done.
            if sender.is_closed() {
                return;
            }
            let done = work();
            // Before the answer: its reader finds the place free again.
            drop(slot);
            drop(sender.send(done));
        });
        self.queue.send(task).map_err(|_| Refusal::Internal)?;
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
const SALT_BYTES: usize = 16;

/// Argon2id with 19 MiB, two passes and one lane.
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

fn hash(password: &str) -> Result<String, String> {
    let salt = &random_key()[..SALT_BYTES];
    let hashed = argon2().hash_password_with_salt(password.as_bytes(), salt);
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
        let stored = passwords.hash(passwords.slot().unwrap(), "Blue-Heron7".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = async |password: &str, hash| {
            passwords.verify(passwords.slot().unwrap(), password.to_owned(), hash).await.unwrap()
        };
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
        let slots: Vec<_> = (0..3).map(|_| passwords.slot().unwrap()).collect();
        assert!(matches!(passwords.slot(), Err(Refusal::Overloaded)));
        for slot in slots {
            passwords.hash(slot, "Blue-Heron7".into()).await.unwrap();
            // The place is free again.
            drop(passwords.slot().unwrap());
        }
    }
}
