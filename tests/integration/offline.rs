//! `onsale tickets render` and `onsale layouts`, which need no server, database or storage.

use std::{fs, path::Path, process::Output};

use crate::support::{command, decode_codes, pdf_text, qpdf_check};

fn onsale(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).current_dir(folder).args(arguments).output().unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[track_caller]
fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(words), "{:?}: {said}", output.status);
}

const GUESTS: &str = "\u{feff}name,ticketType,company,registrationId
Ada Lovelace,vip,Analytical Engines,GALA-0001
王小明,general,,GALA-0001
\"Łukasz \"\"Ż\"\"\",,x,
";
const EVENT: &str = r##"{"title": "Gala", "code": "GALA", "capacity": 10, "status": "published", "salesOpenAt": null, "language": "de", "accentColor": "#203040",
    "ticketTypes": [{"code": "general", "name": "Saal"}, {"code": "vip", "name": "Loge", "price": {"amount": 1250, "currency": "EUR"}}]}"##;

#[test]
fn tickets_are_rendered_from_a_table_to_files_or_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("guests.csv"), GUESTS).unwrap();
    fs::write(path.join("event.json"), EVENT).unwrap();
    let said =
        done(&onsale(path, &["tickets", "render", "--data", "guests.csv", "--event", "event.json", "--out", "out"]));
    assert!(said.contains("3 tickets") && said.contains("a second"), "{said}");
    let read = |name: &str| fs::read(path.join("out").join(name)).unwrap();
    let ada = read("GALA-0001-1.pdf");
    qpdf_check(&ada);
    let text = pdf_text(&ada);
    assert!(text.contains("Ada Lovelace") && text.contains("Loge") && text.contains("12,50"), "{text}");
    assert!(pdf_text(&read("GALA-0001-2.pdf")).contains("王小明"));
    assert!(pdf_text(&read("GALA-0003-1.pdf")).contains("Łukasz \"Ż\""));
    assert_eq!(fs::read_dir(path.join("out")).unwrap().count(), 3);

    for layout in ["din-long", "a4"] {
        let arguments = [
            "tickets",
            "render",
            "--layout",
            layout,
            "--data",
            "guests.csv",
            "--event",
            "event.json",
            "--out",
            "all.pdf",
        ];
        done(&onsale(path, &arguments));
        let all = fs::read(path.join("all.pdf")).unwrap();
        qpdf_check(&all);
        assert_eq!(pdf_text(&all).matches('\u{c}').count(), 3);
        assert_eq!(decode_codes(&all).len(), 3);
    }
    assert!(!path.join("all.pdf.part").exists());
}

#[test]
fn json_may_bring_the_event_and_codes_that_are_printed_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let data =
        format!(r#"{{"event": {EVENT}, "tickets": [{{"name": "Ada", "label": "Table 17", "code": "HELLO GATE"}}]}}"#);
    fs::write(path.join("data.json"), data).unwrap();
    done(&onsale(path, &["tickets", "render", "--data", "data.json", "--out", "all.pdf"]));
    let all = fs::read(path.join("all.pdf")).unwrap();
    assert_eq!(decode_codes(&all), ["HELLO GATE"]);
    assert!(pdf_text(&all).contains("Table 17"));
}

#[test]
fn what_cannot_be_rendered_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let render = |data: &str, layout: &str| {
        fs::write(path.join("data.csv"), data).unwrap();
        onsale(path, &["tickets", "render", "--layout", layout, "--data", "data.csv", "--out", "out"])
    };
    refused(&render("nom\nAda\n", "a6"), "there is no column `name`");
    refused(&render("name\nAda\n\" \"\n", "a6"), "ticket 2: `name` is empty");
    refused(&render("name,ticketType\nAda,press\n", "a6"), "no ticket type `press`");
    refused(&render("name,label\nAda,../../etc/passwd\n", "a6"), "names a file");
    refused(&render("name,code\nAda,lower\n", "a6"), "`code` is no code");
    refused(&render("name,label\nAda,A\nEve,A\n", "a6"), "another ticket has the label A");
    refused(&render("name\n", "a6"), "there is nobody");
    refused(&render("name\nAda\n", "a7"), "no layout of this name comes along: a6, din-long, a4");
    fs::write(
        path.join("bad.json"),
        r#"{"pages": [{"width": 5, "height": 50, "elements": [{"kind": "qr", "x": 0, "y": 0}]}]}"#,
    )
    .unwrap();
    refused(&render("name\nAda\n", "bad.json"), "/pages/0/width");
    refused(&onsale(path, &["layouts", "check", "bad.json"]), "missing field `size`");
    assert_eq!(onsale(path, &["tickets", "render"]).status.code(), Some(2), "usage");
}

#[test]
fn a_shipped_layout_is_where_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let shown = onsale(path, &["layouts", "show", "a6"]);
    fs::write(path.join("mine.json"), &shown.stdout).unwrap();
    let checked = onsale(path, &["layouts", "check", "mine.json"]);
    done(&checked);
    assert!(String::from_utf8_lossy(&checked.stdout).contains("no fault"));
    let fields = String::from_utf8(onsale(path, &["layouts", "fields"]).stdout).unwrap();
    assert!(fields.contains("{attendee.name}") && fields.contains("{answers.KEY}"));
}

#[test]
fn a_layout_of_pretix_becomes_ours_with_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let theirs = r#"[{"type":"barcodearea","left":"70.00","bottom":"20.00","size":"40.00","content":"secret"},
        {"type":"textcontainer","page":1,"locale":"","left":"10.00","bottom":"80.00","fontsize":"20.0","lineheight":"1",
         "color":[0,0,0,1],"fontfamily":"Open Sans","bold":true,"italic":false,"width":"100.00","height":"15.00",
         "content":"attendee_name","text":"Dr John Doe","text_i18n":{},"rotation":0,"align":"center","verticalalign":"middle",
         "autoresize":true,"splitlongwords":true},
        {"type":"textarea","left":"10","bottom":"60","fontsize":"12","width":"100","content":"seat","bold":false,"italic":false,
         "align":"left","color":[0,0,0,1],"fontfamily":"Open Sans"}]"#;
    fs::write(path.join("pretix.json"), theirs).unwrap();
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[250, 240, 200]).unwrap();
    fs::write(path.join("background.png"), picture).unwrap();
    let import =
        onsale(path, &["layouts", "import", "pretix.json", "--page", "120x110", "--background", "background.png"]);
    let said = done(&import);
    assert!(said.contains("object 2 (textarea seat): left out") && !said.contains("PDF of its own"), "{said}");
    fs::write(path.join("mine.json"), &import.stdout).unwrap();
    fs::write(path.join("data.csv"), "name\nGrace Hopper\n").unwrap();
    done(&onsale(path, &["tickets", "render", "--layout", "mine.json", "--data", "data.csv", "--out", "all.pdf"]));
    let all = fs::read(path.join("all.pdf")).unwrap();
    assert!(pdf_text(&all).contains("Grace Hopper"));
    assert_eq!(decode_codes(&all).len(), 1);
    refused(&onsale(path, &["layouts", "import", "background.png"]), "not JSON");
}
