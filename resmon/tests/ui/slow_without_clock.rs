#[resmon::counted(slow = "250ms")]
fn checkout() {}

fn main() {}
