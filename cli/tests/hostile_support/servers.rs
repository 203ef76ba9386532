//! Hostile servers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use wsproof_core::handshake::{Request, accept_key};

use super::behaviour::{BEHAVIOURS, Behaviour, Noise, Peer};

/// What is done with a connection before any handshake.
type Serve = fn(TcpStream);

/// Lines more of the answer to the handshake on the connection of this number.
type Lines = fn(u64) -> String;

/// What a server does with a connection that was just made.
#[derive(Clone, Copy)]
pub enum Server {
    /// It does this before any handshake.
    Raw(Serve),
    /// It answers the handshake, with these lines more in its answer, and then does this.
    Opens(Lines, Behaviour),
}

/// All of them, by name.
pub fn all() -> Vec<(&'static str, Server)> {
    let raw: [(&str, Serve); 5] = [
        ("silent", silent),
        ("hangs up", drop),
        ("drips its head", drips_its_head),
        ("endless head", endless_head),
        ("not HTTP", |mut stream| {
            read_head(&mut stream);
            let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n\r\n");
        }),
    ];
    let raw = raw.into_iter().map(|(name, serve)| (name, Server::Raw(serve)));
    let open =
        BEHAVIOURS.iter().map(|(name, behaviour)| (*name, Server::Opens(|_| String::new(), *behaviour)));
    let odd_heads: [(&str, Lines); 2] = [
        ("heads of 60 KB, then dead", |_| format!("X: {}\r\n", "a".repeat(7_000)).repeat(8)),
        ("another name each time, then dead", |number| format!("Server: name-{number}\r\n")),
    ];
    let odd = odd_heads.into_iter().map(|(name, lines)| (name, Server::Opens(lines, Peer::listen)));
    raw.chain(open).chain(odd).collect()
}

/// The server of this name.
#[track_caller]
pub fn named(name: &str) -> Server {
    all().into_iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no server {name}")).1
}

/// Starts one, a thread a connection. It ends with the program; nothing waits for it.
pub fn start(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for (number, stream) in (1..).zip(listener.incoming()) {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || serve(server, stream, number));
        }
    });
    address
}

fn serve(server: Server, mut stream: TcpStream, number: u64) {
    match server {
        Server::Raw(behave) => behave(stream),
        Server::Opens(lines, behave) => {
            let Some(deflate) = open(&mut stream, &lines(number)) else { return };
            behave(&mut Peer { stream, masks: false, deflate, noise: Noise(number) });
        }
    }
}

/// Answers the handshake. Tells whether compression was agreed on.
fn open(stream: &mut TcpStream, lines: &str) -> Option<bool> {
    let (request, _) = Request::parse(&read_head(stream)).ok().flatten()?;
    let deflate =
        request.header("Sec-WebSocket-Extensions").is_some_and(|e| e.contains("permessage-deflate"));
    let extension = if deflate { "Sec-WebSocket-Extensions: permessage-deflate\r\n" } else { "" };
    let accept = accept_key(request.header("Sec-WebSocket-Key")?);
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{extension}{lines}\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    Some(deflate)
}

fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut octet), Ok(1)) {
        head.push(octet[0]);
    }
    head
}

fn silent(mut stream: TcpStream) {
    while matches!(stream.read(&mut [0; 4096]), Ok(n) if n > 0) {}
}

fn drips_its_head(mut stream: TcpStream) {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
    for octet in head.iter().chain(std::iter::repeat(&b'x')) {
        if stream.write_all(&[*octet]).is_err() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
}

fn endless_head(mut stream: TcpStream) {
    read_head(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ");
    while stream.write_all(&[b'a'; 65_536]).is_ok() {}
}
