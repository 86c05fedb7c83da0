//! A configuration that somebody brought along: what it says holds, and what is wrong with it ends the server.

use super::*;

fn start_with(args: &[&str], files: &mut Files, now_ms: u64) -> Postgres {
    let env = env(&[("POSTGRES_PASSWORD", "secret")]);
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let birth = Birth {
        image: Image::from_tag(Layout::Official, "16.6").unwrap(),
        env: &env,
        args: &args,
        durations: Durations::default(),
        pid: 1,
        alive: &[],
    };
    let mut server = Postgres::start(&birth, files, now_ms);
    server.advance(files, now_ms + 10_000);
    server
}

/// Makes a database, stops it, and starts it again with a configuration of its own.
fn with_config(args: &[&str], config: &[(&str, &str)]) -> (Disk, Postgres, String) {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let mut first = start_with(&[], &mut files, T0);
    first.signal(Signal::Int, &mut files, T0 + 20_000);
    first.advance(&mut files, T0 + 30_000);
    files.mkdir_all("/etc/postgresql/conf.d").unwrap();
    for (path, text) in config {
        files.write(path, text.as_bytes()).unwrap();
    }
    let mut server = start_with(args, &mut files, T0 + 40_000);
    let words = log(&mut server);
    (disk, server, words)
}

fn show(disk: &mut Disk, server: &mut Postgres, name: &str) -> String {
    let mut files = Files::new(disk);
    let login = login("postgres", "postgres", None, Origin::Socket);
    let session = server
        .connect(&login, &mut files, at(T0 + 60_000))
        .map_err(said)
        .unwrap();
    let answer = server.run(session, &format!("SHOW {name}"), &mut files, at(T0 + 60_000));
    format!("{answer:?}")
}

const BROUGHT: &str = "/etc/postgresql/postgresql.conf";

#[test]
fn a_file_that_is_named_takes_the_place_of_the_directorys_own_with_all_that_it_includes() {
    let (mut disk, mut server, words) = with_config(
        &["postgres", "-c", &format!("config_file={BROUGHT}")],
        &[
            (
                BROUGHT,
                "work_mem = '8MB'\ninclude_dir 'conf.d'\ninclude_if_exists 'none.conf'\ninclude = 'more.conf'\n",
            ),
            (
                "/etc/postgresql/conf.d/a.conf",
                "work_mem = 16MB\nmax_connections = 33\n",
            ),
            ("/etc/postgresql/conf.d/b.txt", "max_connections = 44\n"),
            ("/etc/postgresql/more.conf", "port = 5433\nlisten_addresses = '*'\n"),
        ],
    );
    assert_eq!(server.exit(), None, "{words}");
    for (name, value) in [
        ("work_mem", "16MB"),
        ("max_connections", "33"),
        ("config_file", BROUGHT),
    ] {
        let shown = show(&mut disk, &mut server, name);
        assert!(shown.contains(&format!("\"{value}\"")), "{name}: {shown}");
    }
    assert!(
        server.hears("10.244.1.7", 5433) && !server.hears("10.244.1.7", 5432),
        "{words}"
    );
}

#[test]
fn a_file_that_says_nothing_of_addresses_leaves_a_server_that_only_its_own_pod_reaches() {
    let (_, server, words) = with_config(
        &["-c", &format!("config_file={BROUGHT}")],
        &[(BROUGHT, "shared_buffers = 256MB\n")],
    );
    assert!(
        words.contains("LOG:  listening on IPv4 address \"127.0.0.1\", port 5432"),
        "{words}"
    );
    assert!(!words.contains("0.0.0.0"), "{words}");
    assert!(server.hears("127.0.0.1", 5432) && !server.hears("10.244.1.7", 5432));
    assert_eq!(server.readiness(true), Readiness::Accepting);
}

#[test]
fn what_is_wrong_with_a_file_is_said_and_ends_the_server() {
    let named = format!("config_file={BROUGHT}");
    let hba = format!("listen_addresses = '*'\nhba_file = '{BROUGHT}.hba'\n");
    for (text, code, line) in [
        (
            None,
            2,
            "postgres: could not access the server configuration file \"/etc/postgresql/postgresql.conf\": No such file \
             or directory",
        ),
        (
            Some("include 'none.conf'\n"),
            1,
            "FATAL:  configuration file \"/etc/postgresql/postgresql.conf\" contains errors",
        ),
        (
            Some("include 'postgresql.conf'\n"),
            1,
            "could not open configuration file \"/etc/postgresql/postgresql.conf\": maximum nesting depth exceeded",
        ),
        (
            Some(&*hba),
            1,
            "FATAL:  could not load /etc/postgresql/postgresql.conf.hba",
        ),
        (
            Some("listen_addresses = 'nowhere.example'\n"),
            1,
            "FATAL:  could not create any TCP/IP sockets",
        ),
    ] {
        let config: Vec<(&str, &str)> = text.map(|text| (BROUGHT, text)).into_iter().collect();
        let (_, server, words) = with_config(&["-c", &named], &config);
        assert_eq!(server.exit().map(|(code, _)| code), Some(code), "{words}");
        assert!(words.contains(line), "{line}\n{words}");
    }
}

#[test]
fn rules_of_who_may_connect_come_from_where_the_configuration_says() {
    let (mut disk, mut server, words) = with_config(
        &["-c", "hba_file=/etc/postgresql/rules"],
        &[("/etc/postgresql/rules", "local all all trust\nhost all app all trust\n")],
    );
    assert_eq!(server.exit(), None, "{words}");
    let far = Origin::Network("10.244.1.7".into());
    let login = login("postgres", "postgres", Some("secret"), far);
    let denied = server.connect(&login, &mut Files::new(&mut disk), at(T0 + 60_000));
    let words = said(denied.err().unwrap());
    assert!(
        words.starts_with("FATAL: no pg_hba.conf entry for host \"10.244.1.7\""),
        "{words}"
    );
}
