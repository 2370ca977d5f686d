//! The runner as people start it: what it prints, and its exit codes.

use crate::guest::{Guest, SOUND};
use crate::support::{CORE, dist};
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, str};

const SNAPSHOT: &str = r#"{"version":1,
    "agents":[{"id":"mia","availability":"online","load":2,"capacity":3},{"id":"ben","availability":"away","load":0}],
    "teams":[{"id":"billing","assignment":"round_robin","members":[{"agent":"mia"},{"agent":"ben"}]}],
    "conversations":[{"id":"c1","team":"billing"},{"id":"c2","team":"billing"}]}"#;

/// Runs the program on a module with `input` and returns its exit code and what it printed.
fn run(module: &Path, input: &str, args: &[&str]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_evenhand-run"))
        .args(args)
        .env("EVENHAND_MODULE", module)
        .env("EVENHAND_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // One that refuses its options reads nothing.
    _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), str::from_utf8(&text).expect("text").to_owned())
}

/// Writes a guest that goes round a loop `rounds` times before it answers, and returns where it is.
fn guest(folder: &Path, rounds: u32) -> PathBuf {
    let plan = format!(
        "(local $n i32)
        (local.set $n (i32.const {rounds}))
        (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        i64.const 0x400000002f"
    );
    let answer = r#"{\"ok\":{\"decisions\":[],\"waiting\":[],\"loads\":[]}}"#;
    let path = folder.join(format!("{rounds}.wasm"));
    fs::write(&path, Guest { plan: &plan, answer, ..SOUND }.module()).expect("written");
    path
}

#[test]
fn a_plan_is_printed_with_what_it_cost() {
    let (code, text) = run(&dist().join(CORE), SNAPSHOT, &["-"]);
    assert_eq!(code, Some(0), "{text}");
    let expected = "c1 billing -> mia (only_candidate)\n\
                    c2 billing waits (all_full)\n\
                    billing: 1 waits: all_full (1 unavailable, 1 agent_full)\n\
                    load of mia: 2 -> 3\n\n\
                    cost                    used          limit\n\
                    instructions ";
    assert!(text.starts_with(expected), "{text}");
    for row in ["\nmemory ", "\ninput ", "\noutput ", "\nmilliseconds "] {
        assert!(text.contains(row), "{row}: {text}");
    }
}

#[test]
fn what_holds_them_back_is_printed() {
    let most = SNAPSHOT.replace(r#""version":1,"#, r#""version":1,"objective":"most","#);
    let (code, text) = run(&dist().join(CORE), &most, &["-"]);
    assert_eq!(code, Some(0), "{text}");
    let expected = "c1 billing -> mia (only_candidate)\n\
                    c2 billing waits (all_full)\n\
                    billing: 1 waits: all_full (1 unavailable, 1 agent_full)\n\
                    1 waits for billing: only mia may take it, and has 1 place; one more like them serves one more\n\
                    load of mia: 2 -> 3\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn json_is_a_record_in_a_line() {
    let (code, text) = run(&dist().join(CORE), SNAPSHOT, &["--json", "-"]);
    assert_eq!((code, text.lines().count()), (Some(0), 1));
    let record: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&record["end"], &record["snapshot"]), (&"planned".into(), &"standard input".into()));
    assert_eq!(record["plan"]["decisions"][0]["agent"], "mia");
    assert_eq!(record["cost"]["input"], SNAPSHOT.len());
    assert_eq!(record["cost"]["output"], record["plan"].to_string().len());
    for part in ["cost", "limits"] {
        for number in ["instructions", "memory", "microseconds"] {
            assert!(record[part][number].as_u64() > Some(0), "{part}/{number}: {text}");
        }
    }
    let (code, text) = run(&dist().join(CORE), "{}", &["--json", "-"]);
    let record: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (code, &record["end"], &record["code"]),
        (Some(1), &"refused".into(), &"missing_field".into())
    );
    assert_eq!(record.get("plan"), None);
}

#[test]
fn a_folder_is_a_table_and_its_worst_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = || run(&dist().join(CORE), "", &["--profile", &folder.path().to_string_lossy()]);
    assert_eq!(table().0, Some(2), "there is nothing in it");
    fs::write(folder.path().join("b.json"), SNAPSHOT).expect("written");
    fs::write(folder.path().join("a.json"), SNAPSHOT).expect("written");
    fs::write(folder.path().join("notes.txt"), "no snapshot").expect("written");
    let (code, text) = table();
    let firsts: Vec<_> =
        text.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>()).collect();
    assert_eq!(firsts, [["snapshot", "end"], ["a.json", "planned"], ["b.json", "planned"]]);
    assert_eq!(code, Some(0));
    fs::write(folder.path().join("c.json"), "{").expect("written");
    let (code, text) = table();
    assert!(text.contains("\nc.json    malformed_json "), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn over_a_limit_is_said_by_how_much() {
    let folder = tempfile::tempdir().expect("a folder");
    // A million instructions are promised, and five for each round are spent.
    for (rounds, code, word) in
        [(1_000, 0, ""), (400_000, 2, "\nover a limit\n"), (1 << 30, 2, "out of fuel")]
    {
        let (ended, text) = run(&guest(folder.path(), rounds), "{}", &["-"]);
        assert_eq!(ended, Some(code), "{text}");
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn what_cannot_be_run_is_told_apart_from_what_is_refused() {
    let module = dist().join(CORE);
    let folder = tempfile::tempdir().expect("a folder");
    let no_module = folder.path().join("none.wasm");
    let (code, text) = run(&no_module, SNAPSHOT, &["-"]);
    assert!(text.contains("which `cargo xtask modules` in Evenhand's repository makes"), "{text}");
    assert_eq!(code, Some(2));
    fs::write(&no_module, "no module").expect("written");
    assert_eq!(run(&no_module, SNAPSHOT, &["-"]).0, Some(2));
    for args in
        [&[][..], &["--nonsense"], &["nowhere.json"], &["--profile", "nowhere"], &["-", "--profile", "."]]
    {
        assert_eq!(run(&module, "", args).0, Some(2), "{args:?}");
    }
}
