#[resmon::timed(buckets = "0.1")]
fn checkout() {}

fn main() {
    checkout();
}
