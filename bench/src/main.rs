//! wsproof's codec beside its peers, in one process: see README.md.

mod clock;
mod contender;
mod inflate;
mod input;
mod stream;
mod table;

use contender::{Contender, Total};
use input::{Case, Kind};

struct Args {
    /// Only cases and contenders whose name contains one of these.
    only: Vec<String>,
    samples: usize,
}

fn args() -> Args {
    let mut args = Args { only: Vec::new(), samples: 41 };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        match arg.as_str() {
            "--samples" => match given.next().and_then(|number| number.parse().ok()) {
                Some(samples) if samples > 0 => args.samples = samples,
                _ => usage(),
            },
            "--only" => match given.next() {
                Some(name) => args.only.push(name),
                None => usage(),
            },
            _ => usage(),
        }
    }
    args
}

fn usage() -> ! {
    eprintln!("usage: wsproof-bench [--samples N] [--only PART-OF-A-NAME]...");
    eprintln!(
        "names are like \"parse binary 16/tungstenite\", \"encode client 1024/wsproof\" and \"inflate 9 1024\""
    );
    std::process::exit(2);
}

fn main() {
    let args = args();
    let wanted = |case: &str, contender: &Contender| {
        let name = format!("{case}/{}", contender.name);
        args.only.is_empty() || args.only.iter().any(|part| name.contains(part))
    };
    let contenders = contender::all();

    for kind in Kind::ALL {
        let mut table = table::Table::new(&format!("Parse masked frames, {kind}: ns a frame (× wsproof)"));
        for size in input::SIZES {
            let case = Case::new(kind, size);
            let name = format!("parse {kind} {size}");
            let rows: Vec<_> = contenders.iter().filter(|contender| wanted(&name, contender)).collect();
            let want = Total { messages: case.frames, octets: case.frames * size };
            let mut runs: Vec<Box<dyn FnMut()>> = Vec::new();
            for contender in &rows {
                let parse = contender.parse;
                assert_eq!(parse(&case.wire), want, "{} on {name}", contender.name);
                let wire = &case.wire;
                runs.push(Box::new(move || {
                    std::hint::black_box(parse(std::hint::black_box(wire)));
                }));
            }
            table.column(
                size,
                rows.iter().map(|row| row.name),
                clock::best(&mut runs, args.samples, case.frames),
            );
        }
        table.print();
    }

    for client in [false, true] {
        let side = if client { "client" } else { "server" };
        let masked = if client { "masked" } else { "not masked" };
        let mut table =
            table::Table::new(&format!("Encode a binary message as {side} ({masked}): ns (× wsproof)"));
        for size in input::SIZES {
            let payload = bytes::Bytes::from(input::payload(Kind::Binary, size));
            let count = input::encode_count(size);
            let name = format!("encode {side} {size}");
            let rows: Vec<_> = contenders
                .iter()
                .filter(|contender| contender.encode.is_some() && wanted(&name, contender))
                .collect();
            let mut runs: Vec<Box<dyn FnMut()>> = Vec::new();
            for contender in &rows {
                let encode = contender.encode.expect("filtered");
                let payload = &payload;
                runs.push(Box::new(move || encode(client, payload, count)));
            }
            table.column(size, rows.iter().map(|row| row.name), clock::best(&mut runs, args.samples, count));
        }
        table.print();
    }

    let wanted = |case: &str| args.only.is_empty() || args.only.iter().any(|part| case.contains(part));
    inflate::print(wanted, args.samples);
}
