#[resmon::timed(objective(success = 100))]
fn checkout() {}

fn main() {
    checkout();
}
