//! Narratives and entries of a few lines.

use super::{document, items_of, reading_of, section, tell};
use record::{Flags, Outcome, Relation};

fn check_lines(text: &str, expected: &[&str]) {
    let reading = reading_of(&document("", &section(text, "")));
    let lines: Vec<String> = reading.pages[0].lines[1..]
        .iter()
        .map(|l| format!("{}{}", if l.starts_block { "¶" } else { "" }, &*l.text))
        .collect();
    assert_eq!(lines, expected, "{text}");
}

#[test]
fn narrative_blocks_become_lines() {
    check_lines("du\n texte <content styleCode='Bold'>en gras</content>.", &["¶du texte en gras."]);
    check_lines("un<br/>deux", &["¶un", "deux"]);
    check_lines("<paragraph>un</paragraph><paragraph>deux</paragraph>", &["¶un", "¶deux"]);
    check_lines(
        "avant<list><caption>Titre</caption><item>a</item><item>b<list><item>c</item></list></item></list>après",
        &["¶avant", "¶Titre", "a", "b", "¶c", "¶après"],
    );
    check_lines("H<sub>2</sub>O et 10<sup>9</sup>/L", &["¶H2O et 109/L"]);
    check_lines("a<footnote ID='n'>note</footnote>b", &["¶a", "note", "b"]);
    check_lines(
        "<renderMultiMedia referencedObject='x'><caption>Figure 1</caption></renderMultiMedia>",
        &["¶Figure 1"],
    );
    check_lines("<linkHtml href='http://x'>lien</linkHtml> fin", &["¶lien fin"]);
}

#[test]
fn tables_keep_their_header_and_one_line_a_row() {
    let table = "<table><caption>Bilan</caption><thead><tr><th>Analyse</th><th>Résultat</th></tr></thead>
        <tbody><tr><td><content ID='a'>TSH</content><br/>(ECL)</td> <td> 1,95
        mUI/L </td></tr><tr><td/><td><paragraph>a</paragraph><paragraph>b</paragraph></td></tr></tbody></table>fin";
    check_lines(table, &["¶Bilan", "¶Analyse\tRésultat", "TSH (ECL)\t1,95 mUI/L", "\ta b", "¶fin"]);
}

#[test]
fn cells_that_span_leave_empty_ones() {
    let table = "<table><thead><tr><th rowspan='2'>Analyse</th><th colspan='2'>Résultats</th><th rowspan='2'>Normes</th></tr>
        <tr><th>mars</th><th>avril</th></tr></thead><tbody><tr><td>Urée</td><td>5</td><td>6</td><td>3 à 8</td></tr></tbody></table>";
    check_lines(table, &["¶Analyse\tRésultats\t\tNormes", "\tmars\tavril", "Urée\t5\t6\t3 à 8"]);
    check_lines("<table><tr><td rowspan='x' colspan='999999999'>a</td></tr></table>", &["¶a"]);
}

#[test]
fn titles_are_headings_and_sections_nest() {
    let body = "<structuredBody><component><section><title>Un</title><text>a</text>
        <component><section><title>Deux</title><text>b</text></section></component></section></component></structuredBody>";
    let reading = reading_of(&document("", body));
    let lines: Vec<(&str, bool)> = reading.pages[0].lines.iter().map(|l| (&*l.text, l.heading)).collect();
    assert_eq!(lines, [("Un", true), ("a", false), ("Deux", true), ("b", false)]);
    assert_eq!((reading.page_count, reading.outcome), (1, Outcome::Read));
}

fn check(entries: &str, expected: &[&str]) {
    assert_eq!(items_of(entries), expected);
}

