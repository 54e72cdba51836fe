import { SECRET_SETTINGS } from '@vigil/process-log';
import { settingsTable } from '../../src/config.js';
import { readHere } from './anchors.js';

type Variables = Readonly<Record<string, string>>;

/** What Node itself reads. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS', 'NODE_ENV'];

const files = SECRET_SETTINGS.map((name) => `${name}_FILE`);

/** The settings of each process, from where it reads them. */
export const SETTINGS_OF = {
  platform: new Set([
    ...[...settingsTable().matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map((match) => match[1]!),
    ...[...files, ...OF_NODE],
  ]),
  watchdog: new Set([
    ...[...readHere('src/watchdog.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+): z/gm)].map((match) => match[1]!),
    ...[...files, ...OF_NODE],
  ]),
  gateway: new Set([
    ...[...readHere('edge-gateway/src/settings.ts').matchAll(/env\['([A-Z][A-Z0-9_]+)'\]/g)].map((match) => match[1]!),
    ...[...files, ...OF_NODE, 'VIGIL_GATEWAY_FLAGS'],
  ]),
  hub: new Set([...OF_NODE, 'VIGIL_HUB_FLAGS']),
} as const;

export type Part = keyof typeof SETTINGS_OF;

/** Names that the process does not read. */
export function unknownSettings(part: Part, variables: Variables): readonly string[] {
  return Object.keys(variables).filter((name) => !SETTINGS_OF[part].has(name));
}

/** What is a secret and is given as it is, where a file should be. */
export function openSecrets(variables: Variables): readonly string[] {
  return SECRET_SETTINGS.filter((name) => (variables[name] ?? '') !== '');
}

const SECRETS: Variables = {
  EVENT_HUBS_CONNECTION_STRING: 'Endpoint=sb://hub.example/;SharedAccessKeyName=platform;SharedAccessKey=a2V5',
  SMTP_URL: 'smtps://who:what@mail.example',
  VIGIL_GATEWAY_TOKEN: 'token',
  DATABASE_URL: 'postgres://vigil:secret@127.0.0.1:5432/vigil',
  KEYS_DATABASE_URL: 'postgres://keys:secret@127.0.0.1:5432/vigil_keys',
  INFLUX_TOKEN: 'token',
  REDIS_URL: 'redis://127.0.0.1:6379',
};

/** The variables with a secret in place of the path of its file, as the process sees them. */
export function withSecrets(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const setting = name.replace(/_FILE$/, '');
      return files.includes(name) ? [setting, SECRETS[setting] ?? 'secret'] : [name, value];
    }),
  );
}

/** `${NAME:?}` and `${NAME}` filled in from the example of a `.env` file. */
export function filledIn(text: string, variables: Variables): string {
  return text.replace(/\$\{([A-Z_]+)(?::\?[^}]*)?\}/g, (_, name: string) => {
    if (!(name in variables)) throw new Error(`${name} is not in the example`);
    return variables[name]!;
  });
}

/** `NAME=value` and `NAME="value"` lines. */
export function readEnv(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^([A-Z][A-Z0-9_]+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name!, value!.replace(/^"(.*)"$/, '$1')]));
}
