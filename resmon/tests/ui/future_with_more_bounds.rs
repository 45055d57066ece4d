use std::{fmt::Debug, future::ready};

#[resmon::timed]
fn checkout() -> impl Future<Output = u8> + Debug {
    ready(1)
}

#[resmon::timed]
fn into_checkout() -> impl IntoFuture<Output = u8> {
    ready(1)
}

fn main() {
    drop(checkout());
    drop(into_checkout());
}
