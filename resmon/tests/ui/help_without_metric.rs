#[resmon::timed(help = "Time.")]
fn checkout() {}

fn main() {
    checkout();
}
