//! `cargo bench --bench render`: a ticket layer by layer, each rung with one thing more than the one before.
//!
//! All rungs run in turns, many times, so that a busy machine is busy for all of them. The table has medians, the spread of
//! the middle half, and ratios to the floor measured in the same run. `SECONDS` says how long it may take, `RUNG` names one to
//! run alone.

#![expect(clippy::print_stdout, reason = "the table is what it makes")]

use std::{
    hint::black_box,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use onsale::{
    domain::{EventLayout, EventSigner, Layout, Level, SAMPLE_KEY, VerifyingKeys, sample_event},
    render::{CodeOf, Library, Plan, Press, QrImage, TicketPage, shipped},
};
use serde_json::Value;

/// The server's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One turn of one rung.
const TURN: Duration = Duration::from_millis(4);

struct Rung<'b> {
    name: &'static str,
    work: Box<dyn FnMut() -> usize + 'b>,
    /// Of one piece of work, turn by turn.
    nanos: Vec<f64>,
}

fn main() {
    let seconds = std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let library = Arc::new(Library::new(&[PathBuf::from("/usr/share/fonts")]));
    let setup = sample_event(|draft| draft.venue.address = Some("Lalbagh Botanical Garden, Bengaluru".into()));
    let page = |name: &str| TicketPage::sample(&setup, name);
    let layout = serde_json::to_value(shipped("a6").expect("it comes along")).expect("plain data serializes");
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
    let keys = VerifyingKeys::new(setup.event.id, [(1, EventSigner::public_key(&SAMPLE_KEY))]);
    let image = QrImage::encode(&code, Level::M);
    let with_code =
        |plan: &Plan| plan.render_with_code(black_box(&ada), black_box(&code)).expect("it renders").bytes.len();
    let with_signature = |page: &TicketPage| {
        whole.render(std::slice::from_ref(black_box(page)), &setup.signer).expect("it renders").bytes.len()
    };
    let rung = |name, work| Rung { name, work, nanos: Vec::new() };
    let mut ladder: Vec<Rung> = vec![
        rung("copy what all share", Box::new(|| black_box(black_box(whole.shared()).to_vec()).len())),
        rung("+ objects", Box::new(|| with_code(&bare))),
        rung("+ text", Box::new(|| with_code(&texts))),
        rung("+ QR code", Box::new(|| with_code(&whole))),
        rung("+ signature: a ticket", Box::new(|| with_signature(&ada))),
    ];
    let layers = ladder.len();
    ladder.extend([
        rung("the same, Chinese names", {
            let names: Vec<_> = chinese_names().iter().map(|name| page(name)).collect();
            let mut turn = 0;
            Box::new(move || {
                turn += 1;
                with_signature(&names[turn % names.len()])
            })
        }),
        rung("the same, a Polish name", Box::new(|| with_signature(&polish))),
        rung("the same, an Arabic name", Box::new(|| with_signature(&arabic))),
        rung("a page of a long document", {
            let mut press = Press::begin(&whole, std::io::sink()).expect("a sink takes everything");
            let (ada, signer) = (&ada, &setup.signer);
            Box::new(move || {
                press.ticket(black_box(ada), CodeOf::Signer(signer)).expect("a sink takes everything");
                1
            })
        }),
        rung(
            "QR code alone",
            Box::new(|| usize::from(black_box(QrImage::encode(black_box(&code), Level::M)).is_dark(0, 0))),
        ),
        rung("QR code as PNG", Box::new(|| image.png().len())),
        rung("sign", Box::new(|| setup.signer.sign(black_box(&ada.code)).len())),
        rung("verify", Box::new(|| usize::from(keys.verify(black_box(&code)).is_ok()))),
    ]);
    if let Ok(only) = std::env::var("RUNG") {
        // For a profiler: one rung and nothing else.
        ladder.retain(|rung| rung.name.contains(&only));
    }
    measure(&mut ladder, Duration::from_secs(seconds));
    report(&mut ladder, layers);
    let size =
        |page: &TicketPage| whole.render(std::slice::from_ref(page), &setup.signer).expect("it renders").bytes.len();
    println!(
        "\nbytes: a ticket {}, Polish {}, Arabic {}, Chinese {}; what all share {}",
        size(&ada),
        size(&polish),
        size(&arabic),
        size(&chinese),
        whole.shared().len()
    );
}

/// Runs the rungs in turns until the time is over.
fn measure(ladder: &mut [Rung], time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        for rung in &mut *ladder {
            let started = Instant::now();
            let mut count = 0_u32;
            let mut taken = Duration::ZERO;
            while taken < TURN {
                for _ in 0..8 {
                    black_box((rung.work)());
                }
                count += 8;
                taken = started.elapsed();
            }
            rung.nanos.push(taken.as_nanos() as f64 / f64::from(count));
        }
    }
}

fn report(ladder: &mut [Rung], layers: usize) {
    println!("{:28} {:>9} {:>15} {:>9} {:>9} {:>9}", "one core", "µs", "middle half", "more", "floors", "a second");
    let (mut floor, mut before) = (None, 0.0);
    for (index, rung) in ladder.iter_mut().enumerate() {
        rung.nanos.sort_by(f64::total_cmp);
        let at = |quarters: usize| rung.nanos[(rung.nanos.len() - 1) * quarters / 4] / 1000.0;
        let median = at(2);
        let floor = *floor.get_or_insert(median);
        let more = if (1..layers).contains(&index) { format!("{:+.2}", median - before) } else { String::new() };
        before = median;
        println!(
            "{:28} {median:9.2} {:>15} {more:>9} {:9.1} {:9.0}",
            rung.name,
            format!("{:.2}…{:.2}", at(1), at(3)),
            median / floor,
            1e6 / median
        );
    }
}

/// So many that hardly two tickets in a row need the same letters.
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
