//! Tools that ask others over the network.

use super::{Act, Call};
use crate::programs::bytes::bytes_of;
use crate::programs::runtime::{DNS, Dead};

/// How long a tool waits for an answer that does not come, when it was not told, in milliseconds.
const PATIENCE_MS: u64 = 130_000;

/// Splits `http://host:port/path`.
fn split_url(url: &str) -> (String, u16, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (place, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(default)),
        None => (place, default),
    };
    (host.to_owned(), port, path.to_owned())
}

/// `curl [-s] [-S] [-f] [-i] [-I] [-o FILE] [-w FORMAT] [-m SECONDS] URL`
pub(super) fn curl(call: &mut Call<'_>) -> Act {
    let flags = call.flags("owmXHdAu");
    let Some(url) = flags.rest.first().cloned() else {
        call.said
            .err("curl: try 'curl --help' or 'curl --manual' for more information\n");
        return Act::Done(2);
    };
    let (host, port, path) = split_url(&url);
    let quiet = flags.has('s') && !flags.has('S');
    let limit = flags.value('m').and_then(|text| text.parse::<f64>().ok());
    let limit = limit.or_else(|| {
        let long = flags
            .long
            .iter()
            .find(|(name, _)| name == "connect-timeout" || name == "max-time");
        long.and_then(|(_, value)| value.as_ref()?.parse().ok())
    });
    let head = flags.has('I');
    let method = flags.value('X').unwrap_or(if head { "HEAD" } else { "GET" }).to_owned();
    let trouble = |call: &mut Call<'_>, code: i32, words: String| {
        if !quiet {
            call.said.err(&format!("curl: ({code}) {words}\n"));
        }
        Act::Done(code)
    };
    let page = match call.world.http(&host, port, &method, &path) {
        Ok(page) => page,
        Err(Dead::UnknownHost) => return trouble(call, 6, format!("Could not resolve host: {host}")),
        Err(Dead::Refused(_)) => {
            let words = format!("Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server");
            return trouble(call, 7, words);
        }
        Err(Dead::Lost(_)) => {
            let ms = limit.map_or(PATIENCE_MS, |seconds| (seconds * 1000.0) as u64);
            call.said.busy_ms += ms;
            let words = format!("Failed to connect to {host} port {port} after {ms} ms: Couldn't connect to server");
            return trouble(call, 28, words);
        }
    };
    if flags.has('f') && page.status >= 400 {
        return trouble(call, 22, format!("The requested URL returned error: {}", page.status));
    }
    let mut text = String::new();
    if head || flags.has('i') {
        text.push_str(&format!(
            "HTTP/1.1 {} {}\r\nServer: {}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
            page.status,
            reason(page.status),
            page.server,
            page.body.len()
        ));
    }
    if !head {
        text.push_str(&page.body);
    }
    match flags.value('o') {
        Some("/dev/null") => (),
        Some(file) => {
            let path = call.path(file);
            if let Err(error) = call.on_files(|files| files.write(&path, text.as_bytes())) {
                return trouble(call, 23, format!("Failure writing output to destination: {error}"));
            }
        }
        None => call.out(&text),
    }
    if let Some(format) = flags.value('w') {
        let shown = format
            .replace("%{http_code}", &page.status.to_string())
            .replace("\\n", "\n");
        call.out(&shown);
    }
    Act::Done(0)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Error",
    }
}

/// `wget [-q] [-O FILE] [-T SECONDS] [--spider] URL`, as busybox has it.
pub(super) fn wget(call: &mut Call<'_>) -> Act {
    let flags = call.flags("OTt");
    let Some(url) = flags.rest.first().cloned() else {
        return call.complain("missing URL");
    };
    let (host, port, path) = split_url(&url);
    let limit = flags.value('T').and_then(|text| text.parse::<u64>().ok());
    let limit = limit.or_else(|| {
        let long = flags.long.iter().find(|(name, _)| name == "timeout");
        long.and_then(|(_, value)| value.as_ref()?.parse().ok())
    });
    let quiet = flags.has('q');
    let page = match call.world.http(&host, port, "GET", &path) {
        Ok(page) => page,
        Err(Dead::UnknownHost) => return call.complain(&format!("bad address '{host}'")),
        Err(Dead::Refused(ip)) => {
            if !quiet {
                call.said.err(&format!("Connecting to {host}:{port} ({ip}:{port})\n"));
            }
            return call.complain(&format!("can't connect to remote host ({ip}): Connection refused"));
        }
        Err(Dead::Lost(ip)) => {
            call.said.busy_ms += limit.map_or(PATIENCE_MS, |seconds| seconds * 1000);
            if limit.is_some() {
                return call.complain("download timed out");
            }
            return call.complain(&format!("can't connect to remote host ({ip}): Operation timed out"));
        }
    };
    if page.status >= 400 {
        return call.complain(&format!(
            "server returned error: HTTP/1.1 {} {}",
            page.status,
            reason(page.status)
        ));
    }
    if flags.has_long("spider") {
        return Act::Done(0);
    }
    let name = flags.value('O').map(str::to_owned);
    match name.as_deref() {
        Some("-") => call.out(&page.body),
        Some("/dev/null") => (),
        file => {
            let base = path
                .rsplit('/')
                .next()
                .filter(|base| !base.is_empty())
                .unwrap_or("index.html");
            let file = call.path(file.unwrap_or(base));
            if let Err(error) = call.on_files(|files| files.write(&file, &bytes_of(&page.body))) {
                return call.complain(&format!("can't open '{file}': {error}"));
            }
        }
    }
    Act::Done(0)
}

