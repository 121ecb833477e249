//! Which paths decide more than the code in them: what runs by itself, and what others are shown.

/// What a change of a path can do, the most dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// It decides who must review, or what the gate asks.
    Rules,
    /// It runs in the pipeline, often with its secrets.
    Pipeline,
    /// It decides what is deployed, and to where.
    Deployment,
    /// It changes what git shows, or where it takes things from.
    Display,
    /// It runs on whoever builds.
    Build,
}

impl Risk {
    /// Returns what a change of this path can do beyond its own content.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = path.to_lowercase();
        let below = |folder: &str| lower.starts_with(folder) || lower.contains(&format!("/{folder}"));
        let rules = path.starts_with(".countersign/") || name == "CODEOWNERS";
        let pipeline = [".github/", ".gitlab/", ".forgejo/", ".gitea/", ".circleci/", ".buildkite/", ".husky/"];
        if rules {
            Some(Self::Rules)
        } else if pipeline.iter().any(|folder| below(folder))
            || lower.contains(".gitlab-ci")
            || matches!(
                name,
                "Jenkinsfile" | "azure-pipelines.yml" | "bitbucket-pipelines.yml" | ".drone.yml" | ".travis.yml"
            )
        {
            Some(Self::Pipeline)
        } else if [".tf", ".tfvars", ".tf.json"].iter().any(|ending| lower.ends_with(ending))
            || name.starts_with("Dockerfile")
            || name.starts_with("docker-compose")
        {
            Some(Self::Deployment)
        } else if matches!(name, ".gitattributes" | ".gitmodules" | ".mailmap") {
            Some(Self::Display)
        } else if matches!(name, "Makefile" | "GNUmakefile" | "makefile" | "build.rs" | "package.json" | "setup.py") {
            Some(Self::Build)
        } else {
            None
        }
    }

    /// Returns what it does, as the end of a sentence about the path.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Rules => "decides who must review",
            Self::Pipeline => "runs in the pipeline",
            Self::Deployment => "decides what is deployed",
            Self::Display => "changes what git shows or fetches",
            Self::Build => "runs on whoever builds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_most_dangerous_comes_first() {
        let mut paths =
            ["a/Makefile", ".gitattributes", "ci/deploy.tf", "sub/.github/workflows/x.yml", ".countersign/policy.yaml"];
        paths.sort_by_key(|path| Risk::of(path));
        assert_eq!(paths.map(|path| Risk::of(path).unwrap().meaning()).first(), Some(&"decides who must review"));
        assert_eq!(paths.last(), Some(&"a/Makefile"));
        assert_eq!(paths.get(2), Some(&"ci/deploy.tf"));
        assert_eq!(Risk::of("src/main.rs"), None);
    }
}
