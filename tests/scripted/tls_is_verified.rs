//! A server of `wss://` has to be who it says it is.

use std::{env, sync::Arc};

use codex_app_server::{Codex, Error, WebsocketConfig};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::process::Command;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use support::{WebsocketServer, accept, soon};

/// Where a test in a process of its own finds the server of the other.
const URL: &str = "CODEX_APP_SERVER_WS_URL";

/// A server, its URL, and the certificate that it has given itself.
async fn start() -> (WebsocketServer, TlsAcceptor, String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let server = WebsocketServer::start().await;
    let url = server.url.replace("ws://127.0.0.1", "wss://localhost");
    (server, TlsAcceptor::from(Arc::new(config)), url, cert.pem())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (server, acceptor, url, _) = start().await;
    let config = WebsocketConfig::new(url).token("a token");
    let connecting = tokio::spawn(Codex::builder().connect_websocket(config));
    assert!(soon(acceptor.accept(server.next().await)).await.is_err(), "it was trusted");
    let error = soon(connecting).await.unwrap().unwrap_err();
    let Error::Connect { source: Some(source), .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.to_string().contains("certificate"), "{error:?}");
    assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
    assert!(!error.is_retryable());
}

/// In a process of its own, whose environment says what it trusts and whom it connects to.
#[tokio::test]
async fn a_certificate_that_the_machine_trusts_is_accepted() {
    if env::var_os(URL).is_some() {
        let connecting = Codex::builder().connect_websocket(WebsocketConfig::from_env());
        soon(connecting).await.unwrap();
        return;
    }
    let (server, acceptor, url, certificate) = start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("certificate.pem");
    std::fs::write(&file, certificate).unwrap();
    let test = "tls_is_verified::a_certificate_that_the_machine_trusts_is_accepted";
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", test]).kill_on_drop(true);
    program.env(URL, url).env("CODEX_APP_SERVER_TOKEN", "of the environment");
    let mut program = program.env("SSL_CERT_FILE", file).spawn().unwrap();
    let stream = soon(acceptor.accept(server.next().await)).await.unwrap();
    let mut client = accept(stream).await;
    assert_eq!(client.headers["authorization"], "Bearer of the environment");
    client.shake_hands().await;
    assert!(soon(program.wait()).await.unwrap().success());
}
