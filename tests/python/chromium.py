"""Drives a Chromium without a window, by its debugging pipe: the standard library is all that this uses.

Reads one JSON object from standard input:

    {"page": "file:///...", "pinned": vkey,
     "cases": [{"name": ..., "text": ..., "key": vkey or ""}],
     "sweeps": [{"name": ..., "text": ..., "key": ..., "changes": [1, 32]}],
     "entries": [hexadecimal],
     "show": {"text": ..., "key": ...}, "screenshot": path or null}

Cases are checked by the page's own function; a sweep changes every byte of a text in turn and tells which
changes were accepted; what is shown goes through the page as a person would use it. Writes one JSON object.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1000,1400",
    "--remote-debugging-pipe",
]

CASE = """
(async (text, key) => {
  try {
    const found = await checkDocument(text, key);
    return { holds: true, kind: found.kind, event: withTexts(found.entries.map((entry) => entry.event)) };
  } catch (error) {
    return { holds: false, reason: error instanceof Refused ? error.message : `NOT A REFUSAL: ${error.stack}` };
  }
})"""

ENTRY = """
((text) => {
  try {
    return withTexts(decodeEntry(fromHex(text)).event);
  } catch (error) {
    return JSON.stringify(`${error}`);
  }
})"""

SWEEP = """
(async (text, key, changes) => {
  const bytes = new TextEncoder().encode(text);
  const accepted = [];
  const broken = [];
  let tried = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    for (const change of changes) {
      const changed = bytes.slice();
      changed[at] ^= change;
      tried += 1;
      try {
        await checkDocument(utf8(changed), key);
        accepted.push(at);
      } catch (error) {
        if (!(error instanceof Refused)) broken.push(`${at}: ${error}`);
      }
    }
  }
  return { tried, accepted, broken };
})"""

SHOW = """
(async (text, key) => {
  if (key) document.getElementById("key").value = key;
  document.getElementById("text").value = text;
  document.getElementById("check").click();
  const verdict = document.getElementById("verdict");
  for (let round = 0; round < 500 && verdict.className === ""; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { verdict: verdict.className, shown: document.getElementById("result").innerText,
           key: document.getElementById("key").value };
})"""


class Browser:
    def __init__(self, program, profile):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        # The browser reads commands from 3 and writes answers to 4.
        def place():
            spare = os.dup(from_browser)
            os.dup2(to_browser, 3)
            os.dup2(spare, 4)

        command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(
            command, preexec_fn=place, pass_fds=(3, 4, to_browser, from_browser), stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.last = 0
        self.session = None
        self.problems = []

    def read(self):
        while b"\0" not in self.buffer:
            part = os.read(self.input, 1 << 16)
            if not part:
                raise SystemExit("the browser has ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def event(self, message):
        # Whatever the page fetches, or would have fetched, is a fault.
        if message.get("method") == "Network.requestWillBeSent":
            self.problems.append(message["params"]["request"]["url"])
        if message.get("method") == "Log.entryAdded":
            self.problems.append(message["params"]["entry"]["text"])

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        write_all(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.event(answer)

    def run(self, function, *arguments):
        expression = f"{function}({', '.join(json.dumps(argument) for argument in arguments)})"
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"the page has failed: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=url)
        # Until then it is the empty page, which is complete, too, that answers, or neither.
        there = "(() => location.href === %s && document.readyState === 'complete')" % json.dumps(url)
        for _ in range(1000):
            try:
                if self.run(there):
                    break
            except SystemExit:
                pass
            time.sleep(0.02)
        else:
            raise SystemExit("the page is not there after 20 s")
        # The page itself is what was asked for.
        self.problems = [problem for problem in self.problems if problem != url]


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def main():
    task = json.load(sys.stdin)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        # 69: a service that is needed is not there.
        sys.exit(69)
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(program, profile)
        try:
            browser.open(task["page"])
            answer = {
                "cases": [browser.run(CASE, case["text"], case["key"]) for case in task["cases"]],
                "sweeps": [
                    browser.run(SWEEP, sweep["text"], sweep["key"], sweep["changes"]) for sweep in task["sweeps"]
                ],
                "entries": [browser.run(ENTRY, entry) for entry in task["entries"]],
                "shown": browser.run(SHOW, task["show"]["text"], task["show"]["key"]),
            }
            if task.get("screenshot"):
                metrics = browser.call("Page.getLayoutMetrics")["cssContentSize"]
                clip = {"x": 0, "y": 0, "width": metrics["width"], "height": metrics["height"], "scale": 1}
                picture = browser.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
                with open(task["screenshot"], "wb") as file:
                    file.write(base64.b64decode(picture["data"]))
            answer["problems"] = browser.problems
        finally:
            browser.process.terminate()
            browser.process.wait()
    json.dump(answer, sys.stdout)


main()
