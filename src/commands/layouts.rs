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

use super::event_file::EventFile;

use crate::{
    domain::{
        EventLayout, Faults, Layout,
        layout::{Known, MAX_IMAGE_BYTES, pretix},
    },
    render::{BUILT_IN_LAYOUTS, FontLibrary, Plan, built_in_layout},
};

/// What to do with layouts.
#[derive(Debug, Subcommand)]
pub enum Layouts {
    /// List the layouts that come along
    List,
    /// Print one that comes along, to start from
    Show { name: String },
    /// Look for faults in a layout's file
    Check {
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// List the placeholders a text may have
    Fields,
    /// Print the JSON Schema of layouts
    Schema,
    /// Carry over a layout of pretix: prints ours, and on stderr what could not be carried over
    Import {
        /// What pretix' editor saved
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The size of its page in millimetres: that is in the background's PDF, not in the layout
        #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "210x297", value_parser = size)]
        page: (f32, f32),
        /// The background as a PNG or JPEG
        #[arg(long, value_name = "FILE")]
        background: Option<PathBuf>,
    },
}

fn size(text: &str) -> Result<(f32, f32), String> {
    let side = |text: &str| text.trim().parse::<f32>().ok().filter(|side| (10.0..=2000.0).contains(side));
    let (width, height) = text.split_once(['x', '×']).ok_or("write WIDTHxHEIGHT, such as 210x297")?;
    side(width).zip(side(height)).ok_or_else(|| "each side lies between 10 and 2000 millimetres".into())
}

impl Layouts {
    /// Does it.
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
                let (.., json) = found.with_context(|| format!("no layout is called `{name}`: {}", names()))?;
                write!(out, "{json}")?;
            }
            Self::Check { file } => {
                let layout = read_layout(&file)?;
                // Pictures are looked into only when they are compiled.
                let setup = EventFile::default().into_setup()?;
                let library = Arc::new(FontLibrary::new(&[]));
                Plan::compile(&library, &EventLayout::new(1, layout.clone()), &setup)
                    .with_context(|| format!("compiling {file}"))?;
                let elements: usize = layout.pages.iter().map(|page| page.elements.len()).sum();
                writeln!(
                    out,
                    "{file}: {} page(s), {elements} elements, {} picture(s), no fault",
                    layout.pages.len(),
                    layout.images.len()
                )?;
            }
            Self::Fields => {
                for known in Known::ALL {
                    writeln!(out, "{{{}}}\t{}", known.name(), known.help())?;
                }
                writeln!(out, "{{answers.KEY}}\tAn answer given with the registration.")?;
            }
            Self::Schema => writeln!(out, "{:#}", Layout::json_schema())?,
            Self::Import { file, page: (width, height), background } => {
                let json = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
                let pretix::Import { mut layout, mut notes } = pretix::import(&json, width, height)
                    .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
                if let Some(path) = background {
                    notes.pop();
                    let picture =
                        STANDARD.encode(fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
                    let picture =
                        picture.try_into().map_err(|error: String| anyhow::anyhow!("{}: {error}", path.display()))?;
                    layout.images.insert("background".into(), picture);
                    layout.pages[0].background_image = Some("background".into());
                    if layout.pages.len() > 1 {
                        notes.push("the background is on the first page only".into());
                    }
                }
                let value = serde_json::to_value(&layout)?;
                Layout::read(value.clone())
                    .map_err(|faults| anyhow::anyhow!("the result is no good layout: {}", told(&faults)))?;
                for note in notes {
                    eprintln!("{note}");
                }
                writeln!(out, "{value:#}")?;
            }
        }
        Ok(())
    }
}

fn names() -> String {
    BUILT_IN_LAYOUTS.map(|(name, ..)| name).join(", ")
}

fn told(faults: &Faults) -> String {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("\n  {}: {}", fault.pointer, fault.detail)).collect();
    lines.concat()
}

/// A layout by the name of one that comes along, or from a file. Pictures may be files beside it: `{"logo":
/// "logo.png"}`.
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
                let about = fs::metadata(&picture).with_context(|| format!("reading {}", picture.display()))?;
                let fits = about.is_file() && about.len() <= MAX_IMAGE_BYTES as u64;
                ensure!(fits, "{} is no file of at most 1 MiB", picture.display());
                let bytes = fs::read(&picture).with_context(|| format!("reading {}", picture.display()))?;
                *image = STANDARD.encode(bytes).into();
            }
        }
    }
    match Layout::read(value) {
        Ok(layout) => Ok(layout),
        Err(faults) => bail!("{name} has faults:{}", told(&faults)),
    }
}
