//! A WebSocket client as plain as can be, and programs that are ended with the test.

// Each test binary uses its part.
#![allow(dead_code, unreachable_pub)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use wsproof_core::close::ClosePayload;
use wsproof_core::connection::{Connection, Options, TcpAction};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::handshake::{Offer, Request, Response};
use wsproof_core::message::{Collector, DataKind, Event};

/// A test that hangs ends with an error instead.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server under test.
pub struct Client {
    stream: TcpStream,
    connection: Connection<fn() -> [u8; 4]>,
    collector: Collector,
    unread: Vec<u8>,
    messages: Vec<(bool, Vec<u8>)>,
    /// The payload of the close frame that came.
    pub close: Option<(Option<u16>, String)>,
}

/// The head of a good handshake for this path.
pub fn upgrade(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: testee:80\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends octets and returns all that comes back until the end.
pub fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    // The answer to what is too long comes before all of it is taken.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer)
        && read > 0
    {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status with which a request for this path is answered.
pub fn status(address: SocketAddr, path: &str) -> u16 {
    let answer =
        ask(address, format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes());
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("{path}: {answer:?}")).parse().unwrap()
}

/// The body with which it is answered.
pub fn body(address: SocketAddr, path: &str) -> String {
    let answer =
        ask(address, format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes());
    answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {answer:?}")).1.to_owned()
}

impl Client {
    /// Opens a connection; the error is the answer of a server that refused.
    pub fn open(address: SocketAddr, path: &str) -> Result<Self, String> {
        Self::open_with(address, &upgrade(path), b"")
    }

    /// The same with a head of one's own, and octets that follow at once.
    pub fn open_with(address: SocketAddr, head: &str, early: &[u8]) -> Result<Self, String> {
        let mut stream = connect(address);
        stream.write_all(&[head.as_bytes(), early].concat()).unwrap();
        let mut octets = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).unwrap_or(0);
            octets.extend_from_slice(&buffer[..read]);
            match Response::parse(&octets).unwrap() {
                Some((response, len)) if response.status() == 101 => {
                    assert_eq!(response.header("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
                    let unread = octets.split_off(len);
                    let connection =
                        Connection::client(Options::default(), (|| [1, 2, 3, 4]) as fn() -> [u8; 4]);
                    let collector = Collector::default();
                    return Ok(Self {
                        stream,
                        connection,
                        collector,
                        unread,
                        messages: Vec::new(),
                        close: None,
                    });
                }
                _ if read == 0 => return Err(String::from_utf8_lossy(&octets).into_owned()),
                _ => {}
            }
        }
    }

    /// The next message as text; `None` when the connection has ended.
    pub fn next(&mut self) -> Option<String> {
        self.receive().map(|(_, octets)| String::from_utf8(octets).unwrap())
    }

    fn receive(&mut self) -> Option<(bool, Vec<u8>)> {
        loop {
            let mut incoming = self.connection.receive(&mut self.unread);
            while let Ok(Some(event)) = incoming.next_event() {
                match event {
                    Event::Data(data) => {
                        if let Some(message) = self.collector.push(data) {
                            self.messages.push((message.kind == DataKind::Binary, message.payload.to_vec()));
                        }
                    }
                    Event::Close(close) => {
                        self.close = Some((close.code.map(|code| code.0), close.reason.to_owned()));
                    }
                    Event::Ping(_) | Event::Pong(_) => {}
                }
            }
            self.unread.clear();
            self.flush();
            if !self.messages.is_empty() {
                return Some(self.messages.remove(0));
            }
            if self.connection.tcp_action() == TcpAction::Close {
                return None;
            }
            let mut buffer = [0; 65536];
            // A reset ends a connection as well.
            let read = match self.stream.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing came"),
                Err(_) => 0,
            };
            if read == 0 {
                self.connection.receive_eof();
                return None;
            }
            self.unread.extend_from_slice(&buffer[..read]);
        }
    }

    fn flush(&mut self) {
        let octets = self.connection.transmit().to_vec();
        // What cannot be written any more shows when reading.
        let _ = self.stream.write_all(&octets);
        self.connection.advance(octets.len());
    }

    /// Sends a text message.
    pub fn say(&mut self, text: &str) {
        self.connection.send_text(text).unwrap();
        self.flush();
    }

    /// Echoes until the end of the connection.
    pub fn echo(mut self) {
        while let Some((binary, octets)) = self.receive() {
            let _ = match binary {
                true => self.connection.send_binary(&octets),
                false => self.connection.send_text(std::str::from_utf8(&octets).unwrap()),
            };
            self.flush();
        }
    }

    /// Reads to the end; returns the close frame that came.
    pub fn end(mut self) -> Option<(Option<u16>, String)> {
        while self.receive().is_some() {}
        self.close
    }

    /// Closes the connection in order.
    pub fn close(mut self) {
        let _ = self.connection.close(ClosePayload::default());
        self.flush();
        while self.receive().is_some() {}
    }

    /// Ends the connection without a word.
    pub fn vanish(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The octets of the next so many reads, as they come.
    pub fn raw(&mut self, octets: usize) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.unread);
        let have = buffer.len();
        buffer.resize(octets.max(have), 0);
        self.stream.read_exact(&mut buffer[have..]).unwrap();
        buffer
    }
}

