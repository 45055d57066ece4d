use std::future::{Ready, ready};

#[resmon::timed]
fn checkout() -> Ready<u8> {
    ready(1)
}

fn main() {
    drop(checkout());
}
