#[resmon::timed(labels(tier = "gold"), max_labels = 5)]
fn checkout() {}

fn main() {
    checkout();
}