/// `nslookup HOST`, as busybox has it: up to 1.28 in an older form, which Kubernetes' own tutorials show.
pub(super) fn nslookup(call: &mut Call<'_>) -> Act {
    let Some(host) = call.args().first().cloned() else {
        return call.complain("missing host");
    };
    if is_old_busybox(&call.world.image()) {
        return old_nslookup(call, &host);
    }
    call.out(&format!("Server:\t\t{}\nAddress:\t{}:53\n\n", DNS.0, DNS.0));
    match call.world.resolve(&host) {
        Some(addresses) => {
            let mut addresses: Vec<String> = addresses.iter().map(|ip| ip.to_string()).collect();
            addresses.sort();
            let lines: String = addresses
                .iter()
                .map(|ip| format!("Name:\t{host}\nAddress: {ip}\n"))
                .collect();
            call.out(&format!("{lines}\n"));
            Act::Done(0)
        }
        None => {
            call.out(&format!("** server can't find {host}: NXDOMAIN\n\n"));
            Act::Done(1)
        }
    }
}

/// Says whether an image is a busybox whose `nslookup` prints as it did up to 1.28.
fn is_old_busybox(image: &str) -> bool {
    let Some((name, tag)) = image.rsplit_once(':') else {
        return false;
    };
    let mut numbers = tag
        .split('.')
        .map(|part| part.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u32>());
    name.ends_with("busybox")
        && numbers.next() == Some(Ok(1))
        && numbers.next().is_some_and(|minor| minor.is_ok_and(|minor| minor <= 28))
}

/// Looks a name up, and the names of its addresses (busybox 1.28, networking/nslookup.c).
fn old_nslookup(call: &mut Call<'_>, host: &str) -> Act {
    call.out(&format!("Server:    {}\nAddress 1: {} {}\n\n", DNS.0, DNS.0, DNS.1));
    let Some(addresses) = call.world.resolve(host) else {
        call.said.err(&format!("nslookup: can't resolve '{host}'\n"));
        return Act::Done(1);
    };
    let mut text = format!("Name:      {host}\n");
    let mut addresses: Vec<String> = addresses.iter().map(|ip| ip.to_string()).collect();
    addresses.sort();
    for (i, ip) in addresses.iter().enumerate() {
        let name = call.world.name_of(ip).map_or(String::new(), |name| format!(" {name}"));
        text.push_str(&format!("Address {}: {ip}{name}\n", i + 1));
    }
    call.out(&text);
    Act::Done(0)
}

/// `getent hosts HOST`
pub(super) fn getent(call: &mut Call<'_>) -> Act {
    let host = match call.args() {
        [database, host] if database == "hosts" || database == "ahosts" => host.clone(),
        _ => return Act::Done(1),
    };
    match call.world.resolve(&host) {
        Some(addresses) => {
            let lines: String = addresses.iter().map(|ip| format!("{ip:<15} {host}\n")).collect();
            call.out(&lines);
            Act::Done(0)
        }
        None => Act::Done(2),
    }
}

/// `nc -z [-w SECONDS] HOST PORT`
pub(super) fn nc(call: &mut Call<'_>) -> Act {
    let flags = call.flags("w");
    let (Some(host), Some(port)) = (flags.rest.first().cloned(), flags.rest.get(1)) else {
        return call.complain("missing host or port");
    };
    let port = port.parse().unwrap_or(0);
    match call.world.knock(&host, port) {
        Ok(()) => {
            if flags.has('v') {
                call.said.err(&format!("{host} ({host}:{port}) open\n"));
            }
            Act::Done(0)
        }
        Err(Dead::UnknownHost) => call.complain(&format!("bad address '{host}'")),
        Err(Dead::Refused(ip)) if flags.has('v') => call.complain(&format!("{host} ({ip}:{port}): Connection refused")),
        Err(Dead::Refused(_)) => Act::Done(1),
        Err(Dead::Lost(_)) => {
            let seconds = flags.value('w').and_then(|text| text.parse::<u64>().ok());
            call.said.busy_ms += seconds.map_or(PATIENCE_MS, |seconds| seconds * 1000);
            Act::Done(1)
        }
    }
}

/// `redis-cli [-h HOST] [-p PORT] COMMAND…`; without a command, those that can be read, line by line.
pub(super) fn redis_cli(call: &mut Call<'_>) -> Act {
    let mut args = call.args().to_vec();
    let (mut host, mut port) = ("127.0.0.1".to_owned(), 6379u16);
    while args.len() >= 2 && args[0].starts_with('-') {
        match args[0].as_str() {
            "-h" => host = args[1].clone(),
            "-p" => port = args[1].parse().unwrap_or(port),
            "-a" | "-n" | "-u" | "--user" | "--pass" => (),
            _ => {
                args.remove(0);
                continue;
            }
        }
        args.drain(..2);
    }
    let commands: Vec<Vec<String>> = if args.is_empty() {
        let input = std::mem::take(&mut call.input);
        let lines = input
            .lines()
            .map(|line| line.split_whitespace().map(str::to_owned).collect());
        lines.filter(|words: &Vec<String>| !words.is_empty()).collect()
    } else {
        vec![args]
    };
    for words in commands {
        match call.world.cache(&host, port, &words) {
            Ok(Some(text)) => call.out(&format!("{text}\n")),
            Ok(None) => {
                call.said.err("Error: Protocol error, got \"H\" as reply type byte\n");
                return Act::Done(1);
            }
            Err(dead) => {
                let why = match dead {
                    Dead::UnknownHost => "Name or service not known",
                    Dead::Refused(_) => "Connection refused",
                    Dead::Lost(_) => "Connection timed out",
                };
                call.said
                    .err(&format!("Could not connect to Redis at {host}:{port}: {why}\n"));
                return Act::Done(1);
            }
        }
    }
    Act::Done(0)
}
