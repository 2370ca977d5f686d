//! A core module with no imports: bytes in, bytes out, for any runtime. `docs/abi.md` is its contract.
//!
//! Every buffer that has a pointer outside is kept in a table here, so a pointer that nobody was
//! given, a length that is too long and a second free are noticed, and no call needs `unsafe`.

#![expect(clippy::disallowed_types, reason = "nothing walks through the table, so its order is nowhere")]

use super::{json::write_plan, write};
use crate::error::{Error, ErrorKind};
use alloc::{boxed::Box, string::String, string::ToString as _, vec::Vec};
use rustc_hash::FxBuildHasher;
use std::{collections::HashMap, panic, sync::Mutex, sync::MutexGuard, sync::PoisonError};

/// The version of these exports, counted apart from the wire version.
const ABI: u32 = 1;

/// By address. Most hosts hold one or two; one that holds thousands pays no more for each.
static BUFFERS: Mutex<HashMap<usize, Vec<u8>, FxBuildHasher>> =
    Mutex::new(HashMap::with_hasher(FxBuildHasher));
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
    panic::set_hook(Box::new(|info| *locked(&LAST_PANIC) = info.to_string().into_bytes()));
    let buffers = locked(&BUFFERS);
    let held = || buffers.get(&address).and_then(|buffer| buffer.get(..len));
    let snapshot = if len == 0 { Some(&[][..]) } else { held() };
    let answer = answer(snapshot).into_bytes();
    drop(buffers);
    let len = answer.len();
    packed(hand_out(answer), len)
}

/// Returns where the text of the last panic is, packed as in `evenhand_plan`; 0 where there was none.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_last_panic() -> u64 {
    let text = locked(&LAST_PANIC);
    if text.is_empty() { 0 } else { packed(at(&text), text.len()) }
}

/// Returns the plan's text, or why there is none, in an object that says which it is.
fn answer(snapshot: Option<&[u8]>) -> String {
    let mut out = String::from(r#"{"ok":"#);
    let no_buffer = || {
        let detail = "expected a buffer of `evenhand_alloc` and no more than its length";
        Error::new(ErrorKind::WrongType, &"", &detail)
    };
    let planned = snapshot.ok_or_else(no_buffer).and_then(|snapshot| write_plan(&mut out, snapshot));
    if let Err(fault) = planned {
        out = String::from(r#"{"error":"#);
        write::error(&mut out, &fault);
    }
    out.push('}');
    out
}

fn hand_out(buffer: Vec<u8>) -> usize {
    let address = at(&buffer);
    locked(&BUFFERS).insert(address, buffer);
    address
}

fn at(buffer: &[u8]) -> usize {
    buffer.as_ptr().addr()
}

fn packed(address: usize, len: usize) -> u64 {
    ((address as u64) << 32) | len as u64
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
