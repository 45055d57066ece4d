#[resmon::timed(crate = "resmon")]
fn checkout() {}

fn main() {
    checkout();
}
