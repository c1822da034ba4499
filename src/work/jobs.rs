//! Jobs, the long work on an event: started, read, paused and cancelled.

use std::{collections::HashSet, sync::Arc};

use serde_json::json;

use super::{Authorized, Caller, Records, Refusal};
use crate::{
    db::{EventName, FailureRow, JobCursor, JobRow, JobStart, NewJob, Selection},
    domain::{EventSetup, Faults, JobId, JobKind, JobRequest, JobStatus, RegistrationId, Scope, Ticket},
};

/// Largest number of registrations in a request.
pub const MAX_NAMED: usize = 10_000;

/// A request for a job.
#[derive(Debug)]
pub struct StartJob {
    pub kind: JobKind,
    pub request: JobRequest,
    /// True to cancel an open job of this kind for the same event, and start this one.
    pub supersede: bool,
}

/// Starts a job on the caller's event, or joins an open one that does the same.
pub async fn begin(records: &Records, caller: &Caller, event: &str, command: StartJob) -> Result<JobStart, Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::JobsWrite, event).await?;
    let StartJob { kind, mut request, supersede } = command;
    if request.registrations.len() > MAX_NAMED {
        return Err(Refusal::invalid("/registrations", format!("must have at most {MAX_NAMED} entries")));
    }
    if let Some(announcement) = request.announcement.take() {
        request.announcement = Some(announcement.check()?);
    }
    let ids = request.registrations.clone();
    let selection = Selection::read(&setup, &mut request)?;
    check_registrations(records, &setup, &ids, &selection).await?;
    // The same request again joins the open job, for which this was checked.
    if supersede || records.database.open_job(setup.event.key, kind, request.dry_run).await?.is_none() {
        records.check_job_quota(setup.event.organizer).await?;
        if request.reissue && records.database.cannot_reissue(setup.event.key, &selection).await? {
            let most = Ticket::MAX_GENERATION;
            return Err(Refusal::conflict(format!(
                "a ticket was issued {most} times already; it cannot be issued again"
            )));
        }
    }
    let new = NewJob {
        organizer: setup.event.organizer,
        event: setup.event.key,
        kind,
        request: &request,
        actor: &by.actor,
        selection: &selection,
        revision: setup.event.revision,
    };
    records.database.begin_job(&new, supersede).await.map_err(Refusal::from_write)
}

/// Refuses a selection of registrations that the event does not have.
async fn check_registrations(
    records: &Records,
    setup: &EventSetup,
    ids: &[String],
    selection: &Selection,
) -> Result<(), Refusal> {
    let Some(numbers) = &selection.numbers else { return Ok(()) };
    let unknown = records.database.unknown_registrations(setup.event.key, numbers).await?;
    let unknown: HashSet<_> = unknown.into_iter().map(|number| setup.registration_id(number)).collect();
    let mut faults = Faults::default();
    for (index, id) in ids.iter().enumerate() {
        if id.parse().is_ok_and(|id: RegistrationId| unknown.contains(&id)) {
            faults.add(format!("/registrations/{index}"), "is no registration of this event");
        }
    }
    Ok(faults.into_result()?)
}

/// Starts a regeneration of the registrations at which an earlier one failed: the named ones, or all if none are named.
pub async fn retry(
    records: &Records,
    caller: &Caller,
    id: &str,
    registrations: Vec<String>,
) -> Result<JobStart, Refusal> {
    let job = find(records, caller, id).await?;
    if job.kind != JobKind::Regeneration {
        return Err(Refusal::conflict("only failures of a regeneration can be retried; start a new archive"));
    }
    let setup = event_of(records, &job).await?;
    let named = Selection::read(&setup, &mut JobRequest::of_registrations(registrations))?.numbers;
    let failed = records.database.failed_numbers(job.id, named.as_deref(), MAX_NAMED as i64).await?;
    if failed.is_empty() {
        return Err(Refusal::conflict("the job has no failures for these registrations"));
    }
    let ids = failed.into_iter().map(|number| setup.registration_id(number).to_string()).collect();
    let request = JobRequest::of_registrations(ids);
    let command = StartJob { kind: JobKind::Regeneration, request, supersede: false };
    begin(records, caller, &setup.event.draft.slug, command).await
}

