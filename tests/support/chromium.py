"""A page in headless Chromium, driven over its own debugging pipe: no driver, no port."""

import json
import os
import select
import shutil
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
PATIENCE = 60.0  # s for an answer: a start takes one or two on an idle machine
# Chromium reads its orders from descriptor 3 and answers on 4, which may be each other's now.
_NUMBERED = """
import os, sys
high = [os.dup2(int(fd), at) for fd, at in zip(sys.argv[1:3], (60, 61))]
for fd, at in zip(high, (3, 4)):
    os.dup2(fd, at)
    os.close(fd)
os.execv(sys.argv[3], sys.argv[3:])
"""
_KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), " ": (32, " ")}


def executable():
    """Where a Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One window of 1440 × 900 px; what the page logs and asks for is kept."""

    def __init__(self, path, profile):
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        command = [path, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NUMBERED, str(orders), str(answers), *command],
            pass_fds=(orders, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(orders)
        os.close(answers)
        self._number, self._read, self._session = 0, b"", None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(1440, 900)

    def close(self):
        """End the process and wait for it."""
        os.close(self._orders)  # it ends when nobody can order any more
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            os.close(self._answers)

    def call(self, method, **params):
        """The result of one method of the DevTools protocol."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": params}
        if self._session:
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        answer = self._until(lambda message: message.get("id") == self._number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, path):
        """Load a file, once the events of the page before are forgotten."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        if not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._until(lambda message: message.get("method") == "Page.loadEventFired")

    def evaluate(self, expression):
        """The value of JavaScript; a promise is awaited."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def press(self, key):
        """Press a key as a person does, and let the page draw once."""
        code, text = _KEYS[key]
        named = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")

    def resize(self, width, height):
        """Give the window another size, in px."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    @property
    def complaints(self):
        """What stands in the page's console: errors, warnings and violations of its policy."""
        found = []
        for event in self.events:
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(" ".join(str(one.get("value")) for one in params["args"]))
            elif event["method"] == "Log.entryAdded":
                found.append(params["entry"]["text"])
        return found

    @property
    def requests(self):
        """Every address that was asked for, without those that hold their own data."""
        sent = [e for e in self.events if e["method"] == "Network.requestWillBeSent"]
        found = [event["params"]["request"]["url"] for event in sent]
        return [url for url in found if not url.startswith("data:")]

    def _until(self, wanted):
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._read:
                line, _, self._read = self._read.partition(b"\0")
                message = json.loads(line)
                if "method" in message:
                    self.events.append(message)
                if wanted(message):
                    return message
            ready, _, _ = select.select([self._answers], [], [], max(end - time.monotonic(), 0))
            more = os.read(self._answers, 1 << 16) if ready else b""
            if not more:
                raise TimeoutError("Chromium ended or does not answer")
            self._read += more
