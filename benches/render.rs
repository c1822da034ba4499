//! `cargo bench --bench render`: time to render a ticket, layer by layer; each case adds one part to the previous case.
//!
//! The cases run in turn, many times, so that other load on the machine affects all of them. The table has medians,
//! quartiles, and ratios to the first case (the floor). `SECONDS` is the total time, `RUNG` selects cases by name.

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::{
    hint::black_box,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use onsale::{
    domain::{EventLayout, EventSetup, EventSigner, Layout, Level, SAMPLE_SIGNING_KEY, VerifyingKeys, sample_event},
    render::{CodeSource, FontLibrary, Plan, QrImage, TicketPdfWriter, TicketValues, built_in_layout},
};
use serde_json::Value;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Time of one case per round.
const SLICE: Duration = Duration::from_millis(4);

struct Case<'b> {
    name: &'static str,
    work: Box<dyn FnMut() -> usize + 'b>,
    /// Nanoseconds per execution, for each round.
    nanos: Vec<f64>,
}

fn main() {
    let seconds = std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let library = Arc::new(FontLibrary::new(&[PathBuf::from("/usr/share/fonts")]));
    let setup = sample_event(|draft| draft.venue.address = Some("Lalbagh Botanical Garden, Bengaluru".into()));
    let page = |name: &str| TicketValues::sample(&setup, name);
    let layout =
        serde_json::to_value(built_in_layout("a6").expect("the layout is built in")).expect("plain data serializes");
    let only = |kept: &dyn Fn(&Value) -> bool| {
        let mut layout = layout.clone();
        layout["pages"][0]["elements"].as_array_mut().expect("a list").retain(kept);
        let layout = Layout::read(layout).expect("a good layout");
        Plan::compile(&library, &EventLayout::new(1, layout), &setup).expect("a good layout")
    };
    let is_code = |element: &Value| element["kind"] == "qr";
    let is_of_ticket = |element: &Value| {
        let text = element["text"].as_str().unwrap_or_default();
        text.contains("{ticket") || text.contains("{attendee")
    };
    let bare = only(&|element| !is_code(element) && !is_of_ticket(element));
    let texts = only(&|element| !is_code(element));
    let whole = only(&|_| true);
    let [ada, polish, arabic, chinese] = ["Ada Lovelace", "Łukasz Żółć", "محمد عبد الرحمن", "王小明"].map(page);
    let code = setup.signer.sign(&ada.code);
    let keys = VerifyingKeys::new(setup.event.id, [(1, EventSigner::public_key(&SAMPLE_SIGNING_KEY))]);
    let image = QrImage::encode(&code, Level::M);
    let with_code =
        |plan: &Plan| plan.render_with_code(black_box(&ada), black_box(&code)).expect("it renders").bytes.len();
    let with_signature = |page: &TicketValues| {
        whole.render(std::slice::from_ref(black_box(page)), &setup.signer).expect("it renders").bytes.len()
    };
    let case = |name, work| Case { name, work, nanos: Vec::new() };
    let mut cases: Vec<Case> = vec![
        case("copy the shared part", Box::new(|| black_box(black_box(whole.shared()).to_vec()).len())),
        case("+ objects", Box::new(|| with_code(&bare))),
        case("+ text", Box::new(|| with_code(&texts))),
        case("+ QR code", Box::new(|| with_code(&whole))),
        case("+ signature: a ticket", Box::new(|| with_signature(&ada))),
    ];
    let layers = cases.len();
    cases.extend([
        case("the same, Chinese names", {
            let names: Vec<_> = chinese_names().iter().map(|name| page(name)).collect();
            let mut round = 0;
            Box::new(move || {
                round += 1;
                with_signature(&names[round % names.len()])
            })
        }),
        case("the same, a Polish name", Box::new(|| with_signature(&polish))),
        case("the same, an Arabic name", Box::new(|| with_signature(&arabic))),
        case("a page of a long document", {
            let mut press = TicketPdfWriter::begin(&whole, std::io::sink()).expect("a sink takes everything");
            let (ada, signer) = (&ada, &setup.signer);
            Box::new(move || {
                press.ticket(black_box(ada), CodeSource::Signer(signer)).expect("a sink takes everything");
                1
            })
        }),
        case(
            "the most work: names shrink",
            most_work(&library, &setup, "{attendee.name}", 60, page(&"محمد Łukasz ".repeat(16))),
        ),
        // Another script with each letter: none can be shaped together.
        case("the most work: long answers", {
            let answers = Some(serde_json::json!({"note": "aم".repeat(1000)}));
            most_work(&library, &setup, "{answers.note}", 4, TicketValues { answers, ..page("Ada Lovelace") })
        }),
        case(
            "QR code alone",
            Box::new(|| usize::from(black_box(QrImage::encode(black_box(&code), Level::M)).is_dark(0, 0))),
        ),
        case("QR code as PNG", Box::new(|| image.png().len())),
        case("sign", Box::new(|| setup.signer.sign(black_box(&ada.code)).len())),
        case("verify", Box::new(|| usize::from(keys.verify(black_box(&code)).is_ok()))),
    ]);
    if let Ok(only) = std::env::var("RUNG") {
        // Useful for a profiler.
        cases.retain(|case| case.name.contains(&only));
    }
    measure(&mut cases, Duration::from_secs(seconds));
    report(&mut cases, layers);
    print_sizes(&whole, &setup, [&ada, &polish, &arabic, &chinese]);
}

