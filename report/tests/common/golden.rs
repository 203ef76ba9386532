//! Files to compare with: `UPDATE_GOLDEN=1 cargo test -p wsproof-report` writes them anew.

use std::path::PathBuf;

/// Compares with `tests/golden/<name>`.
pub(crate) fn check(name: &str, content: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let differs = golden.lines().zip(content.lines()).position(|(a, b)| a != b);
    assert!(
        golden == content,
        "{} differs, first in line {:?}; if that is right, run with UPDATE_GOLDEN=1 and look at the difference",
        path.display(),
        differs.map(|at| at + 1)
    );
}

/// A page without what changes with every touch of its style: the style, the script and the policy.
pub(crate) fn without_assets(page: &str) -> String {
    let mut page = page.to_owned();
    for (begin, end) in
        [("<style>", "</style>"), ("<script>", "</script>"), ("Security-Policy\" content=\"", "\"")]
    {
        let from = page.find(begin).unwrap() + begin.len();
        let to = from + page[from..].find(end).unwrap();
        page.replace_range(from..to, "");
    }
    page
}
