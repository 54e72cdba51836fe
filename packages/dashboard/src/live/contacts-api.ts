import { type ContactOrder, ContactList, ContactView, type NewContact } from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const WAYS = '/api/v1/account/contact-methods';
const create = () => ({ 'idempotency-key': uuid() });

/** The ways to reach oneself. */
export const ownWays = (): Promise<Answer<ContactList>> => request('GET', WAYS, ContactList);
export const addWay = (body: z.input<typeof NewContact>): Promise<Answer<ContactView>> =>
  request('POST', WAYS, ContactView, { body, headers: create() });
export const removeWay = ({ contactId, rev }: ContactView): Promise<Answer<void>> =>
  request('DELETE', `${WAYS}/${contactId}`, null, { headers: { 'if-match': `"${rev}"`, ...create() } });
export const orderWays = (order: ContactOrder): Promise<Answer<ContactList>> =>
  request('PUT', '/api/v1/account/contact-order', ContactList, { body: order, headers: create() });
/** Sends a code of six digits there. */
export const sendCode = ({ contactId }: ContactView): Promise<Answer<void>> => request('POST', `${WAYS}/${contactId}/test`, null);
export const confirmWay = ({ contactId }: ContactView, code: string): Promise<Answer<ContactView>> =>
  request('POST', `${WAYS}/${contactId}/confirm`, ContactView, { body: { code }, headers: create() });
