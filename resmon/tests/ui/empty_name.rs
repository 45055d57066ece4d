#[resmon::timed(name = " ")]
fn checkout() {}

fn main() {
    checkout();
}
