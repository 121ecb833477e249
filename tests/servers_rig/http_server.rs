//! git-http-backend behind a real web server that asks for a password.

use std::process::Command;

use super::{Client, Server};
use crate::ports;
use crate::push_rig::{Shop, succeed};

/// Where lighttpd is.
const LIGHTTPD: &str = "/usr/sbin/lighttpd";

/// A web server before a shop.
pub struct HttpServer {
    server: Server,
}

impl HttpServer {
    /// Starts a web server that knows these people: the password of each is `pw-NAME`. Below `/open/` it asks
    /// nobody for a password.
    pub fn start(shop: &Shop, people: &[&str]) -> Self {
        let home = shop.path("");
        let home = home.to_str().unwrap().trim_end_matches('/');
        let port = ports::reserve();
        let hash = |person: &&str| {
            let mut openssl = shop.command("openssl", "", &shop.work);
            let hash = succeed(openssl.args(["passwd", "-6", &format!("pw-{person}")]));
            format!("{person}:{hash}\n")
        };
        std::fs::create_dir_all(shop.path("web")).unwrap();
        std::fs::write(shop.path("web/htpasswd"), people.iter().map(hash).collect::<String>()).unwrap();
        let backend = format!("{}/git-http-backend", succeed(shop.command("git", "", &shop.work).arg("--exec-path")));
        let path = std::env::var("PATH").unwrap();
        let config = format!(
            r#"server.document-root = "{home}/web"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{home}/web/log"
server.max-connections = 512
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "{home}/web/htpasswd"
auth.require = ("/git/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
alias.url = ("/git" => "{backend}", "/open" => "{backend}")
$HTTP["url"] =~ "^/(git|open)/" {{
  cgi.assign = ("" => "")
  setenv.set-environment = ("GIT_PROJECT_ROOT" => "{home}", "GIT_HTTP_EXPORT_ALL" => "1", "PATH" => "{path}")
}}
"#
        );
        std::fs::write(shop.path("web/lighttpd.conf"), config).unwrap();
        let mut lighttpd = Command::new(LIGHTTPD);
        lighttpd.env_clear().args(["-D", "-f"]).arg(shop.path("web/lighttpd.conf"));
        Self { server: Server::start(lighttpd, port, false) }
    }

    /// Returns somebody who knows their password.
    pub fn client(&self, person: &str) -> Client {
        self.client_at(&format!("{person}:pw-{person}@"), "git")
    }

    /// Returns somebody with these credentials at one of the two places.
    pub fn client_at(&self, credentials: &str, place: &str) -> Client {
        let url = format!("http://{credentials}127.0.0.1:{}/{place}/shop.git", self.server.port);
        Client { url, variables: Vec::new() }
    }
}
