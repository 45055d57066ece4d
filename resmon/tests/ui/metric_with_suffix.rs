#[resmon::timed(metric = "requests_total")]
fn checkout() {}

fn main() {
    checkout();
}
