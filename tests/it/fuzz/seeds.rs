//! Small whole files to begin with, and the words of their formats.

use super::pictures::PICTURES;
use crate::support::{files, fixture, root};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Larger seeds would only take longer.
const LARGEST: usize = 60_000;

pub(super) const PDF: &[&[u8]] = &[
    b"/Type",
    b"/Kids",
    b"/Length",
    b"/Filter",
    b"stream",
    b"endobj",
    b"/ObjStm",
    b"/Prev 0",
    b"1 0 R",
    b" Tf",
    b" Do ",
    b"/Encrypt",
    b"/ToUnicode",
    b"/Annots",
    b"/EmbeddedFile",
    b"<<",
    b">>",
    b"[",
    b"]",
];
pub(super) const XML: &[&[u8]] = &[
    b"<!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"&a;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<section>",
    b"</section>",
    b"<table>",
    b"<td rowspan=\"9\">",
    b"<observationMedia ID=\"a\">",
    b"<nonXMLBody>",
    b"nullFlavor=\"UNK\"",
    b"representation=\"B64\"",
    b"compression=\"ZL\"",
    b"value=\"-1e999\"",
    b"<reference value=\"#a\"/>",
    b"xsi:type=\"PQ\"",
    b"20240230",
    b"<act>",
    b"\0",
];
pub(super) const JSON: &[&[u8]] = &[
    b"[[[[[[[[",
    b"{\"a\":",
    b"null",
    b"\"resourceType\":\"Bundle\"",
    b"\"entry\":[",
    b"\"contained\":[",
    b"\"fullUrl\":",
    b"\"reference\":\"#a\"",
    b"1e999",
    b"-0",
    b"\"\\ud800\"",
    b"\"2024-02-30\"",
    b"\"data\":\"JVBERi0=\"",
    b"\n",
];
pub(super) const RTF: &[&[u8]] = &[
    b"{\\rtf1",
    b"{",
    b"}",
    b"\\par",
    b"\\'e9",
    b"\\u-4321?",
    b"\\uc99",
    b"\\bin99999 ",
    b"{\\*\\fonttbl",
    b"\\ansicpg932",
    b"\\trowd",
    b"\\cell",
    b"\\row",
    b"{\\field{\\*\\fldinst",
    b"\\pict",
    b"\\page",
    b"\\",
    b"\\ud",
];
pub(super) const HTML: &[&[u8]] = &[
    b"<table><tr><td>",
    b"</",
    b"<!--",
    b"<script>",
    b"<style>",
    b"&#x110000;",
    b"&eacute",
    b"<br/>",
    b"<p",
    b"=\"",
    b"<![CDATA[",
    b"<meta charset=\"utf-16\">",
    b"<li>",
    b"<td colspan=99999>",
    b"<title>",
    b"&#0;",
];
pub(super) const TEXT: &[&[u8]] =
    &[b"\x0c", b"\r", b"\t\t", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9", b"-\n", b"\xf0\x9f"];
/// Markers, chunks and tags.
pub(super) const IMAGE: &[&[u8]] = &[
    b"\xff\xd8",
    b"\xff\xc0",
    b"\xff\xc2",
    b"\xff\xc4",
    b"\xff\xda",
    b"\xff\xdb",
    b"\xff\xdd\0\x04",
    b"\xff\xe1",
    b"IHDR",
    b"IDAT",
    b"PLTE",
    b"eXIf",
    b"acTL",
    b"II*\0",
    b"MM\0*",
    b"\x12\x01\x03\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
];
pub(super) const ZIP: &[&[u8]] =
    &[b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"../", b"\xff\xff\xff\xff"];

/// The fixtures whose names end so, and that are small.
pub(super) fn fixtures(end: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    below(&fixture("records"), end, &mut found);
    found
}

fn below(folder: &Path, end: &str, found: &mut Vec<Vec<u8>>) {
    for path in files(folder).iter().filter(|path| path.to_string_lossy().ends_with(end)) {
        found.push(std::fs::read(path).unwrap());
    }
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().filter(|path| path.is_dir()).for_each(|path| below(path, end, found));
    found.retain(|bytes| bytes.len() < LARGEST);
}

/// Inputs that something once failed at, by their extension: they are seeds for ever.
pub(super) fn found(extension: &str) -> Vec<Vec<u8>> {
    let found = files(&root().join("tests/it/fuzz/found")).into_iter();
    found
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// The resources of the fixtures' bundles, each in a bundle of its own.
pub(super) fn bundles() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (path, kind) in
        [("maelys-trehoret/bundle.json", "collection"), ("octave-nivelle/transaction.json", "transaction")]
    {
        let bytes = std::fs::read(fixture("records").join(path)).unwrap();
        let bundle: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for entry in bundle["entry"].as_array().unwrap().iter().take(40) {
            let one = serde_json::json!({"resourceType": "Bundle", "type": kind, "entry": [entry]});
            found.push(one.to_string().into_bytes());
        }
    }
    found
}

/// The lists of documents of the fixtures' archives.
pub(super) fn lists() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for bytes in fixtures(".ZIP") {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            if entry.name().unwrap().ends_with("METADATA.XML") {
                let mut list = Vec::new();
                entry.read_to_end(&mut list).unwrap();
                found.push(list);
            }
        }
    }
    found
}

/// An archive with this list and a document or two: a damaged list behind a checksum that is right.
pub(super) fn archive(list: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let document = b"<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>";
    for (name, bytes) in [("METADATA.XML", list), ("DOC0001.XML", document), ("DOC0002.PDF", b"%PDF-1.4")] {
        writer.start_file(format!("IHE_XDM/SUBSET01/{name}"), SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Small pictures of each kind.
pub(super) fn pictures() -> Vec<Vec<u8>> {
    PICTURES.iter().map(|(kind, _)| picture(kind)).collect()
}

/// The small picture of this kind.
pub(crate) fn picture(kind: &str) -> Vec<u8> {
    let (_, bytes) = PICTURES.iter().find(|(name, _)| *name == kind).unwrap();
    STANDARD.decode(bytes).unwrap()
}

/// Pages as bodies of documents and resources have them, and as browsers have to bear them.
pub(super) fn pages() -> Vec<Vec<u8>> {
    [
        "<html><head><title>Compte rendu</title><style>p{color:red}</style></head><body><h1>Biologie</h1><p>Cr&eacute;atinine \
         : 84&nbsp;&micro;mol/L</p><ul><li>un<li>deux</ul></body></html>",
        "<table><caption>NFS</caption><tr><th>Examen</th><th colspan=2>R&#233;sultat</th></tr><tr><td rowspan='2'>Hb<td>13,2\
         <td>g/dL</tr><tr><td>13,4</table>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a<br/>b<!-- c --><script>if (a < b) {}</script><pre>d\n e</pre></div>",
    ]
    .map(|page| page.as_bytes().to_vec())
    .to_vec()
}
