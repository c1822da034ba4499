//! Servers and PostgreSQL are killed while many register: each acknowledged registration is there afterwards, once.

use std::{path::Path, process::Command};

use crate::{
    process::database_url,
    support::{DevServer, History, cluster},
};

const EVENT: &str = "gardenia-2025";

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let history = History::new(EVENT);
    for round in 0..3 {
        let mut server = DevServer::start(data.path());
        let client = server.client.clone();
        history.run_buyers(&[(round, &client)], || {
            history.wait_for(100);
            server.signal("KILL");
            server.wait();
        });
    }
    settle(&history, &DevServer::start(data.path()), &["acknowledged=300", "in-doubt=1", "repeated=1"]);
}

#[test]
fn nothing_is_lost_or_doubled_when_postgresql_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let server = DevServer::start(data.path());
    let history = History::new(EVENT);
    // At least one crash hits a transaction under way, whose outcome the server finds out while those behind it are
    // refused.
    let in_doubt = || metric(&server, "onsale_batch_retries_total{reason=\"in_doubt\"}") > 0.0;
    for round in 0..50 {
        if round >= 3 && in_doubt() && history.shed() > 0 {
            break;
        }
        history.run_buyers(&[(round, &server.client)], || {
            history.wait_for(100);
            kill_a_backend(data.path());
            history.wait_for(20);
        });
    }
    assert!(in_doubt(), "no crash hit a transaction");
    settle(&history, &server, &["acknowledged=300", "shed=1"]);
}

/// Repeats every request that got no clear answer, then compares.
fn settle(history: &History, server: &DevServer, at_least: &[&str]) {
    history.repeat_in_doubt(&server.client);
    let url = database_url(server);
    history.check(&url, at_least).expect_exact();
    cluster().existing(url).check_invariants();
}

fn metric(server: &DevServer, name: &str) -> f64 {
    let page = server.ops.get("/metrics").expect(200).text();
    let line = page.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    line.map_or(0.0, |value| value.parse().unwrap())
}

/// Kills the process of one session: PostgreSQL then ends all sessions and recovers from its log.
pub fn kill_a_backend(data: &Path) {
    let pid_file = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    let postmaster = pid_file.lines().next().unwrap();
    let children = Command::new("pgrep").args(["-P", postmaster, "-f", "onsale onsale"]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let victim = children.lines().next().expect("the server has sessions");
    assert!(Command::new("kill").args(["-KILL", victim]).status().unwrap().success());
}
