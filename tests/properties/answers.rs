//! Whole plans are those of the naive model.

use super::{config, plan};
use crate::{model, support::strategy::any_snapshots};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plan_is_that_of_the_model(snapshot in any_snapshots()) {
        prop_assert_eq!(plan(&snapshot), model::plan(&snapshot));
    }
}
