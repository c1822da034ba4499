// The same mail server as sink.py, by another library (smtp-server). Usage: sink.js FOLDER [PORT].

const fs = require("fs");
const path = require("path");
const { SMTPServer } = require("smtp-server");

const [folder, port] = [process.argv[2], Number(process.argv[3] || 0)];
const attempts = new Map();
let count = fs.readdirSync(folder).filter((name) => name.endsWith(".eml")).length;

function refusal(code, text) {
  return Object.assign(new Error(text), { responseCode: code });
}

function socketOf(session) {
  for (const connection of server.connections) {
    if (connection.session.id === session.id) return connection._socket;
  }
}

function keep(session, content) {
  count += 1;
  fs.writeFileSync(path.join(folder, `${count}.eml`), content);
  const id = /^message-id: *(\S+)/im.exec(content.toString("latin1"))[1];
  const { mailFrom, rcptTo } = session.envelope;
  fs.appendFileSync(path.join(folder, "log"), `${count}\t${mailFrom.address}\t${rcptTo[0].address}\t${id}\n`);
}

const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  logger: false,
  onRcptTo(address, session, done) {
    const user = address.address.split("@")[0];
    const tries = (attempts.get(address.address) || 0) + 1;
    attempts.set(address.address, tries);
    if (user.startsWith("unknown")) return done(refusal(550, "5.1.1 there is no such mailbox"));
    if (user.startsWith("full")) return done(refusal(452, "4.2.2 the mailbox is full"));
    if (user.startsWith("busy") && tries === 1) return done(refusal(451, "4.3.0 come back later"));
    if (user.startsWith("closing") && tries === 1) return done(refusal(421, "4.3.2 closing for a moment"));
    done();
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const address = session.envelope.rcptTo[0].address;
      const [user, tries] = [address.split("@")[0], attempts.get(address)];
      if (user.startsWith("spam")) return done(refusal(550, "5.7.1 this looks like spam"));
      if (user.startsWith("hang") && !user.startsWith("hangup") && tries === 1) return;
      keep(session, Buffer.concat(parts));
      // The message is accepted, but its sender does not learn of it.
      if (user.startsWith("vanish") && tries === 1) return socketOf(session).destroy();
      done(null, "2.0.0 OK");
      if (user.startsWith("hangup")) socketOf(session).end();
    });
  },
});

server.on("error", () => {});
const listening = server.listen(port, "127.0.0.1", () => console.log(listening.address().port));
