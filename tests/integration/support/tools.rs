//! Programs that are not ours look at what we made.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use onsale::domain::{EventId, TicketCode, VerifyingKeys};
use serde_json::Value;

#[track_caller]
fn run(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program} is needed by the tests: {error}"));
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

fn with_file<T>(bytes: &[u8], suffix: &str, work: impl FnOnce(&Path) -> T) -> T {
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    file.write_all(bytes).unwrap();
    work(file.path())
}

/// Fails unless qpdf finds nothing wrong.
#[track_caller]
pub fn qpdf_check(pdf: &[u8]) {
    with_file(pdf, ".pdf", |path| run("qpdf", &["--check", path.to_str().unwrap()], b""));
}

/// The text of a PDF as poppler reads it.
#[track_caller]
pub fn pdf_text(pdf: &[u8]) -> String {
    run("pdftotext", &["-layout", "-", "-"], pdf)
}

/// The codes on the pages of a PDF, read from their pictures.
#[track_caller]
pub fn decode_codes(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("page");
    run("pdftoppm", &["-png", "-r", "150", "-", prefix.to_str().unwrap()], pdf);
    let mut pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let read = |page: &std::path::PathBuf| run("zbarimg", &["-q", "--raw", page.to_str().unwrap()], b"");
    pages.iter().map(|page| read(page).trim_end_matches('\n').to_owned()).collect()
}

/// What a gate makes of a code, knowing only the published keys.
pub fn gate_accepts(keys: &Value, code: &str) -> Option<TicketCode> {
    let event = EventId(keys["eventId"].as_str().unwrap().parse().unwrap());
    let keys = keys["keys"].as_array().unwrap().iter().map(|key| {
        let bytes = STANDARD.decode(key["publicKey"].as_str().unwrap()).unwrap();
        (u8::try_from(key["keyId"].as_u64().unwrap()).unwrap(), bytes.try_into().unwrap())
    });
    VerifyingKeys::new(event, keys).verify(code).ok()
}
