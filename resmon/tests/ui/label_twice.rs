#[resmon::timed(labels(zone = "a", zone = "b"))]
fn checkout() {}

fn main() {
    checkout();
}
