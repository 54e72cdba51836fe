/** Child processes of the benches, and what all of them need. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const children = new Set();
const folders = new Set();

/** The value that half and 99 of 100 do not exceed; null for none. */
export function quantiles(values) {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (q) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}

export const round = (value, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits;

/** An empty folder that is gone when the bench ends. */
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-hub-bench-'));
  folders.add(folder);
  return folder;
}

/** A child that answers over IPC. A death that nobody asked for fails whoever waits for an answer. */
export class Child {
  constructor(script, argument, { execArgv = [] } = {}) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = fork(path, argument === undefined ? [] : [JSON.stringify(argument)], { execArgv });
    this.exited = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
    children.add(this.process);
  }

  /** The next message that has `field`. */
  next(field) {
    return new Promise((resolve, reject) => {
      const take = (message) => {
        if (!(field in message)) return;
        this.process.off('message', take);
        resolve(message[field]);
      };
      this.process.on('message', take);
      void this.exited.then((code) => reject(new Error(`a process of the bench ended with ${code}`)));
    });
  }

  ask(message, field) {
    const answer = this.next(field);
    this.process.send(message);
    return answer;
  }

  kill(signal) {
    this.process.kill(signal);
    return this.exited;
  }
}

/** Starts the hub; `options` are those of `startEventHub`. */
export async function startHub(options, more) {
  const hub = new Child('./hub-process.mjs', options, more);
  const facts = await new Promise((resolve, reject) => {
    hub.process.once('message', resolve);
    void hub.exited.then((code) => reject(new Error(`the hub did not start (${code})`)));
  });
  return Object.assign(hub, facts, {
    usage: () => hub.ask('usage', 'usage'),
    stop: () => {
      hub.process.send('stop');
      return hub.exited;
    },
  });
}

export async function startClient(script = './client-process.mjs') {
  const client = new Child(script);
  await client.next('ready');
  return Object.assign(client, { run: (job) => client.ask(job, 'result') });
}

/** One JSON line. */
export const report = (what, fields) => console.log(JSON.stringify({ what, ...fields }));

/** Ends the processes and removes the folders of the bench. */
export function cleanUp() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Runs a bench to its end. */
export async function run(bench) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  process.once('exit', cleanUp);
  await bench();
  process.exit(0);
}
