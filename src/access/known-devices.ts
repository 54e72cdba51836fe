import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Wall time that a browser is known after somebody last signed in with it. */
export const KNOWN_FOR_MS = 180 * 86_400_000;
/** People of one browser that are remembered: a workstation of a ward has many. The earliest goes. */
const PEOPLE_MAX = 24;
const TAG_BYTES = 9;

/** A browser with which somebody signed in before. */
export interface KnownDevice {
  readonly deviceId: string;
  readonly people: readonly string[];
}

const FORM = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,10})\.((?:[A-Za-z0-9_-]{12}){1,24})\.([A-Za-z0-9_-]{43})$/;

/**
 * The cookie of a browser that people signed in with: who they were, unreadable, and signed, so that nobody makes one.
 * It lets the throttle tell the people of a workstation from strangers who guess at their names; it signs nobody in.
 *
 * Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
 */
export class KnownDevices {
  /** @param key secret of the site, the same in every process */
  constructor(private readonly key: Buffer) {}

  /** What the cookie says; null for none, one that is too old, and one that is not ours. */
  read(cookie: string | null, wallMs: number): KnownDevice | null {
    const match = cookie === null ? null : FORM.exec(cookie);
    if (match === null) return null;
    const [, deviceId, until, tags, mac] = match as unknown as [string, string, string, string, string];
    if (!same(mac, this.mac(`${deviceId}.${until}.${tags}`))) return null;
    if (parseInt(until, 36) * 1_000 <= wallMs) return null;
    return { deviceId, people: tags.match(/.{12}/g) ?? [] };
  }

  /** This person signed in with this browser before. */
  knows(device: KnownDevice | null, staffId: string): device is KnownDevice {
    return device !== null && device.people.includes(this.tag(device.deviceId, staffId));
  }

  /** The value of the cookie once this person has signed in, and its age in seconds. */
  remember(device: KnownDevice | null, staffId: string, wallMs: number): { readonly value: string; readonly maxAgeS: number } {
    const deviceId = device?.deviceId ?? randomBytes(16).toString('base64url');
    const tag = this.tag(deviceId, staffId);
    const people = [tag, ...(device?.people ?? []).filter((other) => other !== tag)].slice(0, PEOPLE_MAX);
    const until = Math.floor((wallMs + KNOWN_FOR_MS) / 1_000).toString(36);
    const said = `${deviceId}.${until}.${people.join('')}`;
    return { value: `${said}.${this.mac(said)}`, maxAgeS: KNOWN_FOR_MS / 1_000 };
  }

  private tag(deviceId: string, staffId: string): string {
    return createHmac('sha256', this.key)
      .update(`person|${deviceId}|${staffId}`)
      .digest()
      .subarray(0, TAG_BYTES)
      .toString('base64url');
  }

  private mac(said: string): string {
    return createHmac('sha256', this.key).update(`cookie|${said}`).digest('base64url');
  }
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
