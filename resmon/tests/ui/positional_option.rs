#[resmon::timed("checkout")]
fn checkout() {}

fn main() {
    checkout();
}
