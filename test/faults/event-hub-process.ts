import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EventHubOptions } from '@vigil/event-hub';

const CHILD = fileURLToPath(new URL('./event-hub-child.mjs', import.meta.url));
const SAID_CHARS_MAX = 4_000;

/** What a hub says once clients can connect. */
export interface Ready {
  readonly connection: string;
  /** From the start of the log's recovery until clients can connect; the start of the process comes on top. */
  readonly recoveryMs: number;
  /** Bytes of half-written records that it cut off. */
  readonly torn: number;
}

/** The options that can be given to a process. */
export type ChildOptions = Partial<EventHubOptions> & Pick<EventHubOptions, 'dataDir' | 'port'>;

/** The built hub as a process that is killed and started again. Nothing watches over it but the test. */
export class HubProcess {
  private child: ChildProcess | null = null;
  private said = '';

  constructor(private readonly options: ChildOptions) {}

  /** Starts it without waiting. */
  spawn(): ChildProcess {
    if (this.child !== null) throw new Error('the hub runs already');
    const child = fork(CHILD, [JSON.stringify(this.options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-SAID_CHARS_MAX)));
    child.once('exit', () => (this.child = null));
    this.child = child;
    return child;
  }

  /** Starts it and waits for its clients to be welcome. @throws Error with what it said when it ends instead */
  async start(): Promise<Ready> {
    const child = this.spawn();
    return new Promise((resolve, reject) => {
      child.once('message', (ready) => resolve(ready as Ready));
      child.once('exit', (code, signal) => reject(new Error(`the hub ended with ${signal ?? code}: ${this.said}`)));
    });
  }

  /** `kill -9`. @throws Error when it has ended by itself */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null) throw new Error(`the hub ended by itself: ${this.said}`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Lets go of it, whatever state it is in. */
  async end(): Promise<void> {
    if (this.child !== null) await this.kill();
  }
}
