//! What `package-lock.json` lists, installed: once, and again when the list has changed.

use std::io;
use std::path::{Path, PathBuf};

use crate::stamp::Stamp;
use crate::step::{Failure, Step};
use crate::tools::Node;

/// Installs what the `package-lock.json` of a folder lists.
pub(crate) fn npm_ci(node: &Node, name: &str, folder: &Path) -> Result<(), Failure> {
    let sources = [folder.join("package.json"), folder.join("package-lock.json")];
    let modules = folder.join("node_modules");
    let stamp = Stamp::of(modules.join(".stamp"), &sources, &node.version).map_err(broken)?;
    if stamp.is_fresh() {
        return Ok(());
    }
    if !was_installed_by_hand(&modules, &sources) {
        let mut step = Step::new(name, &node.npm, &["ci"]);
        step.command.current_dir(folder);
        step.run()?;
    }
    stamp.set().map_err(broken)
}

/// Whether somebody ran `npm ci` or `npm install` since the sources were written, which npm notes in a file of its own. Then
/// it is not done again, least of all by a script that npm runs.
fn was_installed_by_hand(modules: &Path, sources: &[PathBuf]) -> bool {
    let written = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let Some(installed) = written(&modules.join(".package-lock.json")) else { return false };
    !modules.join(".stamp").exists()
        && sources.iter().all(|path| written(path).is_some_and(|at| at <= installed))
}

fn broken(error: io::Error) -> Failure {
    Failure(format!("the files of the repository or what was installed beside them: {error}"))
}
