//! The id of the current request, for all code that runs while it is answered.

tokio::task_local! {
    static CURRENT: String;
}

/// Runs `answering` with `id` as the current id.
pub async fn scope<T>(id: String, answering: impl Future<Output = T>) -> T {
    CURRENT.scope(id, answering).await
}

/// Returns the id of the current request. `None` outside of one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}
