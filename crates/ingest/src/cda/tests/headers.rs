//! Headers of a few lines.

use super::{document, item_of};
use crate::{Limits, cda};
use record::{AuthorKind, Category, Flags, Item, Relation};

const HEAD: &str = r#"
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<title>  Bilan
  thyroïdien </title>
<effectiveTime value="20240105101500+0100"/>
<languageCode code="fr-FR"/>
<setId root="1.2.3" extension="set"/><versionNumber value="2"/>
<recordTarget><patientRole>
  <id root="1.2.250.1.213.1.4.8" extension="279035121518989"/>
  <id root="1.2.3.4" extension="hospital number"/>
</patientRole></recordTarget>
<author><functionCode displayName="Biologiste responsable"/><assignedAuthor>
  <id root="1.2.250.1.71.4.2.1" extension="801234567897"/>
  <code code="G15_10/SM03" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin - Biologie médicale (SM)"/>
  <assignedPerson><name><family>MARTIN</family><given>Anne </given></name></assignedPerson>
  <representedOrganization><name>Laboratoire du Parc</name></representedOrganization>
</assignedAuthor></author>
<author><assignedAuthor><id nullFlavor="NA"/>
  <assignedAuthoringDevice><softwareName>Assurance Maladie</softwareName></assignedAuthoringDevice>
</assignedAuthor></author>
<documentationOf><serviceEvent>
  <code code="ACQH004" codeSystem="1.2.250.1.213.2.5" displayName="Scanographie">
    <translation code="CT" codeSystem="1.2.840.10008.2.16.4" displayName="Tomodensitométrie"/></code>
  <effectiveTime><low value="20240103"/><high value="20240104"/></effectiveTime>
  <performer><assignedEntity><representedOrganization>
    <standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire"/>
  </representedOrganization></assignedEntity></performer>
</serviceEvent></documentationOf>
<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999" extension="41"/></parentDocument></relatedDocument>
<componentOf><encompassingEncounter><location><healthCareFacility>
  <code code="SA25" displayName="Laboratoire de biologie médicale"/>
</healthCareFacility></location></encompassingEncounter></componentOf>"#;

