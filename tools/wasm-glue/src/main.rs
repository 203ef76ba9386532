//! `wasm-glue MODULE.wasm FOLDER NAME [--never CRATE::MODULE]...` does what the command `wasm-bindgen` does: from a module
//! that cargo built, it makes `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm` in a folder.
//!
//! The command itself has to be installed in exactly the version of the crate. Cargo.lock gives this program that version.
//!
//! It also makes the module smaller: functions that only prepare a panic's message, and those of a Rust module that is named
//! by `--never`, become a trap.

mod traps;

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "wasm-glue MODULE.wasm FOLDER NAME [--never CRATE::MODULE]...";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name, rest @ ..] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut never = Vec::new();
    for option in rest.chunks(2) {
        let [word, path] = option else {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        };
        if word != "--never" {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
        never.push(path.as_str());
    }
    match make(module, folder, name, &never) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{module}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(module: &str, folder: &str, name: &str, never: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(name)
        .typescript(true)
        // `traps` looks for names as they are.
        .demangle(false)
        // The package hands the module to `initSync` itself. Where it lies, only the package knows: a path in the glue would
        // be an `import.meta.url`, which CommonJS does not have.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen.web(true)?.generate_output()?;
    traps::put(output.wasm_mut(), never)?;
    output.emit(folder)?;
    Ok(())
}
