//! `onsale account`

use std::io::{Read, Write};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    config::Sources,
    db::{AuditEntry, Database},
    domain::{OrganizerToken, Role, SignUp, check_email, normal_address, page_language},
    work::people::{HashSettings, Passwords},
};

/// Commands for accounts of people.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Create an account with a confirmed address, or set the password of the account with this address
    Create {
        /// Address that the person signs in with
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Name of the person
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Language of pages and messages: en, de, fr, es, pt, hi, ar or ja
        #[arg(long, default_value = "en")]
        language: String,
        /// Organizer that the person works for; created if there is none with this name
        #[arg(long, value_name = "NAME")]
        organizer: Option<String>,
        /// Role in the team of the organizer
        #[arg(long, value_enum, default_value = "owner", requires = "organizer")]
        role: RoleArgument,
        /// Read the password from standard input; if not given, a random one is made and printed
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove the second factor of somebody who has lost phone and recovery codes; the person is told by mail
    RemoveSecondFactor {
        /// Address that the person signs in with
        #[arg(long, value_name = "ADDRESS")]
        email: String,
    },
}

/// A role at the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArgument {
    Owner,
    Manager,
    Finance,
    Door,
    Viewer,
}

impl RoleArgument {
    const fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Manager => Role::Manager,
            Self::Finance => Role::Finance,
            Self::Door => Role::Door,
            Self::Viewer => Role::Viewer,
        }
    }
}

impl Account {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        super::with_database(sources, async |database| {
            let mut out = std::io::stdout().lock();
            match self {
                Self::Create { email, name, language, organizer, role, password_stdin } => {
                    let language = page_language(&language).context("there is no such language of pages")?;
                    let (password, is_new) = if password_stdin { (read_password()?, false) } else { (random(), true) };
                    let person = SignUp { email, password: password.clone(), name, language };
                    create(&database, person, organizer.as_deref().map(|name| (name, role.role()))).await?;
                    if is_new {
                        writeln!(out, "{password}")?;
                    }
                }
                Self::RemoveSecondFactor { email } => {
                    let address = normal_address(&check_email(&email).map_err(anyhow::Error::msg)?);
                    let account = database.account_of_address(&address).await?.context("there is no such account")?;
                    if !database.remove_second_factor(account.key).await? {
                        bail!("the account has no second factor");
                    }
                    writeln!(out, "removed")?;
                }
            }
            Ok(())
        })
    }
}

/// Creates an account with a confirmed address, or sets its password; gives it a place in a team.
pub async fn create(database: &Database, person: SignUp, team: Option<(&str, Role)>) -> anyhow::Result<()> {
    let person = person.check().map_err(|faults| {
        let lines: Vec<_> = faults.0.iter().map(|fault| format!("{} {}", &fault.pointer[1..], fault.detail)).collect();
        anyhow::anyhow!(lines.join("; "))
    })?;
    let passwords = Passwords::start(HashSettings { at_once: 1, waiting: 1 })?;
    let hash = passwords
        .hash(passwords.slot().map_err(super::refusal_error)?, person.password)
        .await
        .map_err(super::refusal_error)?;
    let address = normal_address(&person.email);
    let account = match database.account_of_address(&address).await? {
        Some(account) => {
            // Its sessions end, and the owner is told.
            database.set_password(account.key, &hash, None).await?;
            account.key
        }
        None => database.insert_account(&address, &person.email, &person.name, person.language, &hash).await?,
    };
    let Some((organizer, role)) = team else { return Ok(()) };
    let organizer = database.ensure_organizer(organizer.trim()).await?;
    database.put_member(organizer, account, role).await?;
    let detail = json!({ "role": role.name() });
    let entry =
        AuditEntry { actor: "onsale", action: "member.joined", organizer: Some(organizer), event: None, detail };
    Ok(database.audit(&entry).await?)
}

/// Returns a random password.
pub fn random() -> String {
    OrganizerToken::random().reveal().trim_start_matches("onsale_").chars().take(20).collect()
}

fn read_password() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}
