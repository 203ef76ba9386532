//! fastwebsockets as a testee, fragments collected: messages up to 64 MiB, no compression (it has none).

mod cases;

use std::future::Future;

use bytes::Bytes;
use cases::{LIMIT, Role};
use fastwebsockets::{FragmentCollector, OpCode, WebSocket, WebSocketError, handshake, upgrade};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::rt::Executor;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Until the connection is closed, by whom and for whatever reason.
async fn converse<S>(mut socket: WebSocket<S>, echo: bool) -> Option<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.set_max_message_size(LIMIT);
    let mut socket = FragmentCollector::new(socket);
    let mut last = None;
    while let Ok(frame) = socket.read_frame().await {
        let sent = match frame.opcode {
            OpCode::Close => break,
            OpCode::Text | OpCode::Binary if echo => socket.write_frame(frame).await,
            OpCode::Text => {
                last = String::from_utf8(frame.payload.to_vec()).ok();
                Ok(())
            }
            _ => Ok(()),
        };
        if sent.is_err() {
            break;
        }
    }
    last
}

/// Runs the client's half of hyper.
struct Tasks;

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

async fn connect(url: &str) -> Result<WebSocket<TokioIo<hyper::upgrade::Upgraded>>, WebSocketError> {
    let uri: Uri = url.parse().expect("the URL is one");
    let authority = uri.authority().expect("the URL has a host and a port").as_str();
    let request = Request::get(uri.path_and_query().expect("the URL has a path").as_str())
        .header(HOST, authority)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())
        .expect("the request is well formed");
    let stream = TcpStream::connect(authority).await?;
    Ok(handshake::client(&Tasks, request, stream).await?.0)
}

async fn talk(url: String, echo: bool) -> Option<String> {
    match connect(&url).await {
        Ok(socket) => converse(socket, echo).await,
        Err(error) => {
            println!("cannot connect: {error}");
            None
        }
    }
}

async fn accept(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = upgrade::upgrade(&mut request)?;
    tokio::spawn(async move {
        if let Ok(socket) = upgraded.await {
            converse(socket, true).await;
        }
    });
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match Role::from_arguments() {
        Role::Client { url, agent, jobs } => cases::run_all(&url, &agent, jobs, talk).await,
        Role::Server { port } => {
            let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
            loop {
                let (stream, _) = listener.accept().await.expect("connections can be accepted");
                tokio::spawn(async move {
                    let connection =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(accept));
                    // A client that is gone before the end of its handshake is no news.
                    let _ = connection.with_upgrades().await;
                });
            }
        }
    }
}
