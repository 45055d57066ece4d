fn is_even(n: &u8) -> bool {
    n % 2 == 0
}

#[resmon::timed(ok_if = is_even)]
fn checkout() -> Option<u8> {
    None
}

fn main() {
    checkout();
}
