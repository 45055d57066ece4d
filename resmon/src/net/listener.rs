//! Listening on an address, decided while the caller can still be told of an error.

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
};

use crate::Error;

/// A bound socket, not yet served.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `host:port`; a name is looked up and its addresses tried in turn.
    ///
    /// # Errors
    ///
    /// If the address cannot be understood, is in use, is not one of this machine, or is not
    /// permitted.
    pub(crate) fn bind(address: &str) -> Result<Self, Error> {
        if let Err(why) = understand(address) {
            return Err(Error::listen(format!("listen on {address:?}: {why}")));
        }
        let candidates = address.to_socket_addrs().map_err(|error| {
            let attempt = format!("listen on {address}: its host is no address and no known name");
            Error::listen(attempt).because(error)
        })?;
        let candidates: Vec<SocketAddr> = candidates.collect();
        let failed = |error: io::Error| {
            let attempt = format!("listen on {address}{}", hint(&error));
            Error::listen(attempt).because(error)
        };
        let socket = TcpListener::bind(candidates.as_slice()).map_err(failed)?;
        // tokio wants it so.
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address })
    }

    /// The address it listens on: with port 0, the one that was picked.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Hands the socket to the runtime; to be called on its thread.
    pub(crate) fn into_tokio(self) -> io::Result<tokio::net::TcpListener> {
        tokio::net::TcpListener::from_std(self.socket)
    }
}

/// Whether it is a host and a port; if not, why not.
fn understand(address: &str) -> Result<(), &'static str> {
    let (host, port) = address.rsplit_once(':').unwrap_or(("", address));
    if address.contains("://") || port.contains('/') {
        return Err("an address is host and port alone, such as 127.0.0.1:9090, and no URL");
    }
    if port.is_empty() || !port.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("it is no host and port, such as 127.0.0.1:9090");
    }
    if port.parse::<u16>().is_err() {
        return Err("a port is 0 to 65535");
    }
    if host.is_empty() {
        return Err("it has no host: 127.0.0.1 is this machine alone, 0.0.0.0 every interface");
    }
    Ok(())
}

/// What the caller can do about it, or nothing.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            " (is another program, or another monitor, serving there? port 0 picks a free one)"
        }
        io::ErrorKind::AddrNotAvailable => {
            " (no network interface of this machine has that address; 0.0.0.0 means all of them)"
        }
        io::ErrorKind::PermissionDenied => {
            " (ports below 1024 are usually kept for the administrator)"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> String {
        let error = Listener::bind(address).unwrap_err();
        assert!(error.is_listen(), "{error:?}");
        format!("{error:?}")
    }

    #[test]
    fn port_zero_picks_a_free_port() {
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        assert_ne!(listener.local_addr().port(), 0);
        assert!(listener.local_addr().ip().is_loopback());
    }

    #[test]
    fn names_are_looked_up() {
        assert!(Listener::bind("localhost:0").unwrap().local_addr().ip().is_loopback());
    }

    #[test]
    fn an_address_in_use_is_named_with_what_to_do() {
        let first = Listener::bind("127.0.0.1:0").unwrap();
        let address = first.local_addr().to_string();
        let message = refused(&address);
        assert!(message.contains(&format!("listen on {address} (is another program")), "{message}");
        assert!(message.contains("port 0") && message.contains("os error"), "{message}");
    }

    #[test]
    fn an_address_that_is_none_is_named_with_what_it_lacks() {
        for (address, why) in [
            ("", "no host and port"),
            ("127.0.0.1", "no host and port"),
            ("127.0.0.1:http", "no host and port"),
            ("[::1]", "no host and port"),
            ("9090", "it has no host"),
            (":9090", "it has no host"),
            ("127.0.0.1:99999", "0 to 65535"),
            ("http://127.0.0.1:9090", "no URL"),
            ("127.0.0.1:9090/metrics", "no URL"),
        ] {
            let message = refused(address);
            assert!(message.contains(why), "{message}");
        }
        assert!(refused("no such host:9090").contains("no such host:9090"));
    }

    #[test]
    fn an_address_of_another_machine_is_named() {
        let message = refused("192.0.2.1:9090");
        assert!(message.contains("192.0.2.1:9090 (no network interface"), "{message}");
    }
}