fn print_sizes(plan: &Plan, setup: &EventSetup, tickets: [&TicketValues; 4]) {
    let size = |ticket| plan.render(std::slice::from_ref(ticket), &setup.signer).expect("it renders").bytes.len();
    let [ada, polish, arabic, chinese] = tickets.map(size);
    let shared = plan.shared().len();
    println!("\nbytes: a ticket {ada}, Polish {polish}, Arabic {arabic}, Chinese {chinese}; shared part {shared}");
}

/// Renders a ticket that takes as long as the limit allows: its layout has as many of these texts as the limit permits;
/// they shrink to a size of 4.
fn most_work<'b>(
    library: &Arc<FontLibrary>,
    setup: &'b EventSetup,
    text: &str,
    size: u8,
    ticket: TicketValues,
) -> Box<dyn FnMut() -> usize + 'b> {
    let text = serde_json::json!({"kind": "text", "x": 5, "y": 5, "width": 95, "height": 50, "text": text,
        "size": size, "smallest": 4});
    let compile = |texts| {
        let layout = serde_json::json!({"pages": [{"width": 105, "height": 148, "elements": vec![&text; texts]}]});
        let layout = Layout::read(layout).expect("a good layout");
        Plan::compile(library, &EventLayout::new(1, layout), setup)
    };
    let plan = (1..).map_while(|texts| compile(texts).ok()).last().expect("one text is within the limit");
    Box::new(move || plan.render(std::slice::from_ref(&ticket), &setup.signer).expect("it renders").bytes.len())
}

/// Runs the cases in turn until the time is over.
fn measure(cases: &mut [Case], time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        for case in &mut *cases {
            let started = Instant::now();
            let mut count = 0_u32;
            let mut taken = Duration::ZERO;
            while taken < SLICE {
                for _ in 0..8 {
                    black_box((case.work)());
                }
                count += 8;
                taken = started.elapsed();
            }
            case.nanos.push(taken.as_nanos() as f64 / f64::from(count));
        }
    }
}

fn report(cases: &mut [Case], layers: usize) {
    println!("{:28} {:>9} {:>15} {:>9} {:>9} {:>9}", "one core", "µs", "quartiles", "more", "floors", "per second");
    let (mut floor, mut before) = (None, 0.0);
    for (index, case) in cases.iter_mut().enumerate() {
        case.nanos.sort_by(f64::total_cmp);
        let at = |quarters: usize| case.nanos[(case.nanos.len() - 1) * quarters / 4] / 1000.0;
        let median = at(2);
        let floor = *floor.get_or_insert(median);
        let more = if (1..layers).contains(&index) { format!("{:+.2}", median - before) } else { String::new() };
        before = median;
        println!(
            "{:28} {median:9.2} {:>15} {more:>9} {:9.1} {:9.0}",
            case.name,
            format!("{:.2}…{:.2}", at(1), at(3)),
            median / floor,
            1e6 / median
        );
    }
}

/// Returns so many names that consecutive tickets rarely need the same letters.
fn chinese_names() -> Vec<String> {
    let (family, given) =
        ("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉玲");
    let given: Vec<char> = given.chars().collect();
    let names = family.chars().zip(0..).flat_map(|(family, first)| {
        let given = &given;
        (0..given.len())
            .map(move |second| format!("{family}{}{}", given[second], given[(second * 7 + first) % given.len()]))
    });
    names.collect()
}
