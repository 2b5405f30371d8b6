//! Image files made here, read back.

use super::*;

/// A picture of 3 × 2: black, grey, white; white, white, black.
const SHADES: [u8; 6] = [0, 128, 255, 255, 255, 0];

fn png(colour: ::png::ColorType, depth: ::png::BitDepth, data: &[u8], orientation: Option<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut info = ::png::Info::with_size(3, 2);
    (info.color_type, info.bit_depth) = (colour, depth);
    info.exif_metadata = orientation.map(|o| {
        [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[o, 0, 0, 0, 0, 0, 0]]
            .concat()
            .into()
    });
    let mut writer = ::png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

fn check(media: MediaType, bytes: &[u8], page: u32, expected: &[u8]) {
    let picture = Pictures::new(media, bytes).page(page).unwrap();
    assert_eq!(picture.pixels(), expected);
}

#[test]
fn png_of_each_kind() {
    use ::png::{BitDepth, ColorType};
    let rgb: Vec<u8> = SHADES.iter().flat_map(|s| [*s; 3]).collect();
    let rgba: Vec<u8> =
        SHADES.iter().flat_map(|s| if *s == 255 { [0, 0, 0, 0] } else { [*s, *s, *s, 255] }).collect();
    check(MediaType::Png, &png(ColorType::Grayscale, BitDepth::Eight, &SHADES, None), 1, &SHADES);
    check(MediaType::Png, &png(ColorType::Rgb, BitDepth::Eight, &rgb, None), 1, &SHADES);
    check(MediaType::Png, &png(ColorType::Rgba, BitDepth::Eight, &rgba, None), 1, &SHADES);
    check(
        MediaType::Png,
        &png(ColorType::Grayscale, BitDepth::One, &[0b1010_0000, 0b1100_0000], None),
        1,
        &[255, 0, 255, 255, 255, 0],
    );
    check(
        MediaType::Png,
        &png(ColorType::Grayscale, BitDepth::Eight, &SHADES, Some(3)),
        1,
        &[0, 255, 255, 255, 128, 0],
    );
}

#[test]
fn tiff_page_by_page() {
    use ::tiff::encoder::{TiffEncoder, colortype};
    use ::tiff::tags::Tag;
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    encoder.write_image::<colortype::Gray8>(3, 2, &SHADES).unwrap();
    let mut second = encoder.new_image::<colortype::Gray8>(3, 2).unwrap();
    second.encoder().write_tag(Tag::Orientation, 3u16).unwrap();
    second.write_data(&SHADES).unwrap();
    let rgb: Vec<u16> = SHADES.iter().flat_map(|s| [u16::from(*s) * 257; 3]).collect();
    encoder.write_image::<colortype::RGB16>(3, 2, &rgb).unwrap();
    let bytes = bytes.into_inner();
    assert_eq!(Pictures::new(MediaType::Tiff, &bytes).count(9), 3);
    check(MediaType::Tiff, &bytes, 1, &SHADES);
    check(MediaType::Tiff, &bytes, 2, &[0, 255, 255, 255, 128, 0]);
    check(MediaType::Tiff, &bytes, 3, &SHADES);
    assert!(Pictures::new(MediaType::Tiff, &bytes).page(4).is_err());
}

#[test]
fn values_of_fewer_bits_than_a_byte() {
    let step = |value: u16| [u8::try_from(value * 85).unwrap()];
    assert_eq!(
        super::tiff::packed(&[0b0001_1011, 0b1100_0000], 5, 1, 2, step),
        Ok(vec![0, 85, 170, 255, 255])
    );
    assert!(super::tiff::packed(&[0], 5, 1, 2, step).is_err());
}

#[test]
fn hostile_images_are_refused() {
    let check = |media, bytes: &[u8], fault| {
        let refused = Pictures::new(media, bytes).page(1).unwrap_err();
        assert_eq!(refused.0, fault, "{}", refused.1);
    };
    let mut huge = png(::png::ColorType::Grayscale, ::png::BitDepth::Eight, &SHADES, None);
    // width and height in the header, whose checksum is then wrong, too
    huge[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let refused = Pictures::new(MediaType::Png, &huge).page(1).unwrap_err();
    assert!(matches!(refused.0, Fault::Limit | Fault::Damaged));
    check(MediaType::Png, b"\x89PNG\r\n\x1a\nrubbish", Fault::Damaged);
    check(MediaType::Jpeg, b"\xff\xd8\xff\xe0rubbish", Fault::Damaged);
    check(MediaType::Tiff, b"II*\0\x08\0\0\0\0\0\0\0\0\0", Fault::Damaged);
    check(MediaType::Pdf, b"%PDF-1.7", Fault::MediaType);
    assert_eq!(measured(100_000, 100_000), Err((Fault::Limit, "image has more pixels than the limit")));
    assert_eq!(luma([255; 3]), 255);
}

#[test]
fn colours_are_shown_turned_and_no_larger_than_asked() {
    use ::png::{BitDepth, ColorType};
    let rgb: Vec<u8> = (0..18).map(|n| n * 10).collect();
    let check = |media, bytes: &[u8], page, longest, size, expected: &[u8]| {
        let picture = Pictures::new(media, bytes).coloured(page, longest).unwrap();
        assert_eq!(((picture.width, picture.height), picture.rgb.as_slice()), (size, expected));
    };
    check(MediaType::Png, &png(ColorType::Rgb, BitDepth::Eight, &rgb, None), 1, 500, (3, 2), &rgb);
    let turned = [90, 100, 110, 0, 10, 20, 120, 130, 140, 30, 40, 50, 150, 160, 170, 60, 70, 80];
    check(MediaType::Png, &png(ColorType::Rgb, BitDepth::Eight, &rgb, Some(6)), 1, 500, (2, 3), &turned);
    let grey = SHADES.map(|shade| [shade; 3]).concat();
    check(MediaType::Png, &png(ColorType::Grayscale, BitDepth::Eight, &SHADES, None), 1, 3, (3, 2), &grey);
    let flat = [200, 100, 50].repeat(6);
    let small = png(ColorType::Rgb, BitDepth::Eight, &flat, Some(8));
    check(MediaType::Png, &small, 1, 1, (1, 1), &[200, 100, 50]);
    assert!(Pictures::new(MediaType::Png, &small).coloured(2, 100).is_err());
}
