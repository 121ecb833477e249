//! A PostgreSQL server of the tests' own: one for each test program, one database for each test.
//!
//! Where there is no server to start, the tests fail: `tests/run --install` installs one.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests; each file uses another part, and a server is a child process"
)]

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign::adapters::postgres::PostgresOptions;
use postgres::{Client, NoTls};

/// What follows a running server, whatever ends this process: its standard input ends with it.
const WATCHMAN: &str = r#"cat >/dev/null
cd "$1" && shift
"$@" -m immediate -D data stop
cd / && rm -rf "$OLDPWD""#;

/// A server.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    // Its standard input stays open as long as this process lives.
    _watchman: Child,
}

/// A database on the server, empty.
#[derive(Debug, Clone)]
pub struct Database {
    /// What to connect with, as PostgreSQL's clients read it.
    pub text: String,
}

/// Returns the server; starts it first.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// Returns a new database.
pub fn database() -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let server = server();
    let mut admin = Client::connect(&server.address("postgres"), NoTls).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    Database { text: server.address(&name) }
}

impl Database {
    /// Returns the options that the program connects with.
    pub fn options(&self) -> PostgresOptions {
        PostgresOptions::parse(&self.text).unwrap()
    }

    /// Connects past the program: as somebody who has the database's password.
    pub fn raw(&self) -> Client {
        Client::connect(&self.text, NoTls).unwrap()
    }

    /// Breaks every connection but the one that asks for it, as a failing server or network would.
    pub fn break_connections(&self) {
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.raw().query_one(sql, &[]).unwrap();
    }
}

impl Server {
    /// Makes a cluster and starts its server, on a socket only.
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("cs-pg.").tempdir_in("/tmp").unwrap().keep();
        // Root may not run a server: it belongs to the user that the package made.
        let owner = owner();
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let watchman = watch(&folder, &programs, owner);
        let server = Self { folder, programs, _watchman: watchman };
        server.run("initdb", &["-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
        let settings = format!(
            "unix_socket_directories = '{}'\nlisten_addresses = ''\nmax_connections = 200\n",
            server.folder.display()
        );
        let file = std::fs::OpenOptions::new().append(true).open(server.folder.join("data/postgresql.conf"));
        std::io::Write::write_all(&mut file.unwrap(), settings.as_bytes()).unwrap();
        server.control("start");
        server
    }

    /// Returns what to connect with.
    pub fn address(&self, database: &str) -> String {
        format!("host={} user=postgres dbname={database}", self.folder.display())
    }

    /// Starts or stops the server: `start`, or a way to stop it as `pg_ctl` calls them.
    pub fn control(&self, action: &str) {
        match action {
            "start" => self.run("pg_ctl", &["-D", "data", "-w", "-t", "120", "-l", "log", "start"]),
            mode => self.run("pg_ctl", &["-D", "data", "-w", "-m", mode, "stop"]),
        }
    }

    /// Puts a file beside the server's own that it alone may read, and returns its path.
    pub fn keep(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        if let Some((user, group)) = owner() {
            chown(&path, Some(user), Some(group)).unwrap();
        }
        path
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = as_owner(&self.programs.join(program), owner());
        let output = command.args(arguments).current_dir(&self.folder).env("LC_ALL", "C").output().unwrap();
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}{}{log}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Returns the user and group of the server, if this process may not run it itself.
fn owner() -> Option<(u32, u32)> {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let id = |what: &str| {
        let output = Command::new("id").args([what, "postgres"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().ok()
    };
    let found = id("-u").zip(id("-g"));
    Some(found.unwrap_or_else(|| panic!("root may not run PostgreSQL, and there is no user `postgres`")))
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let Some((user, group)) = owner else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"]).arg(program);
    command
}

/// Starts what stops the server and removes its folder when this process is gone.
fn watch(folder: &Path, programs: &Path, owner: Option<(u32, u32)>) -> Child {
    let stop = as_owner(&programs.join("pg_ctl"), owner);
    let mut watchman = Command::new("sh");
    watchman.args(["-c", WATCHMAN, "sh"]).arg(folder).arg(stop.get_program()).args(stop.get_args());
    // Out of the way of whoever ends this process by its group.
    watchman.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    watchman.spawn().unwrap()
}

/// Returns the folder of PostgreSQL's programs, of the newest version there is.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<(u32, PathBuf)> = installed
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .collect();
    folders.sort();
    let newest = folders.pop().map(|(_, folder)| folder);
    newest.unwrap_or_else(|| panic!("there is no PostgreSQL server to test with: run `tests/run --install`"))
}
