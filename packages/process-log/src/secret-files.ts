import { readFileSync } from 'node:fs';

/**
 * Settings that hold a secret. Each may be given as `<NAME>_FILE`, the path of a file with the value: what is in the environment
 * of a process is shown by the tools that start it, and goes on to whatever it starts.
 */
export const SECRET_SETTINGS = [
  ...['EVENT_HUBS_CONNECTION_STRING', 'VIGIL_GATEWAY_TOKEN', 'SMTP_URL', 'SMS_TOKEN', 'OIDC_CLIENT_SECRET'],
  ...['VIGIL_WEBHOOK_SECRET', 'VIGIL_AUDIT_ANCHOR_SECRET', 'DATABASE_URL', 'KEYS_DATABASE_URL'],
  ...['REDIS_URL', 'INFLUX_TOKEN'],
] as const;

/** No secret is as long; a file that is was named by mistake. */
const BYTES_MAX = 16_384;

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting and its file; the message is one line for a person and quotes nothing of the file. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/**
 * The environment with what stands in files in place of their paths. White space around the value, such as the last line break,
 * is no part of it.
 *
 * @throws SecretFileError when a file can't be read, is empty or too long, or a setting is given in both ways
 */
export function withSecretFiles(env: Environment): Record<string, string | undefined> {
  const given = SECRET_SETTINGS.filter((name) => (env[`${name}_FILE`] ?? '') !== '');
  return { ...env, ...Object.fromEntries(given.map((name) => [name, secretOf(name, env)])) };
}

function secretOf(name: string, env: Environment): string {
  if ((env[name] ?? '') !== '') throw new SecretFileError(`${name} and ${name}_FILE are both set: leave one of them out`);
  const path = env[`${name}_FILE`]!;
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new SecretFileError(`${name}_FILE: ${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  if (text === '') throw new SecretFileError(`${name}_FILE: ${path} is empty`);
  if (Buffer.byteLength(text) > BYTES_MAX) throw new SecretFileError(`${name}_FILE: ${path} is no secret: it is too long`);
  return text;
}
