#[resmon::timed(nam = "checkout")]
fn checkout() {}

fn main() {
    checkout();
}
