#[resmon::timed]
fn through<F: Future<Output = u8>>(future: F) -> F {
    future
}

fn main() {
    drop(through(async { 1 }));
}
