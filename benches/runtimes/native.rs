//! The child for native Rust, as README.md beside it says: text to text.

use serde_json::{Value, json};
use std::{error::Error, fs, hint::black_box, io, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        println!("{}", answer(&request)?);
    }
    Ok(())
}

fn answer(request: &Value) -> Result<Value, Box<dyn Error>> {
    if request["do"] != "plan" {
        return Ok(json!({}));
    }
    let snapshot = fs::read(request["snapshot"].as_str().ok_or("a snapshot is a path")?)?;
    let mut times = Vec::new();
    for _ in 0..request["calls"].as_u64().unwrap_or(1) {
        let start = Instant::now();
        let plan = evenhand::plan_json(black_box(&snapshot))?;
        times.push(start.elapsed().as_nanos());
        if let Some(path) = request["answer"].as_str() {
            fs::write(path, plan)?;
        }
    }
    Ok(json!({ "times": times }))
}
