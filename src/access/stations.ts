import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { CareUnitId, Station } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditEntry } from '../ports/audit-trail.js';
import type { Stations } from '../ports/stations.js';
import { newToken, tokenHash } from './tokens.js';
import { plainCode } from './totp.js';

/** Long enough to walk to the screen. */
const CODE_LIFE_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
/** How long the token before the present one holds: two tabs may have asked at once. */
export const EARLIER_TOKEN_MS = 60_000;
/** Without characters that are mistaken for each other; 12 of 31 have 59 bits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const CODE_CHARS = 12;

/** Enrols shared screens and gives them their tokens. */
export class StationDesk {
  constructor(
    private readonly stations: Stations,
    private readonly clock: AppClock,
  ) {}

  /** A station that waits for its code; the code is told this once. */
  async create(
    { careUnitId, label }: { readonly careUnitId: CareUnitId; readonly label: string },
    change: (stationId: string) => AccountChange,
  ): Promise<{ readonly station: Station; readonly enrolmentCode: string; readonly codeExpiresAtMs: number }> {
    const stationId = `st-${randomBytes(6).toString('hex')}`;
    const enrolmentCode = newCode();
    const codeUntilMs = this.clock.wallMs() + CODE_LIFE_MS;
    const row = { stationId, careUnitId, label, codeHash: codeHash(enrolmentCode), codeUntilMs };
    const station = await this.stations.create(row, change(stationId));
    return { station, enrolmentCode, codeExpiresAtMs: codeUntilMs };
  }

  /** The screen with this code is the station from now on. @throws PlatformError('wrong-code') */
  async enrol(
    code: string,
    audit: (station: Station) => AuditEntry,
  ): Promise<{ readonly station: Station; readonly token: string }> {
    const token = newToken();
    const codes = { codeHash: codeHash(code), tokenHash: tokenHash(token) };
    const station = await this.stations.enrol(codes, this.clock.wallMs(), audit);
    if (station === null) throw new PlatformError('wrong-code');
    return { station, token };
  }

  /** Which station this token is, and the token that takes its place, once a day; null while it stays. */
  async show(token: string): Promise<{ readonly station: Station; readonly newToken: string | null } | null> {
    const wallMs = this.clock.wallMs();
    const known = await this.stations.byToken(tokenHash(token), wallMs, EARLIER_TOKEN_MS);
    const station = known === null ? null : await this.stations.station(known.stationId);
    if (known === null || station === null) return null;
    if (known.isEarlierToken || wallMs - known.rotatedMs < DAY_MS) return { station, newToken: null };
    const next = newToken();
    const tokens = { from: tokenHash(token), to: tokenHash(next) };
    return { station, newToken: (await this.stations.rotate(known.stationId, tokens, wallMs)) ? next : null };
  }
}

function newCode(): string {
  const chars = Array.from({ length: CODE_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return chars.join('').replace(/(.{4})(?=.)/g, '$1-');
}

function codeHash(code: string): string {
  return createHash('sha256')
    .update(`vigil station code|${plainCode(code)}`)
    .digest('hex');
}
