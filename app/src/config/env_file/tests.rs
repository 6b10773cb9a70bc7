//! Cases of the `.env` file: what a line means, and that errors keep its contents to themselves.

use super::*;

#[test]
fn each_form_of_a_value_is_read() {
    let text = "\u{feff}# comment\n\nA=plain\nexport B = spaced \nC='sin$gle \\n # x' # said\nD=\"dou\\\"ble\\n\\\\\"\n\
                E=a#b\nF=a #b\nG=\nH=#x\nI=a=b\nA=later\r\n";
    let expected = [
        ("A", "later"),
        ("B", "spaced"),
        ("C", "sin$gle \\n # x"),
        ("D", "dou\"ble\n\\"),
        ("E", "a#b"),
        ("F", "a"),
        ("G", ""),
        ("H", ""),
        ("I", "a=b"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned())));
    assert_eq!(parse(text).unwrap(), expected.into());
}

#[test]
fn a_broken_line_is_named_by_its_number_only() {
    for (text, reason) in [
        ("A=1\nhunter2\n", "line 2 has no `=`"),
        ("hunter2 x=1\n", "line 1 has no name of letters, digits and `_` before the `=`"),
        ("=hunter2\n", "line 1 has no name of letters, digits and `_` before the `=`"),
        ("1A=hunter2\n", "line 1 has no name of letters, digits and `_` before the `=`"),
        ("A='hunter2\n", "line 1 has no closing quote"),
        ("A=\"hunter2\\\n", "line 1 has no closing quote"),
        ("A='x' hunter2\n", "line 1 goes on after the closing quote"),
        ("A=\"x\"hunter2\n", "line 1 goes on after the closing quote"),
    ] {
        assert_eq!(parse(text).unwrap_err(), reason, "{text}");
    }
}

#[test]
fn a_file_in_the_data_dir_is_found_there_however_it_is_named() {
    let found = |data_dir: &str, name: &str| {
        let places = places_in(Path::new(data_dir), name);
        places.iter().map(|place| place.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("/data", ".env"), [".env"]);
    assert_eq!(found("/data", " ./a/loom.env "), ["a/loom.env"]);
    assert_eq!(found("/data", "/data/a/loom.env"), ["a/loom.env"]);
    // From the current folder, and from the data dir if a daemon is in it.
    assert_eq!(found("var", "var/loom.env"), ["loom.env", "var/loom.env"]);
    for elsewhere in ["/etc/loom.env", "/database/.env", "../loom.env", "-", "", "/dev/null"] {
        assert_eq!(found("/data", elsewhere), [] as [&str; 0], "{elsewhere}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_a_missing_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    assert!(load(folder.path(), ".env").is_ok());
    std::fs::create_dir(folder.path().join(".env")).unwrap();
    let refused = load(folder.path(), ".env").err().unwrap().to_string();
    assert!(refused.starts_with("environment file `") && refused.contains("\nhint: "), "{refused}");
    std::fs::write(folder.path().join("latin"), b"A=\xe4\n").unwrap();
    assert!(load(folder.path(), "latin").err().unwrap().to_string().contains("it is no UTF-8 text"));
}
