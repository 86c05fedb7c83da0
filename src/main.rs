//! The program `pglab`.

fn main() {}
