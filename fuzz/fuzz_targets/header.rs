//! Any octets as a frame header: parsing is total, writes back what it read, and judges a header that is still arriving
//! as it judges the whole one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsproof_core::Role;
use wsproof_core::frame::{FrameHeader, LengthForm, MAX_HEADER_LEN, Parsed};
use wsproof_core::rules::HeaderRules;

fuzz_target!(|input: (u8, &[u8])| {
    let (rules, octets) = input;
    let rules = HeaderRules {
        receiver: if rules & 1 == 0 { Role::Client } else { Role::Server },
        allowed_rsv: (rules >> 1) & 7,
        in_message: rules & 0x10 != 0,
    };
    match FrameHeader::parse(octets) {
        Parsed::Complete { header, len } => {
            assert!(len <= octets.len() && len <= MAX_HEADER_LEN);
            let form = header.length_form(len);
            assert_eq!(&*header.encode_as(form).unwrap(), &octets[..len]);
            assert_eq!(header.encode().len(), header.encoded_len());
            assert!(header.encoded_len() <= len);
            assert_eq!(form == LengthForm::minimal(header.payload_len), header.encoded_len() == len);

            let whole = rules.judge(&header, len);
            assert_eq!(rules.judge_prefix(&octets[..len]), whole);
            for cut in 0..len {
                match FrameHeader::parse(&octets[..cut]) {
                    Parsed::Incomplete { need } => assert!(need > cut && need <= len),
                    Parsed::Complete { .. } => panic!("complete with {cut} of {len} octets"),
                }
                if let Err(fault) = rules.judge_prefix(&octets[..cut]) {
                    assert_eq!(Err(fault), whole);
                }
            }
        }
        Parsed::Incomplete { need } => {
            assert!(need > octets.len() && need <= MAX_HEADER_LEN);
            let _ = rules.judge_prefix(octets);
        }
    }
});
