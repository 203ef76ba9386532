/* uWebSockets' parser with what its WebSocketContext does around it: messages joined, text validated, sizes limited. */
#include "WebSocketProtocol.h"

#include <string>

namespace {

struct Parser : uWS::WebSocketState<true> {
    std::string fragments;
    size_t messages = 0;
    size_t octets = 0;
    bool failed = false;
};

struct Context {
    static constexpr size_t MAX_PAYLOAD = 64 << 20;

    static Parser *of(uWS::WebSocketState<true> *state) { return static_cast<Parser *>(state); }

    static bool setCompressed(uWS::WebSocketState<true> *, void *) { return false; }

    static void forceClose(uWS::WebSocketState<true> *state, void *, std::string_view = {}) {
        of(state)->failed = true;
    }

    static bool refusePayloadLength(uint64_t length, uWS::WebSocketState<true> *state, void *) {
        return length + of(state)->fragments.length() > MAX_PAYLOAD;
    }

    static bool handleFragment(char *data, size_t length, unsigned int remaining, int opcode, bool fin,
                               uWS::WebSocketState<true> *state, void *user) {
        Parser *parser = of(state);
        if (opcode >= 3) {
            return false;
        }
        if (!remaining && fin && parser->fragments.empty()) {
            return message(data, length, opcode, parser, user);
        }
        parser->fragments.append(data, length);
        if (!remaining && fin) {
            bool stop = message(parser->fragments.data(), parser->fragments.length(), opcode, parser, user);
            parser->fragments.clear();
            return stop;
        }
        return false;
    }

    static bool message(char *data, size_t length, int opcode, Parser *parser, void *user) {
        if (opcode == 1 && !uWS::protocol::isValidUtf8((unsigned char *) data, length)) {
            forceClose(parser, user);
            return true;
        }
        parser->messages++;
        parser->octets += length;
        return false;
    }
};

}

extern "C" {

Parser *wsproof_uws_new() { return new Parser; }

void wsproof_uws_delete(Parser *parser) { delete parser; }

/* `data` has CONSUME_PRE_PADDING writable octets before it and CONSUME_POST_PADDING after it. */
void wsproof_uws_consume(Parser *parser, char *data, unsigned int length) {
    uWS::WebSocketProtocol<true, Context>::consume(data, length, parser, nullptr);
}

size_t wsproof_uws_messages(const Parser *parser) { return parser->failed ? 0 : parser->messages; }

size_t wsproof_uws_octets(const Parser *parser) { return parser->octets; }

size_t wsproof_uws_format_server(char *to, const char *payload, size_t length) {
    return uWS::protocol::formatMessage<true>(to, payload, length, uWS::BINARY, length, false, true);
}

size_t wsproof_uws_format_client(char *to, const char *payload, size_t length) {
    return uWS::protocol::formatMessage<false>(to, payload, length, uWS::BINARY, length, false, true);
}

}
