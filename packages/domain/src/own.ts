/**
 * What a record has under a name that comes from outside. A device may be called `constructor`: plain access would then answer
 * with what every object inherits.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  if (record === undefined) return undefined;
  const value = record[name];
  // What every object inherits is functions but for `__proto__`; all else is the record's own. This runs several times for each
  // reading, and `Object.hasOwn` costs more than everything else here.
  if (typeof value !== 'function' && name !== '__proto__') return value;
  return Object.hasOwn(record, name) ? value : undefined;
}
