#[resmon::timed(objective(latency = "250ms"))]
fn checkout() {}

fn main() {
    checkout();
}
