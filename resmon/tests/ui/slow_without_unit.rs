#[resmon::timed(slow = "250")]
fn checkout() {}

fn main() {}
