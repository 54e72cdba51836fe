import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.js';

const PROGRAM = 'redis-server';
const START_MS = 20_000;

/**
 * A Redis server of the tests' own, from the machine's program. Null where there is none, after the reason was printed; with
 * `VIGIL_TEST_REDIS=required`, as in CI, that is an error.
 *
 * @param more words for its command line, e.g. `['--requirepass', 'secret']`
 */
export async function redisOfTests(more: readonly string[] = []): Promise<RedisServer | null> {
  if (spawnSync(PROGRAM, ['--version']).status !== 0) {
    const missing = `there is no ${PROGRAM} here (apt-get install redis-server)`;
    if (process.env['VIGIL_TEST_REDIS'] === 'required') throw new Error(missing);
    process.stderr.write(`skipped, because ${missing}\n`);
    return null;
  }
  const [port] = await freePorts(1);
  const server = new RedisServer(port!, more);
  await server.again();
  return server;
}

/** One process on a port of loopback, in a folder of its own; it keeps nothing. */
export class RedisServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vigil-redis-'));
  private child: ChildProcess | null = null;

  constructor(
    readonly port: number,
    private readonly more: readonly string[],
  ) {
    chmodSync(this.folder, 0o700);
  }

  /** @param auth e.g. `:password@` */
  url(auth = ''): string {
    return `redis://${auth}127.0.0.1:${this.port}`;
  }

  /** Starts it, or starts it again. */
  async again(): Promise<void> {
    const own = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.folder];
    const child = spawn(PROGRAM, [...own, ...this.more], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
    for (const untilMs = Date.now() + START_MS; !said.includes('Ready to accept connections');) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`the Redis server did not start: ${said}`);
      await sleep(20);
    }
  }

  /** Like a loss of power of this one process. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** It stands still, and its connections with it, until `goOn`. */
  hang(): void {
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  /** Says one command past everything of Vigil. @returns the answer: one line, or a text of several */
  async say(password: string, ...words: readonly string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      const answers = createInterface(socket)[Symbol.asyncIterator]();
      socket.write(commandOf(['auth', password]));
      await answers.next();
      socket.write(commandOf(words));
      const first = (await answers.next()).value as string;
      // A text in several lines begins with how many bytes it has.
      let text = first.startsWith('$') ? '' : first;
      for (let left = first.startsWith('$') ? Number(first.slice(1)) : 0; left > 0;) {
        const line = (await answers.next()).value as string;
        text += `${line}\n`;
        left -= Buffer.byteLength(line) + 2;
      }
      return text;
    } finally {
      socket.destroy();
    }
  }

  async stop(): Promise<void> {
    this.goOn();
    await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  }
}

const commandOf = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
