#[resmon::timed(max_labels = 5)]
fn checkout() {}

fn main() {
    checkout();
}