/// Runs a case as an echoing client; panics if the server refuses it.
pub fn run_case(address: SocketAddr, arguments: &str) {
    Client::open(address, &format!("/runCase?{arguments}")).unwrap().echo();
}

/// The one message on a connection to this path.
pub fn message(address: SocketAddr, path: &str) -> Option<String> {
    let mut client = Client::open(address, path).unwrap();
    let message = client.next();
    client.end();
    message
}

/// A text frame as a client sends it.
pub fn masked_text(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let header = FrameHeader { mask: Some([9, 8, 7, 6]), ..FrameHeader::new(Opcode::TEXT, 0) };
    append_frame(header, text.as_bytes(), &mut octets);
    octets
}

/// A program that runs until the test ends.
pub struct Program {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Program {
    /// Starts `wstest` in a folder.
    pub fn wstest(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wstest"))
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next line with this text in it.
    pub fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "the program ended without a line with {text:?}");
            if line.contains(text) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// The port in the line that a fuzzing server begins with.
    pub fn address(&mut self) -> SocketAddr {
        let line = self.line_with("(Port ");
        let port: String =
            line.split("(Port ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
        (std::net::Ipv4Addr::LOCALHOST, port.parse().unwrap()).into()
    }

    /// Asks it to end as a service manager would.
    #[cfg(unix)]
    pub fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Ends it with no chance to do anything about it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `wstest` to its end.
pub fn wstest(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wstest"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The index that a run left behind.
pub fn index(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("index.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A server that serves one client after the other, echoing, until the program ends.
pub fn one_at_a_time(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that breaks off is no reason to stop.
            let _ = serve_one(stream?, name);
        }
        std::io::Result::Ok(())
    });
    address
}

fn serve_one(mut stream: TcpStream, name: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut octets = Vec::new();
    let mut buffer = vec![0; 65536];
    let (request, len) = loop {
        let read = stream.read(&mut buffer)?;
        octets.extend_from_slice(&buffer[..read]);
        match Request::parse(&octets) {
            Ok(Some(parsed)) => break parsed,
            Ok(None) if read > 0 => {}
            _ => return Ok(()),
        }
    };
    let offer = Offer::from_request(&request).unwrap();
    let response = Response::accept(&offer, None, None).unwrap().with_header("Server", name).unwrap();
    stream.write_all(&response.to_bytes())?;
    let mut unread = octets.split_off(len);
    let mut connection = Connection::server(Options::default());
    let mut collector = Collector::default();
    loop {
        let mut answers = Vec::new();
        let mut incoming = connection.receive(&mut unread);
        while let Ok(Some(event)) = incoming.next_event() {
            if let Event::Data(data) = event
                && let Some(message) = collector.push(data)
            {
                answers.push((message.kind, message.payload.to_vec()));
            }
        }
        for (kind, payload) in answers {
            // After a close frame nothing is sent any more.
            let _ = connection.send_fragment(kind, &payload, true);
        }
        stream.write_all(connection.transmit())?;
        connection.advance(usize::MAX);
        if connection.tcp_action() != TcpAction::Keep {
            return Ok(());
        }
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        unread = buffer[..read].to_vec();
    }
}
