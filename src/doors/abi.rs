//! A core module with no imports: bytes in, bytes out, for any runtime. `docs/abi.md` is its contract.
//!
//! Every buffer that has a pointer outside is kept in a table here, so a pointer that nobody was
//! given, a length that is too long and a second free are noticed, and no call needs `unsafe`.

#![expect(clippy::disallowed_types, reason = "nothing walks through the table, so its order is nowhere")]

use super::json::{write_explanation, write_plan, write_violations};
use super::write;
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
    answered(|buffers, out| write_plan(out, held(buffers, address, len)?))
}

/// Returns likewise where the answer to why a conversation of the snapshot goes where it goes is. The conversation's id stands
/// in the first bytes of another buffer; what is no UTF-8 is no conversation's.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_explain(address: usize, len: usize, id_address: usize, id_len: usize) -> u64 {
    answered(|buffers, out| {
        let id = str::from_utf8(held(buffers, id_address, id_len)?).unwrap_or("");
        if !write_explanation(out, held(buffers, address, len)?, id)? {
            out.push_str("null");
        }
        Ok(())
    })
}

/// Returns likewise where the list of what is wrong with a plan for the snapshot is. The plan stands in the first bytes of another
/// buffer.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_check(address: usize, len: usize, plan_address: usize, plan_len: usize) -> u64 {
    answered(|buffers, out| {
        write_violations(out, held(buffers, address, len)?, held(buffers, plan_address, plan_len)?)
    })
}

/// Returns where the text of the last panic is, packed as in `evenhand_plan`; 0 where there was none.
#[expect(unsafe_code, reason = "the names of the ABI")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_last_panic() -> u64 {
    let text = locked(&LAST_PANIC);
    if text.is_empty() { 0 } else { packed(at(&text), text.len()) }
}

/// Returns where the text is that `write` answers with, or why there is none, in an object that says which it is.
fn answered(
    write: impl FnOnce(&HashMap<usize, Vec<u8>, FxBuildHasher>, &mut String) -> Result<(), Error>,
) -> u64 {
    panic::set_hook(Box::new(|info| *locked(&LAST_PANIC) = info.to_string().into_bytes()));
    let mut out = String::from(r#"{"ok":"#);
    let buffers = locked(&BUFFERS);
    if let Err(fault) = write(&buffers, &mut out) {
        out = String::from(r#"{"error":"#);
        write::error(&mut out, &fault);
    }
    drop(buffers);
    out.push('}');
    let len = out.len();
    packed(hand_out(out.into_bytes()), len)
}

/// Returns the first bytes of a buffer. No bytes need none.
fn held(
    buffers: &HashMap<usize, Vec<u8>, FxBuildHasher>,
    address: usize,
    len: usize,
) -> Result<&[u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    buffers.get(&address).and_then(|buffer| buffer.get(..len)).ok_or_else(|| {
        let detail = "expected a buffer of `evenhand_alloc` and no more than its length";
        Error::new(ErrorKind::WrongType, &"", &detail)
    })
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
