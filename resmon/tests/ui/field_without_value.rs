#[resmon::log_execution_time(fields(user))]
fn checkout() {}

fn main() {
    checkout();
}
