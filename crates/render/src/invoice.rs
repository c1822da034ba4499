//! An invoice on A4.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    locale::LocaleFormatter,
    paper::{Column, LEFT, Paper, RIGHT, TextFormat},
    pool::RenderError,
    text::FontLibrary,
    ticket::Rendered,
};
use crate::domain::{
    Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, EventStatus, Invoice, OrganizerKey, Party, Venue,
    layout::{DateStyle, Format},
    sample_draft,
};

struct Labels {
    language: &'static str,
    invoice: &'static str,
    to: &'static str,
    issued: &'static str,
    order: &'static str,
    package: &'static str,
    shop: &'static str,
    tax_id: &'static str,
    description: &'static str,
    quantity: &'static str,
    price: &'static str,
    tax: &'static str,
    amount: &'static str,
    net: &'static str,
    total: &'static str,
}

const LABELS: [Labels; 4] = [
    Labels {
        language: "en",
        invoice: "Invoice",
        to: "To",
        issued: "Date",
        order: "Order",
        package: "Package",
        shop: "Shop",
        tax_id: "Tax ID",
        description: "Description",
        quantity: "Quantity",
        price: "Unit price",
        tax: "Tax",
        amount: "Amount",
        net: "Net",
        total: "Total",
    },
    Labels {
        language: "de",
        invoice: "Rechnung",
        to: "An",
        issued: "Datum",
        order: "Bestellung",
        package: "Paket",
        shop: "Shop",
        tax_id: "USt-IdNr.",
        description: "Bezeichnung",
        quantity: "Menge",
        price: "Einzelpreis",
        tax: "USt.",
        amount: "Betrag",
        net: "Netto",
        total: "Gesamt",
    },
    Labels {
        language: "fr",
        invoice: "Facture",
        to: "À",
        issued: "Date",
        order: "Commande",
        package: "Colis",
        shop: "Boutique",
        tax_id: "N° TVA",
        description: "Désignation",
        quantity: "Quantité",
        price: "Prix unitaire",
        tax: "TVA",
        amount: "Montant",
        net: "Total HT",
        total: "Total TTC",
    },
    Labels {
        language: "es",
        invoice: "Factura",
        to: "Para",
        issued: "Fecha",
        order: "Pedido",
        package: "Paquete",
        shop: "Tienda",
        tax_id: "NIF",
        description: "Descripción",
        quantity: "Cantidad",
        price: "Precio unitario",
        tax: "IVA",
        amount: "Importe",
        net: "Base imponible",
        total: "Total",
    },
];

