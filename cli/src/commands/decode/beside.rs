//! Files beside a capture: Playwright's archives keep their messages in such files.

use std::cell::Cell;
use std::path::Path;

use super::octets_of;

/// The folder of a capture.
pub(in crate::commands) struct Beside<'a> {
    folder: Option<&'a Path>,
    was_read: Cell<bool>,
}

impl<'a> Beside<'a> {
    /// Where this file is; beside standard input there is nothing.
    pub(in crate::commands) fn of(file: &'a Path) -> Self {
        let folder = if file.to_str() == Some("-") { None } else { file.parent() };
        Self { folder, was_read: Cell::new(false) }
    }

    /// A file by the name that the capture gives it. A capture may name anything, so that names with folders in them are
    /// none.
    pub(super) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let is_name =
            !name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && name != "." && name != "..";
        let folder = self.folder.filter(|_| is_name)?;
        let paths = [folder.join(name), folder.join("resources").join(name)];
        let path = paths.iter().find(|path| path.is_file())?;
        let octets = octets_of(path).ok()?;
        self.was_read.set(true);
        Some(octets)
    }

    /// Whether the capture had something beside it.
    pub(super) fn was_read(&self) -> bool {
        self.was_read.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_what_is_beside_the_capture_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("in");
        std::fs::create_dir_all(inner.join("resources")).unwrap();
        std::fs::write(folder.path().join("secret"), "no").unwrap();
        std::fs::write(inner.join("a.jsonl"), "yes").unwrap();
        std::fs::write(inner.join("resources").join("b.jsonl"), "too").unwrap();
        let capture = inner.join("x.har");
        let beside = Beside::of(&capture);
        for name in ["../secret", "..", "", "/etc/passwd", "resources/b.jsonl", "none", "c:secret"] {
            assert_eq!(beside.read(name), None, "{name}");
        }
        assert!(!beside.was_read());
        assert_eq!(beside.read("a.jsonl").as_deref(), Some(&b"yes"[..]));
        assert_eq!(beside.read("b.jsonl").as_deref(), Some(&b"too"[..]));
        assert!(beside.was_read());
        assert_eq!(Beside::of(Path::new("-")).read("a.jsonl"), None);
    }
}
