//! A real gitolite 3 with an sshd before it. gitolite itself writes the file with the keys.

use super::Client;
use super::ssh_server::SshServer;
use crate::push_rig::{Shop, succeed};

/// What gitolite is told about the shop: everybody may push, but nobody to the branch `locked`.
const RULES: &str = "repo shop\n    -   refs/heads/locked = @all\n    RW+ = @all\n";

/// A gitolite with one repository, `shop`.
pub struct Gitolite {
    server: SshServer,
}

impl Gitolite {
    /// Sets gitolite up with these people: each is known by the name of their key's file, as always there.
    /// The shop's repository is gitolite's from then on.
    pub fn start(shop: &mut Shop, people: &[&str]) -> Self {
        shop.make_key("admin", &["-t", "ed25519"]);
        // gitolite reads nothing but `master` of its own repository.
        std::fs::write(shop.path(".gitconfig"), "[init]\n\tdefaultBranch = master\n").unwrap();
        succeed(gitolite(shop).args(["setup", "-pk", "admin.pub"]));
        let keys = shop.path(".ssh/authorized_keys").display().to_string();
        let server = SshServer::with_keys_in(shop, &keys, "GIT_PROTOCOL GL_* GIT_PUSH_*");
        let gitolite = Self { server };
        gitolite.administrate(shop, people);
        shop.bare = shop.path("repositories/shop.git");
        gitolite
    }

    /// Enters people and the repository, as gitolite's administrators do: by a push.
    fn administrate(&self, shop: &Shop, people: &[&str]) {
        let admin = self.server.client(shop, "admin", "gitolite-admin");
        let clone = shop.path("gitolite-admin");
        succeed(&mut admin.command(shop, &shop.path(""), &["clone", "-q", &admin.url, clone.to_str().unwrap()]));
        for person in people {
            shop.make_key(person, &["-t", "ed25519"]);
            let key = format!("{person}.pub");
            std::fs::copy(shop.path(&key), clone.join("keydir").join(&key)).unwrap();
        }
        let rules = clone.join("conf/gitolite.conf");
        let before = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, format!("{before}\n{RULES}")).unwrap();
        for arguments in
            [&["add", "."][..], &["commit", "-q", "-m", "Enter the shop"], &["push", "-q", "origin", "master"]]
        {
            succeed(&mut admin.command(shop, &clone, arguments));
        }
    }

    /// Returns somebody at their machine.
    pub fn client(&self, shop: &Shop, person: &str) -> Client {
        self.server.client(shop, person, "shop")
    }
}

/// Returns gitolite's own command, as its account runs it.
pub fn gitolite(shop: &Shop) -> std::process::Command {
    let mut gitolite = shop.command("gitolite", "", &shop.path(""));
    gitolite.env_remove("GIT_CONFIG_GLOBAL").env_remove("COUNTERSIGN_USER");
    gitolite
}
