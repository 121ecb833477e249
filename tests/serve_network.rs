//! The service in a company's network: GitHub behind a certificate of the company's own, and reached
//! through a proxy only. Both by HTTP and by git.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "openssl makes the certificates")]

mod github_fake;
mod serve_rig;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;

use github_fake::Fake;
use serve_rig::{KIRO, Shop, Way};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

/// Makes a key and a certificate, signed by `signer` or by itself.
fn certify(folder: &Path, name: &str, signer: Option<&str>, extension: &str) {
    std::fs::write(folder.join("config"), "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(["req", "-x509", "-config", "config", "-days", "2", "-nodes", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", &format!("/CN={name}"), "-addext", extension]);
    command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    if let Some(signer) = signer {
        command.args(["-CA", &format!("{signer}.pem"), "-CAkey", &format!("{signer}.key")]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs something that accepts connections until the test ends; returns its port.
fn serve<F: Future<Output = ()> + Send + 'static>(each: impl Fn(TcpStream) -> F + Send + Clone + 'static) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(each(stream));
            }
        });
    });
    port
}

/// Puts TLS before an address; returns the port.
fn tls_before(address: String, folder: &Path) -> u16 {
    let chain = CertificateDer::from_pem_file(folder.join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![chain], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let (acceptor, address) = (acceptor.clone(), address.clone());
        async move {
            let Ok(mut inside) = acceptor.accept(stream).await else { return };
            let mut outside = TcpStream::connect(address).await.unwrap();
            drop(copy_bidirectional(&mut inside, &mut outside).await);
        }
    })
}

/// Runs a proxy that leads every name to this machine; returns its port.
fn proxy(asked: Arc<Mutex<Vec<String>>>) -> u16 {
    serve(move |stream| {
        let asked = Arc::clone(&asked);
        async move {
            let mut stream = BufReader::new(stream);
            let mut first = String::new();
            stream.read_line(&mut first).await.unwrap();
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap() > 2 {
                line.clear();
            }
            asked.lock().unwrap().push(first.trim_end().to_owned());
            let Some(place) = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else { return };
            let port = place.rsplit_once(':').unwrap().1;
            let mut outside = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            drop(copy_bidirectional(stream.get_mut(), &mut outside).await);
        }
    })
}

/// A fake behind TLS, and the folder with its certificates.
fn behind_tls(name: &str) -> (Fake, u16, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path(), "authority", None, "basicConstraints=critical,CA:TRUE");
    certify(folder.path(), "localhost", Some("authority"), &format!("subjectAltName=DNS:{name}"));
    let fake = Fake::start_enterprise();
    let address = fake.url().strip_prefix("http://").unwrap().strip_suffix("/api/v3").unwrap().to_owned();
    let port = tls_before(address, folder.path());
    (fake, port, folder)
}

fn authority(folder: &Path) -> Vec<String> {
    vec!["--ca-file".to_owned(), folder.join("authority.pem").to_str().unwrap().to_owned()]
}

#[test]
fn a_certificate_of_the_companys_own_is_trusted_when_it_is_named() {
    let (fake, port, folder) = behind_tls("localhost");
    let url = Some(format!("https://localhost:{port}"));
    let shop = Shop::reached_by(fake, Way { url, arguments: authority(folder.path()), variables: Vec::new() });
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let calls = shop.fake.world().calls.clone();
    assert!(calls.iter().any(|call| call.method.starts_with("git ")), "git asked as well: {calls:?}");
}

#[test]
fn a_certificate_that_nobody_named_is_not_trusted() {
    let (fake, port, _folder) = behind_tls("localhost");
    let way = Way { url: Some(format!("https://localhost:{port}")), ..Way::default() };
    let shop = Shop::reached_by(fake, way);
    let number = shop.propose("prices", KIRO);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(shop.check(number).is_none());
    assert_eq!(shop.fake.world().calls.iter().filter(|call| call.path.contains("graphql")).count(), 0);
    assert!(shop.log().contains("certificate"), "{}", shop.log());
}

#[test]
fn behind_a_proxy_everything_goes_through_it() {
    let (fake, port, folder) = behind_tls("github.example.com");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let proxy = format!("http://127.0.0.1:{}", proxy(Arc::clone(&asked)));
    let variables = vec![("HTTPS_PROXY".to_owned(), proxy.clone()), ("https_proxy".to_owned(), proxy)];
    let url = Some(format!("https://github.example.com:{port}"));
    let shop = Shop::reached_by(fake, Way { url, arguments: authority(folder.path()), variables });
    let number = shop.propose("prices", KIRO);
    // No resolver knows that name: whatever does not go through the proxy goes nowhere.
    shop.sees(number, "action_required");
    let calls = shop.fake.world().calls.clone();
    assert!(calls.iter().any(|call| call.method.starts_with("git ")), "git asked as well: {calls:?}");
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|line| line.starts_with(&format!("CONNECT github.example.com:{port} "))), "{asked:?}");
    assert!(asked.len() >= 2, "the API and git: {asked:?}");
}
