//! Statements against a whole cluster of databases on a disk.

use super::*;
use crate::cloud::disk::Disk;
use crate::programs::files::Files;

/// A cluster with one session, on a disk of its own.
struct Bench {
    disk: Disk,
    cluster: Cluster,
    now_us: i64,
}

const PGDATA: &str = "/data";

fn client() -> Client {
    Client {
        user: "postgres".into(),
        database: "postgres".into(),
        application: "psql".into(),
        client_ip: None,
        server_ip: None,
        pid: 70,
        since_us: 0,
    }
}

impl Bench {
    fn new() -> Self {
        let mut disk = Disk::ext4(1 << 30);
        let mut files = Files::new(&mut disk);
        Cluster::initdb(&mut files, PGDATA, "postgres", Some("secret")).unwrap();
        files.write(&format!("{PGDATA}/PG_VERSION"), b"16\n").unwrap();
        let cluster = Cluster::load(&files, PGDATA).unwrap();
        let mut this = Self {
            disk,
            cluster,
            now_us: 1_767_225_600_000_000,
        };
        this.open(1);
        this
    }

    fn open(&mut self, session: u64) {
        self.cluster.open(session, client());
    }

    fn run(&mut self, session: u64, sql: &str) -> Answer {
        self.now_us += 1000;
        let moment = Moment {
            now_us: self.now_us,
            chance: 7,
        };
        self.cluster.run(session, sql, &mut Files::new(&mut self.disk), moment)
    }

    /// Returns what a session says, a line each: rows with bars, tags, errors.
    fn says(&mut self, session: u64, sql: &str) -> String {
        let answer = self.run(session, sql);
        let mut lines = Vec::new();
        for reply in answer.replies {
            match reply {
                Reply::Rows(rows) => {
                    for row in rows.rows {
                        let cells: Vec<String> = row.into_iter().map(|cell| cell.unwrap_or("∅".into())).collect();
                        lines.push(cells.join("|"));
                    }
                }
                Reply::Done(tag) => lines.push(tag),
                Reply::CopyOut(out, _) => lines.extend(out.into_iter().map(|line| line.trim_end().to_owned())),
                Reply::CopyIn => lines.push("COPY IN".into()),
                Reply::Notice(report) | Reply::Error(report) => {
                    lines.push(format!("{}: {}", report.severity.word(), report.message));
                }
                Reply::Empty => lines.push("empty".into()),
            }
        }
        lines.join("\n")
    }

    fn ok(&mut self, sql: &str) -> String {
        self.says(1, sql)
    }
}

#[test]
fn rows_are_put_found_changed_and_removed() {
    let mut bench = Bench::new();
    assert_eq!(bench.ok("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL, price numeric(10,2), paid boolean DEFAULT false)"), "CREATE TABLE");
    assert_eq!(
        bench.ok("INSERT INTO orders (item, price) VALUES ('tea', 3.5), ('cake', 12) RETURNING id, price"),
        "1|3.50\n2|12.00"
    );
    assert_eq!(bench.ok("SELECT * FROM orders"), "1|tea|3.50|f\n2|cake|12.00|f");
    assert_eq!(bench.ok("UPDATE orders SET paid = true WHERE id = 1"), "UPDATE 1");
    assert_eq!(bench.ok("SELECT id, paid FROM orders"), "2|f\n1|t");
    assert_eq!(
        bench.ok("SELECT count(*), sum(price), avg(price) FROM orders"),
        "2|15.50|7.7500000000000000"
    );
    assert_eq!(bench.ok("DELETE FROM orders WHERE price > 10"), "DELETE 1");
    assert_eq!(
        bench.ok("INSERT INTO orders (id, item) VALUES (1, 'x')"),
        "ERROR: duplicate key value violates unique constraint \"orders_pkey\""
    );
    assert_eq!(
        bench.ok("INSERT INTO orders (price) VALUES (1)"),
        "ERROR: null value in column \"item\" of relation \"orders\" violates not-null constraint"
    );
    assert_eq!(
        bench.ok("SELECT nope FROM orders"),
        "ERROR: column \"nope\" does not exist"
    );
    assert_eq!(bench.ok("SELECT 1/0"), "ERROR: division by zero");
}
