import base64, struct, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

key = AESGCM(base64.b64decode(open(sys.argv[1]).read()))
sealed = open(sys.argv[2], "rb")
assert sealed.read(7) == b"OCLBAK\x01", "no OCLBAK container"
stream, number, final = sealed.read(8), 0, 0
while not final:
    final, size = struct.unpack(">BI", sealed.read(5))
    count = struct.pack(">I", number)
    frame = key.decrypt(stream + count, sealed.read(size), count + bytes([final]))
    sys.stdout.buffer.write(frame)
    number += 1
assert not sealed.read(1), "something follows the end"
