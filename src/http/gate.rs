//! Who is let in before any work is done for them. Registrations while their line is short enough; public reading while
//! there is room beside them. Whoever holds a seat already (tickets, payments, cancelling) passes no gate, and readers leave
//! half of the connections to them.

use std::{pin::pin, sync::Arc, time::Duration};

use actix_web::{
    FromRequest, HttpRequest, ResponseError, dev::Payload, error::InternalError, http::ConnectionType, web,
};
use futures_util::{
    FutureExt, StreamExt,
    future::{LocalBoxFuture, poll_immediate},
};
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Services,
    error::ApiError,
    json::{parse, read_body},
};

/// How long somebody waits for a connection to read what is public.
const PATIENCE: Duration = Duration::from_secs(1);

/// The body of somebody for whom a place in line is likely to be had. If there is no room at all, it is not looked at; if only
/// some lines are full, it is looked through for their events, and not parsed: refusing costs next to nothing.
pub struct MayRegister<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for MayRegister<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let services = services(request).clone();
        if services.registrar.is_full() {
            return Box::pin(refuse(payload.take()).map(Err));
        }
        let body = read_body(request, payload);
        Box::pin(async move {
            let body = body.await?;
            if services.registrar.is_full_for(&body) {
                return Err(ApiError::Overloaded.into());
            }
            Ok(Self(parse(&body)?))
        })
    }
}

/// A body that came with the head is thrown away, and the connection goes on. Nobody waits for the rest of another one: the
/// client is told that its connection ends here.
async fn refuse(mut payload: Payload) -> actix_web::Error {
    // The framework cuts the body off the head first: it is there a turn later.
    tokio::task::yield_now().await;
    let rest = pin!(async { while payload.next().await.is_some() {} });
    let came = poll_immediate(rest).await.is_some();
    let refused = ApiError::Overloaded;
    if came {
        return refused.into();
    }
    let mut response = refused.error_response();
    response.head_mut().set_connection_type(ConnectionType::Close);
    InternalError::from_response(refused, response).into()
}

/// Room for public reading: so many at once, of whom fewer read in the database, so that the others find connections.
pub struct Readers {
    room: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl Readers {
    /// Room for `readers`, of whom `connections` read.
    pub fn new(readers: usize, connections: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(readers)), seats: Arc::new(Semaphore::new(connections.max(1))) }
    }
}

/// A permit to read what is public, as long as this lives.
pub struct MayRead {
    _permits: [OwnedSemaphorePermit; 2],
}

impl FromRequest for MayRead {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let readers = &services(request).readers;
        let (room, seats) = (readers.room.clone(), readers.seats.clone());
        Box::pin(async move {
            let room = room.try_acquire_owned().map_err(|_| ApiError::Overloaded)?;
            let seat = tokio::time::timeout(PATIENCE, seats.acquire_owned()).await;
            let seat = seat.map_err(|_| ApiError::Overloaded)?.map_err(|_| ApiError::Overloaded)?;
            Ok(Self { _permits: [room, seat] })
        })
    }
}

fn services(request: &HttpRequest) -> &web::Data<Services> {
    request.app_data::<web::Data<Services>>().expect("the public listener has its services")
}
