//! A core module with no imports: bytes in, bytes out, for any runtime. `docs/abi.md` is its contract.
//!
//! Every buffer that has a pointer outside is kept in a table here, so a pointer that nobody was
//! given, a length that is too long and a second free are noticed, and no call needs `unsafe`.

use super::json::plan_json;
use crate::error::{Error, ErrorKind};
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;
use std::{panic, sync::Mutex, sync::MutexGuard, sync::PoisonError};

/// The version of these exports, counted apart from the wire version.
const ABI: u32 = 1;

static BUFFERS: Mutex<BTreeMap<usize, Vec<u8>>> = Mutex::new(BTreeMap::new());
static LAST_PANIC: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Returns the version of the ABI.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_abi() -> u32 {
    ABI
}

/// Returns the address of a buffer of `len` bytes, or 0 where `len` is 0 or there is no memory for it.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_alloc(len: usize) -> usize {
    let mut buffer = Vec::new();
    if len == 0 || buffer.try_reserve_exact(len).is_err() {
        return 0;
    }
    buffer.resize(len, 0);
    hand_out(buffer)
}

/// Gives a buffer back. An address that was not handed out, or was given back before, is ignored.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_free(address: usize, _len: usize) {
    locked(&BUFFERS).remove(&address);
}

/// Returns where the answer to the snapshot in the first `len` bytes of a buffer is: its address in the high half,
/// its length in the low half. Where `len` is 0 the snapshot is the empty text, wherever it is said to be.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_plan(address: usize, len: usize) -> u64 {
    panic::set_hook(alloc::boxed::Box::new(|info| *locked(&LAST_PANIC) = info.to_string().into_bytes()));
    let buffers = locked(&BUFFERS);
    let snapshot =
        if len == 0 { Some(&[][..]) } else { buffers.get(&address).and_then(|buffer| buffer.get(..len)) };
    let answer = match snapshot {
        Some(snapshot) => plan_json(snapshot),
        None => Err(Error::new(
            ErrorKind::WrongType,
            &"",
            &"expected a buffer of `evenhand_alloc` and no more than its length",
        )),
    };
    drop(buffers);
    let answer = enveloped(answer);
    let len = answer.len();
    packed(hand_out(answer), len)
}

/// Returns where the text of the last panic is, packed as in `evenhand_plan`; 0 where there was none.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_last_panic() -> u64 {
    let text = locked(&LAST_PANIC);
    if text.is_empty() { 0 } else { packed(text.as_ptr().addr(), text.len()) }
}

/// Wraps a plan's text, or why there is none, so that the answer says which it is.
fn enveloped(answer: Result<String, Error>) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Answer<'a> {
        Error { code: &'a str, path: &'a str, message: String },
    }
    match answer {
        Ok(plan) => [br#"{"ok":"#, plan.as_bytes(), b"}"].concat(),
        Err(error) => {
            let (code, path, message) = (error.kind().code(), error.path(), error.to_string());
            serde_json::to_vec(&Answer::Error { code, path, message }).unwrap_or_default()
        }
    }
}

fn hand_out(buffer: Vec<u8>) -> usize {
    let address = buffer.as_ptr().addr();
    locked(&BUFFERS).insert(address, buffer);
    address
}

fn packed(address: usize, len: usize) -> u64 {
    ((address as u64) << 32) | len as u64
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
