/* Stands in for uSockets: the parser needs nothing of it but the size of a read. */
#ifndef WSPROOF_BENCH_LIBUSOCKETS_H
#define WSPROOF_BENCH_LIBUSOCKETS_H
#define LIBUS_RECV_BUFFER_LENGTH 65536
#endif
