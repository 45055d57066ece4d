#[resmon::timed(name = "a", name = "b")]
fn checkout() {}

fn main() {
    checkout();
}