/// Returns the caller's job.
pub async fn find(records: &Records, caller: &Caller, id: &str) -> Result<JobRow, Refusal> {
    find_own(records, caller, id).await.map(|(_, job)| job)
}

async fn find_own(records: &Records, caller: &Caller, id: &str) -> Result<(Authorized, JobRow), Refusal> {
    let by = records.authorize(caller, Scope::JobsWrite).await?;
    let id = id.parse().map(JobId).map_err(|_| Refusal::NotFound)?;
    let job = records.database.job(id, None).await?.filter(|job| by.owns(job.organizer)).ok_or(Refusal::NotFound)?;
    let job = without_hidden_result(&by, job);
    Ok((by, job))
}

/// Removes the archive from a job unless the caller may read registrations: it contains their tickets.
fn without_hidden_result(by: &Authorized, job: JobRow) -> JobRow {
    let result = job.result.filter(|_| by.may(Scope::RegistrationsRead));
    JobRow { result, ..job }
}

/// Lists the caller's jobs, newest first: those of one event, or all.
pub async fn list(
    records: &Records,
    caller: &Caller,
    event: Option<&str>,
    after: Option<JobCursor>,
    limit: i64,
) -> Result<Vec<JobRow>, Refusal> {
    let by = records.authorize(caller, Scope::JobsWrite).await?;
    let (organizer, event) = match event {
        Some(name) => {
            let setup = records.own_event(caller, Scope::JobsWrite, name).await?;
            (Some(setup.event.organizer), Some(setup.event.key))
        }
        None => (by.list_filter()?, None),
    };
    let jobs = records.database.jobs(organizer, event, after, limit).await?;
    Ok(jobs.into_iter().map(|job| without_hidden_result(&by, job)).collect())
}

/// Returns the event of a job.
pub async fn event_of(records: &Records, job: &JobRow) -> Result<Arc<EventSetup>, Refusal> {
    records.catalog.find(EventName::Key(job.event)).await?.ok_or(Refusal::NotFound)
}

/// Lists the files that a job could not make; `after` is registration number, kind and part of the last one of the page
/// before.
pub async fn failures(
    records: &Records,
    caller: &Caller,
    id: &str,
    after: (i32, i16, i16),
    limit: i64,
) -> Result<(Arc<EventSetup>, Vec<FailureRow>), Refusal> {
    let job = find(records, caller, id).await?;
    let setup = event_of(records, &job).await?;
    let rows = records.database.job_failures(job.id, after, limit).await?;
    Ok((setup, rows))
}

/// Cancels a job. It stops within a second; finished work is kept.
pub async fn cancel(records: &Records, caller: &Caller, id: &str) -> Result<JobRow, Refusal> {
    let (by, job) = find_own(records, caller, id).await?;
    let ended = records.database.end_job(job.id, JobStatus::Cancelled, None, &by.actor).await;
    ended.map_err(Refusal::from_write)?;
    let job = records.database.job(job.id, None).await?.ok_or(Refusal::NotFound)?;
    match job.status {
        JobStatus::Cancelled => Ok(job),
        status => Err(Refusal::conflict(format!("the job is over: {}", status.name()))),
    }
}

/// Pauses or resumes a job.
pub async fn set_paused(records: &Records, caller: &Caller, id: &str, paused: bool) -> Result<JobRow, Refusal> {
    let (by, job) = find_own(records, caller, id).await?;
    let (reader, by) = (by.clone(), by.acting_for(job.organizer));
    if !records.database.pause_job(job.id, paused).await.map_err(Refusal::from_write)? {
        return Err(Refusal::conflict("the job is over"));
    }
    let action = if paused { "job.paused" } else { "job.resumed" };
    records.audit(&by, Some(job.event), action, json!({ "jobId": job.id.0 })).await;
    let job = records.database.job(job.id, None).await?.ok_or(Refusal::NotFound)?;
    Ok(without_hidden_result(&reader, job))
}
