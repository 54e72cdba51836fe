import type { AuditFlag, AuditRow, AuditSummary } from '@vigil/contracts';
import { t, wordsOf } from '../words/words.js';

/** In the order in which an officer would look at them. */
export const FLAGS: readonly AuditFlag[] = ['noRelation', 'breakGlass', 'sameSurname', 'bulk', 'offDuty'];

export const flagText = (flag: AuditFlag): string => t(`privacy:flag_${flag}`);

/** `27 views by 9 people of the record of …`. */
export function viewsText({ views, people }: Pick<AuditSummary, 'views' | 'people'>): string {
  return t('privacy:views', { count: views, people: t('privacy:people', { count: people }) });
}

/** What of the views stands out, one text each; what was not worked out, or is none, is left out. */
export function standsOut({ flagged }: Pick<AuditSummary, 'flagged'>): readonly string[] {
  return FLAGS.flatMap((flag) => {
    const count = flagged[flag] ?? 0;
    return count === 0 ? [] : [t(`privacy:count_${flag}`, { count })];
  });
}

/** Refusals and failures, where there are any. */
export function misses({ refused, failed }: Pick<AuditSummary, 'refused' | 'failed'>): readonly string[] {
  return [
    ...(refused > 0 ? [t('privacy:countRefused', { count: refused })] : []),
    ...(failed > 0 ? [t('privacy:countFailed', { count: failed })] : []),
  ];
}

const SHOWN = 3;

/** Some ids, and how many more there are. */
export function patientsText(ids: readonly string[]): string {
  if (ids.length <= SHOWN) return ids.join(', ');
  return t('privacy:morePatients', { ids: ids.slice(0, SHOWN).join(', '), count: ids.length - SHOWN });
}

/** From which screen or address. */
export function placeText({ stationId, ip }: Pick<AuditRow, 'stationId' | 'ip'>): string {
  if (stationId === null && ip === null) return t('privacy:inVigil');
  return [stationId === null ? null : t('privacy:station', { station: stationId }), ip].filter(Boolean).join(' ');
}

export const purposeText = ({ purpose }: Pick<AuditRow, 'purpose'>): string => t(`privacy:purpose.${purpose ?? 'none'}`);

/** Roles as a person says them; one of a later version by its code. */
export const rolesText = (roles: readonly string[]): string =>
  roles.map((role) => wordsOf(`accounts:role.${role}`) ?? role).join(', ');
