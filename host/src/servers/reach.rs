//! From a host's name to a TCP connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::net::{TcpStream, lookup_host};

use super::error::Cause;

/// Addresses besides the link-local ones where machines of a cloud are told their secrets: Alibaba Cloud, Oracle Cloud,
/// AWS over IPv6.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// Connects to a host that the operator names.
pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((host, port)).await
}

/// Connects to a host that only a request or another server names. What the name leads to is looked at once, and that is connected to:
/// looked up again, it could lead elsewhere.
pub(super) async fn connect_stranger(host: &str, port: u16) -> Result<io::Result<TcpStream>, Cause> {
    let addresses = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => return Ok(Err(error)),
    };
    if addresses.iter().any(|address| is_private_to_the_machine(address.ip())) {
        return Err(Cause::Forbidden);
    }
    Ok(TcpStream::connect(addresses.as_slice()).await)
}

/// Whether what listens there is for this machine alone, and tells whoever asks: link-local addresses (RFC 3927, RFC 4291)
/// and those of metadata services.
fn is_private_to_the_machine(address: IpAddr) -> bool {
    let address = match address {
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    is_link_local || METADATA.contains(&address)
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291, 2.5.5.2), or for a translator (RFC 6052, 2.1).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = v6.segments();
    let is_translated = [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0];
    let [h1, h2] = high.to_be_bytes();
    let [l1, l2] = low.to_be_bytes();
    is_translated.then(|| Ipv4Addr::new(h1, h2, l1, l2)).or_else(|| v6.to_ipv4_mapped())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_the_machines_own() {
        for (address, expected) in [
            ("169.254.169.254", true),
            ("169.254.0.1", true),
            ("100.100.100.200", true),
            ("192.0.0.192", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("::ffff:169.254.169.254", true),
            ("64:ff9b::a9fe:a9fe", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("169.253.0.1", false),
            ("::1", false),
            ("fd00::1", false),
            ("64:ff9b::a00:1", false),
        ] {
            assert_eq!(is_private_to_the_machine(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_stranger_is_not_let_there() {
        assert!(matches!(connect_stranger("169.254.169.254", 80).await, Err(Cause::Forbidden)));
        // Numbers that a resolver takes for an address.
        assert!(matches!(connect_stranger("0xa9fea9fe", 80).await, Err(Cause::Forbidden) | Ok(Err(_))));
    }
}
