//! Settings as operators write them, good and bad.

use std::os::unix::fs::PermissionsExt as _;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

/// A folder with the files that a service needs.
struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.write("app.pem", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", 0o600);
        site.write("secret", "a long enough secret\n", 0o600);
        site.write("secret-2", "another long secret\n", 0o600);
        site.write("ca.pem", "x\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", 0o644);
        site
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Loads with what is needed and `more`; `{}` stands for the folder.
    fn load(&self, more: &[&str]) -> Result<Settings, String> {
        self.load_only(
            &[&["--app-id=7", "--app-key-file={}/app.pem", "--webhook-secret-file={}/secret"], more].concat(),
        )
    }

    fn load_only(&self, flags: &[&str]) -> Result<Settings, String> {
        let folder = self.0.path().display().to_string();
        let data = format!("--data-dir={folder}");
        let flags = flags.iter().map(|flag| flag.replace("{}", &folder));
        let line = ["serve".to_owned(), data].into_iter().chain(flags);
        let config = Line::try_parse_from(line).map_err(|error| error.to_string())?.config;
        let shown = |errors: Vec<SettingError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Settings::load(&config).map_err(|errors| shown(errors).replace(&folder, ""))
    }

    fn error(&self, flag: &str) -> String {
        self.load(&[flag]).map(|_| ()).unwrap_err()
    }
}

#[test]
fn three_settings_are_enough() {
    let site = Site::new();
    let settings = site.load(&[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((settings.github.url.as_str(), settings.github.app_id), ("https://github.com", 7));
    assert_eq!(settings.policy_path, ".countersign/policy.yaml");
    assert!(matches!(&settings.database, DatabasePlace::Directory(path) if path == site.0.path()));
    assert_eq!(settings.gate_key_file, site.path("gate-key"));
    assert_eq!(settings.mirrors(), site.path("mirrors"));
    assert!(settings.served.is_empty() && settings.metrics_listen.is_none());
    assert_eq!(settings.doubts(), ["without `--public-url` checks do not link to the service"]);
    assert!(!format!("{settings:?}").contains("long enough"));
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let errors = Site::new().load_only(&["--policy-path=../x"]).map(|_| ()).unwrap_err();
    assert_eq!(
        errors,
        "`--app-id` (or COUNTERSIGN_APP_ID) is missing: the number on the App's settings page\n\
         `--app-key-file` (or COUNTERSIGN_APP_KEY_FILE) is missing: the file with the App's private key\n\
         `--webhook-secret-file` (or COUNTERSIGN_WEBHOOK_SECRET_FILE) is missing: the file with the webhook's secret\n\
         `--policy-path`: `../x` is no path inside a repository"
    );
}

#[test]
fn a_secret_may_be_exchanged_for_another_one() {
    let site = Site::new();
    let two =
        site.load_only(&["--app-id=7", "--app-key-file={}/app.pem", "--webhook-secret-file={}/secret,{}/secret-2"]);
    assert_eq!(two.unwrap().secrets().count(), 3);
    let twice = ["--webhook-secret-file={}/secret-2", "--webhook-secret-file={}/secret"];
    assert_eq!(
        site.load(&twice).map(|_| ()).unwrap_err(),
        "`--webhook-secret-file`: at most two, an old and a new one"
    );
}

#[test]
fn a_secret_that_others_can_read_is_refused_with_what_to_type() {
    let site = Site::new();
    site.write("app.pem", "-----BEGIN PRIVATE KEY-----", 0o644);
    let error = site.load(&[]).map(|_| ()).unwrap_err();
    assert_eq!(error, "`--app-key-file`: /app.pem can be used by everybody (mode 0644); run `chmod 0640 '/app.pem'`");
    site.write("app.pem", "MIIE", 0o600);
    let error = site.load(&[]).map(|_| ()).unwrap_err();
    assert_eq!(error, "`--app-key-file`: /app.pem holds no private key in PEM form");
}

#[test]
fn urls_are_complete_safe_and_without_secrets() {
    let site = Site::new();
    for good in ["https://github.acme.example/", "https://acme.ghe.com", "http://127.0.0.1:4010", "http://localhost:1"]
    {
        let settings = site.load(&[&format!("--github-url={good}")]).unwrap();
        assert_eq!(settings.github.url, good.trim_end_matches('/'));
    }
    for (bad, why) in [
        ("github.com", "is no complete URL, such as https://github.com"),
        ("http://github.com", "must begin with https://"),
        ("ftp://github.com", "must begin with https://"),
        ("https://ada:pw@github.com", "must not hold a user or password"),
        ("https://github.com/?a", "must not have a query"),
    ] {
        assert_eq!(site.error(&format!("--github-url={bad}")), format!("`--github-url`: `{bad}` {why}"));
    }
}

#[test]
fn a_database_is_a_folder_or_postgres_and_has_its_password_in_a_file() {
    let site = Site::new();
    site.write("password", "pw-of-the-database\n", 0o600);
    let postgres = ["--database=postgres://gate@db.example/countersign", "--database-password-file={}/password"];
    let settings = site.load(&postgres).unwrap();
    assert!(matches!(&settings.database, DatabasePlace::Postgres { password: Some(_), .. }));
    assert_eq!(settings.secrets().count(), 3);
    for bad in ["--database=postgresql://gate:pw@db/x", "--database=postgres://db/x?password=pw"] {
        let error = site.error(bad);
        assert!(error.contains("put it into `--database-password-file`") && !error.contains("pw@"), "{error}");
    }
    let words = site.load(&["--database=host=/run/postgresql dbname=countersign"]).unwrap();
    assert!(matches!(words.database, DatabasePlace::Postgres { password: None, .. }));
    assert!(site.error("--database=mysql://db").contains("neither a folder nor"));
    assert_eq!(site.error("--database-password-file={}/password"), "`--database`: a folder needs no password");
}

#[test]
fn certificates_are_certificates() {
    let site = Site::new();
    assert!(site.load(&["--ca-file={}/ca.pem"]).unwrap().github.certificates.is_some());
    assert_eq!(site.error("--ca-file={}/secret"), "`--ca-file`: /secret: holds no certificate in PEM form");
    assert!(site.error("--ca-file={}/none").starts_with("`--ca-file`: /none: No such file"));
}

#[test]
fn nonsense_is_refused() {
    let site = Site::new();
    for flag in ["--workers=0", "--installations=a/b", "--listen=x", "--app-id=-1", "--log=xml"] {
        assert!(site.error(flag).contains(flag.split('=').next().unwrap()), "{flag}");
    }
    assert_eq!(site.load(&["--installations=7,Acme"]).unwrap().served.len(), 2);
}
