//! PostgreSQL over TLS: who the server is has to be proven. One test only: the server is that of its whole
//! program.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests; openssl makes the certificates")]

mod ports;
mod postgres_rig;

use std::path::Path;
use std::process::Command;

use countersign::adapters::postgres::{PostgresOptions, PostgresService};
use countersign::inbox::StoreError;

/// Makes a key and a certificate, signed by `signer` or by itself.
fn certify(folder: &Path, name: &str, signer: Option<&str>, extensions: &[&str]) {
    std::fs::write(folder.join("config"), "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(["req", "-x509", "-config", "config", "-days", "2", "-nodes", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", &format!("/CN={name}")]);
    command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    if let Some(signer) = signer {
        command.args(["-CA", &format!("{signer}.pem"), "-CAkey", &format!("{signer}.key")]);
    }
    extensions.iter().for_each(|extension| {
        command.args(["-addext", extension]);
    });
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Sets the server up with TLS, on a port of this machine; returns the port.
fn serve_tls(database: &postgres_rig::Database, folder: &Path) -> u16 {
    let server = postgres_rig::server();
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let [certificate, key] = ["localhost.pem", "localhost.key"].map(|name| server.keep(name, &read(name)));
    let port = ports::reserve();
    let mut raw = database.raw();
    for (name, value) in [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port.to_string()),
        ("ssl", "on"),
        ("ssl_cert_file", certificate.to_str().unwrap()),
        ("ssl_key_file", key.to_str().unwrap()),
    ] {
        raw.batch_execute(&format!("ALTER SYSTEM SET {name} = '{value}'")).unwrap();
    }
    drop(raw);
    server.control("fast");
    server.control("start");
    port
}

#[test]
fn a_server_that_cannot_prove_who_it_is_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path(), "authority", None, &["basicConstraints=critical,CA:TRUE"]);
    certify(folder.path(), "stranger", None, &["basicConstraints=critical,CA:TRUE"]);
    let own = ["basicConstraints=critical,CA:FALSE", "subjectAltName=DNS:localhost"];
    certify(folder.path(), "localhost", Some("authority"), &own);
    let database = postgres_rig::database();
    let port = serve_tls(&database, folder.path());
    let name = database.text.rsplit_once('=').unwrap().1;
    let open = |host: &str, query: &str| {
        let text = format!("postgres://postgres:s3cr3t@{host}:{port}/{name}{query}");
        PostgresService::open(&PostgresOptions::parse(&text).unwrap())
    };
    let [authority, stranger] =
        ["authority.pem", "stranger.pem"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());

    for query in ["", "sslmode=require&", "sslmode=verify-full&", "sslmode=prefer&"] {
        let mut store = open("localhost", &format!("?{query}sslrootcert={authority}")).unwrap();
        assert!(store.is_alive());
        let text = format!("{} port={port}", database.text);
        let mut raw = postgres::Client::connect(&text, postgres::NoTls).unwrap();
        let sql = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
             WHERE ssl AND application_name = 'countersign'";
        // Those of the rounds before may not have gone yet.
        assert!(raw.query_one(sql, &[]).unwrap().get::<_, i64>(0) > 0, "{query}");
    }
    for (host, query, why) in [
        ("localhost", format!("?sslrootcert={stranger}"), "certificate"),
        ("127.0.0.1", format!("?sslrootcert={authority}"), "certificate"),
        ("localhost", String::new(), "certificate"),
        ("localhost", format!("?sslmode=prefer&sslrootcert={stranger}"), "certificate"),
        ("localhost", "?sslrootcert=/nonexistent/ca.pem".to_owned(), "/nonexistent/ca.pem"),
    ] {
        let refused = open(host, &query).err();
        let Some(StoreError::Unavailable(told)) = refused else { panic!("{host} {query}: {refused:?}") };
        assert!(told.contains(why) && !told.contains("s3cr3t"), "{host} {query}: {told}");
    }
    assert!(open("localhost", "?sslmode=disable").is_ok());
}
