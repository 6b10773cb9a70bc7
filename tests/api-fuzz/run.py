#!/usr/bin/env python3
"""Schemathesis against a running daemon: `run.py PATH-OF-openccu-loom [SEED]`.

Starts the daemon on an empty data dir, with centrals that are only pretended, sets it up, gives it something to show, lets
schemathesis call every operation of the served OpenAPI document with good and bad data, and looks at the daemon
afterwards: it has to be alive and healthy, with a quiet log and a whole database. Does NOT say what is called and checked:
`schemathesis.toml` does.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
ADMIN = ("admin", "a password for tests")
# Nobody can change the role or password of an account there is none of, so this token stays what it is.
TOKEN = {"subject": "schemathesis", "role": "admin"}
RESIDENT = {"username": "resident", "password": "a password for tests", "role": "operator"}
CENTRAL = {"name": "ccu", "host": "ccu.lan", "password_plain": "a secret", "interfaces": ["HmIP-RF"]}
NOW = "2026-06-08T12:00:00Z"
DEVICE = "000A1BE9A71F15"


def main(binary, seed):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        config = folder / "config.yaml"
        # Whatever is asked of a central, none is contacted.
        centrals = "backends:\n  ccu: memory\n"
        config.write_text(f'data_dir: "{folder}/var"\nenv_file: "-"\nlisten:\n  rest: "127.0.0.1:0"\n{centrals}')
        log = folder / "log"
        with log.open("w") as stderr:
            daemon = subprocess.Popen([binary, "run", "--config", config], cwd=folder, stderr=stderr)
        try:
            api = f"http://{wait_until_ready(daemon, log)}/api/v1"
            token = set_up(api)
            fill(folder / "var" / "openccu-loom.db")
            passed = fuzz(api, token, seed, folder)
            faults = look_at(daemon, api, token, log)
            faults += stop(daemon)
        finally:
            daemon.kill()
        faults += look_into(folder / "var" / "openccu-loom.db")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 0 if passed and not faults else 1


def wait_until_ready(daemon, log):
    """The address in the line that says so."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and daemon.poll() is None:
        for line in lines(log):
            if line.get("msg") == "daemon ready":
                return line["address"]
        time.sleep(0.05)
    sys.exit(f"error: the daemon does not start:\n{log.read_text()}")


def set_up(api):
    """Makes the first admin, and what can be made over the API. Gives the token and its public name."""
    locale = {"locale": "en", "theme": "system"}
    admin = {"username": ADMIN[0], "password": ADMIN[1]}
    requests.post(f"{api}/setup", json={"admin": admin, "locale": locale}, timeout=60).raise_for_status()
    made = requests.post(f"{api}/auth/tokens/v2", json=TOKEN, auth=ADMIN, timeout=60)
    made.raise_for_status()
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    for path, body in (("users", RESIDENT), ("centrals", CENTRAL)):
        requests.post(f"{api}/{path}", json=body, headers=bearer, timeout=60).raise_for_status()
    requests.post(f"{api}/backups", headers=bearer, timeout=60).raise_for_status()
    return made.json()


def fill(database):
    """Writes what only a central or a controller could have brought."""
    with sqlite3.connect(database, timeout=60) as state:
        for address, parent in ((DEVICE, ""), (f"{DEVICE}:1", DEVICE)):
            row = ("ccu", "HmIP-RF", address, "HmIP-eTRV-2", parent, "2.0.2", "", "eQ-3", "", "", "{}", NOW)
            state.execute(f"INSERT INTO devices VALUES ({', '.join('?' * len(row))})", row)
        for key in ("MASTER", "VALUES"):
            row = ("ccu", "HmIP-RF", f"{DEVICE}:1", key, None, '{"LEVEL":{"TYPE":"FLOAT"}}', NOW)
            state.execute(f"INSERT INTO paramsets VALUES ({', '.join('?' * len(row))})", row)
        for index in range(1, 255):
            row = (index, bytes([index] * 8), bytes(8), bytes([4] * 65), 0x1349, "", bytes(8), NOW, NOW, None)
            state.execute(f"INSERT INTO matter_fabrics VALUES ({', '.join('?' * len(row))})", row)
    state.close()


def fuzz(api, token, seed, folder):
    """Runs schemathesis; whether it found nothing within twenty minutes. It takes a minute or two."""
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{api}/openapi.json", "--header", f"Authorization: Bearer {token['token']}", "--no-color"]
    command += ["--seed", seed]
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {"LOOM_FUZZ_FINGERPRINT": token["fingerprint"], "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(command, cwd=folder, env=os.environ | environment, timeout=1200, check=False)
    except subprocess.TimeoutExpired:
        print("schemathesis did not come to its end within twenty minutes", file=sys.stderr)
        return False
    return ended.returncode == 0


def look_at(daemon, api, token, log):
    """What is wrong with the daemon that was called."""
    if daemon.poll() is not None:
        return [f"the daemon ended with {daemon.returncode}:\n{log.read_text()}"]
    faults = []
    health = requests.get(f"{api}/health", timeout=60)
    # Centrals were added that cannot even be tried.
    ill = [part["name"] for part in health.json()["components"] if part["status"] != "healthy"]
    if health.status_code != 200 or set(ill) - {"centrals"}:
        faults.append(f"the daemon is not healthy: {health.text}")
    me = requests.get(f"{api}/auth/me", headers={"Authorization": f"Bearer {token['token']}"}, timeout=60)
    if me.status_code != 200:
        faults.append(f"the token of this run is good no more, so much of it tested nothing: {me.text}")
    faults += [f"the log has: {line}" for line in lines(log) if line["level"] == "error" or "panic" in line["msg"]]
    return faults


def stop(daemon):
    """Asks the daemon to end; what is wrong with how it does."""
    daemon.terminate()
    try:
        code = daemon.wait(timeout=120)
    except subprocess.TimeoutExpired:
        return ["the daemon does not end"]
    return [f"the daemon ended with {code}"] if code else []


def look_into(database):
    """What is wrong with the database a daemon left."""
    with sqlite3.connect(database) as state:
        words = [row[0] for row in state.execute("PRAGMA integrity_check")]
        broken = state.execute("PRAGMA foreign_key_check").fetchall()
    state.close()
    faults = [] if words == ["ok"] else [f"the database is not whole: {words}"]
    return faults + ([f"keys of the database lead nowhere: {broken}"] if broken else [])


def lines(log):
    """The lines of the log that are finished."""
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


if __name__ == "__main__":
    # The same cases in each run, unless others are asked for.
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "20260608"))
