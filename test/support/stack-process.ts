import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProcessSpec } from '../../scripts/launch/specs.mjs';
import { patient } from './patience.js';
import { ROOT } from './root.js';
import { until } from './until.js';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 12_000;
const KEPT_LINES = 30;
const ERROR_LEVEL = 50;
const LEASH = new URL('../../scripts/launch/leash.mjs', import.meta.url).href;

/**
 * One process of the product under test: started as the launcher starts it, but started again only when the test says so.
 * It keeps its last log lines for the message of a failing test, and everything that no test should pass over: lines of
 * level error, text on stderr, and an end that nobody asked for.
 */
export class StackProcess {
  readonly complaints: string[] = [];
  private child: ChildProcess | null = null;
  private lines: string[] = [];
  private readyCount = 0;
  private isEnding = false;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly more: Readonly<Record<string, string>>,
    /** Hears every line of stdout and stderr. */
    private readonly onLine: (line: string) => void = () => undefined,
    /** Where it was built. */
    private readonly root = ROOT,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get tail(): string {
    return this.lines.map((line) => `  ${this.name.padEnd(9)} ${line}`).join('\n');
  }

  /** Resolves once the process says that it is ready. */
  async start(): Promise<void> {
    if (this.child !== null) throw new Error(`${this.name} runs already`);
    const { script, args, env } = this.spec;
    this.isEnding = false;
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', LEASH, join(this.root, script), ...args],
      {
        cwd: this.root,
        env: { ...process.env, ...env, ...this.more, VIGIL_LAUNCHER_PID: String(process.pid) },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.heard(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.complain(line));
    child.on('close', (code, signal) => {
      this.child = null;
      if (!this.isEnding) this.complain(`ended unexpectedly (${signal ?? `code ${code}`})`);
    });
    const before = this.readyCount;
    const isReady = (): boolean => {
      if (this.child !== child && this.readyCount === before) throw new Error(`${this.name} ended before it was ready`);
      return this.readyCount > before;
    };
    await until(`${this.name} says "${this.spec.ready}"`, () => isReady() || this.child === null, patient(READY_WITHIN_MS));
    isReady();
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.isEnding = true;
    this.child?.kill('SIGKILL');
    await this.gone();
  }

  /** SIGTERM; SIGKILL, and a complaint, for one that does not go. */
  async stop(): Promise<void> {
    this.isEnding = true;
    this.child?.kill('SIGTERM');
    try {
      await this.gone();
    } catch {
      this.complain('did not stop on SIGTERM');
      await this.kill();
    }
  }

  private async gone(): Promise<void> {
    await until(`${this.name} is gone`, () => this.child === null, patient(STOP_WITHIN_MS));
  }

  private heard(line: string): void {
    this.keep(line);
    let record: { readonly level?: unknown; readonly msg?: unknown };
    try {
      record = JSON.parse(line) as typeof record;
    } catch {
      this.complaints.push(line);
      return;
    }
    if (record.msg === this.spec.ready) this.readyCount += 1;
    if (typeof record.level === 'number' && record.level >= ERROR_LEVEL) this.complaints.push(line);
  }

  private complain(line: string): void {
    this.keep(line);
    this.complaints.push(line);
  }

  private keep(line: string): void {
    this.onLine(line);
    this.lines = [...this.lines.slice(1 - KEPT_LINES), line];
  }
}
