//! The adapter for GitHub against a GitHub that remembers: reading pull requests and lists, each to
//! its last page. What is written and what goes wrong stands in `github_trouble.rs`.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "integration test")]
#![recursion_limit = "256"]

mod github_fake;

use countersign::facts::{Fact, Part};
use countersign::forge::{Forge, ForgeError, Group, PullRequest, PullRequestState, RepositoryId, ReviewState};
use countersign::model::{AccountKind, Identity, Oid, Target};
use github_fake::{ADA, Edit, Fake, Merge};

fn edit(path: &str) -> Edit {
    Edit::new(ADA, "Change something", path, "content\n")
}

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

fn login(identity: &Identity) -> &str {
    &identity.account.as_ref().unwrap().login
}

/// A fake with the cast and one repository.
fn shop() -> (Fake, RepositoryId) {
    shop_on(Fake::start())
}

fn shop_on(fake: Fake) -> (Fake, RepositoryId) {
    for person in ["ada", "grace", "barbara"] {
        fake.user(person);
    }
    let shop = fake.repository("acme", "shop");
    (fake, shop)
}

/// Opens a pull request by Ada with one commit.
fn change(fake: &Fake, shop: RepositoryId, branch: &str) -> u64 {
    fake.push(shop, branch, "ada", &[edit(branch)]);
    fake.open(shop, branch, "main", "ada")
}

