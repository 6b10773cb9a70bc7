"""Every device of pydevccu 0.1 behind XML-RPC on a free port.

The port is the first line it writes. It then obeys lines, each answered by one line of JSON, until its input ends.
"""

import json
import sys
import threading

import pydevccu

central = pydevccu.Server(addr=("127.0.0.1", 0), devices=None, persistance=False, logic=False)
central.daemon = True
known = central._rpcfunctions
dispatch = central.server._dispatch
noted = []
lock = threading.Lock()


def noting_dispatch(method, params):
    with lock:
        noted.append([method, *map(str, params)])
    return dispatch(method, params)


def calls():
    """What was called since this was asked the last time."""
    with lock:
        told, noted[:] = list(noted), []
    return told


def truth():
    """What it was told to simulate, past all that travels: devices, and each paramset they name."""
    described = known.paramset_descriptions
    paramsets = [
        [device["ADDRESS"], key, described.get(device["ADDRESS"], {}).get(key)]
        for device in known.devices
        for key in device["PARAMSETS"]
    ]
    return {"devices": known.devices, "paramsets": paramsets}


def firmware(address, version):
    """A device gets another firmware."""
    [device] = [device for device in known.devices if device["ADDRESS"] == address]
    device["FIRMWARE"] = version


central.server._dispatch = noting_dispatch
central.start()
print(central.server.server_address[1], flush=True)
for line in sys.stdin:
    verb, *words = line.split()
    told = {"calls": calls, "truth": truth, "firmware": firmware}[verb](*words)
    print(json.dumps(told), flush=True)
