import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Cancel, Clock } from '@vigil/clock';
import { DeviceId } from '@vigil/contracts';
import { z } from 'zod';
import { codeOf, type GatewayLog } from '../log.js';

/** Devices that may connect, as `devices.json` holds them. A token opens exactly one device. */
export const DeviceList = z.array(z.strictObject({ deviceId: DeviceId, token: z.string().min(16).max(256) })).max(10_000);
export type DeviceList = z.infer<typeof DeviceList>;

export type Admission = 'ok' | 'unknown-device' | 'wrong-token';

const digest = (token: Buffer | string): Buffer => createHash('sha256').update(token).digest();
const NOBODY = digest('');

/** Who may speak for which device. Tokens are kept as hashes and compared in constant time. */
export class DeviceRegistry {
  /** Called with devices whose token is no longer valid; their connections must end. */
  onRevoked: (deviceIds: readonly string[]) => void = () => undefined;
  private tokens = new Map<string, Buffer>();

  constructor(list: DeviceList = []) {
    this.replace(list);
  }

  get size(): number {
    return this.tokens.size;
  }

  replace(list: DeviceList): void {
    const before = this.tokens;
    this.tokens = new Map(list.map((d) => [d.deviceId, digest(d.token)]));
    const revoked = [...before].filter(([id, token]) => !this.tokens.get(id)?.equals(token)).map(([id]) => id);
    if (revoked.length > 0) this.onRevoked(revoked);
  }

  admit(deviceId: string, token: Buffer): Admission {
    const known = this.tokens.get(deviceId);
    const equal = timingSafeEqual(digest(token), known ?? NOBODY);
    if (known === undefined) return 'unknown-device';
    return equal ? 'ok' : 'wrong-token';
  }
}

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
    log.warn({}, 'no devices file yet; every device is refused until it is there');
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
  throw new Error(`${file} is no list of {"deviceId","token"}; see entry ${String(list.error.issues[0]?.path.join('.'))}`);
}
