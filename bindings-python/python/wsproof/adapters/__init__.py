"""The codec behind the surfaces of other libraries, so that programs written for those can switch.

`wsproof.adapters.websockets` needs `websockets`, `wsproof.adapters.wsproto` needs `wsproto`: their handshakes, events
and exceptions are used as they are; the frames are wsproof's.
"""
