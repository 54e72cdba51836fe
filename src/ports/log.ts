/** Facts of a log line: ids, codes and counts. Never a name, a birth date or a reading (E6). */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/** Log lines of the process, as an injection token. */
export abstract class Log {
  abstract info(message: string, facts: LogFacts): void;
  abstract warn(message: string, facts: LogFacts): void;
  abstract error(message: string, facts: LogFacts): void;
}
