//! Styles, scripts, icons and fonts of the pages: embedded in the program, compressed once. Their addresses contain a hash
//! of all of them, so that browsers keep them for ever.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write, sync::LazyLock};

use libdeflater::{CompressionLvl, Compressor};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "files"]
#[exclude = "*.txt"]
struct Files;

/// A file of the pages.
pub struct Asset {
    pub media_type: &'static str,
    pub bytes: Cow<'static, [u8]>,
    /// The file compressed with gzip; `None` if it is compressed by itself.
    pub gzip: Option<Vec<u8>>,
}

struct Assets {
    version: String,
    files: BTreeMap<String, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    let mut files = BTreeMap::new();
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    for name in names {
        let bytes = Files::get(&name).expect("the name is in the list").data;
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(&bytes);
        let (media_type, is_text) = media_type(&name);
        let gzip = is_text.then(|| gzip(&bytes));
        files.insert(name.into_owned(), Asset { media_type, bytes, gzip });
    }
    let mut version = String::new();
    for byte in &hash.finalize()[..8] {
        write!(version, "{byte:02x}").expect("writing to a string");
    }
    Assets { version, files }
});

fn media_type(name: &str) -> (&'static str, bool) {
    match name.rsplit('.').next() {
        Some("css") => ("text/css; charset=utf-8", true),
        Some("js") => ("text/javascript; charset=utf-8", true),
        Some("svg") => ("image/svg+xml", true),
        Some("woff2") => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    }
}

/// Compresses bytes that are sent many times.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut packed).expect("the bound of the compressor is enough");
    packed.truncate(length);
    packed
}

/// Returns the part of addresses that changes with the files.
pub fn version() -> &'static str {
    &ASSETS.version
}

/// Returns a file by its name, such as `base.css`.
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.files.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a page loads, compressed.
    fn weight(extension: &str) -> usize {
        let of_kind = ASSETS.files.iter().filter(|(name, _)| name.ends_with(extension));
        of_kind.map(|(_, asset)| asset.gzip.as_ref().map_or(asset.bytes.len(), Vec::len)).sum()
    }

    #[test]
    fn styles_and_scripts_keep_within_their_budget() {
        assert!(weight(".css") <= 12 << 10, "{}", weight(".css"));
        assert!(weight(".js") <= 25 << 10, "{}", weight(".js"));
    }

    #[test]
    fn a_style_names_only_files_that_exist() {
        let mut named = 0;
        for (name, style) in ASSETS.files.iter().filter(|(_, asset)| asset.media_type.starts_with("text/css")) {
            let style = std::str::from_utf8(&style.bytes).unwrap();
            for file in style.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap().trim_matches('"')) {
                assert!(asset(file).is_some(), "{name} names {file}");
                named += 1;
            }
        }
        assert!(named >= 7, "{named}");
        assert_eq!(version().len(), 16);
        assert!(asset("fonts/LICENSE-OFL.txt").is_none());
    }
}