#[test]
fn medications_have_codes_dosage_and_reason() {
    let entry = |mood: &str| {
        format!(
            "<entry><substanceAdministration classCode='SBADM' moodCode='{mood}'>
        <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.7'/>
        <effectiveTime xsi:type='IVL_TS'><low value='20231201'/><high value='20231206'/></effectiveTime>
        <effectiveTime xsi:type='PIVL_TS'><period value='8' unit='h'/></effectiveTime>
        <doseQuantity value='1' unit='{{comprimé}}'/>
        <consumable><manufacturedProduct><manufacturedMaterial>
          <code code='63107752' codeSystem='1.2.250.1.213.2.3.1' displayName='PARACETAMOL 500 mg, comprimé'/>
          <name>PARACETAMOL 500 mg</name>
          <pharm:asSpecializedKind><pharm:generalizedMedicineClass>
            <pharm:code code='N02BE01' codeSystem='2.16.840.1.113883.6.73' displayName='paracetamol'/>
          </pharm:generalizedMedicineClass></pharm:asSpecializedKind>
        </manufacturedMaterial></manufacturedProduct></consumable>
        <entryRelationship typeCode='RSON'><act><code code='R51' displayName='Céphalée'/></act></entryRelationship>
        </substanceAdministration></entry>"
        )
    };
    let told = "PARACETAMOL 500 mg 2023-12-01 2023-12-06 | Reason: Céphalée | Dosage: 1 comprimé, toutes les 8 heures";
    check(
        &format!("{}{}", entry("EVN"), entry("INT")),
        &[&format!("MedicationStatement/med1 {told}"), &format!("MedicationRequest/med2 {told}")],
    );
    let item = &reading_of(&document("", &section("", &entry("EVN")))).items[0];
    let codes: Vec<&str> = item.codes.iter().map(|c| c.code.as_str()).collect();
    assert_eq!(codes, ["63107752", "N02BE01"]);
}

#[test]
fn a_dispensed_drug_has_the_dosage_inside_it() {
    check(
        "<entry><supply moodCode='EVN'><product><manufacturedProduct><manufacturedMaterial><name>DOLIPRANE 1 g</name>
        </manufacturedMaterial></manufacturedProduct></product>
        <entryRelationship><substanceAdministration moodCode='EVN'>
          <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.7'/><doseQuantity value='2' unit='{comprimé}'/>
          <consumable><manufacturedProduct><manufacturedMaterial><code nullFlavor='NA'/></manufacturedMaterial></manufacturedProduct></consumable>
        </substanceAdministration></entryRelationship></supply></entry>",
        &["MedicationStatement/med1 DOLIPRANE 1 g | Dosage: 2 comprimé"],
    );
}

/// A problem with this attribute, this value and these details.
fn problem(attribute: &str, value: &str, details: &str) -> String {
    format!(
        "<entry><act><statusCode code='active'/><entryRelationship><observation moodCode='EVN' {attribute}>
        <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.5'/><statusCode code='completed'/>
        <effectiveTime><low value='201906'/></effectiveTime>
        <value xsi:type='CD' {value}/>{details}</observation></entryRelationship></act></entry>"
    )
}

#[test]
fn problems_have_status_severity_and_absence() {
    let detail = |code: &str, value: &str| {
        format!(
            "<entryRelationship><observation><code code='{code}' displayName='Sévérité'/><value xsi:type='CE' {value}/></observation></entryRelationship>"
        )
    };
    let diabetes = "code='E11' codeSystem='2.16.840.1.113883.6.3' displayName='Diabète de type 2'";
    let status = detail("33999-4", "code='active' displayName='Actif'");
    let severity = detail("SEV", "displayName='modéré'");
    check(
        &problem("", diabetes, &format!("{status}{severity}")),
        &["Condition/prob1 Diabète de type 2 [active] 2019-06 | Comment: Sévérité : modéré"],
    );
    check(
        &problem("negationInd='true'", diabetes, &status),
        &["Condition/prob1 Diabète de type 2 [negated] 2019-06 | Result: absent"],
    );
    let refuted = detail("66455-7", "code='refuted'");
    check(
        &problem("", diabetes, &refuted),
        &["Condition/prob1 Diabète de type 2 [negated] 2019-06 | Result: absent"],
    );
    check(
        &problem("", "code='no-known-problems' displayName='Pas de problème connu'", ""),
        &["Condition/prob1 Pas de problème connu [negated] 2019-06 | Result: absent"],
    );
}

