"""Some devices of pydevccu 0.2 behind its JSON API and XML-RPC, on the two ports that are its arguments.

The line `ready` says that it listens. It ends when its input does.
"""

import asyncio
import sys

from pydevccu import VirtualCCU
from pydevccu.const import BackendMode

DEVICES = ["HmIP-BSM", "HmIP-eTRV-2", "HM-CC-RT-DN"]


async def serve(json_port, xml_port):
    central = VirtualCCU(
        mode=BackendMode.OPENCCU,
        host="127.0.0.1",
        xml_rpc_port=xml_port,
        json_rpc_port=json_port,
        username="Admin",
        password="secret",
        devices=DEVICES,
        setup_defaults=True,
    )
    async with central:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(serve(*map(int, sys.argv[1:])))
