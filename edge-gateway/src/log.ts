/** Where lines for people go. Fields are ids and counts; never readings or names. */
export interface GatewayLog {
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
}

export const SILENT: GatewayLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What an error may say in a log line: its code, or its name. Driver messages can quote anything. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  if (error instanceof AggregateError) return error.errors.map(codeOf).slice(0, 3).join(',') || error.name;
  return error.name;
}
