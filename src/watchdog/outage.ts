import type { GatewayId } from '@vigil/contracts';

/** Wall time between two mails about the same outage. */
export const REMIND_EVERY_MS = 5 * 60_000;

/** An outage that somebody has been told of. Wall time. */
export interface Outage {
  readonly sinceMs: number;
  readonly toldMs: number;
}

export type About =
  | { readonly part: 'hub' | 'platform' | 'paging' | 'canary' | 'screens' | 'audit-log' | 'audit-log-changed' }
  | { readonly part: 'gateway'; readonly gatewayId: GatewayId };

export interface Mail {
  readonly about: About;
  readonly state: 'out' | 'stillOut' | 'over';
  readonly sinceMs: number;
  readonly wallMs: number;
}

interface Told {
  readonly outage: Outage | null;
  readonly mail: Mail | null;
}

/** Tells of an outage once, and again every five minutes for as long as it lasts. */
export function outageMail(
  about: About,
  outage: Outage | null,
  sinceMs: number,
  wallMs: number,
  remindEveryMs = REMIND_EVERY_MS,
): Told {
  if (outage === null) {
    return { outage: { sinceMs, toldMs: wallMs }, mail: { about, state: 'out', sinceMs, wallMs } };
  }
  if (wallMs - outage.toldMs < remindEveryMs) return { outage, mail: null };
  return { outage: { ...outage, toldMs: wallMs }, mail: { about, state: 'stillOut', sinceMs: outage.sinceMs, wallMs } };
}

/** Tells once that an outage is over; nothing where there was none. */
export function overMail(about: About, outage: Outage | null, wallMs: number): Told {
  if (outage === null) return { outage: null, mail: null };
  return { outage: null, mail: { about, state: 'over', sinceMs: outage.sinceMs, wallMs } };
}

const NAMES = {
  hub: 'the event hub',
  platform: 'the platform',
  gateway: 'gateway',
  paging: 'paging',
  canary: 'the test alarm',
  screens: 'a shared screen',
  'audit-log': 'the audit log',
  'audit-log-changed': 'the audit log',
} as const;

const BLIND = {
  hub: 'It does not answer, or its disk is full. No data reach Vigil and no alarms are derived. The gateways keep what the devices send.',
  platform: 'No alarms are derived and nobody is paged. Data are kept on the log.',
  gateway: 'No data come from its beds.',
  paging: 'Alarms are shown on screens and reach nobody by page.',
  canary: 'A test alarm did not come through: alarms or their pages may be late or missing.',
  screens: 'A shared screen has gone dark, and no alarm can say so: nothing derives alarms now.',
  'audit-log': 'Patients are watched on. A change to the audit log would not be found from outside.',
} as const;

/** Of what is not silent but otherwise wrong. */
const SAYS: Partial<Record<About['part'], (still: string) => string>> = {
  paging: (still) => `${still}reaches nobody`,
  canary: (still) => `is ${still}late`,
  screens: (still) => `is ${still}dark`,
};

export function nameOf(about: About): string {
  return about.part === 'gateway' ? `${NAMES.gateway} ${about.gatewayId}` : NAMES[about.part];
}

/** Subject and text: no patient, no bed, no reading. `isTest` marks sites whose data are not from patients (D22). */
export function mailText(mail: Mail, isTest: boolean): { subject: string; text: string } {
  const name = nameOf(mail.about);
  const lasted = Math.round((mail.wallMs - mail.sinceMs) / 1000);
  const since = new Date(mail.sinceMs).toISOString();
  const mark = isTest ? 'TEST ' : '';
  if (mail.state === 'over') {
    return {
      subject: `${mark}Vigil: ${name} is back`,
      text: `${mark}Vigil hears ${name} again after ${lasted} s (silent since ${since}).\n`,
    };
  }
  const still = mail.state === 'stillOut' ? 'still ' : '';
  const says = SAYS[mail.about.part];
  if (says !== undefined && mail.about.part !== 'audit-log-changed') {
    return {
      subject: `${mark}Vigil: ${name} ${says(still)}`,
      text:
        `${mark}${BLIND[mail.about.part]} It is so for ${lasted} s (since ${since}).\n` +
        `Watch the screens and the bedside monitors. What to do: docs/runbook.md, "${mail.about.part}-silent".\n`,
    };
  }
  if (mail.about.part === 'audit-log-changed') {
    return {
      subject: `${mark}Vigil: the audit log was changed`,
      text:
        `${mark}The audit log is ${still}not the one that the watchdog saw before ${since}: it was cut, changed or signed anew.\n` +
        'Patients are watched on. Treat this as an attack until you know better.\n' +
        'Tell the security officer. What to do: docs/runbook.md, "audit-log-changed".\n',
    };
  }
  return {
    subject: `${mark}Vigil: ${name} is ${still}silent`,
    text:
      `${mark}Vigil has heard nothing from ${name} for ${lasted} s (since ${since}).\n${BLIND[mail.about.part]}\n` +
      `${mail.about.part === 'audit-log' ? '' : 'Watch the bedside monitors. '}What to do: docs/runbook.md, "${mail.about.part}-silent".\n`,
  };
}
