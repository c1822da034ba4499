//! The SMTP side: a message is written to its file before it is accepted.

use std::{
    fs, io,
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use mailin::{
    Action, Handler, Response, SessionBuilder,
    response::{INTERNAL_ERROR, OK},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::Mailbox;

/// Longest message that is accepted, and longest line.
const MAX_BYTES: usize = 25 << 20;
const MAX_LINE: u64 = 64 << 10;
/// Messages that are kept, and the number of new ones after which older ones are removed.
const MAX_MESSAGES: usize = 10_000;
const REMOVED: u32 = 1000;

pub async fn serve(listener: TcpListener, mailbox: Mailbox) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                drop(socket.set_nodelay(true));
                let mailbox = mailbox.clone();
                tokio::spawn(async move {
                    if let Err(error) = converse(socket, mailbox).await {
                        tracing::debug!(%error, "a connection to the development mail server failed");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "the development mail server could not accept a connection"),
        }
    }
}

async fn converse(socket: TcpStream, mailbox: Mailbox) -> io::Result<()> {
    let client = socket.peer_addr()?.ip();
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::new(reader);
    let mut session = SessionBuilder::new("localhost").build(client, Envelope { mailbox, message: Vec::new() });
    write(&mut writer, &session.greeting()).await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        // The file of a message is small: it is written on this thread.
        let response = session.process(&line);
        match response.action {
            Action::NoReply => {}
            Action::Close => return write(&mut writer, &response).await,
            Action::Reply | Action::UpgradeTls => write(&mut writer, &response).await?,
        }
    }
}

async fn write(writer: &mut (impl AsyncWriteExt + Unpin), response: &Response) -> io::Result<()> {
    writer.write_all(&response.buffer()?).await
}

/// The message that a client is sending.
struct Envelope {
    mailbox: Mailbox,
    message: Vec<u8>,
}

impl Handler for Envelope {
    fn data_start(&mut self, _domain: &str, from: &str, _is8bit: bool, to: &[String]) -> Response {
        // The headers that a server adds when it delivers.
        self.message = format!("Return-Path: <{from}>\r\n").into_bytes();
        for recipient in to {
            self.message.extend(format!("Delivered-To: {recipient}\r\n").as_bytes());
        }
        OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.message.len() + bytes.len() > MAX_BYTES {
            return Err(io::Error::other("the message is too large"));
        }
        self.message.extend(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        match self.mailbox.keep(&std::mem::take(&mut self.message)) {
            Ok(()) => OK,
            Err(error) => {
                tracing::error!(%error, "a message was not kept");
                INTERNAL_ERROR
            }
        }
    }

    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        OK
    }
}

impl Mailbox {
    /// Writes a message to its file, completely or not at all.
    fn keep(&self, message: &[u8]) -> io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.6f");
        let name = format!("{now}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let temporary = self.0.join(format!("{name}.part"));
        fs::write(&temporary, message)?;
        fs::rename(temporary, self.0.join(format!("{name}.eml")))?;
        if COUNT.load(Ordering::Relaxed).is_multiple_of(REMOVED) {
            self.remove_oldest()?;
        }
        Ok(())
    }

    /// Removes the oldest messages, so that a load test does not fill the disk.
    fn remove_oldest(&self) -> io::Result<()> {
        let mut names: Vec<_> = fs::read_dir(&*self.0)?.flatten().map(|entry| entry.file_name()).collect();
        names.sort_unstable();
        let surplus = names.len().saturating_sub(MAX_MESSAGES);
        names.iter().take(surplus).try_for_each(|name| fs::remove_file(self.0.join(name)))
    }
}
