//! Functions that become a trap, so that wasm-opt drops what only they use.
//!
//! A panic in these modules ends in a trap in any case: `panic = "abort"`, and the target has no standard error for the
//! message. So nobody reads it, while the code that formats it is a twentieth of the module.

use walrus::{FunctionBuilder, FunctionKind, Module};

/// Parts of the mangled names of the functions that Rust calls for a panic, in both manglings.
const PANICS: [&str; 12] = [
    "4core9panicking",
    "4core3str16slice_error_fail",
    "4core4cell22panic_already_borrowed",
    "4core4cell30panic_already_mutably_borrowed",
    "4core5slice5index16slice_index_fail",
    "4core6option13expect_failed",
    "4core6option13unwrap_failed",
    "4core6result13unwrap_failed",
    "5alloc5alloc18handle_alloc_error",
    "5alloc7raw_vec12handle_error",
    "5alloc7raw_vec17capacity_overflow",
    "3std6thread5local18panic_access_error",
];

/// Puts a trap in place of the functions that panic, and of those in the modules `never`, which are named as in Rust
/// (`zlib_rs::crc32`). It is an error if one of those has no function here: then it need not be named.
pub(crate) fn put(module: &mut Module, never: &[&str]) -> Result<(), String> {
    for path in never {
        let part = mangled(path);
        if replace(module, |name| name.contains(&part)) == 0 {
            return Err(format!("--never {path}: the module has nothing of it"));
        }
    }
    if replace(module, |name| PANICS.iter().any(|part| name.contains(part))) == 0 {
        return Err("no function is known as one that panics: look at PANICS in tools/wasm-glue".to_owned());
    }
    walrus::passes::gc::run(module);
    Ok(())
}

/// As in a name: each word behind its length.
fn mangled(path: &str) -> String {
    path.split("::").map(|word| format!("{}{word}", word.len())).collect()
}

/// Replaces the functions with these names, and tells how many they are.
fn replace(module: &mut Module, is_wanted: impl Fn(&str) -> bool) -> usize {
    let wanted: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| module.funcs.get(*id).name.as_deref().is_some_and(&is_wanted))
        .map(|(id, function)| (id, function.ty(), function.args.clone()))
        .collect();
    for (id, ty, args) in &wanted {
        let ty = module.types.get(*ty);
        let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        builder.func_body().unreachable();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(builder.local_func(args.clone()));
    }
    wanted.len()
}
