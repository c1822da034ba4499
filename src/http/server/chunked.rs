//! Chunked bodies that a handler has not read to their end. The framework would read the rest of such a body without a
//! time limit. It closes the connection instead if the body still exists when the answer has been sent.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::Bytes,
};
use futures_util::{Stream, StreamExt};

/// The chunked body of a request, shared with the reader of the request.
#[derive(Clone)]
pub struct ChunkedBody(Rc<RefCell<Payload>>);

impl ChunkedBody {
    /// Takes a share of the body of a request. `None` if it is not chunked.
    pub fn of(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let shared = Self(Rc::new(RefCell::new(request.take_payload())));
        request.set_payload(Payload::Stream { payload: Box::pin(shared.clone()) });
        Some(shared)
    }
}

/// Returns the body of an answer. A chunked body of the request exists as long as it.
pub fn keep_until_sent<B: MessageBody + 'static>(answer: B, request_body: Option<ChunkedBody>) -> EitherBody<B> {
    match request_body {
        None => EitherBody::left(answer),
        Some(request_body) => {
            EitherBody::right(BoxBody::new(Answer { body: answer.boxed(), _request_body: request_body }))
        }
    }
}

impl Stream for ChunkedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
}

struct Answer {
    body: BoxBody,
    _request_body: ChunkedBody,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