#[test]
fn a_header_says_what_xds_asks_for() {
    let xml = document(HEAD, "");
    let (item, patients, warnings) = cda::header(xml.as_bytes(), &Limits::default()).unwrap();
    let entry = item.document.as_ref().unwrap();
    assert_eq!(&*item.title, "Bilan thyroïdien");
    assert_eq!(item.id.to_string(), "DocumentReference/1.2.250.1.999-42");
    let dates = [item.start, item.end, item.created].map(|d| d.unwrap().to_string());
    assert_eq!(dates, ["2024-01-03", "2024-01-04", "2024-01-05"]);
    assert_eq!(entry.type_code.as_ref().unwrap().code, "11502-2");
    assert_eq!(entry.class_code.as_ref().unwrap().code, "10");
    assert_eq!(entry.category, Some(Category::Biology));
    let events: Vec<&str> = entry.event_codes.iter().map(|c| c.code.as_str()).collect();
    assert_eq!(events, ["ACQH004", "CT"]);
    assert_eq!(entry.facility_type.as_ref().unwrap().code, "SA25");
    assert_eq!(entry.practice_setting.as_ref().unwrap().code, "AMBULATOIRE");
    assert_eq!(entry.unique_id.as_deref(), Some("1.2.250.1.999^42"));
    assert_eq!(entry.logical_id.as_deref(), Some("1.2.3^set"));
    assert_eq!((entry.version, item.language.as_deref()), (Some(2), Some("fr-FR")));
    assert_eq!(item.links[0].relation, Relation::Replaces);
    assert_eq!(item.links[0].target, "1.2.250.1.999^41");
    assert_eq!(patients.len(), 1);
    assert_eq!(patients[0].value, "279035121518989");
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn authors_are_persons_or_software() {
    let item = item_of(&document(HEAD, ""));
    let [person, software] = &item.authors[..] else { unreachable!("two authors") };
    assert_eq!(person.name().as_deref(), Some("Anne MARTIN"));
    assert_eq!(person.role.as_deref(), Some("Biologiste responsable"));
    assert_eq!(person.specialty.as_ref().unwrap().code, "G15_10/SM03");
    assert_eq!(person.institution.as_deref(), Some("Laboratoire du Parc"));
    assert_eq!(person.identifier.as_deref(), Some("801234567897"));
    assert_eq!(software.kind, AuthorKind::Device);
    assert_eq!(software.name().as_deref(), Some("Assurance Maladie"));
}

fn flags(codes: &str) -> (Flags, usize) {
    let xml = document("", "").replace("<confidentialityCode code=\"N\"/>", codes);
    let (item, _, warnings) = cda::header(xml.as_bytes(), &Limits::default()).unwrap();
    (item.flags, warnings.len())
}

#[test]
fn confidentiality_codes_add_up_and_what_is_unknown_hides() {
    assert_eq!(flags("<confidentialityCode code='N'/>"), (Flags::NORMAL, 0));
    let both = "<confidentialityCode code='MASQUE_PS'/><confidentialityCode code='INVISIBLE_PATIENT'/>";
    assert_eq!(flags(both), (Flags::MASKED_FROM_PROFESSIONALS | Flags::INVISIBLE_PATIENT, 0));
    assert_eq!(flags("<confidentialityCode code='TOP'/>"), (Flags::UNKNOWN, 1));
    assert_eq!(flags("<confidentialityCode nullFlavor='UNK'/>"), (Flags::UNKNOWN, 1));
    assert_eq!(flags(""), (Flags::NORMAL, 1));
}

fn check_dates(head: &str, expected: (Option<&str>, Option<&str>), warned: usize) {
    let (item, _, warnings) = cda::header(document(head, "").as_bytes(), &Limits::default()).unwrap();
    let text = |d: Option<record::PartialDate>| d.map(|d| d.to_string());
    let expected = (expected.0.map(str::to_owned), expected.1.map(str::to_owned));
    assert_eq!(((text(item.start), text(item.created)), warnings.len()), (expected, warned), "{head}");
}

#[test]
fn dates_of_no_calendar_are_warnings() {
    let act = |time: &str| {
        format!(
            "<documentationOf><serviceEvent><effectiveTime>{time}</effectiveTime></serviceEvent></documentationOf>"
        )
    };
    check_dates("<effectiveTime value='20230231'/>", (None, None), 1);
    check_dates(&act("<low value='20230231'/>"), (None, None), 1);
    check_dates(&act("<low value='2023'/>"), (Some("2023"), None), 0);
    check_dates(&act("<low nullFlavor='UNK'/><high value='20230201'/>"), (Some("2023-02-01"), None), 0);
    let stay = "<componentOf><encompassingEncounter><effectiveTime><low value='202301'/></effectiveTime></encompassingEncounter></componentOf>";
    check_dates(stay, (Some("2023-01"), None), 0);
    check_dates(&format!("{}{stay}", act("<low value='2022'/>")), (Some("2022"), None), 0);
}

#[test]
fn the_document_is_found_inside_its_style_sheet_and_in_other_encodings() {
    let xml = document("<title>Été</title>", "");
    let inner = xml.split_once("?>").unwrap().1;
    let wrapped = format!(
        "<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:template match='/'/>{inner}</xsl:stylesheet>"
    );
    assert_eq!(&*item_of(&wrapped).title, "Été");
    let prefixed = "<c:ClinicalDocument xmlns:c='urn:hl7-org:v3'><c:title>Été</c:title></c:ClinicalDocument>";
    assert_eq!(&*item_of(prefixed).title, "Été");
    let title = |bytes: &[u8]| -> Item { cda::header(bytes, &Limits::default()).unwrap().0 };
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(xml.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(&*title(&utf16).title, "Été");
    let latin = xml.replace("UTF-8", "ISO-8859-1").replace("Été", "\u{1}");
    let latin: Vec<u8> =
        latin.bytes().flat_map(|b| if b == 1 { vec![0xc9, b't', 0xe9] } else { vec![b] }).collect();
    assert_eq!(&*title(&latin).title, "Été");
}
