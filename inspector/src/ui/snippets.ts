import { plainHex } from "./payload.js";

/** Code that sends or reads the octets of a frame, or sends a message. */
export function snippet(language: "rust" | "python" | "js", octets: Uint8Array, isFrame: boolean): string {
  const hex = plainHex(octets);
  switch (language) {
    case "rust": {
      const list = Array.from(octets, (octet) => `0x${octet.toString(16).padStart(2, "0")}`).join(", ");
      if (!isFrame) return `let payload: &[u8] = &[${list}];\n`;
      return `use wsproof_core::frame::FrameDecoder;

let mut octets = [${list}];
for event in FrameDecoder::new().decode(&mut octets) {
    println!("{event:?}");
}
`;
    }
    case "python":
      if (!isFrame) return `payload = bytes.fromhex("${hex}")\n`;
      return `frame = bytes.fromhex("${hex}")
sock.sendall(frame)  # sock: a socket after the opening handshake
`;
    case "js":
      if (!isFrame) return `const payload = Buffer.from("${hex}", "hex");\nws.send(payload);\n`;
      return `const frame = Buffer.from("${hex}", "hex");
socket.write(frame); // socket: a net.Socket after the opening handshake
`;
  }
}
