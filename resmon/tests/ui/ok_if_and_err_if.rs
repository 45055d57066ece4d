#[resmon::timed(ok_if = Option::is_some, err_if = Option::is_none)]
fn checkout() -> Option<u8> {
    None
}

fn main() {
    checkout();
}
