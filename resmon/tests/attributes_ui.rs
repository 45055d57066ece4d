//! Each mistake has one message, at the token that is wrong, which says what to write.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
