#[resmon::timed(objective(success = 99, success = 98))]
fn checkout() {}

fn main() {
    checkout();
}
