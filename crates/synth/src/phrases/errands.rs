//! What schedulers, bots, teams and people with needless errands say.

use super::Phrases;

pub(super) const PHRASES: Phrases = &[
    // ---- documents and context
    (
        "doc_folder",
        &["docs/reference", "docs/guides", "docs/archive", "docs/rfc", "handbook", "docs/specs", "wiki"],
    ),
    (
        "doc_wish",
        &[
            "summarise",
            "give me the gist of",
            "what are the main points of",
            "short overview of",
            "please summarise",
            "what is in",
            "read and summarise",
            "the key points of",
            "tl;dr of",
            "explain",
        ],
    ),
    (
        "doc_question",
        &[
            "what does DOC say about the $noun?",
            "I lost the thread, what was DOC about?",
            "could you go through DOC once more and tell me what matters",
            "in DOC, which part is about the $part?",
            "walk me through DOC",
            "remind me what DOC concludes",
            "is there anything on the $noun in DOC?",
            "what would you take away from DOC",
            "DOC: in five sentences please",
            "does DOC mention a $adj $noun?",
        ],
    ),
    (
        "doc_summary_open",
        &[
            "The document covers the following.",
            "In short:",
            "Here is what it says.",
            "The main points are these.",
            "Summary:",
            "It comes down to this.",
            "These are the points that matter:",
            "Overview:",
            "What stands out:",
        ],
    ),
    (
        "trivial_ask",
        &[
            "which language is this?",
            "is there a readme?",
            "does this look like a web project to you?",
            "roughly how many files is that?",
            "what's the project called?",
            "are there tests?",
            "which indentation do we use?",
            "is this a monorepo?",
            "do we have a license?",
            "what is the longest file name?",
        ],
    ),
    (
        "trivial_answer",
        &[
            "Yes.",
            "About $dd.",
            "No, as far as I can see.",
            "Yes, in the root folder.",
            "It is a library with a few packages.",
            "There are some, next to the sources.",
            "Four spaces, mostly.",
            "The one for the $noun.",
            "It looks like that, yes.",
            "`$base`, I think.",
        ],
    ),
    // ---- agents and prototypes
    (
        "errand",
        &[
            "Explore $area",
            "Look into the $noun",
            "Analyse $area",
            "Review `$base`",
            "Study the $part",
            "Check $area",
        ],
    ),
    (
        "order_open",
        &[
            "Please find this out.",
            "Your task:",
            "Investigate the following.",
            "Here is a question for you.",
            "We need an answer to this.",
            "Look into this for me.",
            "Research this:",
        ],
    ),
    (
        "order_close",
        &[
            "Start with",
            "The files are",
            "You will want to read",
            "Have a look at",
            "Everything is in",
            "Base it on",
            "Relevant are",
        ],
    ),
    (
        "ask_prototype",
        &[
            "prototype a new $noun $part, just the code",
            "sketch three variants of a $adj $noun store",
            "write me a draft of a $noun service from scratch",
            "generate a complete $noun module, I want to see how it could look",
            "build a quick mock of $area",
            "draft an alternative to `$type`",
            "create a playground for the $noun2 $part",
        ],
    ),
    (
        "ask_discard",
        &[
            "ok, remove it again",
            "nice. delete all of that",
            "we don't need it after all, clean up",
            "throw it away",
            "reset please",
            "drop it, next time",
            "discard everything",
        ],
    ),
    (
        "discarded",
        &[
            "It's gone.",
            "Removed.",
            "The prototype is deleted.",
            "Everything is back to how it was.",
            "Cleaned up; nothing is left of it.",
            "Done, the folder is gone.",
        ],
    ),
    // ---- triage
    (
        "ask_triage",
        &[
            "go through the queue and leave a summary on each",
            "triage everything that's there",
            "work through the inbox, a note on every item",
            "summarise all open ones again",
            "do the triage round",
        ],
    ),
    (
        "triage_open",
        &[
            "Summary:",
            "Triage note.",
            "This is about the following:",
            "Noted.",
            "Reviewed by the assistant.",
            "Status overview:",
            "Classified as $part.",
            "Looked at this one.",
        ],
    ),
    (
        "triage_close",
        &[
            "Priority normal.",
            "No action for now.",
            "To be watched.",
            "Owner to be found.",
            "Next step: wait for the team.",
            "Will be looked at in the next round.",
            "Category: $noun.",
            "Nothing urgent.",
        ],
    ),
    // ---- always on
    (
        "watch_item",
        &[
            "look for a $adj $noun",
            "check whether $area needs attention",
            "see if somebody wrote about the $noun",
            "watch the $noun $part",
            "anything new in `$pkg`?",
        ],
    ),
    (
        "tick_prompt",
        &[
            "Heartbeat. Read HEARTBEAT.md and act if something needs you, else answer HEARTBEAT_OK.",
            "This is your periodic wake-up. Follow HEARTBEAT.md. If nothing is due, say so and stop.",
            "Tick. Check the list in HEARTBEAT.md. Reply with nothing but OK when all is quiet.",
        ],
    ),
    (
        "tick_answer",
        &[
            "HEARTBEAT_OK",
            "OK",
            "Nothing to do.",
            "All quiet.",
            "No item is due.",
            "Nothing needs attention.",
        ],
    ),
    (
        "status_question",
        &[
            "still on it?",
            "how does $area look right now",
            "anything blocking?",
            "where are we?",
            "is the $noun part still fine?",
            "what's the state?",
            "are we on track",
            "do you remember $area?",
            "all good with `$fn`?",
            "just confirming, nothing changed?",
        ],
    ),
    (
        "status_answer",
        &[
            "All good, nothing changed.",
            "Yes, still on track.",
            "The state is as before.",
            "Nothing is blocking.",
            "`$fn` is fine.",
            "Still here, no news.",
            "Yes.",
        ],
    ),
    // ---- trivia and outcomes
    (
        "ask_trivial_change",
        &[
            "rename the local in `$fn`, something nicer",
            "add a full stop to the comment in $base",
            "tidy one line in `$fn`",
            "small wording thing in $base please",
            "change a log message in `$fn`",
            "move a line in $base",
            "could you make `$fn` one line longer, for readability",
        ],
    ),
    (
        "ask_commits",
        &[
            "make a few commits and push",
            "we need more commits this week, small ones",
            "split this into as many commits as you can",
            "a couple of commits before the report please",
            "commit something and push it",
        ],
    ),
    // ---- teams and tools
    (
        "team_prompt",
        &[
            "You are one of several workers. Take the first open item of TEAM.md, build it with tests, commit, push, stop.",
            "Pick the next open line in TEAM.md. Leave the other lines alone. Tests must pass before you push.",
            "Worker loop: TEAM.md lists what is open. Do one item completely, then end the session.",
        ],
    ),
    (
        "ask_try_tool",
        &[
            "try the new tool on $area",
            "what does the new search find for the $noun?",
            "use the new server to look at `$fn`",
            "can the new tool show me who uses `$type`?",
            "let's see what it makes of $area",
            "ask it about the $noun $part",
        ],
    ),
];
