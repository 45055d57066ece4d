trait Sell {
    #[resmon::counted]
    fn sell(&self);
}

fn main() {}
