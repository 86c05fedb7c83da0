use pglab::lab::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let lib = Library::of_folder(std::path::Path::new("labs")).unwrap();
    let (_, lab) = lib.find(&a[1]).unwrap();
    let mut p = Player::new(lab, 0, Lang::En, Default::default()).unwrap();
    let mut show = |s: Shown| println!("{s:?}");
    if let Err(e) = p.play(a.get(2).map(|u| u.parse().unwrap()).as_ref(), &mut show) {
        println!("{e}");
    }
}
