//! tokio-tungstenite as a testee: messages up to 64 MiB, no compression (it has none).

mod cases;

use cases::{LIMIT, Role};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, connect_async_with_config};

fn config() -> Option<WebSocketConfig> {
    Some(WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT)))
}

/// Until the connection is closed, by whom and for whatever reason.
async fn converse<S>(mut socket: WebSocketStream<S>, echo: bool) -> Option<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut last = None;
    while let Some(Ok(message)) = socket.next().await {
        if let (Message::Text(text), false) = (&message, echo) {
            last = Some(text.to_string());
        }
        if echo && (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
    last
}

async fn talk(url: String, echo: bool) -> Option<String> {
    match connect_async_with_config(url, config(), false).await {
        Ok((socket, _)) => converse(socket, echo).await,
        Err(error) => {
            println!("cannot connect: {error}");
            None
        }
    }
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
                    if let Ok(socket) = accept_async_with_config(stream, config()).await {
                        converse(socket, true).await;
                    }
                });
            }
        }
    }
}
