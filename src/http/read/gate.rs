//! The gate: requests that are refused before any work is done for them. A registration passes while the queue of its event is
//! short enough, a public read while there are permits. Requests of people who have a seat already (tickets, payments,
//! cancelling) pass no gate, and public reads leave half of the database connections to them.

use std::{pin::pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, ResponseError, dev::Payload, error::InternalError, http::ConnectionType};
use futures_util::{
    FutureExt, StreamExt,
    future::{LocalBoxFuture, poll_immediate},
};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::json::{parse, read_body};
use crate::{
    http::server::{ApiError, Services},
    work::Refusal,
};

/// How long a public read waits for a database connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(1);

/// The body of a registration for which there is likely to be room. If there is no room at all, it is not read; if only some
/// queues are full, it is searched for the names of their events before it is parsed: a refusal costs next to nothing.
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
            if services.tools.registrar.is_full_for(&body) {
                return Err(ApiError::from(Refusal::Overloaded).into());
            }
            Ok(Self(parse(&body)?))
        })
    }
}

/// Refuses a registration. A body that arrived with the head is discarded, and the connection stays open. The rest of a longer
/// body is not waited for: the answer closes the connection.
async fn refuse(mut payload: Payload) -> actix_web::Error {
    // The framework separates body and head first: the body is there after one turn of the scheduler.
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

/// Permits to read public data, held for as long as the request is answered.
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
