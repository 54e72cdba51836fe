import { parse } from 'yaml';
import { readHere } from './anchors.js';
import { filledIn, readEnv } from './deploy-settings.js';

export interface Service {
  readonly image: string;
  readonly network_mode: string;
  readonly ports?: unknown;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly privileged?: boolean;
  readonly restart: string;
  readonly mem_limit: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly command?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export const example = readEnv(readHere('deploy/compose/.env.example'));
export interface Compose {
  readonly services: Record<string, Service>;
  readonly volumes: Record<string, unknown>;
  readonly secrets: Record<string, { file: string }>;
}

export const text = filledIn(readHere('deploy/compose/compose.yaml'), example);
export const base = parse(text, { merge: true }) as Compose;
const further = (file: string): Compose =>
  parse(filledIn(readHere(`deploy/compose/${file}`), example), { merge: true }) as Compose;

/** As `docker compose` puts the two files together: maps by name, secrets one after the other, volumes by where they are mounted. */
function together(one: Service | undefined, other: Service): Service {
  const places = new Map([...(one?.volumes ?? []), ...(other.volumes ?? [])].map((volume) => [volume.split(':')[1]!, volume]));
  return {
    ...one,
    ...other,
    environment: { ...one?.environment, ...other.environment },
    depends_on: { ...one?.depends_on, ...other.depends_on },
    secrets: [...(one?.secrets ?? []), ...(other.secrets ?? [])],
    volumes: [...places.values()],
  };
}

/** The first file with a further one. */
function withFile(of: Compose, more: Compose): Compose {
  const changed = Object.entries(more.services).map(([name, service]) => [name, together(of.services[name], service)]);
  return {
    services: { ...of.services, ...(Object.fromEntries(changed) as Record<string, Service>) },
    volumes: { ...of.volumes, ...more.volumes },
    secrets: { ...of.secrets, ...more.secrets },
  };
}

/** `compose.yaml` with further files, in the order in which `COMPOSE_FILE` names them. */
export const composeWith = (...files: readonly string[]): Compose => files.map(further).reduce(withFile, base);

/** As the container sees it: null is taken from `.env`. */
export function environmentOf({ environment = {} }: Service): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? example[name] ?? '']));
}
