import { type ChildProcess, spawn } from 'node:child_process';
import { ROOT } from './root.js';
import { until } from './until.js';

/** A launcher (`npm start`) as a user has it in a terminal: what it says, and how it ended. */
export class Terminal {
  said = '';
  /** Exit code; null while it runs. */
  ended: number | null = null;
  private readonly child: ChildProcess;

  constructor(env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) stream.on('data', (data) => (this.said += data));
    this.child.on('close', (code) => (this.ended = code ?? 1));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async says(text: string, limitMs = 60_000): Promise<void> {
    await until(`"${text}"`, () => this.said.includes(text) || this.ended !== null, limitMs).catch((error: unknown) => {
      throw new Error(`without "${text}":\n${this.said}`, { cause: error });
    });
    if (!this.said.includes(text)) throw new Error(`ended with ${this.ended} without "${text}":\n${this.said}`);
  }

  async ends(limitMs: number): Promise<void> {
    await until('the launcher ends', () => this.ended !== null, limitMs);
  }
}
