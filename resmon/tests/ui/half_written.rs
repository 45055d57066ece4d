#[resmon::timed]
fn checkout(cart: &Vec<u8>) -> usize {
    cart.
}

fn main() {
    checkout(&Vec::new());
}
