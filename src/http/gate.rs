//! Who is let in before any work is done for them. Registrations while their line is short enough; public reading while
//! there is room beside them. Whoever holds a seat already (tickets, payments, cancelling) passes no gate.

use std::{
    future::{Ready, ready},
    pin::pin,
};

use actix_web::{
    FromRequest, HttpRequest, ResponseError, dev::Payload, error::InternalError, http::ConnectionType, web,
};
use futures_util::{
    FutureExt, StreamExt,
    future::{LocalBoxFuture, poll_immediate},
};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::{Services, error::ApiError, json::Json};

/// The body of somebody for whom a place in line is likely to be had. Checked before the body is looked at: refusing costs
/// next to nothing.
pub struct MayRegister<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for MayRegister<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if services(request).registrar.is_full() {
            return Box::pin(refuse(payload.take()).map(Err));
        }
        let body = Json::<T>::from_request(request, payload);
        Box::pin(async { Ok(Self(body.await?.0)) })
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

/// A permit to read what is public, as long as this lives.
pub struct MayRead {
    _permit: OwnedSemaphorePermit,
}

impl FromRequest for MayRead {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let permit = services(request).readers.clone().try_acquire_owned();
        ready(permit.map(|permit| Self { _permit: permit }).map_err(|_| ApiError::Overloaded))
    }
}

fn services(request: &HttpRequest) -> &Services {
    request.app_data::<web::Data<Services>>().expect("the public listener has its services")
}
