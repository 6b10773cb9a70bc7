"""The same calls as ours, one after another, and nothing done with the answers. Prints the seconds they took."""

import sys
import time
from xmlrpc.client import Fault, ServerProxy

central = ServerProxy(f"http://127.0.0.1:{sys.argv[1]}/", use_builtin_types=True)
began = time.monotonic()
for device in central.listDevices():
    for key in device["PARAMSETS"]:
        try:
            central.getParamsetDescription(device["ADDRESS"], key)
        except Fault:
            pass
print(time.monotonic() - began)
