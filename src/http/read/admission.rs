//! Admission control: extractors that refuse a request before any work is done for it. A registration is admitted while
//! the queue of its event is short enough, a public read while there are permits. Requests for existing registrations
//! (tickets, payments, cancelling) are always admitted; public reads leave half of the database connections to them.

use std::{pin::pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, ResponseError, dev::Payload, error::InternalError, http::ConnectionType};
use futures_util::{
    FutureExt, StreamExt,
    future::{LocalBoxFuture, poll_immediate},
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    body::read_body,
    json::{parse, parse_json},
};
use crate::{
    db::EventName,
    http::server::{ApiError, Services},
    work::Refusal,
};

/// Time that a public read waits for a permit to use the database.
const CONNECTION_WAIT: Duration = Duration::from_secs(1);

/// Body of a registration, if the queue of its event is likely to have room. If all queues are full, the body is not
/// read. If some are full, only the name of the event is parsed at first. Both keep refusals cheap.
pub struct RegisterIfRoom<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for RegisterIfRoom<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let services = Services::of(request).clone();
        if services.tools.registrar.is_full() {
            return Box::pin(refuse(payload.take()).map(Err));
        }
        let body = read_body(request, payload);
        Box::pin(async move {
            let body = body.await?;
            let registrar = &services.tools.registrar;
            if registrar.has_full_queue() && event_named_by(&body).is_some_and(|event| registrar.is_full_for(&event)) {
                return Err(ApiError::from(Refusal::Overloaded).into());
            }
            Ok(Self(parse(&body)?))
        })
    }
}

/// The field of a registration that names its event.
#[derive(Deserialize)]
struct Named {
    event: String,
}

/// Returns the slug or id of the event that a body names. `None` if it names none, or is not JSON: the body is then
/// refused when it is parsed.
fn event_named_by(body: &[u8]) -> Option<String> {
    parse_json(body).map(|Named { event }| event)
}

/// Refuses a registration. A body that arrived with the head is discarded, and the connection stays open. For a longer
/// body, the answer closes the connection, because its rest is not read.
async fn refuse(mut payload: Payload) -> actix_web::Error {
    // Lets the framework pass on the part of the body that it has received with the head.
    tokio::task::yield_now().await;
    let rest = pin!(async { while payload.next().await.is_some() {} });
    let complete = poll_immediate(rest).await.is_some();
    let refused = ApiError::from(Refusal::Overloaded);
    if complete {
        return refused.into();
    }
    let mut response = refused.error_response();
    response.head_mut().set_connection_type(ConnectionType::Close);
    InternalError::from_response(refused, response).into()
}

/// Permits of a public read, held until it is answered.
pub struct ReadPermit {
    _permits: [OwnedSemaphorePermit; 2],
}

impl FromRequest for ReadPermit {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let readers = &Services::of(request).readers;
        let (requests, connections) = (readers.requests.clone(), readers.connections.clone());
        Box::pin(async move {
            let request = requests.try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
            let connection = tokio::time::timeout(CONNECTION_WAIT, connections.acquire_owned()).await;
            let connection = connection.map_err(|_| Refusal::Overloaded)?.map_err(|_| Refusal::Overloaded)?;
            Ok(Self { _permits: [request, connection] })
        })
    }
}

/// Returns the permit for a read of an event; `None` if the event is in memory, so that reading it needs no database.
pub async fn event_permit(request: &HttpRequest, event: &str) -> Result<Option<ReadPermit>, ApiError> {
    let catalog = &Services::of(request).tools.records.catalog;
    match EventName::parse(event) {
        Some(name) if !catalog.has(&name) => ReadPermit::from_request(request, &mut Payload::None).await.map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_only_by_its_own_field() {
        let named = |body: &str| event_named_by(body.as_bytes());
        assert_eq!(
            named(r#"{"attendees":[{"name":"event","x":{"event":"no"}}],"ev\u0065nt":"yes"}"#),
            Some("yes".into())
        );
        for body in [r#"{"answers":{"event":"no"}}"#, r#"["event"]"#, r#"{"event":7}"#, r#"{"event":"a","event":"b"}"#]
        {
            assert_eq!(named(body), None, "{body}");
        }
    }
}
