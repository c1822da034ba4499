//! The layout of an event's tickets, and its preview.

use std::sync::Arc;

use super::{Caller, Files, Records, Refusal, Tools};
use crate::{
    db::LayoutVersion,
    domain::{EventLayout, EventSetup, EventSigner, Faults, Layout, Scope, random_key},
    render::{Plan, PlanError, Priority, RenderError, Rendered, TicketValues},
};

/// Longest name on a sample, in characters.
const MAX_NAME: usize = 200;

/// The content of a sample ticket.
#[derive(Debug, Default)]
pub struct Sample {
    pub name: Option<String>,
    /// Code of a ticket type. `None`: the event's first type.
    pub ticket_type: Option<String>,
}

/// Returns the layout of the caller's event. `None` if it uses the built-in one.
pub async fn find(records: &Records, caller: &Caller, event: &str) -> Result<Option<LayoutVersion>, Refusal> {
    let (_, setup) = records.own_event_uncached(caller, Scope::LayoutsWrite, event).await?;
    Ok(records.database.layout(setup.event.key).await?)
}

/// Replaces the layout of the caller's event, unless it is the same. Tickets are made again on their next download.
pub async fn change(tools: &Tools, caller: &Caller, event: &str, layout: Layout) -> Result<LayoutVersion, Refusal> {
    let Tools { records, files, .. } = tools;
    let (by, setup) = records.own_event_uncached(caller, Scope::LayoutsWrite, event).await?;
    let hash = layout.hash();
    if setup.layout.as_ref().is_some_and(|current| current.hash == hash)
        && let Some(version) = records.database.layout(setup.event.key).await?
        && version.layout.hash() == hash
    {
        return Ok(version);
    }
    records.check_layout_quota(&setup, &layout).await?;
    // A layout that cannot be rendered is refused now, before tickets are made with it.
    render_sample(files, setup.clone(), Some(layout.clone()), Sample::default()).await?;
    let added = records.database.add_layout(setup.event.key, layout, &by.actor).await;
    let added = added.map_err(|error| match error.violated_constraint() {
        Some("layouts_pkey") => Refusal::conflict("another request changed the layout at the same time; try again"),
        _ => Refusal::from_write(error),
    })?;
    records.catalog.invalidate(&setup).await;
    added.ok_or(Refusal::NotFound)
}

/// Renders a sample ticket of the caller's event, with this layout or the event's. No gate accepts its code.
pub async fn preview(
    tools: &Tools,
    caller: &Caller,
    event: &str,
    layout: Option<Layout>,
    sample: Sample,
) -> Result<Rendered, Refusal> {
    let (_, setup) = tools.records.own_event_uncached(caller, Scope::LayoutsWrite, event).await?;
    render_sample(&tools.files, setup, layout, sample).await
}

async fn render_sample(
    files: &Files,
    setup: Arc<EventSetup>,
    layout: Option<Layout>,
    sample: Sample,
) -> Result<Rendered, Refusal> {
    let page = sample_page(&setup, sample)?;
    let plans = files.plans.clone();
    let work = move || {
        let plan = match layout {
            Some(layout) => Plan::compile(plans.library(), &EventLayout::new(0, layout), &setup).map(Arc::new),
            None => plans.get_or_compile(&setup).map_err(|error| (*error).clone()),
        };
        Ok(match plan {
            Ok(plan) => Sampled::of(plan.render(&[page], &throwaway_signer(&setup))),
            Err(error) => Sampled::NoPlan(error),
        })
    };
    match files.pool.run(Priority::Live, work).await {
        Ok(Sampled::Rendered(rendered)) => Ok(rendered),
        Ok(Sampled::NoPlan(error)) => Err(Refusal::invalid(&error.pointer(), error.reason())),
        Err(RenderError::Full) => Err(Refusal::Overloaded),
        Ok(Sampled::Failed(error)) | Err(error) => {
            tracing::warn!(%error, "a layout was refused because a sample could not be rendered");
            let mut faults = Faults::default();
            faults.add("", "a sample ticket could not be rendered with this layout");
            Err(Refusal::Invalid(faults))
        }
    }
}

/// The outcome of rendering a sample.
enum Sampled {
    Rendered(Rendered),
    /// The layout does not compile.
    NoPlan(PlanError),
    Failed(RenderError),
}

impl Sampled {
    fn of(result: Result<Rendered, RenderError>) -> Self {
        result.map_or_else(Self::Failed, Self::Rendered)
    }
}

fn sample_page(setup: &EventSetup, sample: Sample) -> Result<TicketValues, Refusal> {
    let name = sample.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "Ada Lovelace".into());
    if name.chars().count() > MAX_NAME {
        return Err(Refusal::Malformed(format!("the name has more than {MAX_NAME} characters").into()));
    }
    let mut page = TicketValues::sample(setup, &name);
    if let Some(code) = sample.ticket_type {
        let found = setup.types.iter().find(|t| t.code.as_str() == code);
        page.code.type_number = found.ok_or(Refusal::NotFound)?.number;
    }
    Ok(page)
}

/// Creates a signer with a random key that is not stored: gates refuse its codes.
fn throwaway_signer(setup: &EventSetup) -> EventSigner {
    EventSigner::new(setup.event.id, 0, &random_key())
}
