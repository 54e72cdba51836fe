import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.js';

const CLIENTS = join(ROOT, '.vigil-clients');
const EXAMPLES = join(ROOT, 'edge-gateway', 'test-clients');
const FETCH_MS = 180_000;

export const PUBLISH_PY = join(EXAMPLES, 'publish.py');
export const NODE_RED_FLOW = join(EXAMPLES, 'node-red-flow.mjs');
const NODE_RED_VERSION = '5.0.7';

const succeeds = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { cwd: ROOT, stdio: 'ignore', timeout: FETCH_MS }).status === 0;

type Found = { readonly program: string } | { readonly missing: string };

export function mosquittoPub(): Found {
  const isThere = spawnSync('mosquitto_pub', ['--help'], { stdio: 'ignore' }).error === undefined;
  return isThere
    ? { program: 'mosquitto_pub' }
    : { missing: 'no mosquitto_pub; on Debian and Ubuntu: apt install mosquitto-clients' };
}

/** A Python with paho-mqtt in the version of the requirements, fetched once by hash into a folder that git ignores. */
export function pythonWithPaho(): Found {
  const folder = join(CLIENTS, 'paho');
  const program = join(folder, 'bin', 'python');
  const isReady = (): boolean => succeeds(program, ['-c', 'import paho.mqtt.client']);
  if (isReady()) return { program };
  mkdirSync(CLIENTS, { recursive: true });
  if (!succeeds('python3', ['-m', 'venv', folder]))
    return { missing: 'python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv' };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--require-hashes'];
  succeeds(program, [...pip, '--only-binary', ':all:', '-r', join(EXAMPLES, 'requirements.txt')]);
  return isReady() ? { program } : { missing: 'paho-mqtt could not be fetched; is there a Python package index?' };
}

/** Node-RED is large: it is fetched (half a minute) only when `VIGIL_TEST_NODE_RED` is set, and used when it is there. */
export function nodeRed(): Found {
  const folder = join(CLIENTS, 'node-red');
  const program = join(folder, 'node_modules', 'node-red', 'red.js');
  if (existsSync(program)) return { program };
  if (process.env['VIGIL_TEST_NODE_RED'] === undefined) return { missing: 'Node-RED is fetched only with VIGIL_TEST_NODE_RED=1' };
  mkdirSync(folder, { recursive: true });
  const npm = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', `node-red@${NODE_RED_VERSION}`];
  succeeds('npm', npm);
  return existsSync(program) ? { program } : { missing: 'Node-RED could not be fetched' };
}
