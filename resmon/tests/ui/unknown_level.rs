#[resmon::log_execution_time(level = "verbose")]
fn checkout() {}

fn main() {
    checkout();
}
