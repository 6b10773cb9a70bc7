//! Small values in great numbers: what they become in memory is far larger than what was sent.

use crate::asking::{Question, Told};
use crate::server::Answer;
use crate::{MIB, around, asked, repeated};

/// What the values of one answer may come to, with the answer itself and a copy in another charset.
const MOST_MIB: u64 = 160;
const TOO_MANY: &str = "more than 500000 values";

const XML_START: &str =
    "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><methodResponse><params><param><value>";
const XML_END: &str = "</value></param></params></methodResponse>";

#[track_caller]
fn xml(start: &str, unit: &'static str, times: usize, end: &str) -> Told {
    let (start, end) = (format!("{XML_START}{start}"), format!("{end}{XML_END}"));
    asked(Question::Xml, move || around("text/xml", &start, repeated(unit.as_bytes(), times), &end))
}

#[track_caller]
fn bin(kind: u32, unit: &'static [u8], times: usize) -> Told {
    asked(Question::Bin, move || {
        let count = u32::try_from(times).unwrap();
        let length = u32::try_from(8 + unit.len() * times).unwrap();
        let head = [b"Bin\x01".as_slice(), &length.to_be_bytes(), &kind.to_be_bytes(), &count.to_be_bytes()];
        let answer: Answer = Box::new([head.concat()].into_iter().chain(repeated(unit, times)));
        answer
    })
}

#[track_caller]
fn json(start: &'static str, unit: &'static str, end: &'static str) -> Told {
    let times = 60 * MIB / unit.len();
    asked(Question::Json, move || around("application/json", start, repeated(unit.as_bytes(), times), end))
}

#[test]
fn a_million_devices_are_refused() {
    let device = "<value><struct><member><name>ADDRESS</name><value>A</value></member></struct></value>";
    xml("<array><data>", device, 750_000, "</data></array>").says(TOO_MANY).within_mib(MOST_MIB);
    let device = "<value><struct><member><name></name><value/></member></struct></value>";
    xml("<array><data>", device, 900_000, "</data></array>").says(TOO_MANY).within_mib(MOST_MIB);
}

#[test]
fn a_million_members_are_refused() {
    let member = "<member><name>A</name><value><i4>1</i4></value></member>";
    xml("<struct>", member, 1_000_000, "</struct>").says(TOO_MANY).within_mib(MOST_MIB);
}

#[test]
fn megabytes_of_empty_binary_values_are_refused() {
    bin(0x100, b"\0\0\0\0", 15 << 20).says(TOO_MANY).within_mib(MOST_MIB);
    // Each a struct with one member that has no name.
    bin(0x100, b"\0\0\x01\x01\0\0\0\x01\0\0\0\0\0\0\0\0", 3 << 20).says(TOO_MANY).within_mib(MOST_MIB);
    bin(0x101, b"\0\0\0\0\0\0\0\0", 7 << 20).says(TOO_MANY).within_mib(MOST_MIB);
}

#[test]
fn counts_and_frames_that_are_only_announced_take_no_memory() {
    let announced =
        |frame: &'static [u8]| asked(Question::Bin, move || Box::new([frame.to_vec()].into_iter()));
    announced(b"Bin\x01\0\0\0\x08\0\0\x01\0\xff\xff\xff\xff")
        .says("there is no room for them")
        .within_mib(32);
    announced(b"Bin\x01\0\0\0\x08\0\0\x01\x01\xff\xff\xff\xff")
        .says("there is no room for them")
        .within_mib(32);
    announced(b"Bin\x01\0\0\0\x08\0\0\0\x03\xff\xff\xff\xff").says("ends in the middle").within_mib(32);
    announced(b"Bin\x01\xff\xff\xff\xff").says("announces more than 67108864 bytes").within_mib(32);
    announced(b"Bin\x41\xff\xff\xff\xff").says("announces more than 67108864 bytes").within_mib(32);
    announced(b"Bin\x01\x03\xff\xff\xff").says("bytes are missing").within_mib(32);
}

#[test]
fn megabytes_of_json_values_are_refused() {
    json("{\"result\":[0", ",0", "]}").says(TOO_MANY).within_mib(MOST_MIB);
    json("{\"result\":[0", ",[]", "]}").says(TOO_MANY).within_mib(MOST_MIB);
    json("{\"result\":[0", ",{\"\":0}", "]}").says(TOO_MANY).within_mib(MOST_MIB);
    json("{\"result\":[0", ",\t0", "],\"error\":\"\t\"}").says(TOO_MANY).within_mib(MOST_MIB);
}

#[test]
fn megabytes_of_names_stay_what_they_are() {
    let name = "n".repeat(MIB);
    let member = format!("<member><name>{name}</name><value/></member>");
    let start = format!("{XML_START}<array><data><value><struct>");
    // A device that has only names too long for anybody is none.
    let told = asked(Question::Xml, move || {
        let members = repeated(member.as_bytes(), 60);
        around("text/xml", &start, members, &format!("</struct></value></data></array>{XML_END}"))
    });
    told.says("lists a device without an address").within_mib(MOST_MIB);
}
