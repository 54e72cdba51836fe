/**
 * What a record has under a name that comes from outside. A device may be called `constructor`: plain access would then answer
 * with what every object inherits.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
