// Renders the ticket with PDFKit, with embedded fonts and the QR code as horizontal runs.
const fs = require('fs');
const path = require('path');
const PDFDocument = require('pdfkit');
const QRCode = require('qrcode');

const ticket = JSON.parse(fs.readFileSync(process.env.TICKET));
const font = (name) => fs.readFileSync(path.join(process.env.FONTS, name));
const [regular, bold] = [font('Inter-Regular.ttf'), font('Inter-Bold.ttf')];

function render() {
  return new Promise((done) => {
    const document = new PDFDocument({ size: [ticket.width, ticket.height], margin: 0, info: { Title: 'Gardenia 2025' } });
    const parts = [];
    document.on('data', (part) => parts.push(part));
    document.on('end', () => done(Buffer.concat(parts)));
    document.registerFont('regular', regular);
    document.registerFont('bold', bold);
    for (const { x, y, width, height } of ticket.rects) document.rect(x, y, width, height).fill(ticket.accent);
    for (const { x, baseline, size, bold, color, text } of ticket.texts) {
      document.font(bold ? 'bold' : 'regular').fontSize(size).fillColor(color);
      document.text(text, x, baseline, { baseline: 'alphabetic', lineBreak: false });
    }
    const { modules } = QRCode.create([{ data: ticket.qr.text, mode: 'alphanumeric' }], { errorCorrectionLevel: 'M' });
    const scale = ticket.qr.size / (modules.size + 2 * ticket.qr.quiet);
    for (let y = 0; y < modules.size; y++) {
      for (let x = 0, end; x < modules.size; x = end) {
        end = x + 1;
        if (!modules.get(y, x)) continue;
        while (end < modules.size && modules.get(y, end)) end++;
        const [left, top] = [ticket.qr.x + (x + ticket.qr.quiet) * scale, ticket.qr.y + (y + ticket.qr.quiet) * scale];
        document.rect(left, top, (end - x) * scale, scale);
      }
    }
    document.fill('#000000');
    document.end();
  });
}

(async () => {
  for (let warm = 0; warm < 20; warm++) await render();
  const started = process.hrtime.bigint();
  let count = 0;
  let last;
  while (process.hrtime.bigint() - started < BigInt(ticket.seconds) * 1000000000n) {
    last = await render();
    count++;
  }
  const micros = Number(process.hrtime.bigint() - started) / 1000 / count;
  fs.writeFileSync(path.join(process.env.OUT, 'pdfkit.pdf'), last);
  console.log('PDFKit (Node)'.padEnd(28), micros.toFixed(0).padStart(12), String(last.length).padStart(10));
})();
