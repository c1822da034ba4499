//! Checks by independent programs: qpdf, poppler and zbar.

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
    let mut child = child.unwrap_or_else(|error| panic!("the tests need {program}: {error}"));
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {stderr}{}", String::from_utf8_lossy(&output.stdout));
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

/// Runs a program on a file and returns its output. The argument `FILE` is replaced by the file's path.
#[track_caller]
pub fn run_on_file(program: &str, bytes: &[u8], arguments: &[&str]) -> Vec<u8> {
    with_file(bytes, ".pdf", |path| {
        let path = path.to_str().unwrap();
        let arguments = arguments.iter().map(|argument| if *argument == "FILE" { path } else { argument });
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("the tests need {program}: {error}"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    })
}

/// A grayscale picture of a page.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub gray: Vec<u8>,
}

impl Picture {
    /// Decodes a grayscale PNG.
    pub fn read_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut gray = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut gray).unwrap();
        assert_eq!(frame.color_type, png::ColorType::Grayscale);
        Self { width: frame.width as usize, height: frame.height as usize, gray }
    }

    /// Encodes a grayscale PNG.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let side = |side: usize| u32::try_from(side).unwrap();
        let mut encoder = png::Encoder::new(&mut file, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_compression(png::Compression::High);
        encoder.write_header().unwrap().write_image_data(&self.gray).unwrap();
        file
    }
}

/// Renders the first page of a PDF with poppler.
#[track_caller]
pub fn page_picture(pdf: &[u8], resolution: u32) -> Picture {
    let resolution = resolution.to_string();
    let file = run_on_file("pdftoppm", pdf, &["-gray", "-singlefile", "-r", &resolution, "FILE"]);
    // PGM: `P5`, width and height, 255, then one byte per pixel.
    let mut lines = file.splitn(4, |byte| *byte == b'\n');
    assert_eq!(lines.next(), Some(b"P5".as_slice()));
    let size = String::from_utf8(lines.next().unwrap().to_vec()).unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    let gray = lines.nth(1).unwrap().to_vec();
    let picture = Picture { width: width.parse().unwrap(), height: height.parse().unwrap(), gray };
    assert_eq!(picture.gray.len(), picture.width * picture.height);
    picture
}

/// Decodes the QR code in a picture with zbar.
#[track_caller]
pub fn zbar(picture: &Picture) -> Option<String> {
    with_file(&picture.png(), ".png", |path| {
        let output = Command::new("zbarimg").args(["-q", "--raw"]).arg(path).output();
        let output = output.unwrap_or_else(|error| panic!("the tests need zbarimg: {error}"));
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.trim_end_matches('\n').to_owned()).filter(|text| !text.is_empty())
    })
}

/// Extracts the text of a PDF with poppler.
#[track_caller]
pub fn pdf_text(pdf: &[u8]) -> String {
    run("pdftotext", &["-layout", "-", "-"], pdf)
}

/// Decodes the QR code of each page of a PDF from the rendered page.
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

/// Verifies a code as a gate does, with the published keys only.
pub fn gate_accepts(keys: &Value, code: &str) -> Option<TicketCode> {
    let event = EventId(keys["eventId"].as_str().unwrap().parse().unwrap());
    let keys = keys["keys"].as_array().unwrap().iter().map(|key| {
        let bytes = STANDARD.decode(key["publicKey"].as_str().unwrap()).unwrap();
        (u8::try_from(key["keyId"].as_u64().unwrap()).unwrap(), bytes.try_into().unwrap())
    });
    VerifyingKeys::new(event, keys).verify(code).ok()
}
