#[resmon::timed(buckets = [1.0, 1e999])]
fn checkout() {}

fn main() {
    checkout();
}