async fn read(fake: &Fake, shop: RepositoryId, number: u64) -> PullRequest {
    fake.adapter().pull_request(shop, number).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_read_with_one_call_when_its_name_is_known() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    let github = fake.adapter();
    let cold = github.pull_request(shop, number).await.unwrap();
    assert_eq!(cold.head, oid(&fake.tip(shop, "fix")));
    assert_eq!(cold.base, oid(&fake.tip(shop, "main")));
    assert_eq!(cold.target, "refs/heads/main".parse::<Target>().unwrap());
    assert_eq!((cold.state, cold.policies.default_branch.as_str()), (PullRequestState::Open, "main"));
    assert_eq!(
        (cold.repository.to_string(), cold.head_ref.as_deref()),
        ("acme/shop".to_owned(), Some("refs/heads/fix"))
    );
    assert_eq!((&cold.policies.own, &cold.policies.organization), (&Fact::Known(None), &Fact::Known(None)));
    fake.forget_calls();
    assert_eq!(github.pull_request(shop, number).await.unwrap(), cold);
    assert_eq!(fake.world().calls.len(), 1, "{:?}", fake.world().calls);
    assert_eq!(github.pull_request(shop, 99).await.map_err(|e| matches!(e, ForgeError::NotFound(_))), Err(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_tell_what_became_of_them() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    let first = fake.tip(shop, "fix");
    let approval = fake.review(shop, number, "grace", "APPROVED");
    let own = fake.review(shop, number, "barbara", "CHANGES_REQUESTED");
    let other = fake.review(shop, number, "grace", "CHANGES_REQUESTED");
    fake.push(shop, "fix", "ada", &[edit("more")]);
    fake.review(shop, number, "grace", "COMMENTED");
    fake.bot("copilot[bot]");
    fake.review(shop, number, "copilot[bot]", "APPROVED");
    fake.dismiss(shop, number, approval, "ada");
    fake.dismiss(shop, number, own, "barbara");
    fake.dismiss(shop, number, other, "ada");
    let reviews = read(&fake, shop, number).await.reviews;
    let reviews = reviews.known().unwrap();
    let states: Vec<ReviewState> = reviews.iter().map(|review| review.state).collect();
    assert_eq!(
        states,
        [
            ReviewState::ApprovalDismissed,
            ReviewState::ChangesWithdrawn,
            ReviewState::ChangesDismissedByOthers,
            ReviewState::Commented,
            ReviewState::Approved
        ]
    );
    assert_eq!((reviews[0].id, reviews[0].commit), (approval, Some(oid(&first))));
    assert_eq!(reviews[3].commit, Some(oid(&fake.tip(shop, "fix"))));
    let (grace, bot) = (&reviews[0].reviewer, &reviews[4].reviewer);
    assert_eq!((login(grace), grace.kind, grace.id), ("grace", Some(AccountKind::Human), Some(fake.user("grace"))));
    assert_eq!((login(bot), bot.kind), ("copilot[bot]", Some(AccountKind::Bot)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_a_bot_for_a_change_takes_part_in_it() {
    let (fake, shop) = shop();
    fake.bot("copilot[bot]");
    fake.push(shop, "fix", "ada", &[edit("a")]);
    let number = fake.open_from(shop, shop, "fix", "main", "copilot[bot]", &["grace", "copilot[bot]"]);
    let participants = read(&fake, shop, number).await.participants;
    let parts: Vec<(&str, Part)> =
        participants.known().unwrap().iter().map(|one| (login(&one.identity), one.part)).collect();
    assert_eq!(parts, [("copilot[bot]", Part::Opener), ("grace", Part::Requester)]);

    let number = fake.open_from(shop, shop, "fix", "main", "ada", &["grace"]);
    assert_eq!(read(&fake, shop, number).await.participants.known().unwrap().len(), 1);
    fake.world().repository(shop).pulls.get_mut(&number).unwrap().opener = None;
    assert!(read(&fake, shop, number).await.participants.is_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_told_with_how_they_were_written() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    fake.comment(shop, number, "ada", "Please look at this. /countersign");
    let plain = fake.comment(shop, number, "grace", "/countersign override Checkout is down");
    let edited = fake.comment(shop, number, "ada", "nothing");
    fake.edit_comment(shop, number, edited, "/countersign override");
    let by_app = fake.comment(shop, number, "grace", "/countersign by app");
    fake.world().repository(shop).pulls.get_mut(&number).unwrap().comments[3].through_app = true;
    let github = fake.adapter();
    let commands = github.pull_request(shop, number).await.unwrap().commands;
    let told: Vec<(u64, &str, bool, bool)> =
        commands.known().unwrap().iter().map(|one| (one.id, login(&one.author), one.edited, one.through_app)).collect();
    assert_eq!(told, [(plain, "grace", false, false), (edited, "ada", true, false), (by_app, "grace", false, true)]);
    fake.forget_calls();
    github.pull_request(shop, number).await.unwrap();
    assert_eq!(fake.world().calls.len(), 1, "how a comment was written never changes");
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_pushes_and_forks_are_told() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    assert_eq!(read(&fake, shop, number).await.retargeted_at, None);
    fake.push(shop, "release", "ada", &[edit("r")]);
    fake.retarget(shop, number, "release");
    let main = fake.tip(shop, "main");
    fake.push(shop, "other", "ada", &[edit("o")]);
    let other = fake.tip(shop, "other");
    fake.set_branch(shop, "fix", Some(&other), "ada");
    let turned = read(&fake, shop, number).await;
    assert_eq!(turned.target.to_string(), "refs/heads/release");
    assert!(turned.retargeted_at.is_some() && turned.pushed_at.is_some());
    assert_eq!((turned.head, turned.base), (oid(&other), oid(&fake.tip(shop, "release"))));
    assert_ne!(turned.base, oid(&main));

    fake.user("fork-owner");
    let fork = fake.repository("fork-owner", "shop");
    fake.push(fork, "theirs", "ada", &[edit("theirs")]);
    let number = fake.open_from(shop, fork, "theirs", "main", "ada", &[]);
    assert_eq!(read(&fake, shop, number).await.head_ref, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_github_made_are_told_apart() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    fake.push(shop, "main", "grace", &[edit("base")]);
    let merged = fake.update_branch(shop, number, "ada");
    let read = read(&fake, shop, number).await;
    assert_eq!((read.head, read.web_flow), (oid(&merged), vec![oid(&merged)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_read_byte_for_byte() {
    let (fake, shop) = shop();
    let policy = |text: &[u8]| Edit {
        author: ADA,
        message: "Set the policy".to_owned(),
        files: vec![(".countersign/policy.yaml".to_owned(), Some(text.to_vec()))],
    };
    let number = change(&fake, shop, "fix");
    let organization = fake.repository("acme", ".github");
    fake.push(organization, "main", "grace", &[policy(b"version: 1\n# of the organization\n")]);
    let large = [&b"version: 1\n"[..], &b"# \xe9 not UTF-8\n".repeat(50_000)].concat();
    for text in [&b"version: 1\n"[..], b"", b"version: 1\n# caf\xe9\n", b"\0binary", &large] {
        fake.push(shop, "main", "grace", &[policy(text)]);
        let read = read(&fake, shop, number).await;
        let document = read.policies.own.known().unwrap().as_ref().unwrap();
        assert!(document.text == text && document.commit == oid(&fake.tip(shop, "main")));
        let document = read.policies.organization.known().unwrap().as_ref().unwrap();
        assert_eq!(document.text, b"version: 1\n# of the organization\n");
    }
    fake.push(shop, "main", "grace", &[policy(&vec![b'#'; 2 << 20])]);
    assert!(read(&fake, shop, number).await.policies.own.is_unknown());
    let folder = Edit {
        author: ADA,
        message: "Hide it".to_owned(),
        files: vec![
            (".countersign/policy.yaml".to_owned(), None),
            (".countersign/policy.yaml/x".to_owned(), Some(b"x".to_vec())),
        ],
    };
    fake.push(shop, "main", "grace", &[folder]);
    assert!(read(&fake, shop, number).await.policies.own.is_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_policy_that_must_be_there_is_unknown_when_it_cannot_be_found() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    let mut options = fake.options();
    options.owner_policy_required = true;
    let github = countersign::adapters::github::GitHub::new(&options).unwrap();
    assert!(github.pull_request(shop, number).await.unwrap().policies.organization.is_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_refuses_to_tell_is_never_taken_for_nothing() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    let organization = fake.repository("acme", ".github");
    fake.world().faults.refused_repository = Some(organization.repository);
    let read = read(&fake, shop, number).await;
    assert!(read.policies.organization.is_unknown() && read.policies.own == Fact::Known(None));
    fake.world().faults.refused_repository = Some(shop.repository);
    let refused = fake.adapter().pull_request(shop, number).await;
    assert!(matches!(refused, Err(ForgeError::Forbidden(_))), "{refused:?}");
    let refused = fake.adapter().open_changes(shop).await;
    assert!(matches!(refused, Err(ForgeError::Forbidden(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_commits_than_github_shows_the_rest_is_left_out() {
    let (fake, shop) = shop();
    let edits: Vec<Edit> = (0..300).map(|n| edit(&format!("f{n}"))).collect();
    fake.push(shop, "fix", "ada", &edits);
    let number = fake.open(shop, "fix", "main", "ada");
    let merged = {
        fake.push(shop, "main", "grace", &[edit("base")]);
        fake.update_branch(shop, number, "ada")
    };
    let read = read(&fake, shop, number).await;
    assert_eq!((read.head, read.web_flow), (oid(&merged), Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_read_to_its_last_page() {
    let (fake, shop) = shop();
    fake.world().paging.most = 2;
    let edits: Vec<Edit> = (0..5).map(|n| edit(&format!("f{n}"))).collect();
    fake.push(shop, "fix", "ada", &edits);
    let number = fake.open(shop, "fix", "main", "ada");
    let mut approvals = Vec::new();
    for n in 0..5 {
        approvals.push(fake.review(shop, number, "grace", "APPROVED"));
        fake.comment(shop, number, "grace", &format!("/countersign {n}"));
    }
    for approval in approvals {
        fake.dismiss(shop, number, approval, "ada");
    }
    let read = read(&fake, shop, number).await;
    let reviews = read.reviews.known().unwrap();
    assert_eq!(reviews.len(), 5);
    assert!(reviews.iter().all(|review| review.state == ReviewState::ApprovalDismissed));
    assert_eq!(read.commands.known().unwrap().len(), 5);
    let mut numbers = vec![number];
    for n in 0..4 {
        numbers.push(change(&fake, shop, &format!("more{n}")));
    }
    fake.close(shop, numbers.remove(1));
    let open = fake.adapter().open_changes(shop).await.unwrap();
    assert_eq!(open.iter().map(|change| change.number).collect::<Vec<_>>(), numbers);
    assert_eq!(open[0].head, oid(&fake.tip(shop, "fix")));
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_open_pull_requests_are_listed() {
    let (fake, shop) = shop();
    let numbers = fake.open_many(shop, 250, "ada", &edit("a"));
    let github = fake.adapter();
    let open = github.open_changes(shop).await.unwrap();
    assert_eq!(open.iter().map(|change| change.number).collect::<Vec<_>>(), numbers);
    assert_eq!(fake.world().calls_to("graphql"), 3);
    let last = github.pull_request(shop, numbers[249]).await.unwrap();
    assert_eq!(last.head, open[249].head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_found_and_its_old_name_misleads_nobody() {
    let (fake, shop) = shop();
    let number = change(&fake, shop, "fix");
    let github = fake.adapter();
    let before = github.pull_request(shop, number).await.unwrap();
    fake.rename(shop, "store");
    // REST first: GitHub answers it with a redirection.
    let landed = github.landed_by(shop, before.head).await.unwrap();
    assert!(landed.is_empty());
    assert_eq!(github.pull_request(shop, number).await.unwrap().repository.to_string(), "acme/store");

    let github = fake.adapter();
    github.pull_request(shop, number).await.unwrap();
    fake.rename(shop, "market");
    let impostor = fake.repository("acme", "store");
    fake.push(impostor, "evil", "ada", &[edit("evil")]);
    fake.open(impostor, "evil", "main", "ada");
    let after = github.pull_request(shop, number).await.unwrap();
    assert_eq!((after.repository.to_string(), after.head), ("acme/market".to_owned(), before.head));
    assert_eq!(github.open_changes(shop).await.unwrap()[0].head, before.head);
    assert_eq!(github.repository(shop).await.unwrap().to_string(), "acme/market");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_child_teams_belong_to_their_parents() {
    let (fake, shop) = shop();
    fake.team("acme", "seniors", None, &["grace"]);
    fake.team("acme", "principals", Some("seniors"), &["barbara", "dana", "grace"]);
    fake.world().paging.most = 1;
    let members = |text: &str| {
        let (group, github) = (Group::from_key(text).unwrap(), fake.adapter());
        async move {
            let members = github.members(shop.installation, &group).await;
            members.map(|members| members.iter().map(|who| login(who).to_owned()).collect::<Vec<_>>())
        }
    };
    assert_eq!(members("github-team:acme/seniors").await.unwrap(), ["barbara", "dana", "grace"]);
    assert!(matches!(members("github-team:acme/nobody").await, Err(ForgeError::NotFound(_))));
    assert!(matches!(members("github-org:..").await, Err(ForgeError::NotFound(_))));
    fake.organization("globex", &["ada", "grace"]);
    assert_eq!(members("github-org:globex").await.unwrap(), ["ada", "grace"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_further_pages_are_followed_on_the_own_host_alone() {
    for (by_number, elsewhere) in [(false, false), (true, false), (false, true), (true, true)] {
        for fake in [Fake::start(), Fake::start_enterprise()] {
            let (fake, shop) = shop_on(fake);
            let people: Vec<String> = (0..7).map(|n| format!("person{n}")).collect();
            fake.team("acme", "all", None, &people.iter().map(String::as_str).collect::<Vec<_>>());
            for n in 0..5 {
                fake.push(shop, "fix", "ada", &[edit(&format!("f{n}"))]);
            }
            fake.world().paging = github_fake::Paging { most: 2, by_number, elsewhere };
            let github = fake.adapter();
            let group = Group::from_key("github-team:acme/all").unwrap();
            assert_eq!(github.members(shop.installation, &group).await.unwrap().len(), 7);
            let first = github.pushes(shop, "refs/heads/fix", Some(oid(&"1".repeat(40)))).await.unwrap();
            assert_eq!(first.len(), 5);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_of_a_ref_are_told_back_to_the_one_that_is_known() {
    let (fake, shop) = shop();
    let tips: Vec<String> = ["ada", "grace", "ada"]
        .iter()
        .enumerate()
        .map(|(n, who)| fake.push(shop, "fix", who, &[edit(&n.to_string())]))
        .collect();
    fake.push(shop, "other", "grace", &[edit("other")]);
    let pushes = fake.adapter().pushes(shop, "refs/heads/fix", Some(oid(&tips[1]))).await.unwrap();
    let told: Vec<(&str, Option<Oid>)> = pushes.iter().map(|push| (login(&push.account), push.new)).collect();
    assert_eq!(told, [("ada", Some(oid(&tips[2]))), ("grace", Some(oid(&tips[1])))]);
    let all = fake.adapter().pushes(shop, "refs/heads/fix", None).await.unwrap();
    assert_eq!((all.len(), all[2].old), (3, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_merging_is_traced_back_to_its_pull_request() {
    let (fake, shop) = shop();
    for (how, branch) in [(Merge::Commit, "a"), (Merge::Squash, "b"), (Merge::Rebase, "c")] {
        let number = change(&fake, shop, branch);
        let head = fake.tip(shop, branch);
        let landed = fake.merge(shop, number, how, "grace");
        assert_eq!(fake.tip(shop, "main"), landed);
        let changes = fake.adapter().landed_by(shop, oid(&landed)).await.unwrap();
        let told: Vec<_> = changes.iter().map(|one| (one.number, one.head, one.merged_as)).collect();
        assert_eq!(told, [(number, oid(&head), oid(&landed))], "{how:?}");
        let state = read(&fake, shop, number).await.state;
        assert_eq!(state, PullRequestState::Merged(Some(oid(&landed))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_the_merge_queue_is_all_that_lands_with_it() {
    let (fake, shop) = shop();
    let numbers = [change(&fake, shop, "a"), change(&fake, shop, "b"), change(&fake, shop, "c")];
    let head = fake.queue_group(shop, "main", &numbers);
    let github = fake.adapter();
    let target: Target = "refs/heads/main".parse().unwrap();
    let groups = github.queued_groups(shop, &target).await.unwrap();
    assert_eq!(groups.len(), 3);
    let group = groups.iter().find(|group| group.head == oid(&head)).unwrap();
    assert_eq!(group.entries.iter().map(|entry| entry.0).collect::<Vec<_>>(), numbers);
    assert_eq!((group.base, group.entries[2].1), (oid(&fake.tip(shop, "main")), oid(&head)));
    let second = groups.iter().find(|other| other.head == group.entries[1].1).unwrap();
    assert_eq!(second.entries, group.entries[..2]);
    assert!(read(&fake, shop, numbers[1]).await.is_queued);
    fake.empty_queue(shop, "main");
    assert_eq!(github.queued_groups(shop, &target).await.unwrap(), []);
    assert!(!read(&fake, shop, numbers[1]).await.is_queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_repository_that_is_reached_is_listed() {
    let (fake, shop) = shop();
    let mut expected = vec![shop];
    expected.extend(["a", "b", "c"].map(|name| fake.repository("acme", name)));
    expected.push(fake.repository("globex", "site"));
    let hidden = fake.repository("acme", "hidden");
    fake.repository("initech", "gone");
    {
        let mut world = fake.world();
        world.paging.most = 2;
        world.installations.get_mut(&shop.installation).unwrap().left_out.insert(hidden.repository);
        world.installations.values_mut().find(|one| one.owner == "initech").unwrap().suspended = true;
    }
    expected.sort();
    assert_eq!(fake.adapter().repositories().await.unwrap(), expected);
    let number = change(&fake, hidden, "x");
    assert!(matches!(fake.adapter().pull_request(hidden, number).await, Err(ForgeError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_server_is_read_like_github() {
    let (fake, shop) = shop_on(Fake::start_enterprise());
    let number = change(&fake, shop, "fix");
    fake.comment(shop, number, "grace", "/countersign explain");
    let github = fake.adapter();
    let read = github.pull_request(shop, number).await.unwrap();
    assert_eq!(read.commands.known().unwrap().len(), 1);
    assert!(fake.world().calls.iter().any(|call| call.path.starts_with("/api/graphql")));
}
