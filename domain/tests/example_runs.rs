//! The example that embeds the domain crate runs to its end, says what it says it does, and is short.

#[path = "../examples/embed.rs"]
mod embed;

#[test]
fn the_example_runs() {
    embed::main().unwrap();
}

#[tokio::test]
async fn the_example_backs_up_verifies_and_restores() {
    let mut out = Vec::new();
    embed::move_house(&mut out).await.unwrap();
    let expected =
        "took `first`: 2 files\nverified it: whole\nrestored 2 files to `/new`\nold and new are equal\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn the_example_has_fewer_than_60_lines() {
    assert!(include_str!("../examples/embed.rs").lines().count() < 60);
}
