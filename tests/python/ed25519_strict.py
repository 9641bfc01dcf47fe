#!/usr/bin/env python3
"""The rules of docs/spec/keys.md for keys and signatures, written from that page alone.

Reads one case on each line: key, message and signature in hexadecimal, separated by
spaces, `-` for no bytes. Writes one verdict on each line: `ok`, `signature`, or why the
key is not admitted: `point`, `canonical`, `weak`, `torsion`.

Nothing here is fast or safe against who can measure it: it judges public bytes.
"""

import hashlib
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# Points are X, Y, Z, T with x = X / Z, y = Y / Z and x y = T / Z (RFC 8032, 5.1.4).
IDENTITY = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def double(p):
    a = p[0] * p[0] % P
    b = p[1] * p[1] % P
    c = 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = c + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def negate(p):
    return (-p[0] % P, p[1], p[2], -p[3] % P)


def multiply(scalar, p):
    result = IDENTITY
    for bit in bin(scalar)[2:]:
        result = double(result)
        if bit == "1":
            result = add(result, p)
    return result


def multiply_two(a, p, b, q):
    """a P + b Q."""
    both = add(p, q)
    result = IDENTITY
    for place in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        result = double(result)
        bits = (a >> place & 1, b >> place & 1)
        if bits == (1, 1):
            result = add(result, both)
        elif bits == (1, 0):
            result = add(result, p)
        elif bits == (0, 1):
            result = add(result, q)
    return result


def is_identity(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def encode(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data):
    """A point, with y taken modulo P; None if there is no such point."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & 2**255 - 1) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        if (v * x * x + u) % P != 0:
            return None
        x = x * ROOT_OF_MINUS_ONE % P
    # x = 0 has no other sign: what carries one is a point, and not canonical.
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
ADMITTED = {}


def admit(key):
    """Section 1: why a key is not admitted, or its point."""
    if key not in ADMITTED:
        ADMITTED[key] = judge_key(key)
    return ADMITTED[key]


def judge_key(key):
    point = decode(key)
    if point is None:
        return "point", None
    if encode(point) != key:
        return "canonical", None
    if is_identity(multiply(8, point)):
        return "weak", None
    if not is_identity(multiply(L, point)):
        return "torsion", None
    return None, point


def verify(point, key, message, signature):
    """Section 2."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    small = decode(r)
    if small is not None and is_identity(multiply(8, small)):
        return False
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    return encode(multiply_two(s, BASE, k, negate(point))) == r


def main():
    for line in sys.stdin:
        key, message, signature = (
            bytes.fromhex(part.replace("-", "")) for part in line.split()
        )
        fault, point = admit(key)
        if fault is None and not verify(point, key, message, signature):
            fault = "signature"
        print(fault or "ok")


if __name__ == "__main__":
    main()
