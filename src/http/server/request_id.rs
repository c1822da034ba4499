//! The id of the request being answered, wherever in its answering somebody asks.

tokio::task_local! {
    static CURRENT: String;
}

/// Answers a request under its id.
pub async fn scope<T>(id: String, answering: impl Future<Output = T>) -> T {
    CURRENT.scope(id, answering).await
}

/// The id, inside an answering.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}
