#[resmon::timed(cpu = true)]
fn checkout() {}

fn main() {}
