//! `wasm-glue MODULE.wasm FOLDER NAME` does what the command `wasm-bindgen` does: from a module that cargo built, it makes
//! `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm` in a folder.
//!
//! The command itself has to be installed in just the version of the crate. Cargo.lock gives this program that version.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("wasm-glue MODULE.wasm FOLDER NAME");
        return ExitCode::from(2);
    };
    match make(module, folder, name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{module}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(module: &str, folder: &str, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(name)
        .typescript(true)
        // The package hands the module to `initSync` itself. Where it lies, only the package knows: a path in the glue would
        // be an `import.meta.url`, which CommonJS does not have.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true)?.generate(folder)?;
    Ok(())
}
