import { LogError } from '../log/log-error.js';
import { KEYS_MAX, newSecret, type Right, type SharedAccessKey } from './key-file.js';

/** What a person says about a new key. */
export interface NewKey {
  readonly name: string;
  readonly rights: readonly Right[];
  /** Empty for a key of the whole namespace. */
  readonly hubs: readonly string[];
}

type Keys = readonly SharedAccessKey[];

/** Adds a key with two fresh secrets. @throws LogError `config` when there is one of that name, or there are too many */
export function createKey(keys: Keys, { name, rights, hubs }: NewKey): Keys {
  if (keys.some((key) => key.name === name))
    throw new LogError('config', `there is a key ${name}; rotate it, or choose another name`);
  if (keys.length >= KEYS_MAX) throw new LogError('config', `there are ${KEYS_MAX} keys; remove one that nobody uses`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name))
    throw new LogError('config', 'the name of a key has letters, digits and . _ - and at most 128 characters');
  const scope = hubs.length === 0 ? {} : { hubs: [...hubs] };
  return [...keys, { name, rights: [...rights], ...scope, primary: newSecret(), secondary: newSecret() }];
}

/**
 * Replaces one secret of a key.
 *
 * `primary`: the primary becomes the secondary and a new primary is made. Whoever uses the present primary goes on;
 * only the present secondary ends. `secondary`: a new secondary is made, which ends the former primary.
 */
export function rotateKey(keys: Keys, name: string, which: 'primary' | 'secondary'): Keys {
  requireKey(keys, name);
  return keys.map((key) => {
    if (key.name !== name) return key;
    return which === 'primary' ? { ...key, primary: newSecret(), secondary: key.primary } : { ...key, secondary: newSecret() };
  });
}

/** @throws LogError `config` when there is no such key, or it is the last one, which would lock everybody out */
export function removeKey(keys: Keys, name: string): Keys {
  requireKey(keys, name);
  if (keys.length === 1) throw new LogError('config', `${name} is the only key; create another one first`);
  return keys.filter((key) => key.name !== name);
}

/** @throws LogError `config` that names the keys there are */
export function requireKey(keys: Keys, name: string): SharedAccessKey {
  const key = keys.find((k) => k.name === name);
  if (key !== undefined) return key;
  throw new LogError('config', `there is no key ${name}; there are ${keys.map((k) => k.name).join(', ')}`);
}
