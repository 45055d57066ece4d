#[resmon::log_execution_time(fields(user = 1, user = 2))]
fn checkout() {}

fn main() {
    checkout();
}
