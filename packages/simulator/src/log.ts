/** The part of pino that the simulator uses. Fields are ids and counts; never readings, names or tokens. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
