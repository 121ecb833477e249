//! Verdict tables: policy, facts and the exact verdict that is expected of them.
