//! Which reader a plan is for: told by whoever hands it over, or by the plan itself where that is plain.

use std::str::FromStr;

use super::PlanKind;

/// How a plan is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanFormat {
    /// As what it plainly is: JSON tells by its keys, and `kubectl diff` by its first line. Never SQL: any text could
    /// be that.
    #[default]
    Auto,
    /// As this, whatever it looks like.
    Given(PlanKind),
}

impl PlanFormat {
    /// Every format, as it is written.
    pub const NAMES: [&'static str; 6] = ["auto", "terraform", "cloudformation", "kubectl-diff", "helm-diff", "sql"];
}

impl FromStr for PlanFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "terraform" => Self::Given(PlanKind::Terraform),
            "cloudformation" => Self::Given(PlanKind::CloudFormation),
            "kubectl-diff" => Self::Given(PlanKind::KubectlDiff),
            "helm-diff" => Self::Given(PlanKind::HelmDiff),
            "sql" => Self::Given(PlanKind::Sql),
            _ => return Err(format!("it is one of {}", Self::NAMES.join(", "))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_format() {
        for name in PlanFormat::NAMES {
            assert!(name.parse::<PlanFormat>().is_ok(), "{name}");
        }
        assert!("Terraform".parse::<PlanFormat>().unwrap_err().contains("kubectl-diff"));
    }
}
