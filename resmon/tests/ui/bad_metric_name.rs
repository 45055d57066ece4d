#[resmon::timed(metric = "request-time")]
fn checkout() {}

fn main() {
    checkout();
}
