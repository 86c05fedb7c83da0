//! What a disk keeps, shares and refuses.

use super::*;

const MIB: u64 = 1 << 20;

#[test]
fn a_fresh_ext4_disk_holds_lost_and_found_and_an_empty_dir_does_not() {
    assert_eq!(Disk::ext4(MIB).list("/").unwrap(), ["lost+found"]);
    assert!(!Disk::ext4(MIB).is_empty());
    assert!(Disk::empty(MIB).is_empty());
}

#[test]
fn files_are_written_read_listed_and_removed() {
    let mut disk = Disk::empty(MIB);
    assert_eq!(disk.write("/data/a", b"x"), Err(DiskError::NotFound));
    disk.mkdir_all("/data/base/5").unwrap();
    disk.write("/data/a", b"one").unwrap();
    disk.append("/data/a", b" two").unwrap();
    disk.append("/data/b", b"three").unwrap();
    assert_eq!(disk.read_text("/data/a").unwrap(), "one two");
    assert_eq!(disk.list("/data").unwrap(), ["a", "b", "base"]);
    assert_eq!(disk.list("/").unwrap(), ["data"]);
    assert_eq!(disk.remove("/data"), Err(DiskError::NotEmpty));
    assert_eq!(disk.read("/data"), Err(DiskError::IsADirectory));
    assert_eq!(disk.read("/data/a/b"), Err(DiskError::NotADirectory));
    assert_eq!(disk.mkdir_all("/data/a/b"), Err(DiskError::NotADirectory));
    disk.rename("/data", "/old").unwrap();
    assert_eq!(disk.read_text("/old/b").unwrap(), "three");
    disk.remove_all("/old").unwrap();
    assert!(disk.is_empty());
}

#[test]
fn a_full_disk_refuses_and_keeps_what_it_has() {
    let mut disk = Disk::empty(2 * 4096);
    disk.write("/a", &[1; 5000]).unwrap();
    assert_eq!(disk.used(), 8192);
    assert_eq!(
        disk.write("/b", b"x").unwrap_err().to_string(),
        "No space left on device"
    );
    assert_eq!(disk.append("/a", &[1; 5000]), Err(DiskError::Full));
    assert_eq!(disk.read("/a").unwrap(), [1; 5000]);
    disk.write("/a", b"small").unwrap();
    disk.write("/b", b"x").unwrap();
    assert_eq!(disk.allocate("/c", 1), Err(DiskError::Full));
}

#[test]
fn a_cloned_disk_shares_pages_and_goes_its_own_way() {
    let mut disk = Disk::empty(MIB);
    disk.write("/a", &[7; 3 * 4096]).unwrap();
    let snapshot = disk.clone();
    let mut bytes = disk.read("/a").unwrap();
    bytes[5000] = 8;
    disk.write("/a", &bytes).unwrap();
    let (before, after) = (snapshot.pages("/a").unwrap(), disk.pages("/a").unwrap());
    let shared: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a.is_shared_with(b)).collect();
    assert_eq!(shared, [true, false, true]);
    assert_eq!(snapshot.read("/a").unwrap(), [7; 3 * 4096]);
    assert_eq!(disk.pages_written() - snapshot.pages_written(), 1);
}

#[test]
fn a_private_writer_patches_its_own_pages_only() {
    let page = |byte| Page::from_bytes(&[byte; 4096]);
    let mut disk = Disk::empty(MIB);
    disk.write_pages("/db", &[page(1), page(2)]).unwrap();
    // Two processes read the same file; each changes another page and never sees the other's.
    assert_eq!(
        disk.patch_pages("/db", &[page(1), page(2)], &[page(3), page(2)])
            .unwrap(),
        1
    );
    assert_eq!(
        disk.patch_pages("/db", &[page(1), page(2)], &[page(1), page(4), page(5)])
            .unwrap(),
        2
    );
    assert_eq!(disk.pages("/db").unwrap(), [page(3), page(4), page(5)]);
}

#[test]
fn a_disk_survives_serialisation() {
    let mut disk = Disk::ext4(MIB);
    disk.write("/a", b"words").unwrap();
    disk.allocate("/wal", 9000).unwrap();
    let text = serde_json::to_string(&disk).unwrap();
    let back: Disk = serde_json::from_str(&text).unwrap();
    assert_eq!(back, disk);
    assert_eq!(back.read("/wal").unwrap(), [0; 9000]);
}

#[test]
fn a_failing_device_answers_with_an_input_output_error() {
    let mut disk = Disk::ext4(MIB);
    disk.write("/a", b"words").unwrap();
    disk.set_failing(true);
    assert_eq!(disk.read("/a").unwrap_err().to_string(), "Input/output error");
    assert_eq!(disk.write("/a", b""), Err(DiskError::Io));
    disk.set_failing(false);
    assert_eq!(disk.read_text("/a").unwrap(), "words");
}
