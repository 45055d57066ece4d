//! Mistakes in the body are reported there, once.

#[resmon::timed]
fn number() -> Result<u8, String> {
    let text: u8 = "text";
    Ok(text)
}

#[resmon::timed]
async fn later(x: String) -> Result<u8, String> {
    x
}

fn main() {
    let _ = number();
    drop(later(String::new()));
}
