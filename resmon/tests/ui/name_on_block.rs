struct Cart;

#[resmon::timed(name = "cart")]
impl Cart {
    fn checkout(&self) {}
}

fn main() {
    Cart.checkout();
}
