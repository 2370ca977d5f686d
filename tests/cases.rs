//! Every case of `tests/cases/` through `plan_json`: the plan's exact bytes, or the error's code and path.

fn main() {}
