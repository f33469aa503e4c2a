//! The request that opens a websocket, and what is refused before it is sent.

use std::net::IpAddr;

use tokio_tungstenite::tungstenite::{
    client::IntoClientRequest,
    handshake::client::Request,
    http::{
        HeaderName, HeaderValue, Uri,
        header::{AUTHORIZATION, CONNECTION, UPGRADE},
    },
};

use crate::{
    config::{WebsocketConfig, without_secrets},
    error::{Error, Result},
};

/// Where a server listens.
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

/// The parts of a URL, and the request for it.
pub(super) fn request(config: &WebsocketConfig) -> Result<(Address, Request)> {
    let uri = uri(&config.url)?;
    let address = address(&uri)?;
    let mut request = uri.into_client_request().map_err(|error| invalid_url(error.to_string()))?;
    let headers = request.headers_mut();
    if let Some(token) = &config.token {
        headers.insert(AUTHORIZATION, bearer(token)?);
    }
    for (name, value) in &config.headers {
        let (name, value) = header(name, value)?;
        headers.insert(name, value);
    }
    let is_secret = headers.contains_key(AUTHORIZATION);
    if is_secret && !address.tls && !is_loopback(&address.host) && !config.insecure_token {
        return Err(Error::invalid(
            "token",
            format!(
                "it would go to {} unencrypted; use `wss://`, a tunnel to a port on 127.0.0.1, or, \
                 where all on the way are trusted, `WebsocketConfig::allow_insecure_token`",
                address.host
            ),
        ));
    }
    Ok((address, request))
}

fn uri(url: &str) -> Result<Uri> {
    let uri: Uri = url.trim().parse().map_err(|error| {
        let shown = without_secrets(url);
        invalid_url(format!("{shown:?} is no URL ({error}); it has to be like ws://127.0.0.1:8765"))
    })?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(invalid_url(
            "it has a name or a password in it, which is not sent; use `WebsocketConfig::token` or \
             `WebsocketConfig::header`",
        ));
    }
    Ok(uri)
}

fn address(uri: &Uri) -> Result<Address> {
    let tls = match uri.scheme_str() {
        Some("ws") => false,
        Some("wss") if cfg!(feature = "tls") => true,
        Some("wss") => {
            return Err(invalid_url("`wss://` needs the feature `tls` of codex-app-server"));
        }
        other => {
            let scheme = other.unwrap_or("none");
            return Err(invalid_url(format!(
                "the scheme has to be `ws` or `wss`, as in ws://127.0.0.1:8765; it is {scheme}"
            )));
        }
    };
    let host = uri.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| invalid_url("it names no host"))?;
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    // IPv6 addresses stand in brackets.
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Address { host, port, tls })
}

fn bearer(token: &str) -> Result<HeaderValue> {
    let token = token.trim();
    if token.is_empty() {
        return Err(Error::invalid(
            "token",
            "it is empty; leave it out if the server asks for none",
        ));
    }
    value(&format!("Bearer {token}"))
        .ok_or_else(|| Error::invalid("token", "it has a character that no header can have"))
}

fn header(name: &str, text: &str) -> Result<(HeaderName, HeaderValue)> {
    let invalid = |why: &str| Error::invalid("header", format!("{name:?} {why}"));
    let known = HeaderName::from_bytes(name.as_bytes());
    let known = known.map_err(|_| invalid("is no name of a header"))?;
    if [CONNECTION, UPGRADE].contains(&known) || known.as_str().starts_with("sec-websocket-") {
        return Err(invalid("belongs to the websocket itself, and cannot be set"));
    }
    let value = value(text);
    let value = value.ok_or_else(|| invalid("has a value with a character that is not allowed"))?;
    Ok((known, value))
}

/// Visible ASCII, which is what the websocket library sends.
fn value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok())?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether what is sent to a host stays on this machine.
fn is_loopback(host: &str) -> bool {
    let is_local = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_local)
}

fn invalid_url(message: impl Into<String>) -> Error {
    Error::invalid("url", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn authorization(config: &WebsocketConfig) -> Option<String> {
        let (_, request) = request(config).unwrap();
        assert!(request.headers().get("origin").is_none());
        assert!(request.headers().get("sec-websocket-extensions").is_none());
        let value = request.headers().get(AUTHORIZATION)?;
        Some(value.to_str().unwrap().to_owned())
    }

    #[track_caller]
    fn refused(config: &WebsocketConfig) -> (&'static str, String) {
        let error = request(config).err().unwrap();
        let shown = format!("{error} {error:?} {config:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        match error {
            Error::InvalidInput { argument, message } => (argument, message),
            other => panic!("{other:?}"),
        }
    }

    fn at(url: &str) -> WebsocketConfig {
        WebsocketConfig::new(url)
    }

    #[test]
    fn a_url_says_where() {
        for (url, host, port) in [
            ("ws://127.0.0.1:8765", "127.0.0.1", 8765),
            ("ws://example.com", "example.com", 80),
            (" ws://[::1]:1/path?query ", "::1", 1),
        ] {
            let (address, _) = request(&at(url)).unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port));
        }
    }

    #[test]
    fn urls_that_are_none_are_refused() {
        for url in
            ["", "127.0.0.1:8765", "http://127.0.0.1", "ws://", "ws://me:s3cret@h", "ws:// ?s3cret"]
        {
            assert_eq!(refused(&at(url)).0, "url", "{url}");
        }
    }

    #[test]
    fn a_header_that_is_set_wins_over_the_token() {
        let config = at("ws://localhost").token("one\n");
        assert_eq!(authorization(&config).as_deref(), Some("Bearer one"));
        let config = config.header("authorization", "Basic two");
        assert_eq!(authorization(&config).as_deref(), Some("Basic two"));
        assert_eq!(authorization(&at("ws://localhost")), None);
    }

    #[test]
    fn tokens_stay_on_this_machine_unless_it_is_allowed() {
        for url in ["ws://127.0.0.1", "ws://127.8.9.1:2", "ws://[::1]:2", "ws://LOCALHOST"] {
            assert!(authorization(&at(url).token("s3cret")).is_some(), "{url}");
        }
        for url in ["ws://example.com", "ws://192.168.0.1", "ws://127.0.0.1.example.com"] {
            assert_eq!(refused(&at(url).token("s3cret")).0, "token", "{url}");
            let header = at(url).header("Authorization", "Basic s3cret");
            assert_eq!(refused(&header).0, "token", "{url}");
            assert!(authorization(&header.allow_insecure_token()).is_some(), "{url}");
            assert_eq!(authorization(&at(url)), None, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_being_shown() {
        let here = || at("ws://localhost");
        assert_eq!(refused(&here().token(" ")).0, "token");
        assert_eq!(refused(&here().token("s3cret\nX: y")).0, "token");
        assert_eq!(refused(&here().header("X", "s3cret\r\nY: z")).0, "header");
        assert_eq!(refused(&here().header("no name", "s3cret")).0, "header");
        assert_eq!(refused(&here().header("Sec-WebSocket-Key", "s3cret")).0, "header");
    }
}
