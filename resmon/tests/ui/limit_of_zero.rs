#[resmon::timed(labels(tier = 1 + 1), max_labels = 0)]
fn checkout() {}

fn main() {
    checkout();
}
