/** Settings of the launcher, from the environment, checked once (README, "Settings"). */
import { join, resolve } from 'node:path';
import { z } from 'zod';

const port = (fallback) =>
  z.coerce.number('is not a port').int('is not a port').min(1, 'is not a port').max(65_535, 'is not a port').default(fallback);

/** A number within bounds; whatever else is given is answered with the bounds. */
const within = (low, high, more = '') => {
  const words = `it must be a ${more}number from ${low} to ${high}`;
  const number = z.coerce.number(words).min(low, words).max(high, words);
  return more === '' ? number : number.int(words);
};

/** Roles that one may have several of; the watchdog is started by itself in any case. */
const ROLES = ['api', 'processor', 'escalator', 'history', 'fhir'];
const ROLE_COUNT_MAX = 8;
const ROLES_WORDS = `it must be a comma list of ${ROLES.join(', ')}, each with how many (1 to ${ROLE_COUNT_MAX}), e.g. api:2,processor:2,escalator:2,history:1, with at least one api`;

/** `api:2,history` as `[['api', 2], ['history', 1]]`; null where it is not that. */
function rolesOf(text) {
  const parts = text.split(',').map((part) => part.trim().split(':'));
  const roles = parts.map(([role, count = '1']) => [role, Number(count)]);
  const isRight = ([role, count]) => ROLES.includes(role) && Number.isInteger(count) && count >= 1 && count <= ROLE_COUNT_MAX;
  const names = new Set(roles.map(([role]) => role));
  return roles.every(isRight) && names.size === roles.length && names.has('api') ? roles : null;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

const Settings = z.object({
  VIGIL_DATA_DIR: z.string().min(1).default('.vigil'),
  VIGIL_PORT: port(3000),
  VIGIL_MQTT_PORT: port(1883),
  VIGIL_MQTTS_PORT: port(8883),
  VIGIL_MQTTS_HOST: z.union([z.ipv4(), z.ipv6()], 'it must be an address of this machine').optional(),
  VIGIL_MQTTS_NAME: z.string().min(1).optional(),
  VIGIL_MQTTS_CERT: z.string().min(1).optional(),
  VIGIL_MQTTS_KEY: z.string().min(1).optional(),
  VIGIL_DEVICE_CA: z.string().min(1).optional(),
  VIGIL_DEMO_MQTTS: z.literal('1', 'it must be 1, or left out').optional(),
  VIGIL_HUB_PORT: port(5672),
  VIGIL_HUB_HOST: z.string().min(1).optional(),
  VIGIL_HUB_TLS_PORT: port(5671),
  VIGIL_HUB_TLS_CERT: z.string().min(1).optional(),
  VIGIL_HUB_TLS_KEY: z.string().min(1).optional(),
  VIGIL_HUB_TLS_NAME: z.string().min(1).optional(),
  VIGIL_ROLES: z
    .string()
    .refine((text) => rolesOf(text) !== null, ROLES_WORDS)
    .transform((text) => rolesOf(text))
    .optional(),
  VIGIL_ROLES_PORT: port(3100),
  VIGIL_GATEWAY_HTTP_PORT: port(3001),
  VIGIL_WATCH_PORT: port(3005),
  VIGIL_HUB_HTTP_PORT: port(3002),
  VIGIL_WATCHDOG_HTTP_PORT: port(3003),
  VIGIL_INBOX_HTTP_PORT: port(3004),
  VIGIL_INBOX_SMTP_PORT: port(2525),
  VIGIL_SOURCE: z.enum(['simulator', 'recordings', 'none']).default('simulator'),
  VIGIL_SPEED: within(0.1, 1000).default(1),
  VIGIL_BEDS: within(1, 500, 'whole ').default(8),
  VIGIL_RECORDINGS: z.string().min(1).optional(),
  VIGIL_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('warn'),
});

/** What each port is for, in the order in which they are checked. */
export const PORTS = [
  ['VIGIL_PORT', 'the dashboard and API'],
  ['VIGIL_MQTT_PORT', 'bedside devices (MQTT)'],
  ['VIGIL_MQTTS_PORT', 'bedside devices with certificates (MQTT over TLS)'],
  ['VIGIL_HUB_PORT', 'the event hub (AMQP)'],
  ['VIGIL_GATEWAY_HTTP_PORT', 'the health of the gateway'],
  ['VIGIL_WATCH_PORT', 'the page of the local watch'],
  ['VIGIL_HUB_HTTP_PORT', 'the health of the event hub'],
  ['VIGIL_WATCHDOG_HTTP_PORT', 'the health of the watchdog'],
  ['VIGIL_INBOX_HTTP_PORT', 'the demo inbox'],
  ['VIGIL_INBOX_SMTP_PORT', 'the demo inbox (SMTP)'],
];

/** Do other machines reach the local hub? Only then does it serve TLS. */
export const servesTls = (settings) => Boolean(settings.VIGIL_HUB_HOST || settings.VIGIL_HUB_TLS_CERT);

/** The ports that are needed with these settings, as in `PORTS`. */
export const portsOf = (settings) => (servesTls(settings) ? [...PORTS, ['VIGIL_HUB_TLS_PORT', 'the event hub over TLS']] : PORTS);

/**
 * @param env usually `process.env`; an empty value counts as not set
 * @returns {{settings: object} | {problem: string}} one clear line instead of settings when something is wrong
 */
export function readSettings(env) {
  const given = Object.fromEntries(Object.keys(Settings.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    return { problem: `${path[0]}=${given[path[0]]} cannot be used: ${message}` };
  }
  if ((env.VIGIL_HOST && !LOOPBACK.includes(env.VIGIL_HOST)) || env.VIGIL_TLS_CERT) {
    return {
      problem:
        'npm start serves this machine only; leave out VIGIL_HOST and VIGIL_TLS_CERT, or run the platform by itself (README, "Settings")',
    };
  }
  const s = parsed.data;
  if (!s.VIGIL_HUB_TLS_CERT !== !s.VIGIL_HUB_TLS_KEY) {
    return { problem: 'VIGIL_HUB_TLS_CERT and VIGIL_HUB_TLS_KEY belong together; set both, or neither' };
  }
  if (!s.VIGIL_MQTTS_CERT !== !s.VIGIL_MQTTS_KEY) {
    return { problem: 'VIGIL_MQTTS_CERT and VIGIL_MQTTS_KEY belong together; set both, or neither' };
  }
  if (s.VIGIL_HUB_TLS_NAME && !servesTls(s)) {
    return { problem: 'VIGIL_HUB_TLS_NAME has no use without TLS; set VIGIL_HUB_HOST too, or leave it out' };
  }
  const taken = new Map();
  for (const [name] of portsOf(s)) {
    const other = taken.get(s[name]);
    if (other) return { problem: `${other} and ${name} are both ${s[name]}; give one of them another port` };
    taken.set(s[name], name);
  }
  const dataDir = resolve(s.VIGIL_DATA_DIR);
  return { settings: { ...s, dataDir, recordings: resolve(s.VIGIL_RECORDINGS ?? join(dataDir, 'recordings')) } };
}
