//! Every form in which a commit says, or seems to say, that an agent wrote it: hand-written, in the
//! forms that public histories show, with people who do not exist.

use countersign::catalogue::Catalogue;
use countersign::detect::{CommitText, Detected, Header, Signature, detect};
use countersign::model::{Account, Authorship};

const ADA: (&str, &str) = ("Ada Byron", "ada@example.com");

fn signature<'a>((name, email): (&'a str, &'a str)) -> Signature<'a> {
    Signature { name: name.as_bytes(), email: email.as_bytes() }
}

fn read(author: (&str, &str), committer: (&str, &str), message: &str) -> Detected {
    let commit = CommitText {
        author: signature(author),
        committer: signature(committer),
        message: message.as_bytes(),
        parents: 1,
        ..CommitText::default()
    };
    detect(&Catalogue::built_in(), &commit)
}

/// Reads a person's commit.
fn message(message: &str) -> Detected {
    read(ADA, ADA, message)
}

#[track_caller]
fn assert_read(text: &str, authorship: Authorship, agents: &[&str]) {
    let found = message(text);
    assert_eq!(
        (found.authorship, found.agents.as_slice()),
        (authorship, owned(agents).as_slice()),
        "{text}\n{found:#?}"
    );
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn co_authors_in_every_form_make_it_an_agents() {
    for (text, agent) in [
        ("Fix\n\nCo-authored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-Authored-By: Kiro Agent <244629292+kiro-agent@users.noreply.github.com>\n", "kiro"),
        ("Fix\n\nco-authored-by: Claude Opus 4.6 (1M context) <noreply@anthropic.com>", "claude-code"),
        ("Fix\r\n\r\nCo-authored-by: Kiro <kiro@amazon.com>\r\n", "kiro"),
        ("Fix\r\rCo-authored-by: Kiro <kiro@amazon.com>\r", "kiro"),
        ("Fix\\n\\nCo-authored-by: openhands <openhands@all-hands.dev>", "openhands"),
        ("Fix\\r\\n\\r\\nCo-authored-by: openhands <openhands@all-hands.dev>\\r\\n", "openhands"),
        ("Fix it. Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>", "copilot"),
        ("Fix it.Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>", "copilot"),
        ("│ Co-authored-by: Claude <noreply@anthropic.com> │", "claude-code"),
        ("Fix │ Co-authored-by: Claude <noreply@anthropic.com>", "claude-code"),
        ("Fix\n\n    Co-Authored-By: Claude Sonnet 4.5 <noreply@anthropic.com>", "claude-code"),
        (
            "Fix\n\n* one\n\n  Co-authored-by: roomote[bot] <219738659+roomote[bot]@users.noreply.github.com>\n\n* two",
            "roo",
        ),
        ("Fix\n\n- Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
        ("Fix\n\n1. Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
        ("Fix\n\nCo-authored-by: Kiro <kiro@amazon.com>\n\nExecuted-By: town/crew/seven\nRole: crew", "kiro"),
        ("Fix\n\nCo-authored-by: OpenHands-GPT-5 openhands@all-hands.dev", "openhands"),
        ("Fix\n\nCo-authored-by: Codex", "codex"),
        ("Fix\n\nCo-authored-by: Gemini", "gemini"),
        ("Fix\n\nCo-authored-by: Claude", "claude-code"),
        ("Fix\n\nCo-authored-by: @kiro-agent", "kiro"),
        ("Fix\n\nCo-authored-by: @copilot-swe-agent[bot]", "copilot"),
        ("Fix\n\nCo-authored-by: codex-cli 0.130.0 gpt-5.5 xhigh", "codex"),
        ("Fix\n\nCo-authored-by:\n Kiro\n <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: Kiro\n\t<kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: Ada Byron <codex@openai.com>", "codex"),
        ("Fix\n\nCo-authored-by: Amp <amp@example.com>", "amp"),
        (
            "Fix\n\nCo-authored-by: Copilot Autofix powered by AI <62310815+github-advanced-security[bot]@users.noreply.github.com>",
            "copilot",
        ),
        ("Fix\n\nCo-authored-by: aider (openrouter/some/model) <aider@aider.chat>", "aider"),
        ("Fix\n\nCo-authored-by: Bob Developer <bob@example.com>, Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: Bob Developer & Claude Sonnet 4.6 <noreply@anthropic.com>", "claude-code"),
        ("Fix\n\nCo-authored-by Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCoauthored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo_authored_by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by : Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\n**Co-authored-by:** Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by-AI: Kiro (some model)", "kiro"),
        ("Fix\n\nCo-developed-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nAuthored-by: Kiro Agent <244629292+kiro-agent@users.noreply.github.com>", "kiro"),
        ("Fix\n\nai-authored-by: kiro\nai-lines: 85", "kiro"),
        ("Fix\n\nReplit-Commit-Author: Agent\nReplit-Commit-Session-Id: 1-2-3", "replit"),
        (
            "Revert \"Fix\"\n\nThis reverts commit 0123.\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
            "copilot",
        ),
        (
            "Revert \\\"Fix\\\"\\n\\nThis reverts commit 0123.\\n\\nCo-authored-by: OpenHands-GPT-5 openhands@all-hands.dev",
            "openhands",
        ),
        ("Fix\n\nCo-authored-by: Kiro <kiro@amazon.com>\n(cherry picked from commit 0123)", "kiro"),
        ("Fix\n\n<!-- Co-authored-by: Kiro <kiro@amazon.com> -->", "kiro"),
        ("Fix\n\n```\nCo-authored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: Kiro &lt;kiro@amazon.com&gt;", "kiro"),
        ("Fix\n\nCo-authored-by = Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: Claude <>", "claude-code"),
        ("Fix\n\nCo-authored-by: Kiro <kiro@\n amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: devin-ai-integration[bot]", "devin"),
        ("Fix\n\n-> Co-authored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Merge branch 'x'\n\n* x:\n  Fix\n\nCo-authored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nCo-authored-by: gpt-4.1 <gpt-4.1@noreply.local>", "codex"),
        ("Fix\n\nCo-authored-by: kimi-fast-latest (fireworks-ai/kimi-fast-latest)", "kimi"),
        ("Fix\n\nCo-authored-by: acme-agent <agent@acme.example>", "unnamed-ai"),
        ("Fix\n\nAI-co-authored-by: Something New 3", "unnamed-ai"),
        ("Fix\n\nCo-Contributed-By: Claude Opus 4.6 <noreply@anthropic.com>", "claude-code"),
        ("Fix\n\n- [x] Co-authored-by: Kiro <kiro@amazon.com>", "kiro"),
        ("Fix\n\nReviewed-by: Ada Byron <ada@example.com>, Co-authored-by: Kiro <kiro@amazon.com>", "kiro"),
    ] {
        assert_read(text, Authorship::Agent, &[agent]);
    }
}

#[test]
fn a_disguise_does_not_help() {
    for text in [
        "Fix\n\nСо-аuthоrеd-bу: Kiro <kiro@amazon.com>",
        "Fix\n\nＣｏ－ａｕｔｈｏｒｅｄ－ｂｙ：Kiro <kiro@amazon.com>",
        "Fix\n\nCo\u{2011}authored\u{2011}by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-auth\u{200b}ored-by: Ki\u{200d}ro <ki\u{feff}ro@amazon.com>",
        "Fix\n\n\u{202e}Co-authored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-authored-by\u{a789} Kiro <kiro@amazon.com>",
        "Fix\n\n𝐂𝐨-𝐚𝐮𝐭𝐡𝐨𝐫𝐞𝐝-𝐛𝐲: Kiro <kiro@amazon.com>",
        "Fix\n\nC0-auth0red-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-au\u{8}thored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-authored-by: \u{1b}[31mKiro\u{1b}[0m <kiro@amazon.com>",
        "Fix\u{2028}\u{2028}Co-authored-by: Kiro <kiro@amazon.com>",
        "Fix\u{b}Co-authored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-authored-by: Kiro <KIRO+hidden@Amazon.COM>",
        "Fix\n\nCo-authored-by: Kiro ＜kiro＠amazon.com＞",
        "Fix\n\nCo-authored-by: Kіrо",
        "Fix\n\nCo-authored-by: Someone <244629292+renamed@users.noreply.github.com>",
        "Fix\n\n\u{a0}\u{a0}Co-authored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nÇó-authored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-authored-by: Kiro <kir\u{43e}@amazon.com>",
        "Fix\n\nCo-authored-by: Ada Byron <kiro@am\u{430}zon.com>",
        "Fix\n\nCo-auth\u{1b}[0mored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-auth\u{9b}1;31mored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-auth\u{1b}]0;x\u{7}ored-by: Kiro <kiro@amazon.com>",
        "Fix\n\nCo-authored-by: Ada Byron <ki\u{1b}[0mro@amazon.com>",
        "Fix\n\nCo-authoredX\u{8}-by: Kiro <kiro@amazon.com>",
        // Where escape sequences mean nothing, this stands there for all to read.
        "Fix\n\n\u{1b}]Co-authored-by: Kiro <kiro@amazon.com>",
    ] {
        assert_read(text, Authorship::Agent, &["kiro"]);
    }
}

#[test]
fn other_declarations_make_it_assisted() {
    for (text, agent) in [
        ("Fix\n\nAssisted-by: Kiro", "kiro"),
        ("Fix\n\nAssisted-by: GPT 5.6", "codex"),
        ("Fix\n\nAssisted-by: Opus 4.7", "claude-code"),
        ("Fix\n\nAssisted-by: Claude Code (Opus 4.8)", "claude-code"),
        ("Fix\n\nAssisted-by: Claude Opus 4.7 <noreply@anthropic.com>", "claude-code"),
        ("Fix\n\nAssisted-by: Claude:claude-3-opus coccinelle sparse", "claude-code"),
        ("Fix\n\nAssisted-by: vscode:Claude Opus 4.8", "claude-code"),
        ("Fix\n\nAssisted-by: Crush:some-model", "crush"),
        ("Fix\n\nAssisted-by: generic LLM chatbot", "unnamed-ai"),
        ("Fix\n\nAssisted-by: ChatGPTv5", "chatgpt"),
        ("Fix\n\nGenerated-by: GitHub Copilot", "copilot"),
        ("Fix\n\nMade-with: Cursor", "cursor"),
        ("Fix\n\nAI-assisted: true", "unnamed-ai"),
        ("Fix\n\nAI-assisted: yes, with Kiro CLI", "kiro"),
        ("Fix\n\nAI-authorship: generated", "unnamed-ai"),
        ("Fix\n\nAI disclosure: I used Codex to find the cause", "codex"),
        (
            "Fix\n\nLLM disclaimer: This change was mostly generated using an LLM, though\nthe message is mine.",
            "unnamed-ai",
        ),
        ("Fix\n\nClaude-Session: https://claude.ai/code/session_01AbCd", "claude-code"),
        ("Fix\n\nhttps://claude.ai/code/session_01AbCd", "claude-code"),
        ("Fix\n\nAmp-Thread-ID: https://ampcode.com/threads/T-01", "amp"),
        ("Fix\n\nAgent-Logs-Url: https://github.com/acme/shop/sessions/01", "copilot"),
        ("Fix\n\nLink to Devin run: https://app.devin.ai/sessions/01", "devin"),
        ("Fix\n\nSession: https://app.kiro.dev/session/01", "kiro"),
        ("Fix\n\nEntire-Checkpoint: 0123", "entire"),
        ("Fix\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)", "claude-code"),
        ("Fix\n\n🤖 Generated with Claude Code", "claude-code"),
        ("Fix\n\nGenerated with [opencode](https://opencode.ai)", "opencode"),
        ("Fix\n\n💘 Generated with Crush", "crush"),
        ("Fix\n\n🤖 Assisted by Amazon Q Developer", "amazon-q"),
        ("Fix\n\n👻 Generated with [Kiro](https://kiro.dev/)", "kiro"),
        (
            "Fix\n\n*PR created automatically by Jules for task [7](https://jules.google.com/task/7) started by @ada*",
            "jules",
        ),
        ("Fix\n\n_This pull request was created by @kiro-agent on behalf of @ada_", "kiro"),
        ("Fix\n\n🤖 Erstellt mit [Claude Code](https://claude.com/claude-code)", "claude-code"),
        ("Fix\n\nGenerated with help from AI (acme-1)", "unnamed-ai"),
        ("Fix\n\nSigned-off-by: Claude Code", "claude-code"),
        ("Fix\n\nAssisted-by: Ada Byron, with GitHub Copilot", "copilot"),
        ("Fix\n\nWritten by Copilot with some hand editing.", "copilot"),
        ("Fix\n\n_codex-gpt-5.5-high on behalf of Ada_", "codex"),
        ("Fix\\n\\n_codex-gpt-5-medium on behalf of Ada_", "codex"),
        ("Fix\n\nAgent-Signature: claude-opus-4-8-high on behalf of Ada", "claude-code"),
        ("Fix\n\nI am OpenHands-GPT-5, an AI agent.", "openhands"),
        ("Fix\n\nSigned-off-by: Claude <noreply@anthropic.com>", "claude-code"),
        ("Fix\n\n<!-- START COPILOT CODING AGENT TIPS -->", "copilot"),
        ("aider: Skip the rest if it fails.", "aider"),
        ("Fix\n\n# Aider chat conversation:\n\nUSER: fix\n\nASSISTANT: done", "aider"),
        ("Fix\n\n# Context:\nUSER: fix\nASSISTANT: done", "aider"),
        ("Fix\n\nModel: claude-opus-4-8\nSigned-off-by: Ada Byron <ada@example.com>", "claude-code"),
        ("Fix\n\nAI-assisted — Tool: OpenAI Codex; model: gpt-5; version: unavailable.", "codex"),
        ("Fix\n\n*AI-assisted – Tool: something new; version: 1*", "unnamed-ai"),
        ("Fix\n\nAI-Tool: something-new\nSigned-off-by: Ada Byron <ada@example.com>", "unnamed-ai"),
        ("Fix\n\nAI-Generated-By: Something New@1.2", "unnamed-ai"),
        ("Fix\n\nTool-assisted: Claude Code", "claude-code"),
        ("Fix\n\nAssisted-by: LLM coccinelle sparse", "unnamed-ai"),
        ("Fix\n\nAgent-Session-Id: 019d697e", "unnamed-ai"),
        ("Fix\n\nPlanned-By: codex\nReviewed-by: Ada Byron <ada@example.com>", "codex"),
        ("Fix\n\nAssisted-by: human + Claude", "claude-code"),
        ("Fix\n\nAssisted-by: gregkh_clanker_t1000", "unnamed-ai"),
        ("Fix\n\n🤖 Generated with [Something New](https://something.example)", "unnamed-ai"),
        ("Fix\n\n🤖 Generated with the assistance of OpenCode (claude-opus-4.6).", "opencode"),
        ("Fix\n\nUltraworked with [Sisyphus](https://github.com/code-yeongyu/oh-my-opencode)", "sisyphus"),
        ("Fix\n\n_Generated with `mux` • Thinking: `high`_", "mux"),
        ("Fix\n\n- [x] This change was written with Claude Code", "claude-code"),
        ("Fix\n\n:robot: Generated with [Claude Code](https://claude.ai/code)", "claude-code"),
        ("Fix\n\n:robot: *This change was written with the assistance of Kiro*", "kiro"),
        ("Fix\n\nThis code was written by an AI (Claude).", "claude-code"),
    ] {
        assert_read(text, Authorship::Assisted, &[agent]);
    }
}

#[test]
fn people_and_their_words_stay_theirs() {
    for text in [
        "Fix\n\nCo-authored-by: Devin Booker <devin@example.com>",
        "Fix\n\nCo-authored-by: Jules Verne <jules@example.com>",
        "Fix\n\nCo-authored-by: Jules <57+jules@users.noreply.github.com>",
        "Fix\n\nCo-authored-by: Claude Shannon <claude@example.com>",
        "Fix\n\nCo-authored-by: Travis Cline <travis@cline.bot>",
        "Fix\n\nCo-authored-by: Grace Hopper <grace@openai.com>",
        "Fix\n\nCo-authored-by: Grace Hopper <grace@all-hands.dev>",
        "Fix\n\nCo-authored-by: none",
        "Fix\n\nAssisted-by: Grace Hopper <grace@example.com>",
        "Fix\n\nAssisted-by: Devin Booker",
        "Fix\n\nPatch-generated-by: Coccinelle",
        "Fix\n\nGenerated-by: protoc 3.21",
        "Fix\n\nAI-assisted: no",
        "Fix\n\nAI disclosure: no LLM was used",
        "Fix\n\nAI-lines: 0",
        "Fix\n\nReviewed-by: Copilot",
        "Fix\n\nReported-by: Claude Code",
        "Address Copilot's review\n\n- Addresses Copilot review feedback on #12",
        "Remove the `Co-Authored-By: Claude <noreply@anthropic.com>` line from our template",
        "Add Co-authored-by attribution for AI commits",
        "Fix\n\nSet `MY_CO_AUTHOR=\"Gemini CLI <gemini@google.com>\"` before you start.",
        "Fix\n\nif(env(\"MY_CO_AUTHOR\").len() > 0, \"Co-Authored-By: \" ++ env(\"MY_CO_AUTHOR\") ++ \"\\n\")",
        "Fix\n\n> Co-authored-by: Kiro <kiro@amazon.com>",
        "Fix\n\n```\nCo-authored-by: Kiro <kiro@amazon.com>\n```",
        "Fix\n\n~~~text\nAssisted-by: Kiro\n~~~\n",
        "Merge pull request #7 from acme/kiro/fix\n\nFix",
        "Merge branch 'codex/fix'",
        "[codex] Fix it",
        "🤖 Run the [Copilot] checks",
        "Fix\n\nSigned-off-by: Devin Booker <devin@example.com>",
        "Fix\n\nAssisted-by: Kiro Tanaka <kiro@example.com>",
        "Fix\n\nAssisted-by: Ai Tanaka <ai@example.com>",
        "Revert \"aider: Skip the rest.\"",
        "aider: 0.82.1 -> 0.83.0",
        "Do not show pictures that were\ngenerated by Gemini",
        "These weren't generated by Gemini.",
        "Use the Claude Code provider\n\n- Claude Code CLI doesn't support thinking",
        "Bump openai from 1.0 to 1.1",
        "Move the cursor, continue the sweep, warp the goose",
        "Remove directories generated by Replit from the tree of the project",
        "Model: make the field optional",
        "Fix\n\nhttps://claude.ai/code is where the documentation of the product lives now, and more.",
        "Fix\n\nDiscussed at length with somebody who had looked at https://claude.ai/code/session_01AbCd before.",
        "Let agents push\n\nagent: add a flag\nmodel: rename",
        "Built with Cursor pagination in mind",
        "Fix\n\n- [ ] This change was generated by AI",
        "Fix\n\n[ ] Generated with Claude Code",
        "Fix\n\n* [ ] AI-assisted: Claude",
        "Fix\n\nHelped-by: Jules",
        "Fix\n\nPair: Devin",
        "Fix\n\nPaired-with: Claude",
        "Fix\n\nCo-authored-by: Kiro <kiro@gmail.com>",
        "Fix\n\nCo-authored-by: Goose <goose@hotmail.com>",
        "Fix\n\nCo-authored-by: Claude <claude@dupont.example.fr>",
        "Fix\n\nCo-authored-by: Claude Small <claude.small@acme.example.fr>",
        "Fix\n\nCo-authored-by: Gemma Jones <gemma@acme.example.fr>",
        "Fix\n\n- llm: take claude-opus-5 as the default\n- test it",
        "Fix\n\nAI tools: none used",
        "Fix\n\nAI-generated: 0%",
    ] {
        assert_read(text, Authorship::Unmarked, &[]);
    }
}

#[test]
fn authors_and_committers_are_who_they_are() {
    let kiro = ("Kiro Agent", "244629292+kiro-agent@users.noreply.github.com");
    let github = ("GitHub", "noreply@github.com");
    let dependabot = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
    for (author, committer, text, authorship, agents) in [
        (kiro, kiro, "Fix\n\nCo-authored-by: Ada Byron <ada@example.com>", Authorship::Agent, &["kiro"][..]),
        (kiro, github, "Fix", Authorship::Agent, &["kiro"]),
        (ADA, kiro, "Fix", Authorship::Agent, &["kiro"]),
        (ADA, github, "Fix", Authorship::Unmarked, &[]),
        (("Ada Byron (aider)", "ada@example.com"), ADA, "Fix", Authorship::Agent, &["aider"]),
        (ADA, ("Ada Byron (aider)", "ada@example.com"), "Fix", Authorship::Agent, &["aider"]),
        (("Codex Agent", "codex-agent@example.com"), ADA, "Fix", Authorship::Agent, &["codex"]),
        (("Kiro", ""), ADA, "Fix", Authorship::Agent, &["kiro"]),
        (("Kiro", "kiro"), ADA, "Fix", Authorship::Agent, &["kiro"]),
        (ADA, ("Kiro", ""), "Fix", Authorship::Agent, &["kiro"]),
        (("Kiro", "kir\u{43e}@amazon.com"), ADA, "Fix", Authorship::Agent, &["kiro"]),
        (("Ki\u{1b}[0mro", "ki\u{1b}[0mro@amazon.com"), ADA, "Fix", Authorship::Agent, &["kiro"]),
        (("Devin Booker", ""), ADA, "Fix", Authorship::Unmarked, &[]),
        (("", ""), ADA, "Fix", Authorship::Unmarked, &[]),
        (dependabot, github, "Bump openai from 1.0 to 1.1", Authorship::Robot, &[]),
        (ADA, dependabot, "Fix", Authorship::Unmarked, &[]),
        (dependabot, github, "Fix\n\nCo-authored-by: Kiro <kiro@amazon.com>", Authorship::Agent, &["kiro"]),
        (dependabot, github, "Fix\n\nAssisted-by: Kiro", Authorship::Assisted, &["kiro"]),
        (("new-app[bot]", "7+new-app[bot]@users.noreply.github.com"), github, "Fix", Authorship::Unmarked, &[]),
        (("Kiro", "kiro@tanakas-macbook.local"), ADA, "Fix", Authorship::Unmarked, &[]),
        (("Claude", "claude@claudes-imac.local"), ADA, "Fix", Authorship::Unmarked, &[]),
        (("Cline", "cline@cline.local"), ADA, "Fix", Authorship::Agent, &["cline"]),
        (
            ("Devin Booker", "devin@example.com"),
            ("Devin Booker", "devin@example.com"),
            "Fix",
            Authorship::Unmarked,
            &[],
        ),
    ] {
        let found = read(author, committer, text);
        assert_eq!(
            (found.authorship, found.agents.as_slice()),
            (authorship, owned(agents).as_slice()),
            "{author:?} {committer:?} {text}"
        );
    }
}

#[test]
fn automation_that_nobody_knows_is_a_robot_where_people_are_told() {
    let catalogue = Catalogue::built_in();
    let read = |author: (&str, &str), trusts_apps: bool, message: &str| {
        let commit = CommitText {
            author: signature(author),
            committer: signature(ADA),
            message: message.as_bytes(),
            trusts_apps,
            ..CommitText::default()
        };
        detect(&catalogue, &commit)
    };
    let app = ("acme-release[bot]", "7+acme-release[bot]@users.noreply.github.com");
    let told = read(app, true, "Fix");
    assert_eq!((told.authorship, told.evidence[0].agent.as_str()), (Authorship::Robot, "unknown-robot"));
    assert_eq!(read(app, true, "Fix\n\nAssisted-by: Kiro").authorship, Authorship::Assisted);
    let decided = read(app, false, "Fix");
    assert_eq!((decided.authorship, decided.hints.len()), (Authorship::Unmarked, 0));
    let agent = ("acme-coding-agent[bot]", "7+acme-coding-agent[bot]@users.noreply.github.com");
    let hinted = read(agent, true, "Fix");
    assert_eq!((hinted.authorship, hinted.hints.len()), (Authorship::Unmarked, 1));
}

#[test]
fn evidence_says_where_and_what() {
    let found = message("Fix\n\nWhy.\n\nCo-authored-by: Kiro <kiro@amazon.com>\nAssisted-by: Claude\n");
    let seen: Vec<_> =
        found.evidence.iter().map(|seen| (seen.signal.as_str(), seen.agent.as_str(), seen.r#where.as_str())).collect();
    assert_eq!(seen, [("co-authored-by", "kiro", "line 5"), ("assisted-by", "claude-code", "line 6")]);
    assert_eq!(found.evidence[0].text, "Co-authored-by: Kiro <kiro@amazon.com>");
    assert_eq!(found.agents, ["claude-code", "kiro"]);

    let long = format!("Fix\n\nAssisted-by: Claude Code {}", "é".repeat(400));
    assert_eq!(message(&long).evidence[0].text.chars().count(), 200);

    let found = message("Fix\n\n> Assisted-by: Kiro\nReviewed-by: Copilot");
    assert!(found.evidence.is_empty());
    let hints: Vec<_> = found.hints.iter().map(|hint| (hint.signal.as_str(), hint.agent.as_str())).collect();
    assert_eq!(hints, [("assisted-by", "kiro"), ("reviewed-by", "copilot")]);
}

#[test]
fn every_co_author_is_named() {
    let found = message(
        "Fix\n\n* one\n\nCo-authored-by: Bob Developer <bob@example.com>\n\n* two\n\n  co-authored-by: Grace Hopper <grace@example.com>, Barbara Liskov <barbara@example.com>\n\
         Co-developed-by: @dana\nCo-authored-by: Dana Scully\nCo-authored-by: Bob Developer <bob@example.com>\nAssisted-by: Somebody Else <else@example.com>\n\
         Co-authored-by: Kiro <kiro@amazon.com>\nCo-authored-by: none",
    );
    let named: Vec<_> = found
        .co_authors
        .iter()
        .map(|who| {
            (
                who.name.as_deref().unwrap_or(""),
                who.email.as_deref().unwrap_or(""),
                who.account.as_ref().map(ToString::to_string),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("Bob Developer", "bob@example.com", None),
            ("Grace Hopper", "grace@example.com", None),
            ("Barbara Liskov", "barbara@example.com", None),
            ("dana", "", Some("github:dana".to_owned())),
            ("Dana Scully", "", None),
            ("Kiro", "kiro@amazon.com", None),
        ]
    );
    assert_eq!(
        message("Fix\\n\\nCo-authored-by: Zoë Müller <zoe@example.com>").co_authors[0].name.as_deref(),
        Some("Zoë Müller")
    );
    let glued = message("Fix. Co-authored-by: Bob <bob@example.com> Co-authored-by: Grace <grace@example.com>");
    assert_eq!(glued.co_authors.len(), 2);
}

#[test]
fn headers_notes_branches_and_accounts_are_read() {
    let catalogue = Catalogue::built_in();
    let base =
        CommitText { author: signature(ADA), committer: signature(ADA), message: b"Fix", ..CommitText::default() };

    let headers = [Header { name: b"co-authored-by", value: b"Kiro <kiro@amazon.com>" }];
    let found = detect(&catalogue, &CommitText { headers: &headers, ..base });
    assert_eq!((found.authorship, found.evidence[0].r#where.as_str()), (Authorship::Agent, "header co-authored-by"));

    let headers = [Header { name: b"x-note", value: b"first\nAssisted-by: Kiro" }];
    let found = detect(&catalogue, &CommitText { headers: &headers, ..base });
    assert_eq!((found.authorship, found.evidence[0].r#where.as_str()), (Authorship::Assisted, "header x-note"));

    let notes: [&[u8]; 2] = [b"nothing", b"Assisted-by: Kiro"];
    let found = detect(&catalogue, &CommitText { notes: &notes, ..base });
    assert_eq!((found.authorship, found.evidence[0].r#where.as_str()), (Authorship::Assisted, "note 2"));

    let found = detect(&catalogue, &CommitText { branch: Some("refs/heads/kiro/fix"), ..base });
    assert_eq!((found.authorship, found.hints[0].signal.as_str()), (Authorship::Unmarked, "branch"));

    let account: Account = "github:kiro-agent[bot]".parse().unwrap();
    let found = detect(&catalogue, &CommitText { account: Some(&account), ..base });
    assert_eq!((found.authorship, found.evidence[0].r#where.as_str()), (Authorship::Agent, "account"));
}

#[test]
fn what_cannot_be_read_is_undetermined_and_still_searched() {
    let catalogue = Catalogue::built_in();
    let base =
        CommitText { author: signature(ADA), committer: signature(ADA), message: b"Fix", ..CommitText::default() };
    let found =
        detect(&catalogue, &CommitText { message: b"caf\xe9\n\nCo-authored-by: Kiro <kiro@amazon.com>", ..base });
    assert_eq!((found.authorship, found.agents.as_slice()), (Authorship::Undetermined, &["kiro".to_owned()][..]));
    assert_eq!(found.co_authors.len(), 1);
    let found = detect(&catalogue, &CommitText { is_undecodable: true, ..base });
    assert_eq!(found.authorship, Authorship::Undetermined);
    let author = Signature { name: b"caf\xe9", email: b"a@example.com" };
    assert_eq!(detect(&catalogue, &CommitText { author, ..base }).authorship, Authorship::Undetermined);
}

#[test]
fn a_policys_agents_are_found_in_messages() {
    use countersign::policy::ActorRule;
    let rule = ActorRule {
        id: "acme-fixer".into(),
        emails: vec!["*@agents.acme.example".into()],
        names: vec!["Acme Fixer*".into()],
        trailers: vec!["Acme-Fixer-Session".into()],
        accounts: vec![("github".into(), "acme-fixer[bot]".into())],
        ..ActorRule::default()
    };
    let robot = ActorRule {
        id: "acme-release".into(),
        emails: vec!["release-bot@acme.example".into()],
        trailers: vec!["Release-Job".into()],
        ..ActorRule::default()
    };
    let catalogue = Catalogue::with_rules(&[rule], &[robot]);
    let read = |message: &str, author: (&str, &str)| {
        let commit = CommitText {
            author: signature(author),
            committer: signature(ADA),
            message: message.as_bytes(),
            ..CommitText::default()
        };
        detect(&catalogue, &commit).authorship
    };
    assert_eq!(read("Fix\n\nAcme-Fixer-Session: 7", ADA), Authorship::Assisted);
    assert_eq!(read("Fix\n\nAssisted-by: Acme Fixer 2", ADA), Authorship::Assisted);
    assert_eq!(read("Fix\n\nCo-authored-by: x <seven@agents.acme.example>", ADA), Authorship::Agent);
    assert_eq!(read("Fix\n\nCo-authored-by: @acme-fixer[bot]", ADA), Authorship::Agent);
    assert_eq!(read("Fix", ("Acme Fixer", "x@example.com")), Authorship::Agent);
    assert_eq!(read("Fix", ("Release", "release-bot@acme.example")), Authorship::Robot);
    assert_eq!(read("Fix\n\nRelease-Job: 7", ADA), Authorship::Unmarked);
}
