// The Firefox of this machine, worked by its remote protocol (Marionette), with no driver between.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PLACES = [
  process.env.FIREFOX,
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];
/** So long it may take to start, milliseconds. */
const START = 60_000;

/** Starts it without a window, with a fresh profile; its port is its own choice. */
export async function launchFirefox() {
  const program = PLACES.find((place) => place && existsSync(place));
  assert.ok(program, "no Firefox: install it (apt-get install firefox-esr), or name a program in the variable FIREFOX");
  const profile = mkdtempSync(join(tmpdir(), "wsproof-firefox-"));
  writeFileSync(
    join(profile, "user.js"),
    [
      ["marionette.port", 0],
      ["browser.shell.checkDefaultBrowser", false],
      ["datareporting.policy.dataSubmissionEnabled", false],
      ["app.update.disabledForTesting", true],
      ["app.normandy.enabled", false],
      ["network.captive-portal-service.enabled", false],
      ["network.connectivity-service.enabled", false],
      ["extensions.getAddons.cache.enabled", false],
      ["services.settings.server", "data:,"],
    ]
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
      .join(""),
  );
  // The second option lets a test look into the developer tools.
  const args = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile", profile];
  const child = spawn(program, args, { stdio: "ignore", env: { ...process.env, MOZ_HEADLESS_WIDTH: "1300" } });
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill();
      await once(child, "exit");
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const file = join(profile, "MarionetteActivePort");
    const end = Date.now() + START;
    while (!existsSync(file) || readFileSync(file, "utf8") === "") {
      if (Date.now() > end || child.exitCode !== null) throw new Error("Firefox does not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const firefox = new Firefox(await dial(Number(readFileSync(file, "utf8"))), close);
    await firefox.send("WebDriver:NewSession", { capabilities: { alwaysMatch: { timeouts: { script: START } } } });
    return firefox;
  } catch (error) {
    await close();
    throw error;
  }
}

async function dial(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** A session: each message is its length, a colon, and a list in JSON. */
class Firefox {
  #next = 1;
  #waiting = new Map();
  #read = Buffer.alloc(0);

  constructor(socket, close) {
    this.socket = socket;
    this.end = close;
    socket.on("data", (piece) => this.#take(piece));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Firefox has gone"));
    });
  }

  #take(piece) {
    this.#read = Buffer.concat([this.#read, piece]);
    for (;;) {
      const colon = this.#read.indexOf(":");
      const end = colon + 1 + Number(this.#read.subarray(0, colon));
      if (colon < 0 || this.#read.length < end) return;
      const message = JSON.parse(this.#read.subarray(colon + 1, end));
      this.#read = this.#read.subarray(end);
      // The first one is a greeting.
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting.reject(new Error(`${error.error}: ${error.message}`));
      else waiting.resolve(result);
    }
  }

  send(command, parameters = {}) {
    const id = this.#next++;
    const message = JSON.stringify([0, id, command, parameters]);
    this.socket.write(`${Buffer.byteLength(message)}:${message}`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Calls a function, there; it may be asynchronous. */
  async run(action, ...args) {
    // Its last argument is what Marionette waits for.
    const script = `const done = arguments[arguments.length - 1];
      (async () => (${action})(...Array.from(arguments).slice(0, -1)))().then(
        (value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value } = await this.send("WebDriver:ExecuteAsyncScript", { script, args, sandbox: null });
    if (value.error) throw new Error(value.error);
    return value.value;
  }

  /** Calls a function in the browser's own code. */
  async inBrowser(action, ...args) {
    await this.send("Marionette:SetContext", { value: "chrome" });
    try {
      return await this.run(action, ...args);
    } finally {
      await this.send("Marionette:SetContext", { value: "content" });
    }
  }

  goto(url) {
    return this.send("WebDriver:Navigate", { url });
  }

  /** Installs an extension until the browser ends; gives its identifier. */
  async install(path) {
    const { value } = await this.send("Addon:Install", { path, temporary: true });
    return value;
  }

  /** A picture, as a PNG. */
  async picture() {
    const { value } = await this.send("WebDriver:TakeScreenshot", { full: false, hash: false });
    return Buffer.from(value, "base64");
  }

  async close() {
    this.socket.destroy();
    await this.end();
  }
}
