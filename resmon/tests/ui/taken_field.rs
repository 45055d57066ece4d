#[resmon::log_execution_time(fields(elapsed = 1))]
fn checkout() {}

fn main() {
    checkout();
}
