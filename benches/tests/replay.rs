//! Copies of the committed sessions change none of them.

use std::path::Path;

use goodhart_benches::replay::measure;

#[test]
fn whoever_copies_cuts_forks_or_resumes_the_sessions_come_out_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample/projects");
    let rows = measure(&folder).expect("because the samples are committed");
    let originals = &rows[0];
    assert!(originals.sessions > 30 && originals.replayed == 0, "{originals:?}");
    for row in &rows {
        assert_eq!((row.differing, row.threads_agree), (0, true), "{row:?}");
        assert_eq!((row.sessions, row.tokens), (originals.sessions, originals.tokens), "{row:?}");
    }
}
