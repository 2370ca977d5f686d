//! `cargo xtask embed`: the core module for the Go package, and that package's tests.

use crate::{demo, modules, setup, suite};
use anyhow::{Context as _, Result, ensure};
use walrus::{
    ConstExpr, ModuleConfig, ValType,
    ir::{BinaryOp, InstrSeqId, Loop, UnaryOp, Value, Visitor, dfs_in_order},
};
use xshell::{Shell, cmd};

const FOLDER: &str = "host-examples/go";
const EMBEDDED: &str = "host-examples/go/evenhand.wasm";

const STATICCHECK: &str = "honnef.co/go/tools/cmd/staticcheck@v0.8.2";

/// A stand-in for Libredesk's server, and the test that moves it to the drop-in.
const LIBREDESK: &str = "tests/libredesk";

/// How many rounds of loops, all loops together, the module runs between two calls of the host: about a tenth of a
/// millisecond.
const ROUNDS: i32 = 1 << 15;

/// Builds the core module and writes it, made interruptible, to where the Go package embeds it.
pub(crate) fn embed(sh: &Shell) -> Result<()> {
    let module = module(sh)?;
    println!("{EMBEDDED}: {} bytes", module.len());
    Ok(sh.write_file(EMBEDDED, module)?)
}

/// Runs the tests of the Go module, and fails where it embeds another module than the present one.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    let go = setup::go()?;
    ensure!(
        sh.read_binary_file(EMBEDDED)? == module(sh)?,
        "{EMBEDDED} is not what the crate builds: `cargo xtask embed` writes it"
    );
    suite::run(sh, false)?;
    let unformatted = cmd!(sh, "gofmt -l {FOLDER} {LIBREDESK}").read()?;
    ensure!(unformatted.is_empty(), "gofmt -w would change:\n{unformatted}");
    let dir = sh.push_dir(FOLDER);
    // With the oldest Go that it says it needs: a newer one knows functions that are not there.
    let module = sh.read_file("go.mod")?;
    let oldest =
        module.lines().find_map(|line| line.strip_prefix("go ")).context("go.mod names a version")?;
    cmd!(sh, "{go} vet ./...").env("GOTOOLCHAIN", format!("go{oldest}")).run()?;
    cmd!(sh, "{go} run {STATICCHECK} ./...").run()?;
    cmd!(sh, "{go} test -race -count=1 -v ./...").run()?;
    drop(dir);
    // Its tests borrow a PostgreSQL from the Node host.
    demo::set_up(sh)?;
    setup::redis(sh)?;
    Ok(cmd!(sh, "node --test --test-reporter=spec {LIBREDESK}/migration.test.mjs").run()?)
}

fn module(sh: &Shell) -> Result<Vec<u8>> {
    modules::run(sh)?;
    interruptible(&sh.read_binary_file("dist/evenhand.core.wasm")?)
}

/// Makes a module call `evenhand.tick` every so many rounds of its loops, where the host can stop it.
///
/// Go cannot stop a goroutine in compiled code, nor can its garbage collector. The runtime's own remedy calls the host
/// in every round of every loop, and a plan then takes seven times as long.
fn interruptible(core: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new().generate_producers_section(false).parse(core)?;
    let nothing = module.types.add(&[], &[]);
    let (tick, _) = module.add_import_func("evenhand", "tick", nothing);
    let rounds = ConstExpr::Value(Value::I32(ROUNDS));
    let left = module.globals.add_local(ValType::I32, true, false, rounds);
    let mut found = 0;
    for (_, function) in module.funcs.iter_local_mut() {
        let mut loops = Loops(Vec::new());
        dfs_in_order(&mut loops, function, function.entry_block());
        found += loops.0.len();
        for start in loops.0 {
            let body = core::mem::take(&mut function.block_mut(start).instrs);
            let mut round = function.builder_mut().instr_seq(start);
            round.global_get(left).i32_const(1).binop(BinaryOp::I32Sub).global_set(left);
            round.global_get(left).unop(UnaryOp::I32Eqz).if_else(
                None,
                |then| {
                    then.i32_const(ROUNDS).global_set(left).call(tick);
                },
                |_| {},
            );
            function.block_mut(start).instrs.extend(body);
        }
    }
    ensure!(found > 0, "the module has no loops");
    Ok(module.emit_wasm())
}

/// The bodies of a function's loops.
struct Loops(Vec<InstrSeqId>);

impl Visitor<'_> for Loops {
    fn visit_loop(&mut self, found: &Loop) {
        self.0.push(found.seq);
    }
}
