import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { StationCode } from './station-code.js';

/** Wrong codes of one address, and of all together, within `WINDOW_MS` of wall time. */
const WRONG_PER_ADDRESS_MAX = 5;
const WRONG_MAX = 30;
const WINDOW_MS = 60_000;
/** A screen stays signed in so long: it hangs in the unit, and must not ask for a code in the middle of a night. */
export const COOKIE_MS = 90 * 86_400_000;
const NAME = 'vigil_watch';

export type SignInAnswer = { readonly cookie: string } | 'wrong' | 'too-many';

/**
 * Sign-in of the unit's screen by the station code. Cookies carry their end and a signature, so that they outlive a restart
 * of the gateway; they know no person. Whoever has the code sees what the bedside monitors show anyway, by bed.
 */
export class SignIn {
  private readonly wrong = new Map<string, number[]>();

  constructor(
    private readonly station: StationCode,
    private readonly clock: Pick<Clock, 'wallMs'>,
    /** Whether the page is served over TLS. */
    private readonly secure: boolean,
  ) {}

  /** Compares in constant time. Case, dashes and spaces do not count. */
  signIn(code: string, address: string): SignInAnswer {
    const wallMs = this.clock.wallMs();
    this.forget(wallMs);
    const all = [...this.wrong.values()].reduce((sum, times) => sum + times.length, 0);
    if (all >= WRONG_MAX || (this.wrong.get(address)?.length ?? 0) >= WRONG_PER_ADDRESS_MAX) return 'too-many';
    if (!timingSafeEqual(digest(code), digest(this.station.code))) {
      this.wrong.set(address, [...(this.wrong.get(address) ?? []), wallMs]);
      return 'wrong';
    }
    const untilMs = Math.round(wallMs + COOKIE_MS);
    const attributes = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_MS / 1_000}${this.secure ? '; Secure' : ''}`;
    return { cookie: `${NAME}=${untilMs}.${this.signature(untilMs)}; ${attributes}` };
  }

  /** @param header the `cookie` header of a request */
  isSignedIn(header: string | undefined): boolean {
    const value = header
      ?.split(';')
      .map((part) => part.trim())
      .find((part) => part.startsWith(`${NAME}=`))
      ?.slice(NAME.length + 1);
    const match = /^(\d{1,15})\.([\w-]{43})$/.exec(value ?? '');
    if (match === null) return false;
    const untilMs = Number(match[1]);
    const wallMs = this.clock.wallMs();
    if (untilMs <= wallMs || untilMs > wallMs + COOKIE_MS) return false;
    return timingSafeEqual(Buffer.from(match[2]!), Buffer.from(this.signature(untilMs)));
  }

  get signedOut(): string {
    return `${NAME}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0${this.secure ? '; Secure' : ''}`;
  }

  private signature(untilMs: number): string {
    return createHmac('sha256', this.station.secret).update(`${NAME}:${untilMs}`).digest('base64url');
  }

  private forget(wallMs: number): void {
    for (const [address, times] of this.wrong) {
      const recent = times.filter((ms) => wallMs - ms < WINDOW_MS);
      if (recent.length === 0) this.wrong.delete(address);
      else this.wrong.set(address, recent);
    }
  }
}

function digest(code: string): Buffer {
  const typed = code.toUpperCase().replace(/[\s-]/g, '');
  return createHash('sha256').update(typed).digest();
}
