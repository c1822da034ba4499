//! `/api/me/second-factor`: codes of an app, asked for at each sign-in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{admit, me::PresentPassword};
use crate::{
    http::{
        auth::caller,
        read::Json,
        server::{ApiError, Problems, Services, private},
    },
    work::people::second_factor::{self, Setup},
};

/// Begins a second factor with the present password, or confirms it with `setup` and the first code of the app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSecondFactor {
    #[schema(nullable = false)]
    current_password: Option<String>,
    #[schema(nullable = false)]
    setup: Option<String>,
    #[schema(example = "482915", nullable = false)]
    code: Option<String>,
}

/// A second factor that waits for its first code.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorSetup {
    /// Key for apps that cannot scan.
    secret: String,
    /// Address that apps scan.
    url: String,
    /// To be sent back with the first code.
    setup: String,
}

/// Recovery codes, which replace the app once each. They are shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Adds a second factor, in two steps: a key for the app, then its first code.
#[utoipa::path(post, path = "/api/me/second-factor", tag = "Accounts", operation_id = "addSecondFactor",
    security(("session" = [])), request_body = AddSecondFactor,
    responses(
        (status = 200, description = "A key for the app; nothing has changed yet", body = SecondFactorSetup),
        (status = 201, description = "The second factor is needed from now on", body = RecoveryCodes),
        Problems))]
pub async fn add(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<AddSecondFactor>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let caller = caller(&request);
    match body.0 {
        AddSecondFactor { current_password: Some(password), setup: None, code: None } => {
            let Setup { secret, url, setup } = second_factor::begin(&services.tools, &caller, password).await?;
            Ok(private(StatusCode::OK).json(SecondFactorSetup { secret, url, setup }))
        }
        AddSecondFactor { current_password: None, setup: Some(setup), code: Some(code) } => {
            let recovery_codes = second_factor::confirm(&services.tools.records, &caller, &setup, &code).await?;
            Ok(private(StatusCode::CREATED).json(RecoveryCodes { recovery_codes }))
        }
        _ => Err(ApiError::invalid("", "must have either `currentPassword`, or `setup` and `code`")),
    }
}

/// Removes the second factor.
#[utoipa::path(delete, path = "/api/me/second-factor", tag = "Accounts", operation_id = "removeSecondFactor",
    security(("session" = [])), request_body = PresentPassword,
    responses((status = 204, description = "The password alone is enough from now on"), Problems))]
pub async fn remove(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<PresentPassword>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    second_factor::remove(&services.tools, &caller(&request), body.0.current_password).await?;
    Ok(private(StatusCode::NO_CONTENT).finish())
}
