#[resmon::timed]
fn checkout() -> Result<impl Future<Output = u8>, String> {
    Ok(async { 1 })
}

#[resmon::timed]
fn unpinned() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

fn main() {
    drop(checkout());
    drop(unpinned());
}
