//! `onsale openapi`

use std::io::Write;

/// Prints the OpenAPI document.
pub fn run() -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", crate::http::document().to_pretty_json()?)?;
    Ok(())
}
