#[resmon::timed]
pub struct Cart;

fn main() {
    let _ = Cart;
}
