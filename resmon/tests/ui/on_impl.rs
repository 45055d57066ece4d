struct Cart;

#[resmon::timed]
impl Cart {
    fn checkout(&self) {}
}

fn main() {
    Cart.checkout();
}
