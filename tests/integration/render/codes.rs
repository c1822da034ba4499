//! QR codes on pages: read by two independent decoders, small, rotated, gray, and at each level of error correction.

use onsale::domain::{SAMPLE_SIGNING_KEY, VerifyingKeys};
use serde_json::json;

use super::{plan, setup, ticket};
use crate::support::{Picture, page_picture, zbar};

fn rqrr(picture: &Picture) -> Option<String> {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
        picture.gray[y * picture.width + x]
    });
    image.detect_grids().into_iter().find_map(|grid| grid.decode().ok().map(|(_, text)| text))
}

#[test]
fn a_code_is_read_by_two_decoders_in_any_state() {
    let setup = setup();
    let keys = VerifyingKeys::new(setup.event.id, [(1, onsale::domain::EventSigner::public_key(&SAMPLE_SIGNING_KEY))]);
    for (case, level, size, rotate, resolution) in [
        ("as it is", "M", 49.0, 0.0, 150),
        ("small", "M", 20.0, 0.0, 200),
        ("a quarter turned", "M", 40.0, 90.0, 150),
        ("aslant", "M", 40.0, 17.0, 200),
        ("upside down", "Q", 40.0, 180.0, 150),
        ("dirt-proof", "H", 40.0, 0.0, 200),
        ("at an odd resolution", "M", 33.3, 0.0, 173),
        ("huge", "Q", 95.0, 0.0, 96),
    ] {
        // The code rotates around its corner, which is in the middle of the page.
        let layout = json!({"pages": [{"width": 200, "height": 200, "background": "#e8e4d8", "elements": [
            {"kind": "qr", "x": 100, "y": 100, "size": size, "level": level, "rotate": rotate}]}]});
        let pdf = plan(&layout, &setup).render(&[ticket("Ada")], &setup.signer).unwrap().bytes;
        let picture = page_picture(&pdf, resolution);
        let (first, second) = (zbar(&picture), rqrr(&picture));
        let first = first.unwrap_or_else(|| panic!("zbar does not read it: {case}"));
        assert_eq!(Some(&first), second.as_ref(), "rqrr: {case}");
        assert_eq!(keys.verify(&first).unwrap(), ticket("Ada").code, "{case}");
    }
}

#[test]
fn a_code_is_read_from_a_gray_and_blurred_print() {
    let setup = setup();
    let layout =
        json!({"pages": [{"width": 60, "height": 60, "elements": [{"kind": "qr", "x": 5, "y": 5, "size": 49}]}]});
    let pdf = plan(&layout, &setup).render(&[ticket("Ada")], &setup.signer).unwrap().bytes;
    let mut picture = page_picture(&pdf, 150);
    // Worn ink on yellowed paper, out of focus: each pixel is the mean of its neighbours, between 80 and 200.
    let (width, sharp) = (picture.width, picture.gray.clone());
    for y in 1..picture.height - 1 {
        for x in 1..width - 1 {
            let sum: u32 = (y - 1..=y + 1)
                .flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)))
                .map(|(x, y)| u32::from(sharp[y * width + x]))
                .sum();
            picture.gray[y * width + x] = u8::try_from(80 + sum / 9 * 120 / 255).unwrap();
        }
    }
    assert!(zbar(&picture).is_some() && zbar(&picture) == rqrr(&picture));
}
