/** One process of Vigil: started, waited for, restarted when it dies, stopped. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { linePrinter } from './log-lines.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const leash = new URL('./leash.mjs', import.meta.url).href;

const isPosix = process.platform !== 'win32';

const READY_WITHIN_MS = 60_000;
const RESTART_FIRST_MS = 250;
const RESTART_MAX_MS = 10_000;
/** After this long without dying, the next restart is quick again. */
const STEADY_MS = 60_000;
const KEPT_LINES = 8;

export class Child {
  /**
   * @param spec `{name, script, args, env, ready}`; `script` is relative to the repository, `ready` the `msg` of the log line
   * @param options `{level, colour, write, onChange}`
   */
  constructor(spec, options) {
    this.name = spec.name;
    this.script = join(root, spec.script);
    this.spec = spec;
    this.options = options;
    this.process = null;
    this.isStopping = false;
    this.wasReady = false;
    this.restarts = 0;
    this.backoffMs = RESTART_FIRST_MS;
    this.lastLines = [];
  }

  get pid() {
    return this.process?.pid ?? null;
  }

  /** Resolves with null once the process has said that it is ready, or with one line that says why it is not. */
  start() {
    const startedMs = Date.now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(`${this.name} was not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
      const settle = (problem) => {
        clearTimeout(timer);
        resolve(problem);
      };
      this.run({
        onReady: () => {
          this.wasReady = true;
          this.say('info', `ready (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
          settle(null);
        },
        onEarlyExit: (how) => settle(this.whyItEnded(how)),
      });
    });
  }

  run({ onReady, onEarlyExit }) {
    const startedMs = Date.now();
    const args = ['--disable-warning=ExperimentalWarning', '--import', leash, this.script, ...this.spec.args];
    const env = { ...process.env, ...this.spec.env, VIGIL_LAUNCHER_PID: String(process.pid) };
    // A group of its own: Ctrl-C reaches the launcher alone, which stops the processes in their order.
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: isPosix });
    this.process = child;
    this.options.onChange();
    this.readLines(child, onReady);
    child.on('error', (error) => this.say('error', error.message));
    child.on('close', (code, signal) => {
      this.process = null;
      this.options.onChange();
      if (this.isStopping) return;
      const how = signal ? `signal ${signal}` : `code ${code}`;
      if (!this.wasReady) onEarlyExit(how);
      else this.restart(how, Date.now() - startedMs);
    });
  }

  readLines(child, onReady) {
    const onRecord = (record) => {
      this.lastLines = [...this.lastLines.slice(1 - KEPT_LINES), { level: record.level, msg: record.msg }];
      if (record.msg === this.spec.ready) onReady();
    };
    const print = linePrinter(this.name, { ...this.options, onRecord });
    createInterface({ input: child.stdout }).on('line', (line) => print(line));
    createInterface({ input: child.stderr }).on('line', (line) => print(line, true));
  }

  restart(how, upMs) {
    if (upMs > STEADY_MS) this.backoffMs = RESTART_FIRST_MS;
    this.say('warn', `stopped unexpectedly (${how}); starting it again in ${this.backoffMs / 1000} s`);
    const waitMs = this.backoffMs;
    this.backoffMs = Math.min(RESTART_MAX_MS, this.backoffMs * 2);
    this.restarts++;
    setTimeout(() => {
      if (this.isStopping) return;
      const restartedMs = Date.now();
      this.run({
        onReady: () => this.say('warn', `ready again (${((Date.now() - restartedMs) / 1000).toFixed(1)} s)`),
        onEarlyExit: () => {},
      });
    }, waitMs);
  }

  whyItEnded(how) {
    const loud = this.lastLines.filter((line) => line.level >= 40);
    const said = (loud.length > 0 ? loud : this.lastLines.slice(-1)).map((line) => line.msg).join(' | ');
    return `${this.name} did not start (${how})${said ? `: ${said}` : ''}`;
  }

  say(level, msg) {
    linePrinter(this.name, { ...this.options, level: 'info' })(
      JSON.stringify({ level: { info: 30, warn: 40, error: 50 }[level], msg }),
    );
  }

  /** SIGTERM, then SIGKILL after `withinMs`. Resolves when the process is gone. */
  stop(withinMs) {
    this.isStopping = true;
    const child = this.process;
    if (child === null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.say('warn', 'does not stop; killed');
        child.kill('SIGKILL');
      }, withinMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  kill() {
    this.isStopping = true;
    this.process?.kill('SIGKILL');
  }
}
