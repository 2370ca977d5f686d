//! What must not happen, on demand: a core module for tests of hosts, never shipped.

use alloc::vec::Vec;
use core::hint::black_box;

/// Panics (0), runs endlessly (1), asks for memory until there is none (2) or calls itself until the stack is full (3).
#[expect(unsafe_code, reason = "the names of the ABI")]
#[expect(clippy::panic, reason = "it is asked for")]
#[unsafe(no_mangle)]
extern "C" fn evenhand_fault(fault: u32) -> u32 {
    match fault {
        0 => panic!("asked to panic"),
        1 => loop {
            black_box(());
        },
        2 => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(black_box(Vec::<u8>::with_capacity(1 << 20)));
            }
        }
        3 => deep(0),
        _ => 0,
    }
}

fn deep(depth: u32) -> u32 {
    let frame = black_box([depth; 64]);
    if depth == u32::MAX { 0 } else { deep(depth + 1) + frame[0] }
}
