"""A headless Chromium, driven over its DevTools protocol: what a page test needs."""

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import threading

import websocket

PATIENCE = 60
PROGRAM = shutil.which("chromium") or "chromium"


class Browser:
    """One browser with one page. `requests` and `errors` collect what the page did."""

    def __init__(self, profile):
        self.process = subprocess.Popen(
            [
                PROGRAM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--window-size=1200,1400",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(profile)},
        )
        self.requests, self.errors = [], []
        self.numbers = itertools.count(1)
        self.session = None
        self.loaded = False
        address = self.listening()
        self.socket = websocket.create_connection(address, timeout=PATIENCE)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def listening(self):
        """The address of the DevTools socket, printed when Chromium is ready."""
        said = []
        for line in self.process.stderr:
            said.append(line)
            found = re.search(r"DevTools listening on (ws://\S+)", line)
            if found:
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return found.group(1)
        raise RuntimeError("Chromium did not start: " + "".join(said)[-2000:])

    def call(self, method, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.note(answer.get("method"), answer.get("params"))

    def note(self, event, params):
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Page.loadEventFired":
            self.loaded = True
        elif event == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"])
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"])

    def evaluate(self, script):
        """The value of a script, awaited when it is a promise."""
        result = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url=url)

    def load(self, url):
        """Opens a page and waits until it is there, scripts or not."""
        self.loaded = False
        self.open(url)
        while not self.loaded:
            answer = json.loads(self.socket.recv())
            self.note(answer.get("method"), answer.get("params"))

    def wait(self, condition):
        """Waits until the script gives something true, looking every 20 ms."""
        script = """new Promise((done, late) => {
            const timer = setInterval(() => {
                if (CONDITION) { clearInterval(timer); done(true); } }, 20);
            setTimeout(() => late(new Error("never true")), PATIENCE); })"""
        return self.evaluate(
            script.replace("CONDITION", condition).replace("PATIENCE", f"{PATIENCE}000")
        )

    def click(self, selector):
        quoted = json.dumps(selector)
        self.wait(f"document.querySelector({quoted}) !== null")
        self.evaluate(f"document.querySelector({quoted}).click()")

    def type(self, selector, text):
        """Sets a text field as typing does: scripts of the page see an input event."""
        quoted = json.dumps(selector)
        self.wait(f"document.querySelector({quoted}) !== null")
        self.evaluate(
            f"""(field => {{
                Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")
                      .set.call(field, {json.dumps(text)});
                field.dispatchEvent(new Event("input", {{bubbles: true}}));
            }})(document.querySelector({quoted}))"""
        )

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.socket.close()
        self.process.wait(PATIENCE)
