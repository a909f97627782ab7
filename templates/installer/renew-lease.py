#!/usr/bin/python3
# Renews the lease of the address that iPXE left, as long as the installer runs: renew-lease.py MAC ADDRESS SERVER.
# Anaconda has the address as a fixed one and asks no server for it. A client that is RENEWING asks by unicast, with its
# address in ciaddr and no server identifier (RFC 2131, section 4.3.2); Python is what Anaconda itself runs on.
import os
import random
import socket
import struct
import sys
import time

RETRY_SECONDS, SHORTEST_SECONDS, ANSWER_SECONDS = 60, 30, 4
MAGIC = b'\x63\x82\x53\x63'
mac, address, server = sys.argv[1:4]
hardware = bytes.fromhex(mac.replace(':', ''))


def say(words):
    print(f'{time.monotonic():.0f} s: {words}', flush=True)


def request(xid):
    head = struct.pack('!BBBBIHH4s12x16s192x', 1, 1, 6, 0, xid, 0, 0, socket.inet_aton(address), hardware)
    # Option 61 as iPXE has it: servers that go by it look for the same lease.
    return (head + MAGIC + b'\x35\x01\x03' + b'\x3d\x07\x01' + hardware + b'\xff').ljust(300, b'\0')


def options(packet):
    found, at = {}, 240
    while at + 1 < len(packet) and packet[at] != 255:
        if packet[at] == 0:
            at += 1
            continue
        length = packet[at + 1]
        found[packet[at]] = packet[at + 2:at + 2 + length]
        at += 2 + length
    return found


def renew():
    """Seconds until the next time."""
    xid = random.SystemRandom().getrandbits(32)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        try:
            channel.bind((address, 68))
        except PermissionError:
            raise
        except OSError:
            # Somebody listens there: dnsmasq answers the port that was asked from.
            channel.bind((address, 0))
        channel.connect((server, 67))
        channel.send(request(xid))
        until = time.monotonic() + ANSWER_SECONDS
        while (left := until - time.monotonic()) > 0:
            channel.settimeout(left)
            answer = channel.recv(4096)
            if len(answer) < 241 or answer[0] != 2 or answer[4:8] != struct.pack('!I', xid) or answer[236:240] != MAGIC:
                continue
            told = options(answer)
            if told.get(53) == b'\x06':
                say(f'{server} does not leave {address} to this machine any more')
                return RETRY_SECONDS
            if told.get(53) == b'\x05':
                lasts = int.from_bytes(told.get(51, b''), 'big')
                say(f'{server} leases {address} for {lasts} s more')
                return max(SHORTEST_SECONDS, lasts // 2)
    raise TimeoutError('no answer')


try:
    os.setsid()
except OSError:
    pass
while True:
    try:
        pause = renew()
    except OSError as error:
        say(f'{server} was asked for {address}: {error}')
        pause = RETRY_SECONDS
    time.sleep(pause)
