#[resmon::timed(labels(result = "x"))]
fn checkout() {}

fn main() {
    checkout();
}
