use resmon::counted;

#[resmon::timed]
#[counted]
fn checkout() {}

fn main() {
    checkout();
}
