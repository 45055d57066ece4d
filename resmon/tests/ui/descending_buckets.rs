#[resmon::timed(buckets = [0.1, 0.01])]
fn checkout() {}

fn main() {
    checkout();
}
