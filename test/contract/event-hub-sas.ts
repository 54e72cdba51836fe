/** Shared access signatures made by hand, as a program does that hands them to others. */
import { createHmac } from 'node:crypto';

export interface ConnectionParts {
  /** `sb://host[:port]/`. */
  readonly endpoint: string;
  readonly keyName: string;
  readonly key: string;
  /** What else the string says, e.g. that it is no TLS. */
  readonly rest: string;
}

export function partsOf(connection: string): ConnectionParts {
  const fields = connection.split(';').filter((field) => field !== '');
  const take = (name: string): string => {
    const field = fields.find((each) => each.startsWith(`${name}=`));
    if (field === undefined) throw new Error(`the connection string has no ${name}`);
    fields.splice(fields.indexOf(field), 1);
    return field.slice(name.length + 1);
  };
  const [endpoint, keyName, key] = [take('Endpoint'), take('SharedAccessKeyName'), take('SharedAccessKey')];
  return { endpoint, keyName, key, rest: fields.map((field) => `;${field}`).join('') };
}

export interface Signature {
  /** Path below the namespace; '' is the namespace itself. */
  readonly path: string;
  readonly expiresMs: number;
}

/** A connection string that holds a signature instead of a key. */
export function signedConnection(connection: string, { path, expiresMs }: Signature): string {
  const { endpoint, keyName, key, rest } = partsOf(connection);
  const resource = encodeURIComponent(`${endpoint}${path}`);
  const se = Math.floor(expiresMs / 1000);
  const sig = encodeURIComponent(createHmac('sha256', key).update(`${resource}\n${se}`).digest('base64'));
  const token = `SharedAccessSignature sr=${resource}&sig=${sig}&se=${se}&skn=${encodeURIComponent(keyName)}`;
  return `Endpoint=${endpoint};SharedAccessSignature=${token}${rest}`;
}
