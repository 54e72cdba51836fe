/** What must be true before anything is started. Each check answers null, or one line that says what to do. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { portsOf } from './settings.mjs';

/** True when nothing listens on the loopback port. */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export async function checkPorts(settings) {
  const ports = portsOf(settings);
  const free = await Promise.all(ports.map(([name]) => isFree(settings[name])));
  const taken = ports.filter((_, i) => !free[i]);
  if (taken.length === 0) return null;
  const [name, use] = taken[0];
  const more =
    taken.length > 1
      ? ` (also in use: ${taken
          .slice(1)
          .map(([other]) => `${settings[other]} = ${other}`)
          .join(', ')})`
      : '';
  return `port ${settings[name]} for ${use} is in use; stop what uses it or set ${name} to another port${more}`;
}

/** Step by step: `recursive` of mkdirSync never returns below /proc (Node 24). */
function makeFolder(path) {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Makes the data folder, readable by its owner only. */
export function checkDataDir(dataDir) {
  try {
    makeFolder(dataDir);
    chmodSync(dataDir, 0o700);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(join(dataDir, '.restoring'))) {
      return `a restore into ${dataDir} did not end: empty that folder and run \`npm run vigil -- restore\` again`;
    }
    return null;
  } catch (error) {
    return `the data folder ${dataDir} cannot be written (${error.code}); make it yours or set VIGIL_DATA_DIR to another folder`;
  }
}

export function checkRecordings(settings) {
  if (settings.VIGIL_SOURCE !== 'recordings' || existsSync(settings.recordings)) return null;
  return `there are no recordings in ${settings.recordings}; README.md, "Real recorded patients", says how to get them, or set VIGIL_RECORDINGS to their folder`;
}
