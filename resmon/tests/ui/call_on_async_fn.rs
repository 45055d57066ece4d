#[resmon::timed(call)]
async fn checkout() {}

fn main() {
    drop(checkout());
}
