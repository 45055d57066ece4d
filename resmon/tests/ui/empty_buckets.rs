#[resmon::timed(buckets = [])]
fn checkout() {}

fn main() {
    checkout();
}
