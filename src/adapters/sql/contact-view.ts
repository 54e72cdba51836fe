import { ContactList, ContactView, type StaffChannel, type StaffId } from '@vigil/contracts';
import { type ContactMethodRow, FRESH_MS } from './contact-rows.js';
import { inOrder } from './contacts-of.js';

/** The id that the API shows: those of the site's file are named by their channel. */
export function publicId({
  contact_id: id,
  source,
  channel,
}: Pick<ContactMethodRow, 'contact_id' | 'source' | 'channel'>): string {
  return source === 'site' ? `site-${channel}` : id;
}

/** The id under which it is stored; of another person's it finds nothing, because the row names its person. */
export function storedId(staffId: StaffId, contactId: string): string {
  return contactId.startsWith('site-') ? `${staffId}/${contactId.slice('site-'.length)}` : contactId;
}

export function stateOf(row: ContactMethodRow, wallMs: number): ContactView['state'] {
  if (row.available === 0) return 'unavailable';
  if (row.outcome === 'gone' || row.address === '') return 'gone';
  if (row.source === 'person' && row.verified_wall_ms === null) return 'unconfirmed';
  if (row.outcome === 'failed') return 'failing';
  const lastMs = Math.max(row.verified_wall_ms ?? 0, row.outcome === 'ok' ? (row.outcome_wall_ms ?? 0) : 0);
  return lastMs > wallMs - FRESH_MS ? 'works' : 'untested';
}

/** @param row with its address and label opened; null where they can't be read */
export function contactView(row: ContactMethodRow, opened: ContactMethodRow | null, wallMs: number): ContactView {
  return ContactView.parse({
    contactId: publicId(row),
    channel: row.channel,
    address: opened === null ? '…' : masked(row.channel, opened.address),
    label: opened === null || opened.label === '' ? null : opened.label,
    state: stateOf(row, wallMs),
    confirmedAtMs: row.verified_wall_ms,
    lastTriedAtMs: row.outcome_wall_ms,
    fromSite: row.source === 'site',
    rev: row.rev,
  });
}

export function listOf(
  rows: readonly ContactMethodRow[],
  opened: readonly (ContactMethodRow | null)[],
  wallMs: number,
): ContactList {
  const usable = rows.filter((row) => row.available === 1);
  const ids = (priority: 'high' | 'medium' | 'low') => inOrder(usable, priority).map(publicId);
  return ContactList.parse({
    items: rows.map((row, i) => contactView(row, opened[i] ?? null, wallMs)),
    order: { high: ids('high'), medium: ids('medium'), low: ids('low') },
  });
}

/** Enough to tell two apart, and no more: whoever looks over a shoulder learns no number. */
export function masked(channel: StaffChannel, address: string): string {
  if (address === '') return '';
  if (channel === 'smtp') {
    const at = address.lastIndexOf('@');
    return `${address.slice(0, 1)}…${address.slice(at)}`;
  }
  if (channel === 'sms' || channel === 'voice') return `${address.slice(0, 3)}…${address.slice(-2)}`;
  return hostOf(address) ?? '…';
}

function hostOf(address: string): string | null {
  try {
    const { url, endpoint } = JSON.parse(address) as { readonly url?: string; readonly endpoint?: string };
    return new URL(url ?? endpoint ?? '').host;
  } catch {
    return null;
  }
}
