//! Who is let in before any work is done for them. Registrations while their line is short enough; public reading while
//! there is room beside them. Whoever holds a seat already (tickets, payments, cancelling) passes no gate.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use tokio::sync::OwnedSemaphorePermit;

use super::{Services, error::ApiError};

/// A place in line is likely to be had. Checked before the body is read: refusing costs next to nothing.
pub struct MayRegister(());

impl FromRequest for MayRegister {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match services(request).registrar.is_full() {
            true => Err(ApiError::Overloaded),
            false => Ok(Self(())),
        })
    }
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