#[test]
fn entries_without_a_statement_are_counted_and_keep_their_number() {
    let silent = [
        problem("", "code='no-problem-info' displayName='Pas d’information'", ""),
        problem("", "nullFlavor='UNK'", ""),
        problem("nullFlavor='NA'", "code='I10' displayName='Hypertension'", ""),
        problem("", "code='I10' displayName='Hypertension'", "")
            .replace("code='completed'", "code='nullified'"),
    ]
    .concat();
    let entries = format!("{silent}{}", problem("", "code='I10' displayName='Hypertension'", ""));
    let reading = reading_of(&document("", &section("", &entries)));
    assert_eq!(reading.items.iter().map(tell).collect::<Vec<_>>(), ["Condition/prob5 Hypertension 2019-06"]);
    assert_eq!(
        reading.warnings,
        ["1 withdrawn entries were left out", "3 entries say nothing beyond the narrative"]
    );
}

#[test]
fn allergies_are_named_by_their_agent_with_their_reactions() {
    check(
        "<entry><act><entryRelationship><observation moodCode='EVN'>
        <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.5'/><templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.6'/>
        <code code='416098002' displayName='allergie médicamenteuse'/><value xsi:type='CD'/>
        <participant typeCode='CSM'><participantRole><playingEntity>
          <code code='J01CA04' codeSystem='2.16.840.1.113883.6.73' displayName='amoxicilline'/><name>Amoxicilline</name>
        </playingEntity></participantRole></participant>
        <entryRelationship typeCode='MFST'><observation>
          <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.5'/><value xsi:type='CD' code='L50' displayName='Urticaire'/>
          <entryRelationship><observation><code code='SEV'/><value xsi:type='CD' displayName='sévère'/></observation></entryRelationship>
        </observation></entryRelationship>
        </observation></entryRelationship></act></entry>",
        &["AllergyIntolerance/alg1 Amoxicilline | Reaction: Urticaire (sévère) | Comment: allergie médicamenteuse"],
    );
}

#[test]
fn vaccines_have_rank_and_lot() {
    let vaccine = |negation: &str| {
        format!(
            "<entry><substanceAdministration moodCode='EVN' {negation}>
        <templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.12'/>
        <code code='BOOSTER' displayName='Rappel'/><effectiveTime value='20240110'/>
        <consumable><manufacturedProduct><manufacturedMaterial><code code='60917345' displayName='REVAXIS'/>
          <lotNumberText>A12</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable>
        <entryRelationship><observation><code code='30973-2' codeSystem='2.16.840.1.113883.6.1' displayName='Rang'/>
          <value xsi:type='INT' value='2'/></observation></entryRelationship>
        </substanceAdministration></entry>"
        )
    };
    let notes = "| Comment: Rang : 2 | Product: Lot : A12 | Comment: Rappel";
    check(&vaccine(""), &[&format!("Immunization/imm1 REVAXIS 2024-01-10 {notes}")]);
    check(
        &vaccine("negationInd='true'"),
        &[&format!("Immunization/imm1 REVAXIS [negated] 2024-01-10 {notes} | Result: non fait")],
    );
}

/// An observation of a battery with this value.
fn observation(value: &str) -> String {
    format!(
        "<entry><organizer><effectiveTime value='20240402'/><component><observation moodCode='EVN'>
        <code code='3016-3' codeSystem='2.16.840.1.113883.6.1' displayName='Thyréostimuline [Arbitraire/Volume]'/>
        {value}</observation></component></organizer></entry>"
    )
}

fn check_value(value: &str, expected: &str) {
    let expected = format!("Observation/obs1 Thyréostimuline [Arbitraire/Volume] 2024-04-02{expected}");
    check(&observation(value), &[&expected]);
}

