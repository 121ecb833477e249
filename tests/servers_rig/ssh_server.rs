//! A real sshd of the test's own, whose keys run what the test says.

use std::path::PathBuf;
use std::process::Command;

use super::{Client, Server};
use crate::ports;
use crate::push_rig::{Shop, succeed};

/// Where sshd is; it has to be started by its whole path.
const SSHD: &str = "/usr/sbin/sshd";

/// An SSH server before a shop.
pub struct SshServer {
    server: Server,
    known_hosts: PathBuf,
    user: String,
}

impl SshServer {
    /// Starts sshd with these lines of `authorized_keys`; it takes these variables from clients.
    pub fn start(shop: &Shop, authorized: &str, accepted: &str) -> Self {
        std::fs::create_dir_all(shop.path("sshd")).unwrap();
        std::fs::write(shop.path("sshd/authorized_keys"), authorized).unwrap();
        Self::with_keys_in(shop, &shop.path("sshd/authorized_keys").display().to_string(), accepted)
    }

    /// As [`SshServer::start`], with the keys in a file that somebody else writes.
    pub fn with_keys_in(shop: &Shop, keys: &str, accepted: &str) -> Self {
        let home = shop.path("");
        let home = home.to_str().unwrap().trim_end_matches('/');
        std::fs::create_dir_all(shop.path("sshd")).unwrap();
        shop.make_key("sshd/host", &["-t", "ed25519"]);
        let port = ports::reserve();
        let path = std::env::var("PATH").unwrap();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/sshd/host\nPidFile {home}/sshd/pid\n\
             AuthorizedKeysFile {keys}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             PermitRootLogin forced-commands-only\nAcceptEnv {accepted}\nSetEnv \"HOME={home}\" \"PATH={path}\"\n\
             MaxStartups 100:30:200\n"
        );
        std::fs::write(shop.path("sshd/config"), config).unwrap();
        // Where sshd runs as root it wants this folder of its package.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut sshd = Command::new(SSHD);
        sshd.env_clear().args(["-D", "-f"]).arg(shop.path("sshd/config")).arg("-E").arg(shop.path("sshd/log"));
        let server = Server::start(sshd, port, true);
        let host = std::fs::read_to_string(shop.path("sshd/host.pub")).unwrap();
        let known_hosts = shop.path("sshd/known_hosts");
        std::fs::write(&known_hosts, format!("[127.0.0.1]:{port} {host}")).unwrap();
        let user = succeed(shop.command("id", "", &shop.work).arg("-un"));
        Self { server, known_hosts, user }
    }

    /// Returns the command with which somebody with this key file reaches the server.
    pub fn ssh(&self, shop: &Shop, key: &str) -> Vec<String> {
        let known = format!("UserKnownHostsFile={}", self.known_hosts.display());
        let options = ["IdentitiesOnly=yes", "IdentityAgent=none", &known, "BatchMode=yes"];
        let mut words = vec!["ssh".to_owned(), "-T".into(), "-F".into(), "none".into(), "-i".into()];
        words.push(shop.path(key).display().to_string());
        words.extend(options.iter().flat_map(|option| ["-o".to_owned(), (*option).to_owned()]));
        words
    }

    /// Returns where the server is, for `ssh`.
    pub fn destination(&self) -> [String; 3] {
        ["-p".to_owned(), self.server.port.to_string(), format!("{}@127.0.0.1", self.user)]
    }

    /// Returns somebody who reaches a repository with this key file.
    pub fn client(&self, shop: &Shop, key: &str, repository: &str) -> Client {
        let repository = repository.trim_start_matches('/');
        let url = format!("ssh://{}@127.0.0.1:{}/{repository}", self.user, self.server.port);
        Client { url, variables: vec![("GIT_SSH_COMMAND".to_owned(), self.ssh(shop, key).join(" "))] }
    }
}

/// Returns the line of `authorized_keys` that our documentation names.
pub fn line(shop: &Shop, person: &str) -> String {
    let program = env!("CARGO_BIN_EXE_countersign");
    let root = shop.bare.parent().unwrap().display();
    command_line(shop, person, &format!("{program} shell --user {person} --root {root}"))
}

/// Returns a line of `authorized_keys` that runs a command for somebody's key.
pub fn command_line(shop: &Shop, person: &str, command: &str) -> String {
    shop.make_key(person, &["-t", "ed25519"]);
    let public = std::fs::read_to_string(shop.path(&format!("{person}.pub"))).unwrap();
    format!("restrict,command=\"{command}\" {public}")
}
