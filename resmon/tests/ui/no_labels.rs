#[resmon::timed(labels())]
fn checkout() {}

fn main() {
    checkout();
}
