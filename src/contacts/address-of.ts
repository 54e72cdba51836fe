import type { NewContact } from '@vigil/contracts';
import { InvalidRequest } from '../http/invalid-request.js';
import type { OutsideAddresses } from '../ports/outside-addresses.js';

/** The address as the channel's pager takes it. @throws InvalidRequest for a webhook that leads where nothing is connected to */
export function addressOf(contact: NewContact, outside: OutsideAddresses): string {
  if (contact.channel !== 'webhook') return contact.address;
  requireOutside(contact.address.url, 'body.address.url', outside);
  return JSON.stringify(contact.address);
}

/** @throws InvalidRequest */
export function requireOutside(url: string, path: string, outside: OutsideAddresses): void {
  const message = outside.refusalOf(url);
  if (message !== null) throw new InvalidRequest([{ path, message }]);
}
