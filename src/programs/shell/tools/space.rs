//! Tools that show how much room there is on disks, and what takes it.

use super::{Act, Call};
use crate::cloud::disk::Disk;
use crate::programs::files::{Device, Files};

/// `df [-h] [PATH…]`
pub(super) fn df(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let human = flags.has('h');
    let paths: Vec<String> = flags.rest.iter().map(|name| call.path(name)).collect();
    let rows = call.on_files(|files| {
        let mut rows = Vec::new();
        let mut add = |at: &str, device: &Device, disk: &Disk| {
            let row = (device.to_string(), disk.capacity(), disk.used(), at.to_owned());
            if !rows.contains(&row) {
                rows.push(row);
            }
        };
        if paths.is_empty() {
            for (at, device, disk) in files.mounts() {
                add(at, device, disk);
            }
        }
        for path in &paths {
            let (disk, at) = files.disk_under(path);
            add(at, files.device_under(path), disk);
        }
        rows
    });
    let head = if human {
        "Size  Used Avail"
    } else {
        "1K-blocks      Used Available"
    };
    call.out(&format!("Filesystem     {head} Use% Mounted on\n"));
    for (device, capacity, used, at) in rows {
        let free = capacity.saturating_sub(used);
        let percent = if capacity == 0 {
            0
        } else {
            (u128::from(used) * 100).div_ceil(u128::from(capacity))
        };
        let line = if human {
            format!(
                "{device:<14} {:>5} {:>5} {:>5} {percent:>3}% {at}\n",
                short(capacity),
                short(used),
                short(free)
            )
        } else {
            format!(
                "{device:<14} {:>9} {:>9} {:>9} {percent:>3}% {at}\n",
                capacity / 1024,
                used / 1024,
                free / 1024
            )
        };
        call.out(&line);
    }
    Act::Done(0)
}

/// Returns a size as `df -h` shows it: `9.8G`, `20K`.
fn short(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 1024.0 && unit < 6 {
        size /= 1024.0;
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T", "P", "E"][unit];
    if unit == 0 || size >= 10.0 {
        format!("{:.0}{letter}", size.ceil())
    } else {
        format!("{:.1}{letter}", (size * 10.0).ceil() / 10.0)
    }
}

/// `du [-sh] [PATH…]`
pub(super) fn du(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let paths = if flags.rest.is_empty() {
        vec![".".to_owned()]
    } else {
        flags.rest.clone()
    };
    for name in paths {
        let path = call.path(&name);
        let bytes = call.on_files(|files| size_of(files, &path));
        let size = if flags.has('h') {
            short(bytes)
        } else {
            (bytes / 1024).to_string()
        };
        call.out(&format!("{size}\t{name}\n"));
    }
    Act::Done(0)
}

fn size_of(files: &Files<'_>, path: &str) -> u64 {
    if !files.is_dir(path) {
        return files.file(path).map_or(0, |file| file.blocks());
    }
    let names = files.list(path).unwrap_or_default();
    4096 + names
        .iter()
        .map(|name| size_of(files, &format!("{path}/{name}")))
        .sum::<u64>()
}
