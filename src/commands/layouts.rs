//! `onsale layouts`

use std::{
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Subcommand;
use serde_json::Value;

use super::event_file::sample_setup;

use crate::{
    domain::{
        EventLayout, Faults, Layout,
        layout::{Known, MAX_IMAGE_BYTES, pretix},
    },
    render::{BUILT_IN_LAYOUTS, FontLibrary, Plan, built_in_layout},
};

/// Commands for layouts.
#[derive(Debug, Subcommand)]
pub enum Layouts {
    /// List the built-in layouts
    List,
    /// Print a built-in layout, as a start for your own
    Show {
        /// Name of the layout
        name: String,
    },
    /// Check a layout and its pictures
    Check {
        /// JSON file of the layout, or the name of a built-in one
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// List the placeholders that texts may contain
    Fields,
    /// Print the JSON Schema of layouts
    Schema,
    /// Convert a layout of pretix: print the layout, and on stderr the parts that could not be converted
    Import {
        /// File that was saved by the layout editor of pretix
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Size of the page in millimetres; the file of pretix does not contain it
        #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "210x297", value_parser = parse_size)]
        page: (f32, f32),
        /// Background picture (PNG or JPEG)
        #[arg(long, value_name = "FILE")]
        background: Option<PathBuf>,
    },
}

fn parse_size(text: &str) -> Result<(f32, f32), String> {
    let side = |text: &str| text.trim().parse::<f32>().ok().filter(|side| (10.0..=2000.0).contains(side));
    let (width, height) = text.split_once(['x', '×']).ok_or("write WIDTHxHEIGHT, such as 210x297")?;
    side(width).zip(side(height)).ok_or_else(|| "each side must be between 10 and 2000 millimetres".into())
}

impl Layouts {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        match self {
            Self::List => {
                for (name, purpose, _) in BUILT_IN_LAYOUTS {
                    writeln!(out, "{name}\t{purpose}")?;
                }
            }
            Self::Show { name } => {
                let found = BUILT_IN_LAYOUTS.iter().find(|(known, ..)| *known == name);
                let (.., json) =
                    found.with_context(|| format!("there is no built-in layout `{name}`; there are: {}", names()))?;
                write!(out, "{json}")?;
            }
            Self::Check { file } => writeln!(out, "{}", check(&file)?)?,
            Self::Fields => {
                for known in Known::ALL {
                    writeln!(out, "{{{}}}\t{}", known.name(), known.help())?;
                }
                writeln!(out, "{{answers.KEY}}\tAn answer given with the registration.")?;
            }
            Self::Schema => writeln!(out, "{:#}", Layout::json_schema())?,
            Self::Import { file, page, background } => {
                let (layout, notes) = import(&file, page, background.as_deref())?;
                for note in notes {
                    eprintln!("{note}");
                }
                writeln!(out, "{layout:#}")?;
            }
        }
        Ok(())
    }
}

/// Checks a layout. Returns a summary of its content.
fn check(file: &str) -> anyhow::Result<String> {
    let layout = read_layout(file)?;
    // Only compiling decodes the pictures.
    let setup = sample_setup()?;
    let library = Arc::new(FontLibrary::new(&[]));
    Plan::compile(&library, &EventLayout::new(1, layout.clone()), &setup)
        .with_context(|| format!("compiling {file}"))?;
    let (pages, pictures) = (layout.pages.len(), layout.images.len());
    let elements: usize = layout.pages.iter().map(|page| page.elements.len()).sum();
    Ok(format!("{file}: {pages} page(s), {elements} elements, {pictures} picture(s), no fault"))
}

/// Converts a layout of pretix. Returns the layout, and notes on the parts that could not be converted.
fn import(file: &Path, (width, height): (f32, f32), background: Option<&Path>) -> anyhow::Result<(Value, Vec<String>)> {
    let json = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let pretix::Import { mut layout, mut notes } =
        pretix::import(&json, width, height).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    if let Some(path) = background {
        // The last note says that the background is missing.
        notes.pop();
        let picture = STANDARD.encode(fs::read(path).with_context(|| format!("reading {}", path.display()))?);
        let picture = picture.try_into().map_err(|error: String| anyhow::anyhow!("{}: {error}", path.display()))?;
        layout.images.insert("background".into(), picture);
        layout.pages[0].background_image = Some("background".into());
        if layout.pages.len() > 1 {
            notes.push("the background is on the first page only".into());
        }
    }
    let value = serde_json::to_value(&layout)?;
    Layout::read(value.clone())
        .map_err(|faults| anyhow::anyhow!("the converted layout has faults:{}", fault_lines(&faults)))?;
    Ok((value, notes))
}

/// Lists the names of the built-in layouts.
fn names() -> String {
    BUILT_IN_LAYOUTS.map(|(name, ..)| name).join(", ")
}

/// Formats each fault as an indented line.
fn fault_lines(faults: &Faults) -> String {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("\n  {}: {}", fault.pointer, fault.detail)).collect();
    lines.concat()
}

/// Reads a built-in layout by name, or a layout from a file, whose pictures may be files in the same folder:
/// `{"logo": "logo.png"}`.
pub fn read_layout(name: &str) -> anyhow::Result<Layout> {
    if let Some(layout) = built_in_layout(name) {
        return Ok(layout);
    }
    let path = Path::new(name);
    ensure!(path.exists(), "there is no file {name}, and no layout of this name comes along: {}", names());
    let json = fs::read(path).with_context(|| format!("reading {name}"))?;
    let mut value: Value = serde_json::from_slice(&json).with_context(|| format!("reading {name}"))?;
    if let Some(images) = value.get_mut("images").and_then(Value::as_object_mut) {
        for image in images.values_mut() {
            if let Some(file) = image.as_str().filter(|text| text.len() < 256 && text.contains('.')) {
                let picture = path.with_file_name(file);
                let metadata = fs::metadata(&picture).with_context(|| format!("reading {}", picture.display()))?;
                let acceptable = metadata.is_file() && metadata.len() <= MAX_IMAGE_BYTES as u64;
                ensure!(acceptable, "{} is not a file of at most 1 MiB", picture.display());
                let bytes = fs::read(&picture).with_context(|| format!("reading {}", picture.display()))?;
                *image = STANDARD.encode(bytes).into();
            }
        }
    }
    match Layout::read(value) {
        Ok(layout) => Ok(layout),
        Err(faults) => bail!("{name} has faults:{}", fault_lines(&faults)),
    }
}
