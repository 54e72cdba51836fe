import { readFile, stat } from 'node:fs/promises';
import type { Cancel, Clock } from '@vigil/clock';
import { codeOf, type GatewayLog } from '../log.js';
import { DeviceList, type DeviceRegistry } from './registry.js';

const POLL_MS = 1_000;

/**
 * Keeps a registry equal to a file, read again when its modification time or size changes.
 *
 * A file that can't be read or parsed changes nothing and is said once: a slip of an editor must not cut off a ward.
 * The file must be readable by its owner only, because it holds the tokens.
 *
 * @returns stops the watching
 * @throws Error when the file is there at the start but has a wider mode or can't be understood
 */
export async function watchDeviceFile(file: string, registry: DeviceRegistry, clock: Clock, log: GatewayLog): Promise<Cancel> {
  let seen = '';
  let failed = '';
  const read = async (): Promise<void> => {
    const { mtimeMs, size, mode } = await stat(file);
    const version = `${mtimeMs}/${size}/${mode}`;
    if (version === seen) return;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(`${file} holds device tokens and can be read by others; run: chmod 600 ${file}`);
    }
    registry.replace(parse(await readFile(file, 'utf8'), file));
    seen = version;
    failed = '';
    log.info({ devices: registry.size }, 'devices read');
  };
  try {
    await read();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    log.warn({}, 'no devices file yet; until it is there, only devices of the configuration of the platform are taken');
    failed = codeOf(error);
  }
  return clock.every(POLL_MS, () => {
    read().catch((error: unknown) => {
      const code = codeOf(error);
      if (code !== failed) log.error({ code }, "devices file can't be used; the devices known so far stay valid");
      failed = code;
    });
  });
}

/** Errors here never quote the file: it holds secrets. */
function parse(text: string, file: string): DeviceList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${file} is no JSON`);
  }
  const list = DeviceList.safeParse(value);
  if (list.success) return list.data;
  const where = String(list.error.issues[0]?.path.join('.'));
  throw new Error(`${file} is no list of {"deviceId","token","certificates"}; see entry ${where}`);
}
