#[resmon::timed(labels(zone = ()))]
fn checkout() {}

fn main() {
    checkout();
}
