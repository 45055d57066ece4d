//! Bodies of unsafe functions stay unsafe where they move into a closure or a future.
#![deny(warnings)]
#![allow(unsafe_code, reason = "it is what is tested")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "there is nothing to meet")]

use resmon::timed;

#[timed]
unsafe fn read(pointer: *const u8) -> Result<u8, String> {
    if pointer.is_null() {
        return Err("null".to_owned());
    }
    Ok(unsafe { *pointer })
}

#[timed]
#[allow(unsafe_op_in_unsafe_fn, reason = "the whole body is unsafe, as in older editions")]
unsafe fn read_plainly(pointer: *const u8) -> Result<u8, String> {
    Ok(*pointer)
}

#[timed]
#[allow(unsafe_op_in_unsafe_fn, reason = "the whole body is unsafe, as in older editions")]
async unsafe fn read_later(pointer: &u8) -> Result<u8, String> {
    Ok(*std::ptr::from_ref(pointer))
}

#[timed]
unsafe extern "C" fn read_from_c(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[test]
fn unsafe_bodies_run() {
    let byte = 7;
    assert_eq!(unsafe { read(&raw const byte) }, Ok(7));
    assert!(unsafe { read(std::ptr::null()) }.is_err());
    assert_eq!(unsafe { read_plainly(&raw const byte) }, Ok(7));
    assert_eq!(unsafe { read_from_c(&raw const byte) }, 7);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(unsafe { read_later(&byte) }), Ok(7));
}
