#[resmon::timed]
const fn two() -> u8 {
    2
}

fn main() {
    let _ = [(); two() as usize];
}
