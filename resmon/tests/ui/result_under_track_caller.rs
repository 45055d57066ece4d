#[resmon::timed]
#[track_caller]
fn checkout() -> Result<u8, String> {
    Ok(1)
}

fn main() {
    let _ = checkout();
}
