//! XML-RPC that is deep, endless, or defines what it means by itself.

use crate::asking::Question;
use crate::{around, asked, endless, repeated};

const KIND: &str = "text/xml";
const START: &str = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><methodResponse><params><param>";

#[test]
fn an_xml_answer_without_an_end_is_given_up() {
    let told = asked(Question::Xml, || around(KIND, START, endless(b" "), ""));
    told.says("longer than 67108864 bytes").within_mib(256);
}

#[test]
fn a_hundred_thousand_levels_are_refused() {
    let told = asked(Question::Xml, || around(KIND, START, repeated(b"<value><array><data>", 100_000), ""));
    told.says("values lie more than 32 deep").within_mib(32);
}

#[test]
fn a_hundred_thousand_unknown_elements_are_refused() {
    let told = asked(Question::Xml, || around(KIND, START, repeated(b"<a>", 100_000), ""));
    told.says("`<a>` stands where a value should").within_mib(32);
}

#[test]
fn entities_an_answer_defines_itself_are_refused() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><methodResponse><params><param><value>&c;</value>";
    let told = asked(Question::Xml, move || around(KIND, bomb, Box::new(std::iter::empty()), ""));
    told.says("declares a document type").within_mib(32);
}

#[test]
fn an_entity_defined_elsewhere_is_not_fetched() {
    let external = "<?xml version=\"1.0\"?><!DOCTYPE x SYSTEM \"file:///etc/passwd\"><methodResponse/>";
    let told = asked(Question::Xml, move || around(KIND, external, Box::new(std::iter::empty()), ""));
    told.says("declares a document type").within_mib(32);
}

#[test]
fn the_names_of_elements_are_not_repeated_at_length() {
    let told = asked(Question::Xml, || around(KIND, "<", repeated(b"a", 1 << 20), "></a>"));
    told.says("`<aaaa").within_mib(64);
}
