import type { LoggerService } from '@nestjs/common';
import type { Logger as Pino } from 'pino';
import { Log, type LogFacts } from '../ports/log.js';

/** What Nest says of its own start-up; of interest to those who work on Vigil only. */
const FRAMEWORK: ReadonlySet<string> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's logger on pino: one JSON line each, fields before the message, the name of the part as `part`. */
export class PinoLogger implements LoggerService {
  constructor(private readonly pino: Pino) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(FRAMEWORK.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    // Nest tells of a port in use as well; whoever called `listen` says it in one line.
    this.write(rest.at(-1) === 'NestApplication' ? 'debug' : 'error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest puts the name of the part last; what we log ourselves is `(fields, message)`. */
  private write(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    const part = typeof rest.at(-1) === 'string' && rest.length > 0 ? { part: rest.at(-1) } : {};
    if (typeof message === 'object' && message !== null && !(message instanceof Error)) {
      this.pino[level]({ ...part, ...message }, typeof rest[0] === 'string' && rest.length > 1 ? rest[0] : '');
    } else if (message instanceof Error) {
      this.pino[level]({ ...part, error: message.name }, message.message);
    } else {
      this.pino[level](part, String(message));
    }
  }
}

/** The log lines of plain parts. */
export class PinoLog extends Log {
  constructor(private readonly pino: Pino) {
    super();
  }

  override info(message: string, facts: LogFacts): void {
    this.pino.info(facts, message);
  }

  override warn(message: string, facts: LogFacts): void {
    this.pino.warn(facts, message);
  }

  override error(message: string, facts: LogFacts): void {
    this.pino.error(facts, message);
  }
}
