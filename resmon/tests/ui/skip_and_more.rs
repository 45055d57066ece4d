#[resmon::timed(skip, name = "x")]
fn checkout() {}

fn main() {
    checkout();
}