#[test]
fn values_of_every_type() {
    check_value("<value xsi:type='PQ' value='1.950' unit='m[IU]/L'/>", " = Equal 1.95 m[IU]/L");
    check_value("<value xsi:type='INT' value='12'/>", " = Equal 12");
    check_value("<value xsi:type='REAL' value='2,5'/>", " = Equal 2.5");
    check_value("<value xsi:type='BL' value='true'/>", " = oui");
    check_value("<value xsi:type='ST'>négatif</value>", " = négatif");
    check_value("<value xsi:type='CD' code='260385009' displayName='Négatif'/>", " = Négatif");
    check_value("<value xsi:type='TS' value='20240131'/>", " = 31/01/2024");
    check_value("<value xsi:type='IVL_PQ'><high value='5' unit='mg/L'/></value>", " = AtMost 5 mg/L");
    check_value("<value xsi:type='IVL_PQ'><low value='90' inclusive='false'/></value>", " = Greater 90");
    check_value("<value xsi:type='IVL_PQ'><low value='2'/><high value='4' unit='h'/></value>", " = 2 – 4 h");
    check_value(
        "<value xsi:type='PQ' value='9' unit='g'/><interpretationCode code='H'/>
        <referenceRange><observationRange><value xsi:type='IVL_PQ'><low value='0.5'/><high value='4.2'/></value></observationRange></referenceRange>",
        " = Equal 9 g (0.5..4.2) H",
    );
    check(&observation("<value xsi:type='PQ' nullFlavor='NA'/>"), &[]);
    check(
        &observation("<value xsi:type='PQ' value='NaN'/>"),
        &["Observation/obs1 Thyréostimuline [Arbitraire/Volume] 2024-04-02 = NaN"],
    );
}

#[test]
fn names_come_from_the_narrative_by_reference() {
    let entry = "<entry><observation moodCode='EVN'><code code='3016-3' codeSystem='2.16.840.1.113883.6.1' displayName='X'>
        <originalText><reference value='#tsh'/></originalText></code><value xsi:type='INT' value='1'/></observation></entry>";
    let text = "<table><tr><td><content ID='tsh'>Thyréostimuline <sub>(TSH)</sub></content></td><td>1</td></tr></table>";
    let items = reading_of(&document("", &section(text, entry))).items;
    assert_eq!(&*items[0].title, "Thyréostimuline (TSH)");
    let lost = reading_of(&document("", &section("", entry)));
    assert_eq!(&*lost.items[0].title, "X");
    assert_eq!(lost.warnings, ["1 references of entries have no target in the narrative"]);
}

#[test]
fn acts_and_stays_done_and_planned() {
    let procedure = |mood: &str| {
        format!(
            "<entry><procedure moodCode='{mood}'><templateId root='1.3.6.1.4.1.19376.1.5.3.1.4.19'/>
        <code code='DDAF004' displayName='Dilatation'/><statusCode code='completed'/><effectiveTime value='20190812'/>
        <targetSiteCode code='DD' displayName='Artères coronaires'/></procedure></entry>"
        )
    };
    let encounter = |mood: &str| {
        format!(
            "<entry><encounter moodCode='{mood}'><code code='IMP' displayName='Hospitalisation'/>
        <effectiveTime><low value='20230224'/><high value='20230226'/></effectiveTime>
        <participant typeCode='LOC'><participantRole><playingEntity><name>Hôpital Nord</name></playingEntity></participantRole></participant>
        </encounter></entry>"
        )
    };
    check(
        &[procedure("EVN"), procedure("INT"), encounter("EVN"), encounter("ARQ")].concat(),
        &[
            "Procedure/proc1 Dilatation [completed] 2019-08-12 | BodySite: Artères coronaires",
            "Procedure/proc2 Dilatation [preparation] 2019-08-12 | BodySite: Artères coronaires",
            "Encounter/enc1 Hospitalisation 2023-02-24 2023-02-26 | Location: Hôpital Nord",
            "Appointment/enc2 Hospitalisation [proposed] 2023-02-24 2023-02-26 | Location: Hôpital Nord",
        ],
    );
}

#[test]
fn derived_items_follow_their_document() {
    let head = "<confidentialityCode code='MASQUE_PS'/><author><assignedAuthor><assignedPerson><name><family>MARTIN</family></name></assignedPerson></assignedAuthor></author>";
    let reading = reading_of(&document(head, &section("", &problem("", "code='I10' displayName='HTA'", ""))));
    let item = &reading.items[0];
    assert_eq!(item.flags, Flags::MASKED_FROM_PROFESSIONALS);
    assert_eq!(item.authors[0].name().as_deref(), Some("MARTIN"));
    assert_eq!(item.links[0].relation, Relation::DerivedFrom);
    assert_eq!(item.links[0].target, "DocumentReference/1.2.250.1.999-42");
    assert_eq!(item.id.id(), "1.2.250.1.999-42.prob1");
    assert!(item.notes.iter().any(|n| &*n.text == "Rubrique"));
}
