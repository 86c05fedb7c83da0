//! The physical world's rules, each as a short story.

use super::*;

const NOW: Time = Time::EPOCH;

fn cloud() -> (Cloud, Settings) {
    let mut cloud = Cloud::default();
    for (name, zone) in [("a1", "zone-a"), ("a2", "zone-a"), ("b1", "zone-b")] {
        cloud.machines.insert(name.into(), Machine::new(zone));
    }
    (cloud, Settings::default())
}

/// Asks for something and returns the instant at which it is done.
fn done(cloud: &mut Cloud, request: CloudRequest, now: Time) -> Result<Time, String> {
    cloud.request(&request, now, &Settings::default())
}

fn with_volume() -> (Cloud, Time) {
    let (mut cloud, _) = cloud();
    let create = CloudRequest::CreateVolume {
        id: "vol-1".into(),
        zone: "zone-a".into(),
        bytes: 1 << 30,
    };
    let ready = done(&mut cloud, create, NOW).unwrap();
    (cloud, ready)
}

#[test]
fn a_volume_is_attached_once_and_in_its_zone() {
    let (mut cloud, ready) = with_volume();
    let attach = |to: &str| CloudRequest::Attach("vol-1".into(), to.into());
    assert!(
        done(&mut cloud, attach("a1"), NOW)
            .unwrap_err()
            .starts_with("IncorrectState")
    );
    assert!(
        done(&mut cloud, attach("b1"), ready)
            .unwrap_err()
            .contains("ZoneMismatch")
    );
    let attached = done(&mut cloud, attach("a1"), ready).unwrap();
    assert_eq!(
        done(&mut cloud, attach("a1"), ready + 1),
        Ok(attached),
        "asking twice is asking once"
    );
    assert!(
        done(&mut cloud, attach("a2"), attached)
            .unwrap_err()
            .starts_with("VolumeInUse")
    );
    assert!(done(&mut cloud, CloudRequest::DeleteVolume("vol-1".into()), attached).is_err());
    let detached = done(&mut cloud, CloudRequest::Detach("vol-1".into(), "a1".into()), attached).unwrap();
    assert!(done(&mut cloud, attach("a2"), detached + -1).is_err());
    assert!(done(&mut cloud, attach("a2"), detached).is_ok());
}

#[test]
fn a_machine_that_lost_its_volume_cannot_write_though_it_believes_it_is_mounted() {
    let (mut cloud, ready) = with_volume();
    let attach = CloudRequest::Attach("vol-1".into(), "a1".into());
    let attached = done(&mut cloud, attach, ready).unwrap();
    assert_eq!(cloud.disk_for("a1", "vol-1", attached + -1).unwrap_err(), DiskError::Io);
    cloud
        .disk_for("a1", "vol-1", attached)
        .unwrap()
        .write("/row", b"1")
        .unwrap();
    assert_eq!(cloud.disk_for("a2", "vol-1", attached).unwrap_err(), DiskError::Io);
    let detached = done(&mut cloud, CloudRequest::Detach("vol-1".into(), "a1".into()), attached).unwrap();
    assert_eq!(cloud.disk_for("a1", "vol-1", attached).unwrap_err(), DiskError::Io);
    let attach = CloudRequest::Attach("vol-1".into(), "a2".into());
    let attached = done(&mut cloud, attach, detached).unwrap();
    let disk = cloud.disk_for("a2", "vol-1", attached).unwrap();
    assert_eq!(disk.read("/row").unwrap(), b"1", "the bytes went with the volume");
    assert!(disk.exists("/lost+found"), "it was formatted with ext4");
}

#[test]
fn a_shared_file_system_has_one_content_for_all() {
    let (mut cloud, settings) = cloud();
    let open = CloudRequest::CreateAccessPoint {
        server: "fs-1".into(),
        path: "/data".into(),
    };
    let at = cloud.request(&open, NOW, &settings).unwrap();
    assert_eq!(cloud.file_systems["fs-1"].opens_at("/data"), Some(at));
    cloud.share("fs-1").write("/data/row", b"1").unwrap();
    let close = CloudRequest::DeleteAccessPoint {
        server: "fs-1".into(),
        path: "/data".into(),
    };
    cloud.request(&close, at, &settings).unwrap();
    assert_eq!(cloud.file_systems["fs-1"].opens_at("/data"), None);
    assert!(cloud.share("fs-1").exists("/data/row"), "the files outlive the door");
}

#[test]
fn a_volume_grows_once_in_six_hours_and_its_file_system_when_it_is_told_to() {
    let (mut cloud, ready) = with_volume();
    let grow = |bytes| CloudRequest::Grow {
        id: "vol-1".into(),
        bytes,
    };
    let grown = done(&mut cloud, grow(2 << 30), ready).unwrap();
    assert_eq!(cloud.volumes["vol-1"].bytes, 2 << 30);
    assert_eq!(cloud.volumes["vol-1"].disk.capacity(), 1 << 30);
    assert!(done(&mut cloud, grow(3 << 30), grown).unwrap_err().contains("6 hours"));
    assert!(done(&mut cloud, grow(3 << 30), grown + 6 * 3_600_000).is_ok());
    let grow_files = CloudRequest::GrowFileSystem("vol-1".into(), "a1".into());
    assert!(done(&mut cloud, grow_files.clone(), grown).is_err(), "nobody has it");
    let attach = CloudRequest::Attach("vol-1".into(), "a1".into());
    let attached = done(&mut cloud, attach, grown).unwrap();
    done(&mut cloud, grow_files, attached).unwrap();
    assert_eq!(cloud.volumes["vol-1"].disk.capacity(), 3 << 30);
}

#[test]
fn heartbeats_stop_with_the_machine_and_begin_again_when_it_is_back() {
    let mut machine = Machine::new("zone-a");
    let at = |seconds: i64| NOW + seconds * 1000;
    assert_eq!(machine.last_heartbeat(at(25), 10_000), at(20));
    machine.link = Link::Cut;
    machine.note(at(25));
    machine.power = Power::Off;
    machine.note(at(27));
    assert_eq!(machine.last_heartbeat(at(500), 10_000), at(20));
    machine.power = Power::On;
    machine.link = Link::Up;
    machine.note(at(503));
    assert_eq!(machine.last_heartbeat(at(515), 10_000), at(513));
}
