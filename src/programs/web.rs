//! A web server: it answers for the files of one directory, and keeps an access log. It has no state of its own: killed
//! and started anew it serves the same pages, if their files are still there.
//!
//! Configuration is read as far as `listen`, `root` and `return CODE TEXT` go; TLS, proxies and methods other than GET
//! and HEAD are left out.

use super::files::Files;
use super::shell::Page;
use crate::api::Time;
use crate::cloud::disk::DiskError;
use serde::{Deserialize, Serialize};

/// Whose server it is: they differ in where files are, and in their first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebBrand {
    /// nginx.
    Nginx,
    /// Apache's httpd.
    Httpd,
    /// Caddy.
    Caddy,
}

/// A server that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Web {
    brand: WebBrand,
    /// The port on which it listens.
    pub port: u16,
    root: Option<String>,
    /// What it says to everybody, if its configuration has a `return`.
    fixed: Option<(u16, String)>,
    /// When it stopped, and with which exit code.
    pub stopped: Option<(Time, i32)>,
}

/// nginx's first page.
const WELCOME: &str = "<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";

impl WebBrand {
    /// Returns the directory that is served unless the configuration says otherwise.
    pub fn root(self) -> &'static str {
        match self {
            Self::Nginx => "/usr/share/nginx/html",
            Self::Httpd => "/usr/local/apache2/htdocs",
            Self::Caddy => "/usr/share/caddy",
        }
    }

    /// Returns the page that the image brings.
    pub fn first_page(self) -> &'static str {
        match self {
            Self::Nginx => WELCOME,
            Self::Httpd => "<html><body><h1>It works!</h1></body></html>\n",
            Self::Caddy => "<!DOCTYPE html>\n<title>Caddy works!</title>\n",
        }
    }

    fn server(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Httpd => "Apache",
            Self::Caddy => "Caddy",
        }
    }
}

impl Web {
    /// Starts the server, which reads its configuration.
    pub fn start(brand: WebBrand, port: u16, files: &Files<'_>) -> Self {
        let mut web = Self {
            brand,
            port,
            root: None,
            fixed: None,
            stopped: None,
        };
        let dir = "/etc/nginx/conf.d";
        let mut paths = vec!["/etc/nginx/nginx.conf".to_owned()];
        let names = files.list(dir).unwrap_or_default();
        paths.extend(
            names
                .iter()
                .filter(|name| name.ends_with(".conf"))
                .map(|name| format!("{dir}/{name}")),
        );
        for path in paths.iter().filter(|_| brand == WebBrand::Nginx) {
            if let Ok(text) = files.read_text(path) {
                web.configure(&text);
            }
        }
        web
    }

    fn configure(&mut self, text: &str) {
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default()) {
            for directive in line.split([';', '{', '}']).map(str::trim) {
                let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
                match word {
                    "listen" => {
                        let place = rest.split_whitespace().next().unwrap_or_default();
                        let port = place.rsplit(':').next().and_then(|port| port.parse().ok());
                        self.port = port.unwrap_or(self.port);
                    }
                    "root" => self.root = Some(rest.trim().to_owned()),
                    "return" => {
                        let (code, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                        let text = text.trim().trim_matches(['\'', '"']).replace("\\n", "\n");
                        self.fixed = code.parse().ok().map(|code| (code, text));
                    }
                    _ => (),
                }
            }
        }
    }

    /// Answers a request, and returns the line that goes to the access log.
    pub fn answer(&self, files: &Files<'_>, method: &str, path: &str, from: &str, now: Time) -> (Page, String) {
        let (status, body) = match &self.fixed {
            Some((status, text)) => (*status, text.clone()),
            None => self.page(files, path.split('?').next().unwrap_or_default()),
        };
        let at = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
        let line = format!(
            "{from} - - [{}] \"{method} {path} HTTP/1.1\" {status} {} \"-\" \"-\" \"-\"",
            jiff::fmt::strtime::format("%d/%b/%Y:%H:%M:%S +0000", &at).unwrap_or_default(),
            body.len()
        );
        let page = Page {
            status,
            server: self.brand.server().to_owned(),
            body,
        };
        (page, line)
    }

    fn page(&self, files: &Files<'_>, path: &str) -> (u16, String) {
        let root = self.root.as_deref().unwrap_or(self.brand.root());
        // Whatever dots a path has, it stays below the root.
        let wanted = format!("{root}{}", super::files::normal(path));
        let wanted = if files.is_dir(&wanted) {
            format!("{}/index.html", wanted.trim_end_matches('/'))
        } else {
            wanted
        };
        match files.read_text(&wanted) {
            Ok(text) => (200, text),
            Err(DiskError::NotFound | DiskError::NotADirectory)
                if wanted.ends_with("/index.html") && path.ends_with('/') =>
            {
                (403, trouble(403, "Forbidden", self.brand))
            }
            Err(DiskError::NotFound | DiskError::NotADirectory) => (404, trouble(404, "Not Found", self.brand)),
            Err(_) => (500, trouble(500, "Internal Server Error", self.brand)),
        }
    }
}

fn trouble(status: u16, words: &str, brand: WebBrand) -> String {
    format!(
        "<html>\n<head><title>{status} {words}</title></head>\n<body>\n<center><h1>{status} {words}</h1></center>\n\
         <hr><center>{}</center>\n</body>\n</html>\n",
        brand.server()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::disk::Disk;

    fn get(web: &Web, files: &Files<'_>, path: &str) -> (u16, String) {
        let (page, _) = web.answer(files, "GET", path, "10.244.0.9", Time::EPOCH);
        (page.status, page.body)
    }

    #[test]
    fn it_serves_what_lies_in_its_directory() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        files.mkdir_all("/usr/share/nginx/html").unwrap();
        let web = Web::start(WebBrand::Nginx, 80, &files);
        assert_eq!(
            get(&web, &files, "/").0,
            403,
            "a volume without files hides the first page"
        );
        files.write("/usr/share/nginx/html/index.html", b"hello").unwrap();
        files.write("/secret", b"no").unwrap();
        assert_eq!(get(&web, &files, "/"), (200, "hello".to_owned()));
        assert_eq!(get(&web, &files, "/../../../../secret").0, 404);
        let (_, line) = web.answer(&files, "GET", "/", "10.244.0.9", Time::EPOCH);
        assert_eq!(
            line,
            "10.244.0.9 - - [05/Jan/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" \"-\""
        );
    }

    #[test]
    fn its_configuration_names_port_and_answer() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        files.mkdir_all("/etc/nginx/conf.d").unwrap();
        let conf = "server {\n  listen 8080; # not 80\n  location / { return 200 'ok\\n'; }\n}\n";
        files.write("/etc/nginx/conf.d/default.conf", conf.as_bytes()).unwrap();
        let web = Web::start(WebBrand::Nginx, 80, &files);
        assert_eq!(web.port, 8080);
        assert_eq!(get(&web, &files, "/x"), (200, "ok\n".to_owned()));
    }
}