/// Renders an invoice as PDF.
pub fn invoice(library: &Arc<FontLibrary>, invoice: &Invoice) -> Result<Rendered, RenderError> {
    let formatter = LocaleFormatter::new("UTC", &invoice.language);
    let labels = LABELS.iter().find(|labels| labels.language == formatter.language()).unwrap_or(&LABELS[0]);
    let money = |amount: i64, format| formatter.amount(amount, invoice.currency, format);
    let percent = |basis_points: u32| {
        let (whole, part) = (basis_points / 100, basis_points % 100);
        if part == 0 { format!("{whole} %") } else { format!("{whole}.{part:02} %") }
    };
    let id = &invoice.id;
    let title = format!("{} {}", labels.invoice, id.sequence);
    let mut paper = Paper::new(format!("{} · {title} · {}/{}", invoice.seller.name, id.order, id.package));
    paper.line(TextFormat::plain(22.0).bold(), 14.0, &title);

    let top = paper.y;
    let seller = write_party(&mut paper, LEFT, top, labels.tax_id, &invoice.seller);
    paper.text(LEFT, seller + 4.0, 40.0, TextFormat::plain(7.5).gray(), labels.to);
    let buyer = write_party(&mut paper, LEFT, seller + 8.5, labels.tax_id, &invoice.buyer);
    let facts = [
        (labels.issued, formatter.moment(invoice.issued_at, Format::Date(DateStyle::Long))),
        (labels.order, id.order.clone()),
        (labels.package, id.package.clone()),
        (labels.shop, id.shop.clone()),
    ];
    for ((label, value), row) in facts.iter().zip(0_u8..) {
        let y = top + f32::from(row) * 5.6;
        paper.text(118.0, y, 24.0, TextFormat::plain(9.0).gray(), label);
        paper.text(142.0, y, RIGHT - 142.0, TextFormat::plain(9.0).bold(), value);
    }
    paper.y = buyer.max(top + 24.0) + 12.0;

    let column = |x: f32, width: f32, format: TextFormat| Column { x, width, format };
    let (text, figure) = (TextFormat::plain(9.0).lines(3), TextFormat::plain(9.0).end());
    let columns = [
        column(LEFT, 76.0, text),
        column(98.0, 16.0, figure),
        column(116.0, 28.0, figure),
        column(146.0, 14.0, figure),
        column(162.0, 28.0, figure),
    ];
    let rows = invoice.lines.iter().map(|line| {
        vec![
            line.description.clone(),
            line.quantity.to_string(),
            money(line.unit_price, Format::Amount),
            percent(line.tax_basis_points),
            money(line.net(), Format::Amount),
        ]
    });
    let head = [labels.description, labels.quantity, labels.price, labels.tax, labels.amount];
    paper.table(&columns, &head, rows);

    let mut sums = vec![(labels.net.to_owned(), money(invoice.net, Format::Plain), TextFormat::plain(9.0))];
    for tax in &invoice.taxes {
        let label = format!("{} {}", labels.tax, percent(tax.basis_points));
        sums.push((label, money(tax.tax, Format::Plain), TextFormat::plain(9.0)));
    }
    sums.push((labels.total.to_owned(), money(invoice.total, Format::Plain), TextFormat::plain(12.0).bold()));
    paper.ensure_space(6.0 + 6.4 * sums.len() as f32);
    paper.y += 4.0;
    for (label, value, format) in sums {
        paper.text(116.0, paper.y, 34.0, format, &label);
        paper.text(150.0, paper.y, 40.0, format.end(), &value);
        paper.y += 6.4;
    }
    paper.finish(library, &letterhead(invoice, title), invoice.hash)
}

/// Writes name, address, tax id and e-mail. Returns the y position below them, in millimetres.
fn write_party(paper: &mut Paper, x: f32, y: f32, tax_id: &str, party: &Party) -> f32 {
    const WIDTH: f32 = 90.0;
    paper.text(x, y, WIDTH, TextFormat::plain(10.0).bold(), &party.name);
    let address = party.address.iter().flat_map(|address| address.lines()).map(str::to_owned).take(8);
    let tax_id = party.tax_id.iter().map(|id| format!("{tax_id} {id}"));
    let mut y = y + 5.4;
    for line in address.chain(tax_id).chain(party.email.clone()) {
        paper.text(x, y, WIDTH, TextFormat::plain(9.0), &line);
        y += 4.6;
    }
    y
}

/// Builds a pseudo event that provides title, language and accent colour of the page.
fn letterhead(invoice: &Invoice, title: String) -> EventSetup {
    let id = EventId(Uuid::nil());
    let draft = EventDraft {
        slug: "invoice".into(),
        code: "INVOICE".into(),
        title,
        description: None,
        category: None,
        status: EventStatus::Draft,
        starts_at: invoice.issued_at,
        ends_at: invoice.issued_at,
        timezone: "UTC".into(),
        language: invoice.language.clone(),
        accent_color: "#16324f".into(),
        venue: Venue { name: invoice.seller.name.clone(), address: None },
        ..sample_draft()
    };
    let event = Event {
        key: EventKey(0),
        id,
        organizer: OrganizerKey(0),
        organizer_name: invoice.seller.name.clone(),
        code: draft.code.parse().expect("a code"),
        revision: 1,
        draft,
    };
    // The key is a dummy: an invoice has no signed code.
    EventSetup::new(event, Vec::new(), EventSigner::new(id, 1, &[0; 32]), None)
}
