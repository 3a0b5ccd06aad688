//! What every SDK makes of replies, natively. In a component the guest `reads-replies` looks at the same.

mod vectors;

#[test]
fn values_are_read() {
    vectors::values();
}

#[test]
fn malformed_bytes_are_refused_with_their_place() {
    vectors::malformed();
}

#[test]
fn accessors_give_what_is_there_or_say_what_is() {
    vectors::accessors();
}
