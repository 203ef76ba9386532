"""A deliberately broken echo server that accepts everything. It stands for no library.

    broken_lenient.py [server] PORT

* It checks neither UTF-8, nor reserved bits, nor masks.
* Frames of a reserved opcode are passed over.
* Control frames may be fragmented and of any length: each is handled as if it were whole.
* Every ping is answered with an empty pong.
* A Close frame is answered with its own payload, whatever that is; then TCP is closed.
* A continuation frame with nothing to continue begins a text message.
* A text or binary frame inside a fragmented message replaces what was collected.
* It never loses patience, and does not speak permessage-deflate.
"""

import asyncio
import sys

from wire import encode_frame, read_frame, read_request, response

NAME = "BrokenLenient/1.0"


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(response(await read_request(reader), NAME))
        opcode, payload = 0, bytearray()
        while True:
            frame = await read_frame(reader)
            match frame.opcode:
                case 0 | 1 | 2:
                    if frame.opcode:
                        opcode, payload = frame.opcode, bytearray()
                    payload += frame.payload
                    if frame.fin:
                        writer.write(encode_frame(opcode or 1, bytes(payload)))
                        opcode, payload = 0, bytearray()
                case 8:
                    writer.write(encode_frame(8, frame.payload))
                    return
                case 9:
                    writer.write(encode_frame(10, b""))
                case _:
                    pass
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[-1])))
