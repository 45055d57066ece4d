#[resmon::timed(level = "debug")]
fn checkout() {}

fn main() {
    checkout();
}
